"""Plans side by side, as tables of the price's section: income, spread, who wins and loses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from seedbed.venture.bills import Month
from seedbed.venture.ledger_facts import opened
from seedbed.venture.plan import Plan
from seedbed.venture.price import offers
from seedbed.venture.price.compare import MOST, Change, Offer, change
from seedbed.venture.price.find import Found
from seedbed.venture.result import Caution, Said, Table


def sets(plan: Plan, compare: Sequence[str], price: float, usage: Sequence[Month]) -> list[Offer]:
    """Return today's plan first, then those named, then three made at the best price."""
    if not usage:
        return []
    names = [*dict.fromkeys((*plan.venture.about.plans, *compare))]
    with opened(plan.venture, plan.home) as database:
        known = offers.named(database, names, plan.venture.currency, usage)
    if not known:
        known = [offers.flat(offers.TODAY, plan.value("price.now"), plan.venture.currency, usage)]
    return [*known, *offers.made(price, plan.venture.currency, usage)]


def compared(
    offered: Sequence[Offer], usage: Sequence[Month], seed: int, currency: str
) -> list[Table]:
    """Return what each plan brings in and for whom, and bills by how much is used."""
    changes = [change(offered[0], one, usage, seed=seed) for one in offered]
    even = next(one for one in offered if one.name == offers.EVEN)
    dearer = [float(np.mean(one.bills > even.bills)) for one in offered]
    first = Table(
        "price.plans",
        Said(
            f"Plans on the same {len(usage)} customer-months, {currency} before tax",
            f"同一批 {len(usage)} 个客户月下的方案比较（{currency}，税前）",
        ),
        (
            Said("plan", "方案"),
            Said("income a customer-month", "每客户月收入"),
            Said("5 %", "5%"),
            Said("95 %", "95%"),
            Said("spread between customers", "客户间差异（标准差）"),
            Said("who pays less", "少付者"),
            Said("who pays more", "多付者"),
            Said("income at risk", "有流失风险的收入"),
            Said("more than pay per use", "比按量付费更贵者"),
        ),
        tuple(
            (*_row(one, told), f"{more:.0%}")
            for one, told, more in zip(offered, changes, dearer, strict=True)
        ),
    )
    second = Table(
        "price.bills",
        Said("A month's bill by how much is used", "按用量百分位的月账单"),
        (
            Said("percentile", "百分位"),
            Said("answers", "回答次数"),
            *(one.title for one in offered),
        ),
        tuple(
            (percent, answers, *(round(told.at[i][3], 2) for told in changes))
            for i, (percent, answers, _, _) in enumerate(changes[0].at)
        ),
    )
    return [first, second]


def _row(one: Offer, told: Change) -> tuple[object, ...]:
    money = (round(value, 2) for value in (told.mean, told.low, told.high, told.spread))
    shares = (told.winners, told.losers, told.at_risk)
    return (one.title, *money, *(f"{share:.0%}" for share in shares))


def cautions(found: Found, offered: Sequence[Offer]) -> Iterator[Caution]:
    """Yield what to beware of in the comparison."""
    if len(found.seen.months) > MOST:
        yield Caution(
            "price.usage_thinned",
            Said(
                f"The plans are compared on {MOST:,} of {len(found.seen.months):,} customer-months,"
                " evenly spaced by what was used.",
                f"方案比较取 {len(found.seen.months):,} 个客户月中的 {MOST:,} 个，按用量均匀抽取。",
            ),
        )
    if not found.seen.months:
        yield Caution(
            "price.usage_assumed",
            Said(
                "The plans are compared on an assumed usage: the range of customers.answers is"
                " taken as the spread between customers, which it need not be.",
                "方案比较使用假设用量：以 customers.answers 的区间代替客户之间的差异，未必如此。",
            ),
            "customers.answers",
        )
    for one in offered:
        if one.refused or one.unpriced:
            yield Caution(
                "price.not_billed",
                Said(
                    f"{one.name}: its limits would refuse {one.refused:,} units, and"
                    f" {one.unpriced} customer-months call releases that it has no price for;"
                    " neither is billed.",
                    f"{one.name}：限额将拒绝 {one.refused:,} 个计量单位，另有 {one.unpriced}"
                    " 个客户月调用了未定价的发布；均未计费。",
                ),
            )
