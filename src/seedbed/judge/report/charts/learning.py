"""What more rows would buy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seedbed.judge.report import figures
from seedbed.judge.report.charts.theme import (
    BLUE,
    HALO,
    INK,
    PAPER,
    WIDTH,
    Margins,
    around,
    ends,
    scale,
    shares,
    svg,
    values,
)


def chart(curve: Sequence[Mapping[str, Any]], band: Sequence[Mapping[str, Any]] = ()) -> str | None:
    """Draw quality against the number of training rows, with intervals.

    Args:
        curve: What was measured.
        band: The curve carried on: `rows`, `value`, `low`, `high`.
    """
    import altair as alt

    points: list[dict[str, Any]] = []
    for point in curve:
        if point["value"] is not None:
            low, high = ends(point)
            shown = figures.percent(point["value"])
            points.append({**point, "low": low, "high": high, "shown": shown})
    if len(points) < 2:
        return None
    every = [*points, *band]
    domain = around([point[end] for point in every for end in ("low", "high")], 0.15)
    most = max(point["rows"] for point in every)
    x = alt.X("rows:Q", **scale((0, most * 1.08), format=",d", grid=False, tickCount=5))
    side = scale(domain, format=shares(domain), tickCount=5)
    y = alt.Y("value:Q", **side)
    base = alt.Chart(values(points)).encode(x=x)
    layers = [
        *_carried_on(band, x, side),
        base.mark_line(color=BLUE, strokeWidth=1.5).encode(y=y),
        base.mark_rule(color=BLUE, strokeWidth=3, opacity=0.55).encode(
            y=alt.Y("low:Q", **side), y2=alt.Y2("high:Q")
        ),
        base.mark_point(
            filled=True, fill=BLUE, stroke=PAPER, strokeWidth=1.5, size=95, opacity=1
        ).encode(y=y),
        *(
            base.mark_text(dy=-5, baseline="bottom", **look).encode(
                y=alt.Y("high:Q", **side), text=alt.Text("shown:N")
            )
            for look in (HALO, {"color": INK})
        ),
    ]
    return svg(layers, WIDTH, 260, Margins(left=42, right=18, top=18, bottom=26))


def _carried_on(band: Sequence[Mapping[str, Any]], x: Any, side: Mapping[str, Any]) -> list[Any]:
    """Return the layers of what was not measured: a band, and a dashed line in it."""
    import altair as alt

    if not band:
        return []
    base = alt.Chart(values([dict(point) for point in band])).encode(x=x)
    low, middle = alt.Y("low:Q", **side), alt.Y("value:Q", **side)
    return [
        base.mark_area(color=BLUE, opacity=0.14).encode(y=low, y2=alt.Y2("high:Q")),
        base.mark_line(color=BLUE, strokeWidth=1.5, strokeDash=[4, 3]).encode(y=middle),
    ]
