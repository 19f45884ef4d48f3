"""The venture file: one YAML with what the founders believe, and where each belief is from.

`read` checks it, `dump` writes it back with every default filled in. Unknown keys are errors that
name the nearest key; a value that cannot be is an `AssumptionWrong` with its line.
"""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, Field, PrivateAttr, ValidationError

from seedbed import yamls
from seedbed.errors import AssumptionWrong, SeedbedError, VentureWrong
from seedbed.ledger.plan import Currency
from seedbed.recipe import Name, blueprints, nearest
from seedbed.venture.belief import Growth, Impossible
from seedbed.venture.choices import Bet, Invest
from seedbed.venture.parts import (
    About,
    CapTable,
    Correlation,
    Cost,
    Customers,
    Factors,
    Income,
    Limits,
    Market,
    Money,
    Part,
    Price,
    Risk,
    Round,
    Unit,
    Use,
    Value,
)
from seedbed.venture.places import Place, parts, walk

_short = reprlib.Repr()  # a value made of YAML aliases can be endless
_short.maxlevel, _short.maxstring, _short.maxother = 1, 80, 80

FILE = "venture.yaml"


def _month(value: Any) -> str:
    text = f"{value:%Y-%m}" if isinstance(value, date) else str(value)
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise ValueError(f"a month such as 2026-12, and not {value!r}")
    return text


Month = Annotated[str, BeforeValidator(_month)]


@dataclass(frozen=True)
class Origin:
    """Where a venture was read from; two ventures are equal wherever they stood."""

    where: str = field(default="venture", compare=False)
    folder: Path | None = field(default=None, compare=False)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)


class Venture(Part):
    """The whole venture."""

    name: Name = Field(description="What the venture is called.")
    language: Literal["en", "zh"] = Field("en", description="Of what is said and written.")
    currency: Currency = Field(description="Code of ISO 4217, such as USD or CNY.")
    start: Month | None = Field(None, description="The first month. Left out: the next one.")
    months: int = Field(24, ge=1, le=120, description="How many months are planned, 1 to 120.")
    capital: Money = Field(gt=0, description="Cash at the start.")
    discount: Growth | None = Field(
        None, description="What money costs, a year.", json_schema_extra={"unit": "1/year"}
    )
    seed: int = Field(0, ge=0, lt=2**31, description="Behind every draw.")
    draws: int = Field(10_000, ge=100, le=1_000_000, description="How many joint draws are made.")
    about: About = Field(default_factory=About, description="What is sold.")
    unit: Unit = Field(default_factory=Unit, description="What an answer costs to make.")
    market: Market = Field(default_factory=Market, description="How many could buy.")
    customers: Customers = Field(default_factory=Customers, description="Those who buy.")
    price: Price = Field(default_factory=Price, description="What an answer sells for.")
    spending: dict[str, Use] = Field(default_factory=dict, description="What money is put to.")
    costs: tuple[Cost, ...] = Field((), strict=False, description="Paid whatever is decided.")
    income: tuple[Income, ...] = Field((), strict=False, description="Besides answers.")
    limits: Limits = Field(default_factory=Limits, description="What no plan may break.")
    rounds: tuple[Round, ...] = Field((), strict=False, description="Funding to come.")
    cap_table: CapTable = Field(default_factory=CapTable, description="Who holds what today.")
    factors: Factors = Field(default_factory=Factors, description="Of R = C·η·α·β·γ.")
    value: Value = Field(default_factory=Value, description="What an answer is worth.")
    risks: tuple[Risk, ...] = Field((), strict=False, description="What may go wrong.")
    invest: Invest = Field(default_factory=Invest, description="What `plan invest` weighs.")
    bets: tuple[Bet, ...] = Field((), strict=False, description="What is tried in stages.")
    correlations: tuple[Correlation, ...] = Field(
        (), strict=False, description="What tends to be wrong together."
    )

    _origin: Origin = PrivateAttr(default_factory=lambda: Origin())

    @property
    def folder(self) -> Path:
        """The folder of the file; names of other files in it count from there."""
        return self._origin.folder or Path.cwd()

    def places(self) -> Iterator[Place]:
        """Yield every place for an assumption, filled or not."""
        return walk(self)

    def where(self, path: str) -> str:
        """Return where a value stands, as errors and the register name it."""
        line = self._origin.lines.get(path)
        return f"{self._origin.where}, line {line}" if line else self._origin.where


def read(path: Path | str) -> Venture:
    """Read a venture file, or the `venture.yaml` of a folder.

    Raises:
        VentureWrong: there is no such file, it is no YAML, a key is unknown or a value is wrong.
        AssumptionWrong: an assumption that cannot be.
    """
    path = Path(path)
    path = path / FILE if path.is_dir() else path
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        missing = isinstance(cause, FileNotFoundError)
        raise VentureWrong(
            expected="a venture, a YAML file in UTF-8",
            got=f"no file {path}" if missing else str(cause),
            do="Check the path, or make one: seedbed new NAME --blueprint venture.",
        ) from None
    return parse(text, where=str(path), folder=path.resolve().parent)


