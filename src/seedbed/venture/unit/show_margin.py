"""The margin of a customer's month, by billing plan and by how much customers use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from seedbed.venture.result import Caution, Figure, Said, Table
from seedbed.venture.unit import charts
from seedbed.venture.unit.costs import MACHINE
from seedbed.venture.unit.offers import Offer, Usage, billed, own, priced, ranks, used
from seedbed.venture.unit.pieces import Piece, cell
from seedbed.venture.unit.words import percent

if TYPE_CHECKING:
    from seedbed.ledger.plan import Plan as BillingPlan
    from seedbed.venture.plan import Plan
    from seedbed.venture.unit.books import Month

PERCENTILES = (5, 25, 50, 75, 95, 99)
FEW = 20


def show(plan: Plan, months: Sequence[Month], plans: Sequence[BillingPlan]) -> Piece:
    """Return the margin by billing plan and customer.

    Each plan is told of its own customers; beside that, and said to be that, as if all were on it.

    Args:
        plan: The venture's plan.
        months: Customer-months of the ledger; empty where there are none.
        plans: Billing plans of `about.plans`.

    Raises:
        MeasurementMissing: neither billing plan nor price, or nothing on what customers use.
    """
    usage = used(plan, months)
    fit = [one for one in plans if one.currency == plan.venture.currency]
    mine = {one.name: own(plan, months, one) for one in fit} if usage.measured else {}
    offers = [one for each in fit for one in _offers(plan, usage, each, mine.get(each.name))]
    least = min(FEW, len(usage.months))  # where all are few, that is said of all
    if not offers:
        offers = [priced(plan, usage)]
    return Piece(
        figures=tuple(_figure(plan, offer) for offer in offers),
        tables=(_table(plan, offers),),
        charts=(charts.margins(offers, plan.venture.currency),),
        cautions=(
            *_cautions(plan, usage, offers, [one for one in plans if one not in fit]),
            *(_few(one) for one in mine.values() if one and len(one.answers) < least),
            *_unnamed(months if usage.measured else (), plans),
        ),
        notes=(BILLED,) if fit else (),
        data={"usage": {"measured": usage.measured, "customer_months": len(usage.months)}}
        | {"plans": {one.name: len(one.answers) for one in offers}},
    )


def _offers(plan: Plan, usage: Usage, billing: BillingPlan, mine: Offer | None) -> Iterator[Offer]:
    """Yield a plan on its own customers, and on all, unless these are the same."""
    if mine is not None:
        yield mine
    if mine is None or len(mine.answers) < len(usage.months):
        yield billed(plan, usage, billing)


def _figure(plan: Plan, offer: Offer) -> Figure:
    low, middle, high = (float(np.quantile(offer.margin, q)) for q in (0.05, 0.5, 0.95))
    return Figure(
        f"unit.margin_per_customer.{offer.name}",
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
            row = int(ranks(len(offer.answers), np.asarray([percentile / 100]))[0])
            income, left = float(offer.income[row]), float(offer.left[row])
            rows.append(
                (
                    offer.title,
                    percentile,
                    float(offer.answers[row]),
                    cell(income, currency),
                    cell(float(offer.cost[row]), currency),
                    cell(float(offer.wrong[row]), currency),
                    cell(left, currency),
                    cell(left / income, "%") if income else None,
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


def _few(offer: Offer) -> Caution:
    many = len(offer.answers)
    text = Said(
        f"{offer.title.en}: only {many} customer-months are of its own customers: its percentiles"
        " say little.",
        f"{offer.title.zh}：现有客户只有 {many} 个客户月，百分位的参考意义有限。",
    )
    return Caution("unit.margin.few", text, "about.plans")


def _unnamed(months: Sequence[Month], plans: Sequence[BillingPlan]) -> Iterator[Caution]:
    """Yield which plans have customers in the ledger and are not told of."""
    named = {one.name for one in plans}
    many = Counter(one.plan.name for one in months if one.plan and one.plan.name not in named)
    if not many:
        return
    en = ", ".join(f"{name} ({count:,})" for name, count in sorted(many.items()))
    zh = "、".join(f"{name}（{count:,}）" for name, count in sorted(many.items()))
    text = Said(
        f"Left out, with the customer-months that are on them: the plans {en}. Name them under"
        " about.plans to see their margins.",
        f"未列出的方案（及其客户月数）：{zh}。写进 about.plans 即可看到其毛利。",
    )
    yield Caution("unit.margin.unnamed", text, "about.plans")


def _losses(offer: Offer) -> list[Caution]:
    found = []
    lost = float((offer.left < 0).mean())
    if lost > 0:
        text = Said(
            f"{offer.title.en}: {percent(lost)} of customer-months cost more than they bring.",
            f"{offer.title.zh}：{percent(lost)} 的客户月成本高于收入。",
        )
        found.append(Caution("unit.margin.loss", text, "price.now"))
    if offer.unpriced > 0:
        text = Said(
            f"{offer.title.en}: {percent(offer.unpriced)} of answers are of releases that it has no"
            " price for; they bring nothing here.",
            f"{offer.title.zh}：{percent(offer.unpriced)} 的回答来自未定价的发布，此处不产生收入。",
        )
        found.append(Caution("unit.margin.unpriced", text, "about.plans"))
    if offer.refused > 0:
        text = Said(
            f"{offer.title.en}: its limits refuse calls in {percent(offer.refused)} of"
            " customer-months; what is refused is neither paid for nor computed.",
            f"{offer.title.zh}：有 {percent(offer.refused)} 的客户月触及限额，"
            "被拒请求不计收入也不计成本。",
        )
        found.append(Caution("unit.margin.refused", text, "about.plans"))
    return found


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
    " Plans by the day or the year are counted for a month of even use. A plan's percentiles are of"
    ' its own customers, each by the version that it is on; "if all were on it" bills everybody\'s'
    " use by it, and nobody pays that today.",
    "账单按账本的规则计算：月费、阶梯、最低消费和取整，税前。按日或按年的方案折算为用量均匀的一个月。"
    "各方案的百分位只含其现有客户，按各自所用的版本计费；“假设全部客户使用”是把所有人的用量都按该方案"
    "计费，并非现状。",
)
SPREAD = Said(
    "There is no usage in the ledger: the range of customers.answers is taken as the spread of"
    " customers, which it need not be.",
    "账本中没有用量：把 customers.answers 的区间当作客户之间的分布，实际未必如此。",
)
