"""How far the confidence can be believed, and what saying "not sure" buys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seedbed.judge.report.charts.theme import (
    BAD,
    BLUE,
    GOOD,
    MUTED,
    PAPER,
    WIDTH,
    Margins,
    scale,
    shares,
    svg,
    values,
)
from seedbed.tasks.statistics import wilson

_EDGE = Margins(left=42, right=16, top=10, bottom=26)
_HEIGHT = 300


def reliability(calibration: Mapping[str, Any], confidence: float) -> str | None:
    """Draw accuracy against confidence, before and after, with Wilson's intervals."""
    import altair as alt

    before, after = (
        _bins(calibration.get(f"bins_{when}"), confidence) for when in ("before", "after")
    )
    both = before + after
    if not both:
        return None
    domain = (max(0.0, min(min(b["confidence"], b["low"]) for b in both) - 0.03), 1.0)
    axis = scale(domain, format=shares(domain), tickCount=5)
    x, y = alt.X("confidence:Q", **axis), alt.Y("accuracy:Q", **axis)
    ideal = [{"confidence": end, "accuracy": end} for end in domain]
    layers = [alt.Chart(values(ideal)).mark_line(color=MUTED, strokeWidth=1).encode(x=x, y=y)]
    ends = {"y": alt.Y("low:Q", **axis), "y2": "high:Q"}
    for bins, colour, dash in ((before, MUTED, [4, 3]), (after, BLUE, [1, 0])):
        base = alt.Chart(values(bins)).encode(x=x)
        layers += [
            base.mark_rule(color=colour, strokeWidth=3, opacity=0.4).encode(**ends),
            base.mark_line(color=colour, strokeWidth=2, strokeDash=dash).encode(y=y),
            base.mark_point(
                filled=True, fill=colour, stroke=PAPER, strokeWidth=1.5, size=70, opacity=1
            ).encode(y=y),
        ]
    return svg(layers, WIDTH, _HEIGHT, _EDGE)


def _bins(bins: Sequence[Mapping[str, Any]] | None, confidence: float) -> list[dict[str, Any]]:
    found = []
    for b in bins or ():
        if b["rows"] and b["accuracy"] is not None:
            interval = wilson(b["accuracy"] * b["rows"], b["rows"], confidence=confidence)
            found.append({**b, "low": interval.low, "high": interval.high})
    return found


def coverage(reject: Mapping[str, Any]) -> str | None:
    """Draw the error of the answers kept against the share kept, the promise, and where it is."""
    import altair as alt

    curve = [
        dict(point)
        for point in reject.get("curve") or ()
        if point["error"] is not None and point["coverage"] is not None
    ]
    if not curve:
        return None
    errors = [point["error"] for point in curve]
    errors += [v for v in map(reject.get, ("promised_error", "error_high")) if v is not None]
    domain = (0.0, max(*errors, 0.01) * 1.1)
    x = alt.X("coverage:Q", **scale((0.0, 1.0), format=".0%", tickCount=5))
    side = scale(domain, format=shares(domain), tickCount=5)
    y = alt.Y("error:Q", **side)
    base = alt.Chart(values(curve)).encode(x=x, y=y)
    layers = [
        base.mark_area(color=BLUE, opacity=0.09),
        base.mark_line(color=BLUE, strokeWidth=2),
    ]
    if reject.get("promised_error") is not None:
        layers.append(
            alt.Chart(values([{"error": reject["promised_error"]}]))
            .mark_rule(color=BAD, strokeWidth=1.5, strokeDash=[6, 4])
            .encode(y=y)
        )
    if reject.get("coverage") is not None and reject.get("error") is not None:
        layers += _kept(reject, x, y, alt.Y("error_low:Q", **side))
    return svg(layers, WIDTH, _HEIGHT, _EDGE)


def _kept(reject: Mapping[str, Any], x: Any, y: Any, low: Any) -> list[Any]:
    import altair as alt

    keys = ("coverage", "error", "error_low", "error_high")
    base = alt.Chart(values([{key: reject.get(key) for key in keys}])).encode(x=x)
    marks = []
    if reject.get("error_low") is not None and reject.get("error_high") is not None:
        marks.append(
            base.mark_rule(color=GOOD, strokeWidth=3).encode(y=low, y2=alt.Y2("error_high:Q"))
        )
    dot = base.mark_point(filled=True, fill=GOOD, stroke=PAPER, strokeWidth=2, size=170, opacity=1)
    return [*marks, dot.encode(y=y)]
