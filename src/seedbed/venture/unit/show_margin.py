"""The margin of a customer's month, by billing plan and by how much customers use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedbed.errors import MeasurementMissing
from seedbed.venture.result import Caution, Figure, Said, Table
from seedbed.venture.unit import charts
from seedbed.venture.unit.bills import Used, bill
from seedbed.venture.unit.numbers import Doubles
from seedbed.venture.unit.pieces import Piece
from seedbed.venture.unit.show_cost import MACHINE, costs
from seedbed.venture.unit.words import amount, count, percent

if TYPE_CHECKING:
    from seedbed.ledger.plan import Plan as BillingPlan
    from seedbed.venture.plan import Plan

PERCENTILES = (5, 25, 50, 75, 95, 99)
IMAGINED = 400
"""Customers that an assumed spread of use is laid out as."""

FEW = 20


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
        title: What it is called.
        answers: That are answered, of each customer-month.
        income: Money, of each.
        cost: Money at the median cost of an answer and of support, of each.
        wrong: What wrong answers cost at the median, of each.
        refused: The share of customer-months in which limits refused some.
        margin: Mean margin, of each draw.
    """

    title: Said
    answers: Doubles
    income: Doubles
    cost: Doubles
    wrong: Doubles
    refused: float
    margin: Doubles

    @property
    def left(self) -> Doubles:
        """Margin of each customer-month."""
        return self.income - self.cost - self.wrong

    def curve(self) -> list[tuple[float, float]]:
        """Return (percentile, margin) for a chart."""
        points = np.linspace(0, 1, 101)
        margins = self.left[_ranks(len(self.answers), points)]
        return [
            (float(100 * point), float(one)) for point, one in zip(points, margins, strict=True)
        ]


def show(plan: Plan, months: Sequence[tuple[Used, ...]], plans: Sequence[BillingPlan]) -> Piece:
    """Return the margin by billing plan and customer.

    Args:
        plan: The venture's plan.
        months: Customer-months of the ledger; empty where there are none.
        plans: Billing plans of `about.plans`.

    Raises:
        MeasurementMissing: neither billing plan nor price, or nothing on what customers use.
    """
    usage = used(plan, months)
    fit = [one for one in plans if one.currency == plan.venture.currency]
    offers = [_billed(plan, usage, one) for one in fit]
    if not offers:
        offers = [_priced(plan, usage)]
    return Piece(
        figures=tuple(_figure(plan, offer) for offer in offers),
        tables=(_table(plan, offers),),
        charts=(charts.margins(offers, plan.venture.currency),),
        cautions=tuple(_cautions(plan, usage, offers, [one for one in plans if one not in fit])),
        notes=(BILLED,) if fit else (),
        data={"usage": {"measured": usage.measured, "customer_months": len(usage.months)}},
    )


def used(plan: Plan, months: Sequence[tuple[Used, ...]]) -> Usage:
    """Return the ledger's usage, or the spread of `customers.answers` laid out as customers.

    Raises:
        MeasurementMissing: there is neither.
    """
    if any(months):
        return Usage(months, measured=True)
    spread = np.quantile(plan.draws["customers.answers"], (np.arange(IMAGINED) + 0.5) / IMAGINED)
    each = plan.value("unit.tokens_per_answer") if plan.has("unit.tokens_per_answer") else 0.0
    speed = plan.value("unit.answers_per_second")
    release = next(iter(plan.venture.about.releases), "assumed")
    imagined = [
        (Used(release, round(many), round(many * each), round(many / speed * 1e6)),)
        for many in spread
    ]
    return Usage(imagined, measured=False)


def _billed(plan: Plan, usage: Usage, billing: BillingPlan) -> Offer:
    bills = [bill(billing, month) for month in usage.months]
    served = np.asarray([one.served for one in bills])
    income = np.asarray([float(one.amount) for one in bills])
    titles = billing.titles
    return _offer(plan, usage, Said(titles["en"], titles["zh"]), income, served)


def _priced(plan: Plan, usage: Usage) -> Offer:
    if "price.now" not in plan.draws:
        raise MeasurementMissing(
            expected="a billing plan in about.plans, or price.now",
            got="neither",
            do="Name a plan of the ledger under about.plans, or write price.now.",
            where="price.now",
        )
    income = usage.answers * plan.value("price.now")
    name = f"price.now ({amount(plan.value('price.now'), plan.venture.currency)})"
    return _offer(plan, usage, Said(name, name), income, np.ones(len(income)))


