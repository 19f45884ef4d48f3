"""Numbers answered against the truth."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seedbed.judge.report.charts.theme import (
    BLUE,
    GOOD,
    MUTED,
    PAPER,
    WIDTH,
    Margins,
    scale,
    svg,
    values,
)

_EDGE = Margins(left=46, right=16, top=10, bottom=26)
_HEIGHT = 300


def chart(found: Mapping[str, Any], half: float | None) -> str | None:
    """Draw rows, their means by the answer's size, and the band that was promised."""
    import altair as alt

    points = [{"truth": truth, "answer": answer} for truth, answer in found.get("points") or ()]
    if not points:
        return None
    ends = [value for point in points for value in point.values()]
    domain = (min(ends), max(ends))
    axis = scale(domain, tickCount=5)
    x, y = alt.X("answer:Q", **axis), alt.Y("truth:Q", **axis)
    ideal = [
        {"answer": end, "truth": end, "low": end - (half or 0), "high": end + (half or 0)}
        for end in domain
    ]
    band = {"y": alt.Y("low:Q", **axis), "y2": "high:Q"}
    bins = alt.Chart(values(list(found.get("bins") or ()))).encode(x=x, y=y)
    layers = [
        alt.Chart(values(ideal)).mark_line(color=MUTED, strokeWidth=1).encode(x=x, y=y),
        alt.Chart(values(points))
        .mark_circle(color=BLUE, size=16, opacity=0.35, clip=True)
        .encode(x=x, y=y),
        bins.mark_point(
            filled=True, fill=GOOD, stroke=PAPER, strokeWidth=1.5, size=80, opacity=1, clip=True
        ),
    ]
    if half:
        area = alt.Chart(values(ideal)).mark_area(color=MUTED, opacity=0.14, clip=True)
        layers.insert(0, area.encode(x=x, **band))
    return svg(layers, WIDTH, _HEIGHT, _EDGE)
