"""Dilution by holder, the securities behind it, and what is known of others' rounds."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from seedbed.venture.funding.dilution import Stage
from seedbed.venture.funding.table import POOL, shown
from seedbed.venture.plan import Plan
from seedbed.venture.result import Figure, Said, Table
from seedbed.venture.table import Row

DILUTION = Said("Dilution by holder", "各持有人的稀释")
_NONE = Said("", "")
_SECURITIES = {"common": Said("common", "普通股"), "options": Said("options", "期权")}
_POOL = Said(POOL, "期权池")


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


def priors(plan: Plan) -> Table:
    """Return what the table of rounds says of other companies."""
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
    return Table("funding.priors", title, heads, tuple(_prior(row) for row in rows))


def _prior(row: Row) -> tuple[Any, ...]:
    units = {"chance": "%", "median_amount": "USD", "median_post_money": "USD", "dilution": "%"}
    cells = (
        Figure(f"funding.prior.{row.name}.{name}", _NONE, float(row.cells[name]), unit)
        if row.cells.get(name)
        else None
        for name, unit in units.items()
    )
    return (row.name, *cells, str(row.date), row.source)


def _holder(name: str) -> Said:
    return _POOL if name == POOL else Said(name, name)


def _part(share: Fraction) -> Figure:
    return Figure("", _NONE, shown(share), "%")
