"""How an assumption is written in the venture file, and what is refused.

`0.3`, `0.2..0.4`, `0.3 (0.2..0.4)`, or `{value, low, high, kind, source, date, pin}`. Numbers may
have thousands separators (`15,000` or `15_000`), and a per cent sign on each.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date as day
from functools import partial
from typing import Annotated, Any, get_args

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

from seedbed.recipe import nearest
from seedbed.venture.assumption import Assumption, Kind

KEYS = ("value", "low", "high", "kind", "source", "date", "pin")
KINDS: tuple[str, ...] = get_args(Kind)

WIDE = 1.5
"""From this ratio of high to low on, the middle of a range is the geometric mean."""

_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d[\d_]*)?(?:\.\d+)?(?:[eE][-+]?\d+)?\s*%?"
_RANGE = rf"({_NUMBER})\s*\.\.\s*({_NUMBER})"
_ONE = re.compile(rf"({_NUMBER})")
_TWO = re.compile(_RANGE)
_THREE = re.compile(rf"({_NUMBER})\s*\(\s*{_RANGE}\s*\)")

HOW = "Write 0.3, 0.2..0.4, 0.3 (0.2..0.4) or {value: 0.3, low: 0.2, high: 0.4, source: …}."


class Impossible(ValueError):
    """An assumption that cannot be; the file's reader makes an `AssumptionWrong` of it."""

    def __init__(self, expected: str, got: str, do: str = HOW) -> None:
        super().__init__(f"{expected}, and not {got}")
        self.expected, self.got, self.do = expected, got, do


@dataclass(frozen=True, slots=True)
class Domain:
    """Which values are possible at all.

    Attributes:
        floor: The least value; None: any.
        ceiling: The greatest.
        open: Whether the floor itself is impossible.
        what: In words, such as "a share, from 0 to 1".
    """

    floor: float | None
    ceiling: float | None
    open: bool
    what: str

    def holds(self, x: float) -> bool:
        """Tell whether a value is possible."""
        if self.floor is not None and (x < self.floor or (self.open and x == self.floor)):
            return False
        return self.ceiling is None or x <= self.ceiling


ANY = Domain(None, None, open=False, what="a number")
AMOUNT = Domain(0.0, None, open=False, what="a number of 0 or more")
POSITIVE = Domain(0.0, None, open=True, what="a number above 0")
SHARE = Domain(0.0, 1.0, open=False, what="a share, from 0 to 1")
SHARE_ABOVE = Domain(0.0, 1.0, open=True, what="a share above 0, and at most 1")
GROWTH = Domain(-1.0, None, open=True, what="a rate above −1 (−100 %)")


def parse(raw: Any, domain: Domain = ANY) -> Assumption:
    """Return the assumption that is written.

    Raises:
        Impossible: it is none, or one that cannot be.
    """
    if isinstance(raw, Assumption):
        raw = {key: getattr(raw, key) for key in KEYS}
    if isinstance(raw, Mapping):
        return _from_mapping(raw, domain)
    if isinstance(raw, str):
        value, low, high = _from_text(raw)
        return _made(value, low, high, None, domain)
    return _made(_number(raw, "value"), None, None, None, domain)


def written(belief: Assumption) -> float | dict[str, Any]:
    """Return an assumption as the file may hold it; reading that gives an equal one."""
    told = {key: getattr(belief, key) for key in KEYS if getattr(belief, key) not in (None, "")}
    if told["pin"] is False:
        del told["pin"]
    if belief.date:
        told["date"] = belief.date.isoformat()
    return belief.value if set(told) == {"value", "kind"} and belief.kind == "fixed" else told


def _from_text(text: str) -> tuple[float | None, float | None, float | None]:
    text = text.strip()
    if found := _THREE.fullmatch(text):
        value, low, high = map(_read, found.groups())
        return value, low, high
    if found := _TWO.fullmatch(text):
        low, high = map(_read, found.groups())
        return None, low, high
    if found := _ONE.fullmatch(text):
        return _read(found[1]), None, None
    raise Impossible("a number or a range", repr(text))


def _read(text: str) -> float:
    plain = text.replace(",", "").replace("_", "").strip()
    share = plain.endswith("%")
    try:
        number = float(plain.rstrip("% "))
    except ValueError:
        raise Impossible("a number or a range", repr(text)) from None
    return _finite(number / 100 if share else number, text)


def _number(raw: Any, key: str) -> float:
    if isinstance(raw, str):
        return _read(raw)
    if isinstance(raw, bool) or not isinstance(raw, (int, float)):
        raise Impossible(f"a number for {key}", repr(raw))
    try:
        return _finite(float(raw), raw)
    except OverflowError:
        raise Impossible("a number that a computer can hold", "one beyond it") from None


def _finite(number: float, raw: Any) -> float:
    if not math.isfinite(number):
        raise Impossible("a finite number", str(raw))
    return number


