"""How many rows a second each engine answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seedbed.judge.report import figures
from seedbed.judge.report.charts.theme import (
    GOOD,
    INK,
    MUTED,
    SOFT,
    WIDTH,
    Margins,
    pixels,
    svg,
    values,
)
from seedbed.judge.report.text import shortened

_ROW = 38
_EDGE = Margins(left=4, right=4, top=6, bottom=4)
_KEPT: dict[str, Any] = {"fill": GOOD, "cornerRadius": 2}
_REFUSED: dict[str, Any] = {
    "fill": "none",
    "stroke": MUTED,
    "strokeDash": [3, 2],
    "strokeWidth": 1.5,
}


def chart(engines: Sequence[Mapping[str, Any]]) -> str | None:
    """Draw a bar an engine: full where it may serve, hollow where the gate turned it away."""
    import altair as alt

    measured = [engine for engine in engines if engine.get("rows_per_second") is not None]
    if not measured:
        return None
    measured.sort(key=lambda engine: -engine["rows_per_second"])
    inner = WIDTH - _EDGE.left - _EDGE.right
    full = inner / measured[0]["rows_per_second"]
    rows = [
        {
            "name": shortened(engine["engine"], 40),
            "shown": figures.rate(engine["rows_per_second"]),
            "x": 0,
            "x2": engine["rows_per_second"] * full,
            "top": _ROW * i + 9,
            "y": _ROW * i + 18,
            "y2": _ROW * i + 29,
            "kept": bool(engine["kept"]),
        }
        for i, engine in enumerate(measured)
    ]
    x, y = alt.X("x:Q", **pixels()), alt.Y("y:Q", **pixels())
    layers = [
        alt.Chart(values([row for row in rows if row["kept"] is kept]))
        .mark_rect(**style)
        .encode(x=x, x2=alt.X2("x2:Q"), y=y, y2=alt.Y2("y2:Q"))
        for kept, style in ((True, _KEPT), (False, _REFUSED))
    ]
    base = alt.Chart(values(rows)).encode(y=alt.Y("top:Q", **pixels()))
    layers += [
        base.mark_text(align="left", color=INK).encode(x=alt.XValue(0), text=alt.Text("name:N")),
        base.mark_text(align="right", color=SOFT, fontWeight=600).encode(
            x=alt.XValue(inner), text=alt.Text("shown:N")
        ),
    ]
    return svg(layers, WIDTH, len(rows) * _ROW + _EDGE.top + _EDGE.bottom, _EDGE)
