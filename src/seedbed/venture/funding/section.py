"""What the cap table says: dilution by holder, prices, and what the priors are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from seedbed.venture.funding import tables
from seedbed.venture.funding.dilution import Stage, founders_drawn, founders_share, stages
from seedbed.venture.funding.table import shown
from seedbed.venture.plan import Plan
from seedbed.venture.result import Caution, Chart, Figure, Said, Section, figure_of

TITLE = Said("Who owns the company", "公司归谁所有")
STALE_DAYS = 365
"""Priors older than this say so: medians of rounds move from year to year."""


def section(plan: Plan) -> Section:
    """Return who owns what today and after each planned round.

    Raises:
        VentureWrong: a cap table, SAFE or round that cannot be.
        MeasurementMissing: a round lacks its valuation or cap.
    """
    found = stages(plan)
    cautions = list(_cautions(plan, found))
    figures = list(_figures(plan, found, cautions))
    return Section(
        key="funding",
        title=TITLE,
        answer=_answer(plan, found),
        figures=tuple(figures),
        tables=(tables.dilution(found), tables.securities(found[-1]), tables.priors(plan)),
        charts=(Chart("funding.dilution", tables.DILUTION, partial(tables.waterfall, found)),),
        cautions=tuple(cautions),
        notes=tuple(_notes()),
        data=_data(found),
    )


def _answer(plan: Plan, found: list[Stage]) -> Said:
    first, last = (founders_share(plan, one) for one in (found[0], found[-1]))
    if len(found) == 1:
        return Said(
            f"Those who hold shares today have {float(first):.1%} of the company; no SAFE and no"
            " round is planned.",
            f"目前的持有人拥有公司的 {float(first):.1%}；没有 SAFE，也没有计划中的融资。",
        )
    return Said(
        f"Those who hold shares today have {float(first):.1%} of the company now and"
        f" {float(last):.1%} {found[-1].title.en}, if everything closes as planned.",
        f"目前的持有人现在拥有公司的 {float(first):.1%}；若一切按计划完成，"
        f"{found[-1].title.zh}为 {float(last):.1%}。",
    )


def _figures(plan: Plan, found: list[Stage], cautions: list[Caution]) -> Iterator[Figure]:
    for stage in found:
        yield Figure(
            f"funding.founders.{stage.key}",
            Said(f"today's holders, {stage.title.en}", f"现有持有人，{stage.title.zh}"),
            shown(founders_share(plan, stage)),
            "%",
            formula="shares / all shares, fully diluted",
        )
    if plan.venture.rounds:
        drawn, refused = founders_drawn(plan)
        if len(drawn):
            yield figure_of(
                "funding.founders.drawn",
                Said("the same over draws of amounts and valuations", "对金额与估值抽样后的结果"),
                drawn,
                unit="%",
                inputs=tuple(f"rounds.{one.name}.amount" for one in plan.venture.rounds),
            )
        if refused:
            cautions.append(_refused(refused, refused + len(drawn)))
    for stage in found:
        if stage.closed is not None:
            yield Figure(
                f"funding.price.{stage.key}",
                Said(f"price of a share in {stage.key}", f"“{stage.key}”轮每股价格"),
                shown(stage.closed.price, 6),
                f"{plan.venture.currency}/share",
                formula="pre-money / (all shares + SAFEs converted + options added)",
                inputs=(f"rounds.{stage.key}.pre_money",),
            )


def _cautions(plan: Plan, found: list[Stage]) -> Iterator[Caution]:
    old = [
        row for row in plan.tables.rows("rounds.csv").values() if row.age(plan.today) > STALE_DAYS
    ]
    if old:
        yield Caution(
            "funding.stale",
            Said(
                f"The priors of rounds are of {min(row.date for row in old)}: older than a year.",
                f"融资参考值的日期为 {min(row.date for row in old)}，已超过一年。",
            ),
            "rounds.csv",
        )
    left = [safe.name for safe in found[-1].table.safes]
    if left:
        yield Caution(
            "funding.unconverted",
            Said(
                f"SAFEs that no planned round converts: {', '.join(left)}. Whoever holds them is in"
                " no percentage above.",
                f"没有任何计划中的轮次会转换这些 SAFE：{'、'.join(left)}。其持有人未计入以上比例。",
            ),
            "cap_table.safes",
        )


def _refused(refused: int, drawn: int) -> Caution:
    return Caution(
        "funding.refused",
        Said(
            f"In {refused:,} of {drawn:,} draws no price satisfies all terms (a SAFE as large as"
            " its cap, or a valuation that SAFEs use up): they are left out.",
            f"{drawn:,} 次抽样中有 {refused:,} 次不存在满足全部条款的价格，已剔除。",
        ),
        "rounds",
    )


def _notes() -> Iterator[Said]:
    yield Said(
        "Shares are counted fully diluted and rounded down, as the Safe says; prices are not"
        " rounded (lawyers often round them to four decimals, which moves the last shares).",
        "股数按完全稀释计算并向下取整（与 SAFE 约定一致）；价格不取整"
        "（律师常取四位小数，会影响最后几股）。",
    )
    yield Said(
        "The option pool is topped up before the new money: it dilutes those before the round, not"
        " its investors. Liquidation preferences and vesting are not modelled.",
        "期权池在新资金之前补足：稀释的是老股东而非新投资人。清算优先权与归属期未纳入模型。",
    )


def _data(found: list[Stage]) -> dict[str, Any]:
    return {
        "stages": [
            {
                "key": stage.key,
                "total": stage.table.total,
                "shares": stage.table.by_holder(),
                "parts": {
                    name: shown(stage.table.share(name), 6) for name in stage.table.by_holder()
                },
                "price": shown(stage.closed.price, 8) if stage.closed else None,
                "pool_added": stage.closed.pool_added if stage.closed else None,
            }
            for stage in found
        ]
    }
