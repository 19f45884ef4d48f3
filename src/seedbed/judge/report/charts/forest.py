"""Values with their intervals, one under the other: robustness, groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from seedbed.judge.report import figures
from seedbed.judge.report.charts.theme import (
    BAD,
    BLUE,
    HALO,
    INK,
    MUTED,
    PAPER,
    SOFT,
    WIDTH,
    Margins,
    around,
    pixels,
    scale,
    shares,
    svg,
    values,
)
from seedbed.judge.report.text import wrapped

_ROW, _LINE, _NAME = 38, 14, 44
_EDGE = Margins(left=8, right=8, top=6, bottom=24)


class Line(NamedTuple):
    """One row: a name, a value with its interval, and whether it gives cause for worry."""

    name: str
    value: float
    low: float
    high: float
    worse: bool = False


def chart(lines: Sequence[Line], reference: float | None = None) -> str | None:
    """Draw the rows; `reference` is the upright line that they are compared with."""
    import altair as alt

    if not lines:
        return None
    known = [end for line in lines for end in (line.low, line.high)]
    domain = around(known + ([] if reference is None else [reference]), 0.06)
    axis = scale(domain, format=shares(domain), tickCount=5)
    rows, bottom = [], 0
    for line in lines:
        name = wrapped(line.name, _NAME)
        extra = _LINE * (len(name) - 1)
        rows.append(
            line._asdict()
            | {"name": name, "shown": figures.percent(line.value)}
            | {"top": bottom + 10, "y": bottom + extra + 26}
        )
        bottom += _ROW + extra
    layers = [
        alt.Chart(values([] if reference is None else [{"value": reference}]))
        .mark_rule(color=MUTED, strokeWidth=1.5, strokeDash=[4, 3])
        .encode(x=alt.X("value:Q", **axis))
    ]
    for worse, colour in ((False, BLUE), (True, BAD)):
        layers += _marks([row for row in rows if row["worse"] is worse], axis, colour)
    layers += _texts(rows)
    return svg(layers, WIDTH, bottom + _EDGE.top + _EDGE.bottom, _EDGE)


def _marks(rows: list[dict[str, Any]], axis: dict[str, Any], colour: str) -> list[Any]:
    import altair as alt

    base = alt.Chart(values(rows)).encode(y=alt.Y("y:Q", **pixels()))
    return [
        base.mark_rule(color=colour, strokeWidth=3, opacity=0.55).encode(
            x=alt.X("low:Q", **axis), x2=alt.X2("high:Q")
        ),
        base.mark_point(
            filled=True, fill=colour, stroke=PAPER, strokeWidth=1.5, size=95, opacity=1
        ).encode(x=alt.X("value:Q", **axis)),
    ]


def _texts(rows: list[dict[str, Any]]) -> list[Any]:
    import altair as alt

    base = alt.Chart(values(rows)).encode(y=alt.Y("top:Q", **pixels()))
    right = WIDTH - _EDGE.left - _EDGE.right
    names: dict[str, Any] = {"align": "left", "lineHeight": _LINE}
    numbers: dict[str, Any] = {"align": "right", "fontWeight": 600}
    return [
        base.mark_text(**place, **look).encode(x=alt.XValue(x), text=alt.Text(field))
        for place, x, field, colour in (
            (names, 0, "name:N", INK),
            (numbers, right, "shown:N", SOFT),
        )
        for look in (HALO, {"color": colour})
    ]
