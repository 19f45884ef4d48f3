"""What the ledger tells of customers: what they used, how long they stayed, when they bought.

Who counts as a customer stands in `seedbed.venture.counted`. The load of the machines counts all.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from seedbed.venture.bills import Used
from seedbed.venture.counted import Counted
from seedbed.venture.income import net_of_tax
from seedbed.venture.unit.bg_nbd import Buyers
from seedbed.venture.unit.lives import Lives
from seedbed.venture.unit.numbers import Doubles

if TYPE_CHECKING:
    from seedbed.ledger.database import Database
    from seedbed.ledger.plan import Plan as BillingPlan

MONTHS = 3
"""Whole calendar months whose use is looked at: the last before today."""

NANOS = 1e9
WEEK = 7.0
HOUR = 3_600_000_000
RECENT = 28 * 24 * HOUR
"""Microseconds, as the ledger counts time."""


@dataclass(frozen=True, slots=True)
class Month:
    """A whole month of a customer.

    Attributes:
        plan: The version of a plan that it held last in the month; None: it held none.
        used: What it used, by release; empty where it called nothing.
    """

    plan: BillingPlan | None
    used: tuple[Used, ...]


@dataclass(frozen=True, slots=True)
class Purchases:
    """Days on which customers called, as BG/NBD and Gamma-Gamma take them.

    Attributes:
        buyers: Days after the first with an answered call, in weeks.
        spend: Mean charge of those days, in money without tax; 0 without any.
    """

    buyers: Buyers
    spend: Doubles


def months_used(database: Database, today: date) -> list[Month]:
    """Return what each customer used in each of the last whole months, and on which plan.

    A customer who had a plan for the whole month and called nothing counts with nothing used.
    """
    from sqlalchemy import func, select

    from seedbed.ledger.plans import Plans
    from seedbed.ledger.schema.accounts import subscriptions
    from seedbed.ledger.schema.calls import calls

    found: list[Month] = []
    store, told = Plans(database), subscriptions.c
    counted = Counted.of(database)
    sums = [func.sum(calls.c[name]) for name in ("rows", "tokens", "compute_us")]
    for start, end in _months(today):
        query = select(calls.c.customer_id, calls.c.release, *sums).where(
            calls.c.status == "answered",
            counted.called(),
            calls.c.at >= start,
            calls.c.at < end,
        )
        held = select(told.customer_id, told.plan_id, told.from_at, told.until_at).where(
            counted.held(),
            told.from_at < end,
            told.until_at.is_(None) | (told.until_at > start),
        )
        each: dict[str, list[Used]] = defaultdict(list)
        with database.reading() as connection:
            for one, release, *used in connection.execute(
                query.group_by(calls.c.customer_id, calls.c.release)
            ):
                each[one].append(Used(release, *(int(many) for many in used)))
            spans = connection.execute(held.order_by(told.from_at)).all()
            on = {one: store.by_id(plan, connection).plan for one, plan, _, _ in spans}
        whole = {
            one
            for one, _, begun, until in spans
            if begun <= start and (until is None or until >= end)
        }
        found += [Month(on.get(one), tuple(used)) for one, used in each.items()]
        found += [Month(on[one], ()) for one in sorted(whole - set(each))]
    return found


def lives(database: Database, today: date) -> Lives:
    """Return how many whole months customers had a plan, and whether they have one still.

    Customers who came less than a month ago and are still there tell nothing yet. Nor do those who
    never were on a plan with a fee or a commitment: they stop calling, and end nothing.
    """
    from sqlalchemy import select

    from seedbed.ledger.schema.accounts import subscriptions

    now = _micros(today)
    told = subscriptions.c
    counted = Counted.of(database)
    query = select(told.customer_id, told.plan_id, told.from_at, told.until_at)
    spans: dict[str, list[tuple[int, int]]] = defaultdict(list)
    tied: set[str] = set()
    with database.reading() as connection:
        for one, plan, begun, until in connection.execute(query.where(counted.held())):
            if begun <= now and begun != until:  # what ends as it begins was never held
                spans[one].append((begun, now + 1 if until is None else until))
                tied |= {one} if plan in counted.tied else set()
    left: dict[int, int] = defaultdict(int)
    stayed: dict[int, int] = defaultdict(int)
    for held in (spans[one] for one in tied):
        first, last = min(span[0] for span in held), max(span[1] for span in held)
        if last <= now:
            left[max(1, _begun_months(first, last))] += 1
        elif whole := _whole_months(first, now):
            stayed[whole] += 1
    return _lives(left, stayed)


def purchases(database: Database, today: date) -> Purchases:
    """Return the days on which customers had calls answered, in weeks from each one's first."""
    from sqlalchemy import func, select

    from seedbed.ledger.periods import DAY
    from seedbed.ledger.plans import Plans
    from seedbed.ledger.schema.calls import calls

    day = (calls.c.at // DAY).label("day")
    query = (
        select(calls.c.customer_id, day, calls.c.plan_id, func.sum(calls.c.price))
        .where(calls.c.status == "answered", Counted.of(database).called())
        .where(calls.c.at < _micros(today))
        .group_by(calls.c.customer_id, day, calls.c.plan_id)
        .order_by(calls.c.customer_id, day)
    )
    store = Plans(database)
    days: dict[str, dict[int, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    with database.reading() as connection:
        for one, at, plan, price in connection.execute(query).all():
            net = (
                int(price)
                if plan is None
                else net_of_tax(store.by_id(plan, connection).plan, price)
            )
            days[one][int(at)] += net
    last = _micros(today) // DAY
    rows = [_bought(list(each.items()), last) for each in days.values()]
    table = np.asarray(rows, dtype=np.float64).reshape(len(rows), 4)
    return Purchases(Buyers.of(*table[:, :3].T), table[:, 3])


def hours(database: Database, today: date) -> Doubles:
    """Return the answers a second of each hour of the last four weeks, quiet hours included.

    Empty where nothing was answered within them. The first hour is that of the first call.
    """
    from sqlalchemy import func, select

    from seedbed.ledger.schema.calls import calls

    end = _micros(today)
    hour = (calls.c.at // HOUR).label("hour")
    query = (
        select(hour, func.sum(calls.c.rows))
        .where(calls.c.status == "answered", calls.c.at < end, calls.c.at >= end - RECENT)
        .group_by(hour)
    )
    with database.reading() as connection:
        found = {int(at): int(many) for at, many in connection.execute(query)}
    if not found:
        return np.zeros(0)
    every = range(min(found), end // HOUR)
    return np.asarray([found.get(at, 0) / 3600 for at in every], dtype=np.float64)


def _bought(days: list[tuple[int, Fraction]], last: int) -> tuple[float, float, float, float]:
    first, latest, repeats = days[0][0], days[-1][0], days[1:]
    spend = float(sum(net for _, net in repeats)) / len(repeats) / NANOS if repeats else 0.0
    return len(repeats), (latest - first) / WEEK, (last - first) / WEEK, spend


def _lives(left: dict[int, int], stayed: dict[int, int]) -> Lives:
    oldest = max([*left, *stayed, 1])
    each = [
        np.asarray([many.get(t, 0) for t in range(1, oldest + 1)], dtype=np.float64)
        for many in (left, stayed)
    ]
    return Lives(*each)


def _whole_months(first: int, last: int) -> int:
    """Return how many months of a subscription have ended by a moment."""
    from seedbed.ledger.periods import moment, starts

    begun, now = moment(first), moment(last)
    months = (now.year - begun.year) * 12 + now.month - begun.month
    return months - (starts(first, "month", months) > last)


def _begun_months(first: int, last: int) -> int:
    """Return how many months of a subscription have begun before a moment."""
    from seedbed.ledger.periods import starts

    whole = _whole_months(first, last)
    return whole + (starts(first, "month", whole) < last)


def _months(today: date) -> list[tuple[int, int]]:
    """Return the last whole calendar months in UTC, as the ledger counts time."""
    first = today.year * 12 + today.month - 1
    bounds = [
        _micros(date(month // 12, month % 12 + 1, 1)) for month in range(first - MONTHS, first + 1)
    ]
    return list(pairwise(bounds))


def _micros(day: date) -> int:
    from seedbed.ledger.periods import micros

    return micros(datetime(day.year, day.month, day.day, tzinfo=UTC))
