"""What `plan runway` says: the answer, its figures, tables, charts and cautions."""

from __future__ import annotations

from typing import Any

import numpy as np

from seedbed.venture.model import TODAY, Decision
from seedbed.venture.plan import Plan
from seedbed.venture.result import Said, Section
from seedbed.venture.runway import cautions, charts, figures, tables
from seedbed.venture.runway.figures import FEW
from seedbed.venture.runway.paths import PATHS
from seedbed.venture.runway.ruin import Ruin
from seedbed.venture.runway.study import Study, usual

TITLE = Said("How long the money lasts", "钱能撑多久")
BANDS = ("low", "lower", "middle", "upper", "high")


def section(plan: Plan, *, paths: int = PATHS, decision: Decision = TODAY) -> Section:
    """Return how long the money lasts.

    Args:
        plan: The plan.
        paths: How many paths of cash are followed.
        decision: What is decided; by default to go on as today.

    Raises:
        MeasurementMissing: a value that the model needs is not there; the error names it.
        VentureWrong: too few or too many paths.
    """
    if paths == PATHS and decision is TODAY:
        return told(usual(plan))
    return told(Study(plan, paths=paths, decision=decision))


def told(study: Study) -> Section:
    """Return a study in words."""
    return Section(
        key="runway",
        title=TITLE,
        answer=_answer(study),
        figures=tuple(figures.figures(study)),
        tables=tables.tables(study),
        charts=charts.charts(study),
        cautions=tuple(cautions.cautions(study)),
        notes=tuple(cautions.notes(study)),
        data=_data(study),
    )


def _answer(study: Study) -> Said:
    lasts, alive = _lasts(study.ruin), study.alive.share
    word = ("alive", "默认能活下去") if alive >= 0.5 else ("dead", "默认会倒下")
    return Said(
        f"{lasts.en} Without new money and at today's growth the company is {word[0]} by default"
        f" (alive in {alive:.0%} of the draws).",
        f"{lasts.zh}不再融资并保持目前增速，公司{word[1]}（{alive:.0%} 的情形下能活）。",
    )


def _lasts(ruin: Ruin) -> Said:
    """Return how long the money lasts, in a sentence."""
    months, share = ruin.months, ruin.share
    long = "a month" if months == 1 else f"{months} months"
    if share == 0:
        return Said(
            f"The money lasts {long} in every one of {ruin.paths:,} paths.",
            f"{ruin.paths:,} 条路径全部撑满 {months} 个月。",
        )
    half, early = ruin.month_at(0.5), ruin.month_at(FEW)
    told = early is not None and early != half
    first = f"; one in twenty runs out by month {early}" if told else ""
    first_zh = f"；最早的二十分之一到第 {early} 个月已耗尽" if told else ""
    if half is not None:
        return Said(
            f"The money is gone by month {half} in half of all paths{first}.",
            f"半数路径的资金到第 {half} 个月已耗尽{first_zh}。",
        )
    part = f"{1 - share:.1%}" if share > 0.0005 else f"{1 - share:.3%}"  # never 100.0 %
    return Said(
        f"The money lasts {long} in {part} of all paths{first}.",
        f"{part} 的路径能撑满 {months} 个月{first_zh}。",
    )


def _data(study: Study) -> dict[str, Any]:
    ruin, bands = study.ruin, study.bands
    return {
        "paths": ruin.paths,
        "months": study.months,
        "capital": study.plan.venture.capital,
        "ruin_by_month": ruin.by_month,
        "ruin_wilson": ruin.intervals(),
        "ruin_by_assumption": np.quantile(study.by_assumption, (0.05, 0.5, 0.95)),
        "below_least_by_month": study.below_least.by_month if study.below_least else None,
        "cash": {name: getattr(bands, name) for name in BANDS},
        "default_alive": study.alive.share,
        "still_falling": cautions.falling(study),
        "saved_by_rounds": cautions.saved(study),
        "effects": [
            {
                "action": one.action.key, "months": one.months, "months_error": one.months_error,
                "points": one.points, "points_error": one.points_error,
            }
            for one in study.effects
        ],
        "rounds_closed": {
            name: float(np.mean(closed)) for name, closed in study.paths.raised.closed.items()
        },
    }  # fmt: skip
