"""`plan market`: how big from above and from below, how fast, and what surveys say."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedbed.errors import MeasurementMissing
from seedbed.venture.assumption import Array
from seedbed.venture.market import charts
from seedbed.venture.market.asked import Asked, Told, tell
from seedbed.venture.market.diffusion import Adoption, adoption
from seedbed.venture.market.said import NOTES, SPEED, cautions
from seedbed.venture.market.size import Comparison, Segment, compare
from seedbed.venture.plan import Plan
from seedbed.venture.result import Figure, Said, Section, Table, figure_of

CAP = ("market.share", "market.population")
EVERY = 3
"""Months between the rows of the table."""
NOTHING = Asked()


def section(plan: Plan, asked: Asked = NOTHING) -> Section:
    """Return what `plan market` says.

    Raises:
        MeasurementMissing: share, population, innovation or imitation has no value, and no survey
            was given either.
        SurveyWrong: a survey cannot be used.
    """
    told = tuple(tell(asked, plan.venture.currency, plan.venture.seed))
    try:
        found = adoption(plan)
    except MeasurementMissing as missing:
        if not told:
            raise
        return _surveys(told, missing)
    compared = _below(plan, found)
    tables = [_table(found), *((_segments(plan, compared),) if compared else ())]
    return Section(
        key="market",
        title=Said("How big the market is, and how fast it comes", "市场有多大、来得有多快"),
        answer=_answer(found),
        figures=tuple(_figures(found, compared)),
        tables=(*tables, *(table for one in told for table in one.tables)),
        charts=(charts.adopted(found), *(one.chart for one in told if one.chart)),
        cautions=(
            *cautions(plan, found, compared),
            *(caution for one in told for caution in one.cautions),
        ),
        notes=(*NOTES, *(note for one in told for note in one.notes)),
        data=_data(found, compared) | {one.key: one.data for one in told},
    )


def _surveys(told: tuple[Told, ...], missing: MeasurementMissing) -> Section:
    """Return the surveys alone, where the market's size cannot be told."""
    return Section(
        key="market",
        title=Said("What people said they would pay", "受访者愿付多少"),
        answer=Said(
            f"The surveys are below. The market's size cannot be told: {missing.where} is missing.",
            f"问卷结果如下。市场规模无法给出：缺少 {missing.where}。",
        ),
        tables=tuple(table for one in told for table in one.tables),
        charts=tuple(one.chart for one in told if one.chart),
        cautions=tuple(caution for one in told for caution in one.cautions),
        notes=tuple(note for one in told for note in one.notes),
        data={one.key: one.data for one in told},
    )


def _answer(found: Adoption) -> Said:
    cap = float(np.median(found.cap))
    end = float(np.median(found.bought[:, -1]))
    low, high = (float(one) for one in np.quantile(found.bought[:, -1], (0.05, 0.95)))
    months = int(found.months[-1])
    return Said(
        f"At most {cap:,.0f} customers; {end:,.0f} of them will have bought within {months} months"
        f" (nine times in ten between {low:,.0f} and {high:,.0f}).",
        f"最多约 {cap:,.0f} 家客户，其中 {months} 个月内约有 {end:,.0f} 家购买"
        f"（九成情形在 {low:,.0f} 与 {high:,.0f} 之间）。",
    )