def parse(text: str, *, where: str = "venture", folder: Path | None = None) -> Venture:
    """Read a venture from its text; see `read`."""
    raw, node = yamls.mapping(
        text,
        where=where,
        wrong=VentureWrong,
        example="name: brand-sentiment",
        start="Start from the file that `seedbed new NAME --blueprint venture` writes.",
    )
    try:
        venture = Venture.model_validate(raw)
    except ValidationError as cause:
        raise _explain(cause, where, node) from None
    lines = {place.path: yamls.line_of(node, place.location) or 0 for place in venture.places()}
    venture._origin = Origin(where, folder, lines)
    _check_names(venture, where, node)
    _check_blueprints(venture, where, node)
    _check_uses(venture, where, node)
    _check_paths(venture, where, node)
    return venture


def dump(venture: Venture) -> str:
    """Return a venture as YAML with every default filled in; reading it gives an equal one."""
    told = venture.model_dump(mode="json", by_alias=True)
    return yaml.safe_dump(told, sort_keys=False, allow_unicode=True)


def _check_names(venture: Venture, where: str, node: yaml.Node) -> None:
    """Refuse a name given twice in a list: assumptions go by it."""
    lists: dict[str, Sequence[Any]] = {
        "costs": venture.costs,
        "income": venture.income,
        "rounds": venture.rounds,
    }
    lists |= {"risks": venture.risks, "market.segments": venture.market.segments}
    lists |= {"bets": venture.bets}
    for key, items in lists.items():
        once: set[str] = set()
        for index, item in enumerate(items):
            if item.name in once:
                raise VentureWrong(
                    expected=f"each name in {key} once",
                    got=f"{item.name!r} twice",
                    do="Give one of the two another name.",
                    where=_place(where, node, (*key.split("."), index)),
                )
            once.add(item.name)


def _check_blueprints(venture: Venture, where: str, node: yaml.Node) -> None:
    named = venture.about.blueprints
    able = [name for name, one in blueprints.known().items() if not one.venture] if named else []
    for index, name in enumerate(named):
        if name not in able:
            place = _place(where, node, ("about", "blueprints", index))
            _refuse_word(name, able, place, "the products that `seedbed blueprints` lists")


def _check_uses(venture: Venture, where: str, node: yaml.Node) -> None:
    for use in venture.limits.most_share:
        if use not in venture.spending:
            _refuse_word(
                use,
                venture.spending,
                _place(where, node, ("limits", "most_share", use)),
                "spending",
            )


def _check_paths(venture: Venture, where: str, node: yaml.Node) -> None:
    known = [place.path for place in venture.places()]
    for index, one in enumerate(venture.correlations):
        for path in one.between:
            if path not in known:
                _refuse_word(path, known, _place(where, node, ("correlations", index)), "the file")


def _refuse_word(word: str, known: Any, where: str, what: str) -> None:
    near = nearest(word, known)
    raise VentureWrong(
        expected=f"the name of something in {what}",
        got=repr(word),
        do=f"Did you mean {near!r}?" if near else "Check the spelling.",
        where=where,
    )


def _place(where: str, node: yaml.Node | None, path: tuple[str | int, ...]) -> str:
    line = yamls.line_of(node, path)
    return f"{where}, line {line}" if line else where


def _explain(cause: ValidationError, where: str, node: yaml.Node) -> SeedbedError:
    error = cause.errors(include_url=False)[0]
    path = tuple(error["loc"])
    key = ".".join(map(str, path))
    place = _place(where, node, path)
    impossible = error.get("ctx", {}).get("error")
    if isinstance(impossible, Impossible):
        expected = f"{key}: {impossible.expected}"
        return AssumptionWrong(expected=expected, got=impossible.got, do=impossible.do, where=place)
    if error["type"] == "extra_forbidden":
        known = _keys_at(path[:-1])
        near = nearest(str(path[-1]), known)
        return VentureWrong(
            expected=f"one of {', '.join(known)}",
            got=repr(key),
            do=f"Did you mean {near!r}?" if near else "Take the key out.",
            where=place,
        )
    missing = error["type"] == "missing"
    return VentureWrong(
        expected=f"{key}: {_say(error)}",
        got="nothing" if missing else _got(error["input"]),
        do=f"Set {key} in the venture.",
        where=place,
    )


def _say(error: Any) -> str:
    if error["type"] == "missing":
        return "a value (it has no default)"
    if error["type"] in ("model_type", "model_attributes_type"):
        return "keys and values, indented under it"
    message = str(error["msg"])
    return message.removeprefix("Value error, ").removeprefix("Input should be ")


def _got(value: Any) -> str:
    given = isinstance(value, (Mapping, list, tuple))
    return "the values given" if given else _short.repr(value)


def _keys_at(path: tuple[str | int, ...]) -> list[str]:
    part: type[BaseModel] = Venture
    for name in path:
        found = next((f for n, f in part.model_fields.items() if name in (n, f.alias)), None)
        if found is not None:
            part = next(parts(found.annotation), part)
    return sorted(each.alias or name for name, each in part.model_fields.items())
