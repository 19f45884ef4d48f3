"""Billing plans on what customers use: what each month brings, costs and leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedbed.errors import MeasurementMissing
from seedbed.venture.bills import Used, bill
from seedbed.venture.result import Said
from seedbed.venture.unit.costs import costs
from seedbed.venture.unit.numbers import Doubles
from seedbed.venture.unit.words import amount

if TYPE_CHECKING:
    from seedbed.ledger.plan import Plan as BillingPlan
    from seedbed.venture.plan import Plan
    from seedbed.venture.unit.books import Month

IMAGINED = 400
"""Customers that an assumed spread of use is laid out as."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What customers used: a tuple of what was used a customer-month.

    Attributes:
        months: Of each customer-month, what it used.
        measured: From the ledger, and not assumed.
    """

    months: Sequence[tuple[Used, ...]]
    measured: bool

    @property
    def answers(self) -> Doubles:
        """Answers of each customer-month."""
        return np.asarray([sum(one.answers for one in used) for used in self.months], float)


@dataclass(frozen=True, slots=True)
class Offer:
    """A billing plan on what customers use, ordered by how much that is.

    Attributes:
        name: For programs.
        title: What it is called.
        answers: That are answered, of each customer-month.
        income: Money, of each.
        cost: Money at the median cost of an answer and of support, of each.
        wrong: What wrong answers cost at the median, of each.
        refused: The share of customer-months in which limits refused some.
        unpriced: The share of answers of releases that the plan has no price for.
        margin: Mean margin, of each draw.
    """

    name: str
    title: Said
    answers: Doubles
    income: Doubles
    cost: Doubles
    wrong: Doubles
    refused: float
    unpriced: float
    margin: Doubles

    @property
    def left(self) -> Doubles:
        """Margin of each customer-month."""
        return self.income - self.cost - self.wrong

    def curve(self) -> list[tuple[float, float]]:
        """Return (percentile, margin) for a chart."""
        points = np.linspace(0, 1, 101)
        margins = self.left[ranks(len(self.answers), points)]
        return [
            (float(100 * point), float(one)) for point, one in zip(points, margins, strict=True)
        ]


def used(plan: Plan, months: Sequence[Month]) -> Usage:
    """Return the ledger's usage, or the spread of `customers.answers` laid out as customers.

    Raises:
        MeasurementMissing: there is neither.
    """
    if any(one.used for one in months):
        return Usage([one.used for one in months], measured=True)
    spread = np.quantile(plan.draws["customers.answers"], (np.arange(IMAGINED) + 0.5) / IMAGINED)
    each = plan.value("unit.tokens_per_answer") if plan.has("unit.tokens_per_answer") else 0.0
    speed = plan.value("unit.answers_per_second")
    release = "assumed" if plan.measured.sold is None else plan.measured.sold.name
    imagined = [
        (Used(release, round(many), round(many * each), round(many / speed * 1e6)),)
        for many in spread
    ]
    return Usage(imagined, measured=False)


def own(plan: Plan, months: Sequence[Month], billing: BillingPlan) -> Offer | None:
    """Return a billing plan on what its own customers use, each by the version that it is on.

    None where nobody is on it, in the venture's currency.
    """
    mine = [
        (one.plan, one.used)
        for one in months
        if one.plan is not None
        and (one.plan.name, one.plan.currency) == (billing.name, billing.currency)
    ]
    if not mine:
        return None
    usage = Usage([month for _, month in mine], measured=True)
    titles = billing.titles
    named = billing.name, Said(titles["en"], titles["zh"])
    return _billed(plan, usage, [version for version, _ in mine], named)


def billed(plan: Plan, usage: Usage, billing: BillingPlan) -> Offer:
    """Return a billing plan as if all customers were on it; its name says so if they are real."""
    en, zh = billing.titles["en"], billing.titles["zh"]
    named = billing.name, Said(en, zh)
    if usage.measured:
        named = f"{billing.name}.all", Said(f"{en}, if all were on it", f"{zh}（假设全部客户使用）")
    return _billed(plan, usage, [billing] * len(usage.months), named)


def _billed(
    plan: Plan, usage: Usage, versions: Sequence[BillingPlan], named: tuple[str, Said]
) -> Offer:
    both = list(zip(versions, usage.months, strict=True))
    bills = [bill(version, month) for version, month in both]
    served = np.asarray([one.served for one in bills])
    income = np.asarray([float(one.amount) for one in bills])
    free = [
        one.answers
        for version, month in both
        for one in month
        if version.charge_for(one.release) is None
    ]
    unpriced = sum(free) / max(float(usage.answers.sum()), 1.0)
    return _offer(plan, usage, named, income, served, unpriced)


def priced(plan: Plan, usage: Usage) -> Offer:
    """Return `price.now` for each answer, where no billing plan is named.

    Raises:
        MeasurementMissing: it has no value.
    """
    if "price.now" not in plan.draws:
        raise MeasurementMissing(
            expected="a billing plan in about.plans, or price.now",
            got="neither",
            do="Name a plan of the ledger under about.plans, or write price.now.",
            where="price.now",
        )
    income = usage.answers * plan.value("price.now")
    name = f"price.now ({amount(plan.value('price.now'), plan.venture.currency)})"
    return _offer(plan, usage, ("price.now", Said(name, name)), income, np.ones(len(income)))


def _offer(
    plan: Plan,
    usage: Usage,
    named: tuple[str, Said],
    income: Doubles,
    served: Doubles,
    unpriced: float = 0.0,
) -> Offer:
    each, support = costs(plan.draws), plan.draws.get_or("customers.support_cost", 0.0)
    answers = usage.answers * served
    order = np.lexsort((income, usage.answers))
    cost = answers * np.median(each.made) + np.median(support)
    return Offer(
        *named,
        answers[order],
        income[order],
        cost[order],
        answers[order] * np.median(each.wrong),
        float((served < 1).mean()),
        unpriced,
        income.mean() - answers.mean() * each.total - support,
    )


def ranks(many: int, points: Doubles) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return which of so many ordered customer-months stands at each share from 0 to 1."""
    return np.minimum((points * many).astype(np.int64), many - 1)