def _figures(found: Adoption, compared: Comparison | None) -> Iterator[Figure]:
    yield figure_of(
        "market.cap",
        Said("Customers at most, D", "市场上限 D（客户数）"),
        found.cap,
        unit="customers",
        formula="k · S = share · population",
        inputs=CAP,
    )
    if compared is not None:
        yield figure_of(
            "market.below",
            Said("Customers counted from below", "自下而上合计（客户数）"),
            compared.below,
            unit="customers",
            formula="sum over segments of count · share",
            inputs=("market.segments",),
        )
        yield figure_of(
            "market.factor",
            Said("From below over from above", "自下而上与自上而下之比"),
            compared.factor,
            formula="sum of count · share / (share · population)",
        )
    yield figure_of(
        "market.bought",
        Said("Customers who will have bought by the horizon", "期末累计购买客户数"),
        found.bought[:, -1],
        unit="customers",
        formula="m · (1 - p·z) / (1 + q·z), z = (1 - F0) / (p + q·F0) · exp(-(p + q)·t)",
        inputs=(*CAP, *SPEED, "customers.now"),
    )
    reached = found.peak[np.isfinite(found.peak)]
    if reached.size:
        yield figure_of(
            "market.peak",
            Said("Months until most buy in a month", "距采用高峰的月数"),
            reached,
            unit="months",
            formula="ln(q · (1 - F0) / (p + q · F0)) / (p + q)",
            inputs=SPEED,
        )
    yield figure_of(
        "market.highest",
        Said("Customers who buy in that month", "高峰月的新增客户数"),
        found.highest,
        unit="customers/month",
        formula="m · (p + q)² / 4q",
        inputs=(*CAP, *SPEED),
    )


def _table(found: Adoption) -> Table:
    months = [*range(0, len(found.months), EVERY)]
    if months[-1] != len(found.months) - 1:
        months.append(len(found.months) - 1)
    rows = []
    for month in months:
        low, middle, high = np.quantile(found.bought[:, month], (0.05, 0.5, 0.95))
        stepped = float(np.median(found.steps[:, month]))
        told = (float(middle), float(low), float(high), stepped)
        rows.append((month, *(round(one, 1) for one in told)))
    return Table(
        "market.adoption",
        Said("Who will have bought", "累计购买客户数"),
        (
            Said("month", "月"),
            Said("customers", "客户数"),
            Said("5 %", "5%"),
            Said("95 %", "95%"),
            Said("by whole months", "按整月递推"),
        ),
        tuple(rows),
    )


def _below(plan: Plan, found: Adoption) -> Comparison | None:
    segments = _parts(plan)
    return compare(found.cap, segments) if segments else None


def _parts(plan: Plan) -> list[Segment]:
    draws = plan.draws
    paths = [(one.name, f"market.segments.{one.name}") for one in plan.venture.market.segments]
    return [
        Segment(
            name,
            draws[f"{path}.count"],
            draws[f"{path}.share"],
            _optional(plan, f"{path}.answers"),
        )
        for name, path in paths
    ]


def _optional(plan: Plan, path: str) -> Array | None:
    return plan.draws[path] if plan.has(path) else None


def _segments(plan: Plan, compared: Comparison) -> Table:
    rows = []
    for one in _parts(plan):
        answers = (
            one.answers if one.answers is not None else plan.draws.get_or("customers.answers", 0)
        )
        low, middle, high = np.quantile(one.buyers, (0.05, 0.5, 0.95))
        monthly = float(np.median(one.buyers * answers))
        told = (float(np.median(one.count)), float(middle), float(low), float(high), monthly)
        rows.append((one.name, *(round(number) for number in told)))
    total = float(np.median(compared.below))
    rows.append((Said("together", "合计"), None, round(total), None, None, None))
    return Table(
        "market.segments",
        Said("Counted from below", "自下而上"),
        (
            Said("segment", "细分市场"),
            Said("companies", "公司数"),
            Said("would buy", "会购买"),
            Said("5 %", "5%"),
            Said("95 %", "95%"),
            Said("answers a month", "每月回答次数"),
        ),
        tuple(rows),
    )


def _data(found: Adoption, compared: Comparison | None) -> dict[str, object]:
    low, middle, high = np.quantile(found.bought, (0.05, 0.5, 0.95), axis=0)
    data: dict[str, object] = {
        "months": found.months,
        "bought": {"low": low, "median": middle, "high": high},
        "beyond_horizon": found.beyond,
        "full": found.full,
    }
    if compared is not None:
        data["below"] = {
            "median": float(np.median(compared.below)),
            "factor": float(np.median(compared.factor)),
            "chance_less": compared.chance_less,
        }
    return data
