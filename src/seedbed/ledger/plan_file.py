"""Plans from files: YAML or JSON, with numbers taken as they are typed, and errors by line."""

from __future__ import annotations

import reprlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from seedbed import yamls
from seedbed.errors import PlanWrong
from seedbed.ledger.plan import Plan
from seedbed.recipe import nearest

_short = reprlib.Repr()
_short.maxlevel, _short.maxstring, _short.maxother = 1, 80, 80


class _AsTyped(yaml.SafeLoader):
    """Reads 1.20 as the text "1.20", so that an amount without quotes is exact all the same."""


def _as_typed(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
    return loader.construct_scalar(node)


_AsTyped.add_constructor("tag:yaml.org,2002:float", _as_typed)


def read(source: Path | str | Mapping[str, Any]) -> Plan:
    """Return the plan in a file (YAML or JSON), or in a mapping such as a request's body.

    Raises:
        PlanWrong: there is no such file, it is not YAML, a key is unknown (the nearest is named),
            a value is wrong, or values are at odds with each other.
    """
    if isinstance(source, Mapping):
        return _validated(source, "the plan", None)
    path = Path(source)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        raise PlanWrong(
            expected="a plan, a YAML file in UTF-8",
            got=f"no file {path}" if isinstance(cause, FileNotFoundError) else str(cause),
            do="Check the path; `seedbed plans examples` lists plans to start from.",
        ) from None
    return parse(text, where=str(path))


def parse(text: str, *, where: str = "the plan") -> Plan:
    """Return the plan that a YAML or JSON text describes; see `read`."""
    raw, node = yamls.mapping(
        text,
        where=where,
        wrong=PlanWrong,
        example="name: starter",
        start="Start from an example: seedbed plans examples starter.",
        loader=_AsTyped,
    )
    return _validated(raw, where, node)


def dump(plan: Plan) -> str:
    """Return a plan as YAML with every default filled in; reading it gives an equal plan."""
    return yaml.safe_dump(plan.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


@cache
def examples() -> dict[str, str]:
    """Return the text of the plans that come with Seedbed, by name."""
    folder = files("seedbed.ledger") / "examples"
    found = (entry for entry in folder.iterdir() if entry.name.endswith(".yaml"))
    texts = {entry.name.removesuffix(".yaml"): entry.read_text(encoding="utf-8") for entry in found}
    return dict(sorted(texts.items()))


def example(name: str) -> str:
    """Return the text of one of the plans that come with Seedbed.

    Raises:
        PlanWrong: there is none of that name; the nearest is named.
    """
    known = examples()
    if name in known:
        return known[name]
    near = nearest(name, known)
    raise PlanWrong(
        expected=f"one of {', '.join(known)}",
        got=repr(name),
        do=f"Did you mean {near!r}?" if near else "List them: seedbed plans examples.",
    )


def _validated(raw: Mapping[str, Any], where: str, node: yaml.Node | None) -> Plan:
    try:
        return Plan.model_validate(dict(raw))
    except ValidationError as cause:
        raise _explain(cause, where, node) from None


def _explain(cause: ValidationError, where: str, node: yaml.Node | None) -> PlanWrong:
    error = cause.errors(include_url=False)[0]
    path = tuple(error["loc"])
    key = ".".join(map(str, path))
    line = yamls.line_of(node, path)
    place = f"{where}, line {line}" if line else where
    if error["type"] == "extra_forbidden":
        known = sorted(_part_at(path[:-1]).model_fields)
        near = nearest(str(path[-1]), known)
        return PlanWrong(
            expected=f"one of {', '.join(known)}",
            got=repr(key),
            do=f"Did you mean {near!r}?" if near else "Take the key out.",
            where=place,
        )
    got = "nothing" if error["type"] == "missing" else _got(error["input"])
    return PlanWrong(
        expected=f"{key}: {_say(error)}" if key else _say(error),
        got=got,
        do=f"Set {key} in the plan." if key else "Change one of the two in the plan.",
        where=place,
    )


def _say(error: Any) -> str:
    if error["type"] == "missing":
        return "a value (it has no default)"
    message = str(error["msg"]).removeprefix("Value error, ").removeprefix("Input should be ")
    return message if error["type"] != "model_type" else "keys and values, indented under it"


def _got(value: Any) -> str:
    return "the values given" if isinstance(value, (Mapping, list, tuple)) else _short.repr(value)


def _part_at(path: tuple[int | str, ...]) -> type[BaseModel]:
    part: type[BaseModel] = Plan
    for name in path:
        if isinstance(name, str):
            part = next(_parts(part.model_fields[name].annotation), part)
    return part


def _parts(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the model classes inside a field's type, such as `tuple[Charge, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _parts(inner)
