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
    ideal = [{"answer": end, "truth": end} for end in domain]
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
        area = alt.Chart(values(_within(domain, half))).mark_area(color=MUTED, opacity=0.14)
        layers.insert(0, area.encode(x=x, **band))
    return svg(layers, WIDTH, _HEIGHT, _EDGE)


def _within(domain: tuple[float, float], half: float) -> list[dict[str, float]]:
    """Return the band about the line on which answers are the truth, cut at the chart's edges.

    Cut by hand: the drawing is put into a page without the clip that Vega would give it.
    """
    low, high = domain
    corners = (low, low + half, high - half, high)
    return [
        {"answer": at, "low": max(low, at - half), "high": min(high, at + half)}
        for at in sorted(min(max(one, low), high) for one in corners)
    ]
