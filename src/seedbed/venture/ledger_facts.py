"""What the ledger tells: customers, their answers, how many leave, today's price, and the months.

Only whole calendar months (UTC) count for what is counted by the month: a month that has just
begun would look like a bad one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seedbed.errors import VentureWrong
from seedbed.venture.assumption import Assumption
from seedbed.venture.file import Venture

if TYPE_CHECKING:
    from seedbed.home import Home
    from seedbed.ledger.database import Database

Fact = tuple[str, Assumption, str]

RECENT = 3
"""Whole months whose use tells how much a customer uses today."""

LONG = 12
"""Whole months whose departures tell the churn."""


@dataclass(frozen=True, slots=True)
class Month:
    """A whole calendar month of the ledger.

    Attributes:
        month: Such as `2026-10`.
        customers: Who had at least one call answered.
        begun: Who had a plan when the month began.
        left: Who of these had none when it ended.
        answers: Rows answered.
        tokens: Tokens of these.
        compute_us: Time of the engines.
        income: What their calls cost, in the venture's currency; fees are not in it.
    """

    month: str
    customers: int
    begun: int
    left: int
    answers: int
    tokens: int
    compute_us: int
    income: Decimal


@contextmanager
def opened(venture: Venture, home: Home) -> Iterator[Database | None]:
    """Give the ledger's database; None where there is none.

    Raises:
        VentureWrong: `about.ledger` names a file that is not there.
    """
    from seedbed.ledger.database import Database

    where = _where(venture, home)
    database = None if where is None else Database(where)
    try:
        yield database
    finally:
        if database is not None:
            database.close()


def facts(database: Database, venture: Venture, today: date) -> Iterator[Fact]:
    """Yield path, value and where it stands, for what the ledger can tell."""
    used = usage(database, today, RECENT)
    yield from _customers(database, today)
    yield from _answers(used)
    yield from _tokens(used)
    yield from _churn(history(database, venture.currency, today, LONG))


def history(database: Database, currency: str, today: date, months: int = LONG) -> list[Month]:
    """Return the last whole months, oldest first, from the first with a customer on."""
    found = [_month(database, currency, start, end) for start, end in _bounds(today, months)]
    first = next((i for i, one in enumerate(found) if one.begun or one.customers), len(found))
    return found[first:]


@dataclass(frozen=True, slots=True)
class Used:
    """What a customer used in a whole month."""

    month: str
    customer: str
    answers: int
    tokens: int
    compute_us: int


def usage(database: Database, today: date, months: int = RECENT) -> list[Used]:
    """Return what each customer used in each of the last whole months; who had a plan and did not
    call is there with nothing."""
    from sqlalchemy import func, select

    from seedbed.ledger.schema.calls import calls

    sums = [func.sum(calls.c[name]) for name in ("rows", "tokens", "compute_us")]
    found = []
    for start, end in _bounds(today, months):
        query = select(calls.c.customer_id, *sums).where(*_answered(start, end))
        with database.reading() as connection:
            rows = connection.execute(query.group_by(calls.c.customer_id)).all()
            held = _held(connection, start) & _held(connection, end - 1)
        named = _named(start)
        found += [Used(named, one, *(int(many) for many in used)) for one, *used in rows]
        quiet = held - {one for one, *_ in rows}
        found += [Used(named, one, 0, 0, 0) for one in sorted(quiet)]
    return found


def _customers(database: Database, today: date) -> Iterator[Fact]:
    """Yield the count of those who have a plan today; an exact one."""
    with database.reading() as connection:
        many = len(_held(connection, _micros(today)))
    if many:
        source = f"{many:,} customers had a plan in the ledger"
        told = Assumption(float(many), source=source, date=today, floor=0.0)
        yield "customers.now", told, "ledger, subscriptions"


def _answers(used: Sequence[Used]) -> Iterator[Fact]:
    """Yield the mean use of a customer, with its interval by Student's t on the logarithm."""
    each: dict[str, list[int]] = {}
    for one in used:
        each.setdefault(one.customer, []).append(one.answers)
    means = np.array([np.mean(months) for months in each.values()])
    if not len(means) or means.mean() <= 0:
        return
    many = f"{len(means):,} customers" if len(means) > 1 else "one customer"
    source = f"{sum(one.answers for one in used):,} answers to {many} in whole months"
    told = _around(float(means.mean()), _spread(means), len(means), source, _last(used))
    yield "customers.answers", told, f"ledger, {_span(used)}"


def _tokens(used: Sequence[Used]) -> Iterator[Fact]:
    """Yield tokens an answer: a ratio of sums, its error by the customers' own ratios."""
    heavy = [one for one in used if one.answers and one.tokens]
    if not heavy:
        return
    answers = np.array([one.answers for one in heavy], dtype=np.float64)
    tokens = np.array([one.tokens for one in heavy], dtype=np.float64)
    ratio = float(tokens.sum() / answers.sum())
    rest = tokens - ratio * answers
    n = len(heavy)
    spread = float(np.sqrt((rest**2).sum() / max(n - 1, 1) * n) / tokens.sum()) if n > 1 else 0.0
    source = f"{tokens.sum():,.0f} tokens of {answers.sum():,.0f} answers"
    yield (
        "unit.tokens_per_answer",
        _around(ratio, spread, n, source, _last(used)),
        f"ledger, {_span(used)}",
    )


