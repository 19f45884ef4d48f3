"""What came: months from a CSV, or from the ledger."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from seedbed.errors import VentureWrong
from seedbed.venture.months import months_from
from seedbed.venture.plan import Plan
from seedbed.venture.score.frozen import QUANTITIES

MOST = 120
"""Months that are looked back in the ledger."""
_SIGNED = ("cash",)


@dataclass(frozen=True, slots=True)
class Truth:
    """What was counted, month by month.

    Attributes:
        months: Consecutive, such as `2026-12`.
        values: Quantity -> one value a month.
        source: Where it is from.
    """

    months: tuple[str, ...]
    values: Mapping[str, tuple[float, ...]]
    source: str

    def at(self, quantity: str, month: str) -> float | None:
        """Return what a quantity was in a month; None where that is not known."""
        if quantity not in self.values or month not in self.months:
            return None
        return self.values[quantity][self.months.index(month)]

    def before(self, quantity: str, month: str) -> list[float]:
        """Return what a quantity was in the months before one, oldest first."""
        if quantity not in self.values:
            return []
        pairs = zip(self.months, self.values[quantity], strict=True)
        return [value for one, value in pairs if one < month]


def read(path: Path) -> Truth:
    """Read a CSV with the column `month` and any of customers, answers, income and cash.

    Months before the forecast may stand in it: they are what a straight line is drawn through.

    Raises:
        VentureWrong: no such file, a column that is none of these, a month twice, out of order or
            left out, a value that is missing, no number, or below 0.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        missing = isinstance(cause, FileNotFoundError)
        raise VentureWrong(
            expected="a CSV of what came, in UTF-8",
            got=f"no file {path}" if missing else str(cause),
            do="Write month,customers,answers,income,cash and a row a month: 2026-12,6,…",
        ) from None
    rows = list(csv.reader(text.splitlines()))
    return _table(rows, str(path))


def _table(rows: Sequence[Sequence[str]], where: str) -> Truth:
    heads = [head.strip() for head in rows[0]] if rows else []
    known = [head for head in heads if head in QUANTITIES]
    unknown = [head for head in heads if head not in (*QUANTITIES, "month")]
    if "month" not in heads or not known or unknown or len(set(heads)) < len(heads):
        raise VentureWrong(
            expected=f"the columns month and some of {', '.join(QUANTITIES)}, each once",
            got=", ".join(heads) or "an empty file",
            do="Rename the columns, or take out what is none of these.",
            where=where,
        )
    body = [(line, row) for line, row in enumerate(rows[1:], 2) if any(map(str.strip, row))]
    months: list[str] = []
    values: dict[str, list[float]] = {name: [] for name in known}
    for line, row in body:
        place = f"{where}, line {line}"
        if len(row) != len(heads):
            raise _wrong(f"{len(heads)} cells", f"{len(row)}", place)
        cells = dict(zip(heads, row, strict=True))
        months.append(_month(cells["month"].strip(), months, place))
        for name in known:
            values[name].append(_number(name, cells[name].strip(), place))
    if not months:
        raise _wrong("at least one month", "none", where)
    return Truth(tuple(months), {name: tuple(one) for name, one in values.items()}, where)


def _month(text: str, months: list[str], place: str) -> str:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise _wrong("a month such as 2026-12", repr(text), place)
    if months and text != (following := months_from(months[-1], 2)[1]):
        raise _wrong(f"{following}, the month after {months[-1]}", text, place)
    return text


def _number(name: str, text: str, place: str) -> float:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        raise _wrong(f"a number under {name}", repr(text) if text else "nothing", place) from None
    if not math.isfinite(value) or (value < 0 and name not in _SIGNED):
        least = "a finite number" if name in _SIGNED else "a number of at least 0"
        raise _wrong(f"{least} under {name}", text, place)
    return value


def _wrong(expected: str, got: str, where: str) -> VentureWrong:
    return VentureWrong(
        expected=expected,
        got=got,
        do="Every month counts once, without gaps: leave the newest out rather than guess it.",
        where=where,
    )


def from_ledger(plan: Plan) -> Truth | None:
    """Return what the ledger counted in whole months; None where it has none.

    Customers are those who had a plan when the month began. Income is net of tax, by the rule of
    `seedbed.venture.income`; it is left out where the venture has income besides answers, which the
    ledger does not know.

    Raises:
        LedgerUnavailable: the ledger cannot be read.
    """
    from seedbed.venture import ledger_facts

    with ledger_facts.opened(plan.venture, plan.home) as database:
        if database is None:
            return None
        found = ledger_facts.history(database, plan.venture.currency, plan.today, MOST)
    if not found:
        return None
    values = {
        "customers": tuple(float(one.begun) for one in found),
        "answers": tuple(float(one.answers) for one in found),
    }
    if not plan.venture.income:
        values["income"] = tuple(float(one.income) for one in found)
    return Truth(tuple(one.month for one in found), values, "ledger")
