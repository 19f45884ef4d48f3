"""What the ledger tells about prices: who used how much in which month, at which plan's price.

Months are calendar months in UTC. A customer's first month and the month under way are cut short,
so they are left out; so is a month in which a customer changed plans half-way, and what was called
under a plan of another currency, one that has no price for it or can never charge, or as a server's
own trial. Each is counted. What an answer costs
under a version of a plan is its bill for one and the same month of usage, the mean of all, over the
answers in it: so that a version is not dear because those who are on it use little.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from seedbed.venture.elasticity import Observed

if TYPE_CHECKING:
    from seedbed.ledger.database import Database
    from seedbed.ledger.plans import Published
    from seedbed.venture.bills import Month

MOSTLY = 0.9
"""Share of a month's answers that must be under one version for the month to count as its own."""

Counts = tuple[int, int, int]
NOTHING: Counts = (0, 0, 0)
Key = tuple[str, int]
"""A customer and a month, counted from year 0."""


@dataclass(frozen=True, slots=True)
class History:
    """What was called and under which price.

    Attributes:
        months: Each customer's month, oldest first.
        customers: Whose, in the same order.
        prices: What an answer costs under the version that the month was billed by.
        when: Months, counted from year 0, in the same order.
        left_out: How many customer-months were left out, by reason.
    """

    months: tuple[Month, ...] = ()
    customers: tuple[str, ...] = ()
    prices: tuple[float, ...] = ()
    when: tuple[int, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def span(self) -> str:
        """The first and the last month, in words."""
        first, last = (f"{n // 12}-{n % 12 + 1:02d}" for n in (min(self.when), max(self.when)))
        return first if first == last else f"{first} to {last}"

    @property
    def last(self) -> date:
        """The last day of the last month."""
        year, month = divmod(max(self.when), 12)
        return date(year, month + 1, monthrange(year, month + 1)[1])

    def observed(self) -> Observed | None:
        """Return what an elasticity is estimated from; None where nothing was called."""
        if not self.months:
            return None
        from seedbed.venture.bills import answers_of

        _, customer = np.unique(np.array(self.customers), return_inverse=True)
        answers = np.array([answers_of(month) for month in self.months], float)
        return Observed(customer, np.array(self.when), np.array(self.prices), answers)


def from_database(database: Database, today: date, currency: str) -> History:
    """Return what was called in whole months before today's, in plans of a currency."""
    from seedbed.ledger.plans import Plans
    from seedbed.venture.bills import answers_of
    from seedbed.venture.counted import Counted

    used, first = _used(database)
    plans, counted = Plans(database), Counted.of(database)
    left_out: Counter[str] = Counter()
    kept: list[tuple[Key, Published, Month]] = []
    this = today.year * 12 + today.month - 1
    for key, by_plan in sorted(used.items(), key=lambda pair: (pair[0][1], pair[0][0])):
        if key[1] in (first[key[0]], this) or key[1] > this:
            left_out["cut short"] += 1
            continue
        main, month = _main(by_plan)
        if main is None or answers_of(month) == 0:
            left_out["of two plans" if main is None else "without answers"] += 1
            continue
        if key[0] in counted.trial or main in counted.free:
            left_out["free of charge"] += 1
            continue
        published = plans.by_id(main)
        if published.plan.currency != currency:
            left_out["in another currency"] += 1
            continue
        kept.append((key, published, month))
    return _history(kept, left_out)


def _history(kept: Sequence[tuple[Key, Published, Month]], left_out: Counter[str]) -> History:
    usual = mean_month([month for _, _, month in kept])
    prices = {one.id: price_of(one, usual) for _, one, _ in kept}
    priced = [row for row in kept if prices[row[1].id] > 0]
    if len(priced) < len(kept):
        left_out["free of charge"] += len(kept) - len(priced)
    return History(
        months=tuple(month for _, _, month in priced),
        customers=tuple(key[0] for key, _, _ in priced),
        prices=tuple(prices[one.id] for _, one, _ in priced),
        when=tuple(key[1] for key, _, _ in priced),
        left_out=dict(left_out),
    )


def mean_month(months: Sequence[Month]) -> Month:
    """Return the mean of customer-months, release by release, in whole units."""
    from seedbed.venture.bills import Used

    summed: dict[str, Counts] = {}
    for one in (one for month in months for one in month):
        counts = (one.answers, one.tokens, one.compute_us)
        summed[one.release] = _added(summed.get(one.release, NOTHING), counts)
    parts = {release: [round(n / len(months)) for n in of] for release, of in summed.items()}
    return tuple(Used(release, *of) for release, of in parts.items())


def price_of(published: Published, usual: Month) -> float:
    """Return what an answer costs under a version, in main units, at a month of usage."""
    from seedbed.venture.bills import answers_of, bill

    told = bill(published.plan, usual)
    answers = answers_of(usual) * told.served
    return float(told.amount) / answers if answers else 0.0


def _used(
    database: Database,
) -> tuple[dict[Key, dict[str, dict[str, Counts]]], dict[str, int]]:
    """Return usage by customer and month, by plan and release; and each customer's first month."""
    from sqlalchemy import func, select

    from seedbed.ledger.periods import DAY, moment
    from seedbed.ledger.schema.calls import calls

    day = (calls.c.at // DAY).label("day")
    by = (calls.c.customer_id, day, calls.c.plan_id, calls.c.release)
    sums = [func.sum(calls.c[name]).label(name) for name in ("rows", "tokens", "compute_us")]
    answered = (calls.c.status == "answered") & calls.c.plan_id.is_not(None)
    used: dict[Key, dict[str, dict[str, Counts]]] = defaultdict(lambda: defaultdict(dict))
    first: dict[str, int] = {}
    with database.reading() as connection:
        for row in connection.execute(select(*by, *sums).where(answered).group_by(*by)):
            on = moment(int(row.day) * DAY)
            when = on.year * 12 + on.month - 1
            first[row.customer_id] = min(when, first.get(row.customer_id, when))
            told = used[row.customer_id, when][row.plan_id]
            now = (int(row.rows), int(row.tokens), int(row.compute_us))
            told[row.release] = _added(told.get(row.release, NOTHING), now)
    return used, first


def _main(by_plan: Mapping[str, Mapping[str, Counts]]) -> tuple[str | None, Month]:
    """Return the version that nearly all of a month was billed by, and the month's usage."""
    from seedbed.venture.bills import Used

    totals = {plan: sum(one[0] for one in of.values()) for plan, of in by_plan.items()}
    main = max(totals, key=lambda plan: (totals[plan], plan))
    summed: dict[str, Counts] = {}
    for of in by_plan.values():
        for release, told in of.items():
            summed[release] = _added(summed.get(release, NOTHING), told)
    whole = totals[main] >= MOSTLY * sum(totals.values())
    return main if whole else None, tuple(Used(name, *told) for name, told in summed.items())


def _added(one: Counts, other: Counts) -> Counts:
    return (one[0] + other[0], one[1] + other[1], one[2] + other[2])
