"""What the cap table says: dilution by holder, prices, and what the priors are."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from seedbed.venture.funding.dilution import Stage, founders_drawn, founders_share, stages
from seedbed.venture.funding.table import POOL, shown
from seedbed.venture.plan import Plan
from seedbed.venture.result import Caution, Chart, Figure, Said, Section, Table, figure_of
from seedbed.venture.table import Row

TITLE = Said("Who owns the company", "公司归谁所有")
DILUTION = Said("Dilution by holder", "各持有人的稀释")
STALE_DAYS = 365
"""Priors older than this say so: medians of rounds move from year to year."""
_NONE = Said("", "")
_SECURITIES = {"common": Said("common", "普通股"), "options": Said("options", "期权")}
_POOL = Said(POOL, "期权池")


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
        tables=(dilution(found), securities(found[-1]), *_priors(plan)),
        charts=(Chart("funding.dilution", DILUTION, lambda language: waterfall(found, language)),),
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


def dilution(found: list[Stage]) -> Table:
    """Return each holder's shares today, and its part at every stage."""
    names = list(dict.fromkeys(name for stage in found for name in stage.table.by_holder()))
    heads = (
        Said("holder", "持有人"),
        Said("shares at the end", "最终股数"),
        *(stage.title for stage in found),
    )
    last = found[-1].table.by_holder()
    rows = [
        (_holder(name), last.get(name, 0), *(_part(stage.table.share(name)) for stage in found))
        for name in names
    ]
    total = found[-1].table.total
    rows.append((Said("all", "合计"), total, *(_part(Fraction(1)) for _ in found)))
    return Table("funding.dilution", DILUTION, heads, tuple(rows))


def securities(stage: Stage) -> Table:
    """Return every holding at a stage, security by security, and the SAFEs still outstanding."""
    rows: list[tuple[Any, ...]] = [
        (_holder(one.holder), _SECURITIES.get(one.security, one.security), one.shares)
        for one in stage.table.holdings
    ]
    rows += [
        (safe.name, f"SAFE, {safe.amount:,}" + (f" at {safe.cap:,}" if safe.cap else ""), None)
        for safe in stage.table.safes
    ]
    heads = (Said("holder", "持有人"), Said("security", "证券"), Said("shares", "股数"))
    title = Said(f"The cap table {stage.title.en}", f"股权表：{stage.title.zh}")
    return Table("funding.securities", title, heads, tuple(rows))


def waterfall(found: list[Stage], language: str) -> dict[str, Any]:
    """Return one bar a stage, each holder its part of it."""
    rows = [
        {
            "stage": stage.title(language),
            "holder": _holder(name)(language),
            "share": float(stage.table.share(name)),
            "order": order,
        }
        for stage in found
        for order, name in enumerate(stage.table.by_holder())
    ]
    share = Said("part of the company", "公司份额")(language)
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": rows},
        "mark": {"type": "bar", "size": 44},
        "encoding": {
            "x": {"field": "stage", "type": "nominal", "sort": None, "title": None,
                  "axis": {"labelAngle": 0}},
            "y": {"field": "share", "type": "quantitative", "title": share,
                  "axis": {"format": ".0%"}, "scale": {"domain": [0, 1]}},
            "color": {"field": "holder", "type": "nominal", "sort": None, "title": None},
            "order": {"field": "order", "type": "quantitative"},
        },
    }  # fmt: skip


def _priors(plan: Plan) -> Iterator[Table]:
    rows = plan.tables.rows("rounds.csv").values()
    heads = (
        Said("round", "轮次"),
        Said("startups that had one", "完成过该轮的创业公司"),
        Said("median amount", "金额中位数"),
        Said("median post-money", "投后估值中位数"),
        Said("sold", "出让比例"),
        Said("date", "日期"),
        Said("source", "来源"),
    )
    title = Said(
        "Priors of rounds: of others, dated; never facts about this company",
        "融资参考值：来自其他公司且注明日期，并非本公司的事实",
    )
    yield Table("funding.priors", title, heads, tuple(_prior(row) for row in rows))


def _prior(row: Row) -> tuple[Any, ...]:
    units = {"chance": "%", "median_amount": "USD", "median_post_money": "USD", "dilution": "%"}
    cells = (
        Figure(f"funding.prior.{row.name}.{name}", _NONE, float(row.cells[name]), unit)
        if row.cells.get(name)
        else None
        for name, unit in units.items()
    )
    return (row.name, *cells, str(row.date), row.source)


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


def _holder(name: str) -> Said:
    return _POOL if name == POOL else Said(name, name)


def _part(share: Fraction) -> Figure:
    return Figure("", _NONE, shown(share), "%")
