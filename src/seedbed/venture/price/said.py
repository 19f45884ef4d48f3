"""What the price section says in words: the formulas as given, and what to beware of."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from seedbed.venture.document.numbers import money
from seedbed.venture.elasticity_facts import PATH
from seedbed.venture.plan import Plan
from seedbed.venture.price.optimum import Best, Case
from seedbed.venture.price_history import History
from seedbed.venture.result import Caution, Said, Table

REASONS = {
    "cut short": Said("cut short", "不足整月"),
    "of two plans": Said("of two plans", "跨两个方案"),
    "without answers": Said("without answers", "无用量"),
    "in another currency": Said("in another currency", "其他币种"),
    "free of charge": Said("free of charge", "免费"),
}


def answer(case: Case, best: Best, currency: str) -> Said:
    """Return the price to ask, and what it is worth."""
    low, high = (money(float(one), currency) for one in np.quantile(best.each, (0.05, 0.95)))
    price, today = money(best.price, currency), money(case.today, currency)
    if abs(best.price / case.today - 1) < 0.01:
        en = f"Today's price of {today} an answer is the best on what is known."
        zh = f"就目前所知，现价每次回答 {today} 就是最优价。"
    else:
        gain = money(abs(best.regret), currency)
        en = f"Ask {price} an answer (today {today}): that is expected to earn {gain} a month more."
        zh = f"建议定价每次回答 {price}（现价 {today}），预期每月多赚 {gain}。"
    en += f" In nine of ten draws the best price lies between {low} and {high}."
    zh += f"九成抽样中的最优价在 {low} 与 {high} 之间。"
    return Said(en + _corner(best)[0], zh + _corner(best)[1])


def _corner(best: Best) -> tuple[str, str]:
    if not best.bound:
        return "", ""
    en = f" It is the end of the range that was allowed (price.{best.bound}), not a peak."
    zh = f"注意：这是所允许区间的端点（price.{best.bound}），并非真正的峰值。"
    return en, zh


def distribution(best: Best, currency: str) -> Table:
    """Return how the best price is spread over the draws, and how often it is a bound."""
    points = (0.05, 0.25, 0.5, 0.75, 0.95)
    spread = np.quantile(best.each, points)
    return Table(
        "price.distribution",
        Said("The best price over the draws", "各抽样最优价的分布"),
        (
            *(Said(f"{point:.0%}", f"{point:.0%}") for point in points),
            Said("at price.low", "落在下限"),
            Said("at price.high", "落在上限"),
        ),
        (
            (
                *(money(float(one), currency) for one in spread),
                f"{best.at_low:.1%}",
                f"{best.at_high:.1%}",
            ),
        ),
    )


def formulas(case: Case, elasticity: float, cost: float, currency: str) -> Table:
    """Return the formulas as they are given, at today's values, and what is wrong with each."""
    rate = case.today / cost - 1
    right = f"{1 / (elasticity - 1):.0%}" if elasticity > 1 else "∞"
    income = float(np.median(case.volume)) * case.today
    return Table(
        "price.formulas",
        Said("The two formulas, as given", "两个常用公式及其问题"),
        (Said("formula", "公式"), Said("here", "代入"), Said("what is wrong with it", "问题所在")),
        (
            (
                "P = C + m",
                f"{money(cost, currency)} + {rate:.0%} = {money(case.today, currency)}",
                Said(
                    f"It does not know what customers would pay. At elasticity {elasticity:.2f}"
                    f" the rate that earns the most is e/(e - 1) - 1 = {right}.",
                    f"它不考虑客户愿付多少。弹性为 {elasticity:.2f} 时，利润最高的加成率是"
                    f" e/(e − 1) − 1 = {right}。",
                ),
            ),
            (
                "U = k/P",
                f"{money(income, currency)} / {money(case.today, currency)}",
                Said(
                    "Elasticity one at every price: income is always k, profit k(1 - C/P) rises"
                    " for ever, and no finite best price exists.",
                    "任何价格下弹性都为一：收入恒为 k，利润 k(1 − C/P) 随价格无限上升，"
                    "不存在有限的最优价。",
                ),
            ),
        ),
    )


