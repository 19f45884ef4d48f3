"""What the ledger tells: customers, their answers, how many leave, today's price, and the months.

Only whole calendar months (UTC) count for what is counted by the month: a month that has just
begun would look like a bad one. Who counts as a customer stands in `counted`.
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
from numpy.typing import NDArray

from seedbed.errors import VentureWrong
from seedbed.venture.assumption import Assumption
from seedbed.venture.counted import Counted, versions
from seedbed.venture.file import Venture
from seedbed.venture.income import by_month
from seedbed.venture.result import Said
from seedbed.venture.unit.retention import ENOUGH_CUSTOMERS, ENOUGH_GONE

if TYPE_CHECKING:
    from seedbed.home import Home
    from seedbed.ledger.database import Database

Fact = tuple[str, Assumption, str]
Floats = NDArray[np.float64]

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
        income: What was earned, net of tax, in the venture's currency, by the rule of `income`.
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

    database = Database(_where(venture, home))
    file = database.file
    there = file is None or file.exists()  # SQLite would make the file, empty
    if file is not None and not there and venture.about.ledger is not None:
        raise VentureWrong(
            expected="a ledger: the path of a file, or a URL",
            got=f"no file {file}",
            do="Correct it, or leave it out: this home's ledger is used then.",
            where="about.ledger",
        )
    try:
        yield database if there else None
    finally:
        database.close()


def facts(database: Database, venture: Venture, today: date) -> Iterator[Fact]:
    """Yield path, value and where it stands, for what the ledger can tell."""
    counted = Counted.of(database)
    yield from _customers(database, counted, today)
    yield from _used(database, counted, today)
    yield from _churn(_stays(database, counted, today))


def unmeasured(database: Database, today: date) -> Iterator[tuple[str, Said]]:
    """Yield path and reason of what the ledger holds too little of to tell: the belief stays."""
    counted = Counted.of(database)
    now = _micros(today)
    with database.reading() as connection:
        held, out = len(_held(connection, now, counted)), counted.left_out(connection, now, now)
    if out and not held:
        yield "customers.now", _nobody(out)
    stays = _stays(database, counted, today)
    if stays.months and not stays.enough:
        yield "customers.churn", _too_few(stays)


def history(database: Database, currency: str, today: date, months: int = LONG) -> list[Month]:
    """Return the last whole months, oldest first, from the first with a customer or income on."""
    counted = Counted.of(database)
    bounds = _bounds(today, months)
    earned = by_month(database, counted, currency, bounds)
    found = [
        _month(database, counted, start, end, money)
        for (start, end), money in zip(bounds, earned, strict=True)
    ]
    known = (i for i, one in enumerate(found) if one.begun or one.customers or one.income)
    return found[next(known, len(found)) :]


@dataclass(frozen=True, slots=True)
class Used:
    """What a customer used in a whole month."""

    month: str
    customer: str
    answers: int
    tokens: int
    compute_us: int


def _usage(database: Database, counted: Counted, today: date) -> list[Used]:
    """Return what each customer used in each of the last whole months; who had a plan and did not
    call is there with nothing."""
    from sqlalchemy import func, select

    from seedbed.ledger.schema.calls import calls

    sums = [func.sum(calls.c[name]) for name in ("rows", "tokens", "compute_us")]
    found = []
    for start, end in _bounds(today, RECENT):
        query = select(calls.c.customer_id, *sums).where(*_answered(counted, start, end))
        with database.reading() as connection:
            rows = connection.execute(query.group_by(calls.c.customer_id)).all()
            held = _held(connection, start, counted) & _held(connection, end - 1, counted)
        named = _named(start)
        found += [Used(named, one, *(int(many) for many in used)) for one, *used in rows]
        quiet = held - {one for one, *_ in rows}
        found += [Used(named, one, 0, 0, 0) for one in sorted(quiet)]
    return found


def _customers(database: Database, counted: Counted, today: date) -> Iterator[Fact]:
    """Yield the count of those who have a plan today; an exact one."""
    now = _micros(today)
    with database.reading() as connection:
        many, out = len(_held(connection, now, counted)), counted.left_out(connection, now, now)
    if many:
        source = f"{many:,} customers had a plan in the ledger{_besides(out)}"
        told = Assumption(float(many), source=source, date=today, floor=0.0)
        yield "customers.now", told, "ledger, subscriptions"


def _used(database: Database, counted: Counted, today: date) -> Iterator[Fact]:
    """Yield what the last whole months tell of answers and of tokens."""
    used = _usage(database, counted, today)
    bounds = _bounds(today, RECENT)
    with database.reading() as connection:
        out = counted.left_out(connection, bounds[0][0], bounds[-1][1])
    yield from _answers(used, out)
    yield from _tokens(used)


def _answers(used: Sequence[Used], out: int) -> Iterator[Fact]:
    """Yield the mean use of a customer, with its interval by Student's t on the logarithm."""
    each: dict[str, list[int]] = {}
    for one in used:
        each.setdefault(one.customer, []).append(one.answers)
    means = np.array([np.mean(months) for months in each.values()])
    if not len(means) or means.mean() <= 0:
        return
    many = f"{len(means):,} customers" if len(means) > 1 else "one customer"
    answers = sum(one.answers for one in used)
    source = f"{answers:,} answers to {many} in whole months{_besides(out)}"
    told = _around(float(means.mean()), _spread(means), len(means), source, _last(used))
    yield "customers.answers", told, f"ledger, {_span(used)}"