def _churn(months: Sequence[Month]) -> Iterator[Fact]:
    """Yield the monthly churn: the posterior of Jeffreys' prior, Beta(left + ½, stayed + ½)."""
    from scipy.stats import beta

    begun, left = sum(one.begun for one in months), sum(one.left for one in months)
    if not begun:
        return
    law = beta(left + 0.5, begun - left + 0.5)
    low, value, high = (float(one) for one in law.ppf([0.05, 0.5, 0.95]))
    source = f"{left:,} of {begun:,} customer-months ended with the customer gone; Beta interval"
    told = Assumption(
        value, low, high, "logit", source, _end(months[-1].month), floor=0.0, ceiling=1.0
    )
    yield "customers.churn", told, f"ledger, {months[0].month} to {months[-1].month}"


def _spread(values: np.ndarray[Any, Any]) -> float:
    """Return the relative standard error of a mean; 0 where there is one value alone."""
    n = len(values)
    return float(values.std(ddof=1) / np.sqrt(n) / values.mean()) if n > 1 else 0.0


def _around(value: float, spread: float, n: int, source: str, day: date) -> Assumption:
    """Return a value with a range of 90 % around its logarithm; none where nothing tells one."""
    from scipy.stats import t

    if not spread:
        return Assumption(value, source=source, date=day, floor=0.0)
    factor = float(np.exp(t.ppf(0.95, n - 1) * spread))
    return Assumption(value, value / factor, value * factor, "lognormal", source, day, floor=0.0)


def _month(database: Database, currency: str, start: int, end: int) -> Month:
    from sqlalchemy import distinct, func, select

    from seedbed.ledger.money import to_decimal
    from seedbed.ledger.schema.accounts import customers
    from seedbed.ledger.schema.calls import calls

    sums = [func.coalesce(func.sum(calls.c[key]), 0) for key in ("rows", "tokens", "compute_us")]
    query = select(func.count(distinct(calls.c.customer_id)), *sums).where(*_answered(start, end))
    paid = select(func.coalesce(func.sum(calls.c.price), 0)).where(
        *_answered(start, end),
        calls.c.customer_id == customers.c.id,
        customers.c.currency == currency,
    )
    with database.reading() as connection:
        active, answers, tokens, compute = connection.execute(query).one()
        nanos = connection.execute(paid).scalar_one()
        begun, after = _held(connection, start), _held(connection, end)
    income = to_decimal(int(nanos))
    many = (int(answers), int(tokens), int(compute))
    return Month(_named(start), int(active), len(begun), len(begun - after), *many, income)


def _answered(start: int, end: int) -> tuple[Any, ...]:
    from seedbed.ledger.schema.calls import calls

    called = (calls.c.status == "answered", calls.c.customer_id.is_not(None))
    return (*called, calls.c.at >= start, calls.c.at < end)


def _held(connection: Any, at: int) -> set[str]:
    """Return who had a plan at a moment."""
    from sqlalchemy import select

    from seedbed.ledger.schema.accounts import subscriptions

    told = subscriptions.c
    open_then = told.until_at.is_(None) | (told.until_at > at)
    query = select(told.customer_id).where(told.from_at <= at, open_then)
    return set(connection.execute(query).scalars())


def _bounds(today: date, months: int) -> list[tuple[int, int]]:
    """Return the first moments of the last whole months and of those after them, in µs."""
    last = today.year * 12 + today.month - 1
    starts = [_micros(date(n // 12, n % 12 + 1, 1)) for n in range(last - months, last + 1)]
    return list(pairwise(starts))


def _micros(day: date) -> int:
    from seedbed.ledger.periods import micros

    return micros(datetime(day.year, day.month, day.day, tzinfo=UTC))


def _named(start: int) -> str:
    from seedbed.ledger.periods import moment

    return f"{moment(start):%Y-%m}"


def _end(month: str) -> date:
    from calendar import monthrange

    year, number = map(int, month.split("-"))
    return date(year, number, monthrange(year, number)[1])


def _last(used: Sequence[Used]) -> date:
    return _end(max(one.month for one in used))


def _span(used: Sequence[Used]) -> str:
    named = sorted({one.month for one in used})
    return named[0] if len(named) == 1 else f"{named[0]} to {named[-1]}"


def _where(venture: Venture, home: Home) -> Path | str | None:
    named = venture.about.ledger
    if named is None:
        own = home.root / "ledger.db"
        return os.environ.get("SEEDBED_DB") or (own if own.exists() else None)
    if "://" in named:
        return named
    path = venture.folder / Path(named).expanduser()
    if not path.exists():
        raise VentureWrong(
            expected="a ledger: the path of a file, or a URL",
            got=f"no file {path}",
            do="Correct it, or leave it out: this home's ledger is used then.",
            where="about.ledger",
        )
    return path
