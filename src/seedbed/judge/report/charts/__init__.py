"""The charts of the report, one module a family; each gives inline SVG or None."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def draw(report: Mapping[str, Any]) -> dict[str, str | None]:
    """Return every chart's SVG under its name, None where the report has nothing to draw.

    `robustness_en` and `robustness_zh` name the disturbance and so stand in both languages; the
    ladder and the confusion stand in two widths; every other chart holds no words of ours.
    """
    from seedbed.judge.report.charts import (
        calibration,
        confusion,
        engines,
        forest,
        ladder,
        learning,
        rank,
    )
    from seedbed.judge.report.charts import values as numbers
    from seedbed.judge.report.charts.theme import ends

    quality = (report.get("metrics") or {}).get(report.get("metric", "")) or {}
    clean = quality.get("value")
    charts = {
        "ladder_wide": ladder.chart(report, 880, 330),
        "ladder_narrow": ladder.chart(report, 340, 290),
        "confusion_wide": confusion.chart(report.get("confusion") or {}, confusion.MOST, 400),
        "confusion_narrow": confusion.chart(report.get("confusion") or {}, confusion.FEW, 340),
        "reliability": calibration.reliability(
            report.get("calibration") or {}, (report.get("reject") or {}).get("confidence", 0.95)
        ),
        "coverage": calibration.coverage(report.get("reject") or {}),
        "numbers": numbers.chart(
            report.get("values") or {}, (report.get("interval") or {}).get("half")
        ),
        "rank": rank.chart((report.get("rank") or {}).get("recall") or ()),
        "groups": forest.chart(
            [
                forest.Line(g["group"], g["value"], *ends(g), bool(g["worse"]))
                for g in report.get("groups") or ()
                if g["value"] is not None
            ],
            clean,
        ),
        "learning": learning.chart(
            report.get("learning_curve") or (), (report.get("more_rows") or {}).get("band") or ()
        ),
        "engines": engines.chart(report.get("engines") or ()),
    }
    for language in ("en", "zh"):
        charts[f"robustness_{language}"] = forest.chart(
            [
                forest.Line(
                    r["said"][language][:1].upper() + r["said"][language][1:],
                    r["value"],
                    *ends(r),
                    # Worse beyond doubt: the whole interval of the difference is below zero.
                    (r.get("difference_high") or 0) < 0,
                )
                for r in report.get("robustness") or ()
                if r["value"] is not None
            ],
            clean,
        )
    return charts