def _besides(out: int) -> str:
    """Return how many were left out, for a source; nothing where nobody was."""
    return f"; {out:,} left out (a server's trial, or a plan that never charges)" if out else ""


def _tokens(used: Sequence[Used]) -> Iterator[Fact]:
    """Yield tokens an answer: a ratio of sums, its error by the customers' own ratios."""
    heavy = [one for one in used if one.answers and one.tokens]
    if not heavy:
        return
    answers = np.array([one.answers for one in heavy], dtype=np.float64)
    tokens = np.array([one.tokens for one in heavy], dtype=np.float64)
    ratio, spread = _ratio(tokens, answers)
    n = len(heavy)
    source = f"{tokens.sum():,.0f} tokens of {answers.sum():,.0f} answers"
    yield (
        "unit.tokens_per_answer",
        _around(ratio, spread, n, source, _last(used)),
        f"ledger, {_span(used)}",
    )


def _ratio(parts: Floats, wholes: Floats) -> tuple[float, float]:
    """Return a ratio of sums, and its relative standard error by the rows' own ratios; 0 of one."""
    ratio, n = float(parts.sum() / wholes.sum()), len(parts)
    rest = parts - ratio * wholes
    spread = float(np.sqrt((rest**2).sum() / max(n - 1, 1) * n) / parts.sum()) if n > 1 else 0.0
    return ratio, spread


def price(database: Database, currency: str, today: date) -> Fact | Said | None:
    """Return what an answer brings over the last whole months, whatever plan it was given on.

    Income is net of tax, by the rule of `income`, over the answers on plans in the currency. Where
    they brought nothing, that is said instead; None where there were none.
    """
    counted, bounds = Counted.of(database), _bounds(today, RECENT)
    ours = [one for one, plan in versions(database).items() if plan.currency == currency]
    earned = by_month(database, counted, currency, bounds)
    months = [
        (_named(start), float(money), _answers_on(database, counted, ours, start, end))
        for (start, end), money in zip(bounds, earned, strict=True)
    ]
    months = [one for one in months if one[2]]
    if not months:
        return None
    income, answers = (np.array([one[i] for one in months], np.float64) for i in (1, 2))
    many = f"{int(answers.sum()):,}"
    if income.sum() <= 0:
        return Said(
            "price.now is not measured, so the belief stays: about.plans names no plan, and the"
            f" {many} answers of the last whole months brought nothing.",
            "price.now 没有实测，沿用假设：about.plans 没有写明方案，"
            f"而最近几个整月的 {many} 次回答没有带来收入。",
        )
    ratio, spread = _ratio(income, answers)
    first, last = months[0][0], months[-1][0]
    source = f"income of {many} answers in whole months, net of tax, fees among it"
    told = _around(ratio, spread, len(months), source, _end(last))
    return "price.now", told, f"ledger, {first if first == last else f'{first} to {last}'}"


def _answers_on(
    database: Database, counted: Counted, plans: Sequence[str], start: int, end: int
) -> int:
    from sqlalchemy import func, select

    from seedbed.ledger.schema.calls import calls

    query = select(func.coalesce(func.sum(calls.c.rows), 0))
    query = query.where(*_answered(counted, start, end), calls.c.plan_id.in_(plans))
    with database.reading() as connection:
        return int(connection.execute(query).scalar_one())


@dataclass(frozen=True, slots=True)
class _Stays:
    """What whole months tell of departures: of customers on plans with a fee or a commitment.

    Attributes:
        months: The first and the last month with a customer who counts; empty where there is none.
        customers: Who was on such a plan when one of the months began.
        begun: So many customer-months.
        left: How many of these ended with the customer gone.
    """

    months: tuple[str, ...]
    customers: int
    begun: int
    left: int

    @property
    def enough(self) -> bool:
        """Whether these are as many as `plan unit` asks for before it fits how long they stay."""
        return self.customers >= ENOUGH_CUSTOMERS and self.left >= ENOUGH_GONE


