"""How far down the right answer stood."""

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
    scale,
    svg,
    values,
)

_LABELLED = (1, 5, 10, 100)


def chart(recall: Sequence[Mapping[str, Any]]) -> str | None:
    """Draw recall@k against k, on a scale of powers."""
    import altair as alt

    if not recall:
        return None
    points = [
        {**point, "shown": figures.percent(point["value"]) if point["k"] in _LABELLED else ""}
        for point in recall
    ]
    depths = [point["k"] for point in points]
    x = alt.X(
        "k:Q",
        scale={"type": "log", "domain": [0.8, 1.25 * depths[-1]], "nice": False},
        axis={"values": [1, 3, 10, 30, 100], "format": "d", "grid": False},
    )
    y = alt.Y("value:Q", **scale((0, 1.06), format=".0%", tickCount=5))
    base = alt.Chart(values(points)).encode(x=x, y=y)
    layers = [
        base.mark_line(color=BLUE, strokeWidth=1.5),
        base.mark_point(filled=True, fill=BLUE, stroke=PAPER, strokeWidth=1.5, size=80, opacity=1),
        *(
            base.mark_text(dy=-9, baseline="bottom", **look).encode(text=alt.Text("shown:N"))
            for look in (HALO, {"color": INK})
        ),
    ]
    return svg(layers, WIDTH, 260, Margins(left=42, right=18, top=18, bottom=26))