def cautions(plan: Plan, case: Case, best: Best) -> Iterator[Caution]:
    """Yield what to beware of in the best price."""
    sign = partial(money, code=plan.venture.currency)
    if best.bound:
        limit = case.high if best.bound == "high" else case.low
        high = best.bound == "high"
        en = "if customers would bear more" if high else "if you would sell for less"
        zh = "若客户能接受更高价格" if high else "若愿意以更低价格出售"
        yield Caution(
            "price.corner",
            Said(
                f"The best price is the bound, price.{best.bound} = {sign(limit)}: beyond it"
                " expected profit would go on rising. It is a corner of a bound that you set, not"
                f" a peak; move it {en}.",
                f"最优价落在边界上：price.{best.bound} = {sign(limit)}，越过它预期利润仍会上升。"
                f"这是人为边界的角点，不是峰值；{zh}，请放宽边界。",
            ),
            f"price.{best.bound}",
        )
    if best.endless:
        yield Caution(
            "price.elasticity_one",
            Said(
                f"In {best.endless:.1%} of the draws elasticity is at or below 1: there every"
                f" higher price earns more, and only price.high = {sign(case.high)} holds it.",
                f"{best.endless:.1%} 的抽样中弹性不大于 1：此时价格越高利润越大，"
                f"只有上限 price.high = {sign(case.high)} 将其约束。",
            ),
            PATH,
        )
    inelastic = float(np.mean(case.demand.at(case.today) <= 1))
    if inelastic and not best.endless:
        yield Caution(
            "price.elasticity_one",
            Said(
                f"In {inelastic:.1%} of the draws elasticity at today's price is at or below 1:"
                " there a higher price brings more income, not only more profit.",
                f"{inelastic:.1%} 的抽样中，现价处的弹性不大于 1：提价不仅增加利润，也增加收入。",
            ),
            PATH,
        )
    if best.at_high and not best.bound:
        yield Caution(
            "price.often_high",
            Said(
                f"In {best.at_high:.1%} of the draws the best price is the upper bound itself.",
                f"{best.at_high:.1%} 的抽样中最优价就是上限本身。",
            ),
            "price.high",
        )
    yield from _money(plan, case, best)


def _money(plan: Plan, case: Case, best: Best) -> Iterator[Caution]:
    sign = partial(money, code=plan.venture.currency)
    losing = float(np.mean(case.cost >= best.price))
    if losing >= 0.05:
        yield Caution(
            "price.below_cost",
            Said(
                f"In {losing:.1%} of the draws an answer costs more than this price brings.",
                f"{losing:.1%} 的抽样中，一次回答的成本高于这一价格。",
            ),
        )
    if not best.inside:
        yield Caution(
            "price.now_outside",
            Said(
                f"Today's price of {sign(case.today)} lies outside price.low and price.high"
                f" ({sign(case.low)} to {sign(case.high)}).",
                f"现价 {sign(case.today)} 不在 price.low 与 price.high"
                f"（{sign(case.low)} 至 {sign(case.high)}）之间。",
            ),
            "price.now",
        )
    far = max(best.price / case.today, case.today / best.price)
    if far > 2:
        yield Caution(
            "price.far",
            Said(
                f"The best price is {far:.1f} times away from today's. A demand curve is known"
                " near today's price; go there in steps, and measure.",
                f"最优价与现价相差 {far:.1f} 倍。需求曲线只在现价附近可信，请分步调整并测量。",
            ),
            "price.now",
        )


def seen(history: History) -> Said | None:
    """Return what of the ledger was used and left out; None where there is nothing."""
    if not history.months and not history.left_out:
        return None
    out = history.left_out.items()
    en = ", ".join(f"{n} {REASONS[why].en}" for why, n in out)
    zh = "、".join(f"{REASONS[why].zh} {n} 个" for why, n in out)
    return Said(
        f"From the ledger: {len(history.months)} customer-months"
        + (f"; left out: {en}." if en else "."),
        f"取自账本：{len(history.months)} 个客户月" + (f"；未计入：{zh}。" if zh else "。"),
    )


ALONE = Caution(
    "price.no_customers",
    Said(
        "There are no customers yet: money a month is that of one customer. The best price is the"
        " same however many there are.",
        "目前还没有客户：每月金额均指一位客户。最优价与客户数量无关。",
    ),
    "customers.now",
)
NOTES = (
    Said(
        "Volume is today's; a price is taken to act on it at once. What competitors answer, and"
        " customers who come or leave for other reasons, are not modelled.",
        "以现有用量为基础，价格变动视为即时生效；竞争对手的反应以及客户因其他原因的来去未纳入模型。",
    ),
)