def _stays(database: Database, counted: Counted, today: date) -> _Stays:
    named: list[str] = []
    who: set[str] = set()
    begun = left = 0
    with database.reading() as connection:
        for start, end in _bounds(today, LONG):
            if _held(connection, start, counted):
                named.append(_named(start))
            after = _held(connection, end, counted)
            tied = _held(connection, start, counted, tied=True)
            who |= tied
            begun, left = begun + len(tied), left + len(tied - after)
    return _Stays((named[0], named[-1]) if named else (), len(who), begun, left)


def _churn(stays: _Stays) -> Iterator[Fact]:
    """Yield the monthly churn: the posterior of Jeffreys' prior, Beta(left + ½, stayed + ½)."""
    from scipy.stats import beta

    if not stays.enough:
        return
    begun, left = stays.begun, stays.left
    law = beta(left + 0.5, begun - left + 0.5)
    low, value, high = (float(one) for one in law.ppf([0.05, 0.5, 0.95]))
    source = (
        f"{left:,} of {begun:,} customer-months on plans with a fee or a commitment ended with the"
        " customer gone; Beta interval"
    )
    first, last = stays.months
    told = Assumption(value, low, high, "logit", source, _end(last), floor=0.0, ceiling=1.0)
    yield "customers.churn", told, f"ledger, {first} to {last}"


def _nobody(out: int) -> Said:
    many = f"{out:,} customers have" if out > 1 else "one customer has"
    return Said(
        f"customers.now is not measured, so the belief stays: {many} a plan in the ledger, as a"
        " server's own trial or one that never charges.",
        f"customers.now 没有实测，沿用假设：账本中的 {out:,} 位客户是服务器自己的试用客户，"
        "或使用永不收费的套餐。",
    )


def _too_few(stays: _Stays) -> Said:
    return Said(
        "customers.churn is not measured, so the belief stays: of"
        f" {stays.customers:,} customers on plans with a fee or a commitment {stays.left:,} have"
        f" left in whole months, and {ENOUGH_CUSTOMERS} and {ENOUGH_GONE} are needed. Who pays by"
        " use just stops calling, and tells nothing.",
        "customers.churn 没有实测，沿用假设：在有月费或最低消费的套餐上有"
        f" {stays.customers:,} 位客户，整月内流失 {stays.left:,} 位，至少需要 {ENOUGH_CUSTOMERS}"
        f" 位客户、{ENOUGH_GONE} 位流失。"
        "按量付费的客户只是不再调用，无从得知。",
    )


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


def _month(database: Database, counted: Counted, start: int, end: int, income: Decimal) -> Month:
    from sqlalchemy import distinct, func, select

    from seedbed.ledger.schema.calls import calls

    sums = [func.coalesce(func.sum(calls.c[key]), 0) for key in ("rows", "tokens", "compute_us")]
    answered = _answered(counted, start, end)
    query = select(func.count(distinct(calls.c.customer_id)), *sums).where(*answered)
    with database.reading() as connection:
        active, answers, tokens, compute = connection.execute(query).one()
        begun, after = _held(connection, start, counted), _held(connection, end, counted)
    many = (int(answers), int(tokens), int(compute))
    return Month(_named(start), int(active), len(begun), len(begun - after), *many, income)


def _answered(counted: Counted, start: int, end: int) -> tuple[Any, ...]:
    from seedbed.ledger.schema.calls import calls

    called = (calls.c.status == "answered", counted.called())
    return (*called, calls.c.at >= start, calls.c.at < end)


def _held(connection: Any, at: int, counted: Counted, *, tied: bool = False) -> set[str]:
    """Return who had a plan that counts at a moment; `tied`: one with a fee or a commitment."""
    from sqlalchemy import select

    from seedbed.ledger.schema.accounts import subscriptions

    told = subscriptions.c
    open_then = told.until_at.is_(None) | (told.until_at > at)
    query = select(told.customer_id).where(told.from_at <= at, open_then, counted.held())
    if tied:
        query = query.where(told.plan_id.in_(counted.tied))
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


def _where(venture: Venture, home: Home) -> Path | str:
    named = venture.about.ledger
    if named is None:
        return os.environ.get("SEEDBED_DB") or home.root / "ledger.db"
    return named if "://" in named else venture.folder / Path(named).expanduser()