def _offer(plan: Plan, usage: Usage, title: Said, income: Doubles, served: Doubles) -> Offer:
    each, support = costs(plan.draws), plan.draws.get_or("customers.support_cost", 0.0)
    answers = usage.answers * served
    order = np.lexsort((income, usage.answers))
    cost = answers * np.median(each.made) + np.median(support)
    return Offer(
        title,
        answers[order],
        income[order],
        cost[order],
        answers[order] * np.median(each.wrong),
        float((served < 1).mean()),
        income.mean() - answers.mean() * each.total - support,
    )


def _figure(plan: Plan, offer: Offer) -> Figure:
    low, middle, high = (float(np.quantile(offer.margin, q)) for q in (0.05, 0.5, 0.95))
    return Figure(
        "unit.margin_per_customer",
        Said(
            f"Margin of a customer's month: {offer.title.en}",
            f"每位客户的月毛利：{offer.title.zh}",
        ),
        middle,
        unit=f"{plan.venture.currency}/month",
        low=low,
        high=high,
        formula="mean(invoice before tax) - mean(answers) · full cost per answer - support_cost",
        inputs=(*MACHINE, "customers.answers", "customers.support_cost"),
    )


def _table(plan: Plan, offers: Sequence[Offer]) -> Table:
    currency = plan.venture.currency
    rows = []
    for offer in offers:
        for percentile in PERCENTILES:
            row = int(_ranks(len(offer.answers), np.asarray([percentile / 100]))[0])
            income, left = float(offer.income[row]), float(offer.left[row])
            rows.append(
                (
                    offer.title,
                    percentile,
                    count(float(offer.answers[row])),
                    amount(income, currency),
                    amount(float(offer.cost[row]), currency),
                    amount(float(offer.wrong[row]), currency),
                    amount(left, currency),
                    percent(left / income) if income else None,
                )
            )
    title = Said("Margin by how much a customer uses", "按客户用量百分位的毛利")
    return Table("unit.margins", title, COLUMNS, tuple(rows))


def _cautions(
    plan: Plan, usage: Usage, offers: Sequence[Offer], foreign: Sequence[BillingPlan]
) -> list[Caution]:
    found = []
    if not usage.measured:
        found.append(Caution("unit.margin.assumed", SPREAD, "customers.answers"))
    elif len(usage.months) < FEW:
        many = len(usage.months)
        found.append(
            Caution(
                "unit.margin.few",
                Said(
                    f"Only {many} customer-months are in the ledger: the percentiles say little.",
                    f"账本中只有 {many} 个客户月：百分位的参考意义有限。",
                ),
                "customers.answers",
            )
        )
    for one in foreign:
        text = Said(
            f"The plan {one.name} is in {one.currency} and was left out.",
            f"计费方案 {one.name} 以 {one.currency} 计价，未纳入。",
        )
        found.append(Caution("unit.margin.currency", text, "about.plans"))
    for offer in offers:
        found += _losses(offer)
    return found


def _losses(offer: Offer) -> list[Caution]:
    found = []
    lost = float((offer.left < 0).mean())
    if lost > 0:
        text = Said(
            f"{offer.title.en}: {percent(lost)} of customer-months cost more than they bring.",
            f"{offer.title.zh}：{percent(lost)} 的客户月成本高于收入。",
        )
        found.append(Caution("unit.margin.loss", text, "price.now"))
    if offer.refused > 0:
        text = Said(
            f"{offer.title.en}: its limits refuse calls in {percent(offer.refused)} of"
            " customer-months; what is refused is neither paid for nor computed.",
            f"{offer.title.zh}：有 {percent(offer.refused)} 的客户月触及限额，"
            "被拒请求不计收入也不计成本。",
        )
        found.append(Caution("unit.margin.refused", text, "about.plans"))
    return found


def _ranks(many: int, points: Doubles) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.minimum((points * many).astype(np.int64), many - 1)


COLUMNS = (
    Said("plan", "方案"),
    Said("percentile of use", "用量百分位"),
    Said("answers", "回答数"),
    Said("invoice", "账单"),
    Said("cost to serve", "服务成本"),
    Said("wrong answers", "错误回答"),
    Said("margin", "毛利"),
    Said("of the invoice", "毛利率"),
)
BILLED = Said(
    "Invoices are computed as the ledger would: fee, tiers, minimum and rounding, before tax."
    " Plans by the day or the year are counted for a month of even use.",
    "账单按账本的规则计算：月费、阶梯、最低消费和取整，税前。按日或按年的方案折算为用量均匀的一个月。",
)
SPREAD = Said(
    "There is no usage in the ledger: the range of customers.answers is taken as the spread of"
    " customers, which it need not be.",
    "账本中没有用量：把 customers.answers 的区间当作客户之间的分布，实际未必如此。",
)
