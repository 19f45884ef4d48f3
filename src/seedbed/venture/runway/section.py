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
from seedbed.venture.runway.study import Study

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
    ruin, months = study.ruin, study.months
    share = ruin.share
    half, first = ruin.month_at(0.5), ruin.month_at(FEW)
    alive = study.alive.share
    if half is not None:
        en = f"The money is gone by month {half} in half of all paths"
        zh = f"半数路径的资金在第 {half} 个月前耗尽"
    elif first is not None:
        en = f"The money lasts {months} months in {1 - share:.1%} of all paths"
        zh = f"{1 - share:.1%} 的路径能撑满 {months} 个月"
    else:
        en = f"The money lasts {months} months in all but {share:.2%} of the paths"
        zh = f"除 {share:.2%} 的路径外，资金都能撑满 {months} 个月"
    if first is not None:
        en += f"; the first twentieth of them runs out by month {first}"
        zh += f"；最早的二十分之一在第 {first} 个月前耗尽"
    en += (
        f". Without new money and at today's growth the company is "
        f"{'alive' if alive >= 0.5 else 'dead'} by default (alive in {alive:.0%} of the draws)."
    )
    zh += (
        f"。不再融资并保持目前增速，公司{'默认能活下去' if alive >= 0.5 else '默认会倒下'}"
        f"（{alive:.0%} 的情形下能活）。"
    )
    return Said(en, zh)


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