def _from_mapping(raw: Mapping[str, Any], domain: Domain) -> Assumption:
    for key in raw:
        if key not in KEYS:
            near = nearest(str(key), KEYS)
            do = f"Did you mean {near!r}?" if near else "Take the key out."
            raise Impossible(f"one of {', '.join(KEYS)}", repr(key), do)
    given = {key: raw.get(key) for key in ("value", "low", "high")}
    numbers = {key: None if one is None else _number(one, key) for key, one in given.items()}
    kind = raw.get("kind")
    if kind is not None and kind not in KINDS:
        near = nearest(str(kind), KINDS)
        do = f"Did you mean {near!r}?" if near else "Leave the kind out."
        raise Impossible(f"one of {', '.join(KINDS)}", repr(kind), do)
    pin = raw.get("pin", False)
    if not isinstance(pin, bool):
        raise Impossible("pin: true or false", repr(pin))
    made = _made(numbers["value"], numbers["low"], numbers["high"], kind, domain)
    source = "" if raw.get("source") is None else str(raw["source"])
    return _with(made, source=source, date=_date(raw.get("date")), pin=pin)


def _with(made: Assumption, **changes: Any) -> Assumption:
    from dataclasses import replace

    return replace(made, **changes)


def _date(raw: Any) -> day | None:
    if raw is None or type(raw) is day:
        return raw
    try:
        return day.fromisoformat(str(raw)[:10])
    except ValueError:
        raise Impossible("a date such as 2026-11-20", repr(raw)) from None


def _made(
    value: float | None, low: float | None, high: float | None, kind: Any, domain: Domain
) -> Assumption:
    _check_ends(value, low, high)
    for one in (value, low, high):
        if one is not None and not domain.holds(one):
            raise Impossible(domain.what, f"{one:g}")
    if low is None or high is None:
        if kind not in (None, "fixed"):
            raise Impossible(f"low and high for the kind {kind!r}", "a value alone")
        assert value is not None
        return Assumption(value, floor=domain.floor, ceiling=domain.ceiling)
    kind = kind or _default_kind(low, high, domain)
    middle = _middle(low, high, kind) if value is None else value
    _check_kind(middle, low, high, kind)
    return Assumption(middle, low, high, kind, floor=domain.floor, ceiling=domain.ceiling)


def _check_ends(value: float | None, low: float | None, high: float | None) -> None:
    if (low is None) != (high is None):
        raise Impossible("low and high, or neither", "only one of the two")
    if low is None or high is None:
        if value is None:
            raise Impossible("a value, or low and high", "neither")
        return
    if low > high:
        raise Impossible("low at most high", f"{low:g}..{high:g}", "Swap the two.")
    if value is not None and not low <= value <= high:
        raise Impossible(
            f"a value within its range {low:g}..{high:g}", f"{value:g}", "Widen the range."
        )


def _default_kind(low: float, high: float, domain: Domain) -> str:
    if domain.ceiling == 1.0:
        return "logit" if low > 0 and high < 1 else "normal"
    return "lognormal" if low > 0 else "normal"


def _middle(low: float, high: float, kind: str) -> float:
    if low > 0 and high / low > WIDE and kind not in ("uniform", "triangular", "normal"):
        return math.sqrt(low) * math.sqrt(high)
    return low + (high - low) / 2


def _check_kind(value: float, low: float, high: float, kind: str) -> None:
    if kind == "fixed" and low < high:
        raise Impossible("a value alone for the kind 'fixed'", f"a range {low:g}..{high:g}")
    if kind == "lognormal" and low <= 0:
        raise Impossible("low above 0 for the kind 'lognormal'", f"{low:g}", "Use kind: normal.")
    if kind == "logit" and not (low > 0 and high < 1):
        do = "Use kind: normal; what falls outside 0..1 then stands at the bound."
        raise Impossible("a range inside 0..1 for the kind 'logit'", f"{low:g}..{high:g}", do)
    middle = low + (high - low) / 2
    if kind == "uniform" and not math.isclose(value, middle, rel_tol=1e-9, abs_tol=1e-12):
        do = f"Leave the value out (it is {middle:g}), or use kind: triangular."
        raise Impossible(f"the middle, {middle:g}, as the value of a 'uniform'", f"{value:g}", do)


def _reads(domain: Domain) -> PlainValidator:
    return PlainValidator(partial(parse, domain=domain))


_writes = PlainSerializer(written)


def _tells(domain: Domain) -> WithJsonSchema:
    kinds = [{"type": "number"}, {"type": "string"}, {"type": "object"}]
    return WithJsonSchema({"anyOf": kinds, "title": domain.what})


Belief = Annotated[Assumption, _reads(ANY), _writes, _tells(ANY)]
Amount = Annotated[Assumption, _reads(AMOUNT), _writes, _tells(AMOUNT)]
Positive = Annotated[Assumption, _reads(POSITIVE), _writes, _tells(POSITIVE)]
Share = Annotated[Assumption, _reads(SHARE), _writes, _tells(SHARE)]
ShareAbove = Annotated[Assumption, _reads(SHARE_ABOVE), _writes, _tells(SHARE_ABOVE)]
Growth = Annotated[Assumption, _reads(GROWTH), _writes, _tells(GROWTH)]
