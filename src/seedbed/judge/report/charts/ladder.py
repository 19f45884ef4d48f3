"""Quality against cost over the rungs: the first chart of the report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from seedbed.judge.report import figures
from seedbed.judge.report.charts.theme import (
    BAD,
    BLUE,
    GOOD,
    HALO,
    INK,
    MUTED,
    PAPER,
    SOFT,
    Box,
    Margins,
    around,
    ends,
    pixels,
    scale,
    shares,
    svg,
    values,
)
from seedbed.judge.report.text import columns, shortened

_TICKS = (0.1, 0.3, 1, 3, 10, 30, 60, 180, 600, 1800, 3600, 10800, 36000, 86400)
_TIME = (
    "datum.value < 60 ? datum.value + ' s' : datum.value < 3600 ? datum.value / 60 + ' min' "
    ": datum.value / 3600 + ' h'"
)
_EDGE = Margins(left=44, right=16, top=14, bottom=26)
_LETTER, _LINE = 6.6, 13.0


class _Frame(NamedTuple):
    """The plotting area: pixels, and the domains in seconds and in shares of one."""

    width: float
    height: float
    seconds: tuple[float, float]
    quality: tuple[float, float]

    def x(self, seconds: float) -> float:
        low, high = map(math.log, self.seconds)
        return self.width * (math.log(seconds) - low) / (high - low)

    def y(self, quality: float) -> float:
        low, high = self.quality
        return self.height * (high - quality) / (high - low)


def _climbed(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    points = []
    for rung in report.get("ladder") or ():
        if rung.get("value") is not None and rung.get("seconds") is not None:
            low, high = ends(rung)
            seconds = max(rung["seconds"], 0.1)
            point: dict[str, Any] = {"rung": shortened(rung["rung"], 16), "value": rung["value"]}
            point |= {"seconds": seconds, "low": low, "high": high}
            points.append(point | {"chosen": bool(rung.get("chosen"))})
    return points


def chart(report: Mapping[str, Any], width: int, height: int) -> str | None:
    """Draw the rungs with their intervals, the bar and the way up; None where none was climbed."""
    import altair as alt

    points = _climbed(report)
    if not points:
        return None
    bar = report.get("bar")
    frame = _frame(points, bar, width, height)
    bottom = scale(
        frame.seconds,
        values=_ticks(frame),
        labelExpr=_TIME,
        grid=False,
        domain=True,
        domainColor=MUTED,
    )
    bottom["scale"]["type"] = "log"
    x = alt.X("seconds:Q", **bottom)
    side = scale(frame.quality, format=shares(frame.quality), tickCount=5)
    y = alt.Y("value:Q", **side)
    layers = [
        alt.Chart(values(points))
        .mark_line(color=MUTED, strokeWidth=1.25, strokeDash=[1, 3], strokeCap="round")
        .encode(x=x, y=y),
        *(_bar_line(bar, frame) if bar is not None else ()),
    ]
    for chosen, colour in ((False, BLUE), (True, GOOD)):
        some = [point for point in points if point["chosen"] is chosen]
        if some:
            layers += _marks(some, x, side, colour, chosen=chosen)
    layers += _names(_placed(points, frame, bar))
    return svg(layers, width, height, _EDGE)


def _frame(
    points: Sequence[Mapping[str, Any]], bar: float | None, width: int, height: int
) -> _Frame:
    known = [point[end] for point in points for end in ("low", "high")]
    times = [point["seconds"] for point in points]
    return _Frame(
        width - _EDGE.left - _EDGE.right,
        height - _EDGE.top - _EDGE.bottom,
        (min(times) / 1.8, max(times) * 1.8),
        around(known + ([] if bar is None else [bar]), 0.18),
    )


def _ticks(frame: _Frame) -> list[float]:
    low, high = frame.seconds
    inside = [tick for tick in _TICKS if low <= tick <= high]
    # On a narrow chart the labels of all the ticks would touch.
    return inside if len(inside) * 56 < frame.width else inside[::2]


def _bar_line(bar: float, frame: _Frame) -> list[Any]:
    import altair as alt

    top = frame.y(bar)
    data = values([{}])
    text = figures.percent(bar)
    return [
        alt.Chart(data)
        .mark_rule(color=BAD, strokeWidth=1.5, strokeDash=[6, 4])
        .encode(x=alt.XValue(0), x2=alt.X2Value(frame.width), y=alt.YValue(top)),
        alt.Chart(data)
        .mark_text(color=BAD, align="left", baseline="bottom", dy=-3, fontWeight=600, text=text)
        .encode(x=alt.XValue(2), y=alt.YValue(top)),
    ]


def _marks(
    points: list[dict[str, Any]], x: Any, side: dict[str, Any], colour: str, *, chosen: bool
) -> list[Any]:
    import altair as alt

    base = alt.Chart(values(points)).encode(x=x)
    return [
        base.mark_rule(color=colour, strokeWidth=3 if chosen else 2).encode(
            y=alt.Y("low:Q", **side), y2=alt.Y2("high:Q")
        ),
        base.mark_point(
            filled=True,
            fill=colour,
            stroke=PAPER,
            strokeWidth=2,
            size=190 if chosen else 110,
            opacity=1,
        ).encode(y=alt.Y("value:Q", **side)),
    ]


def _placed(
    points: Sequence[Mapping[str, Any]], frame: _Frame, bar: float | None
) -> list[dict[str, Any]]:
    """Find a place for each name, over or under its interval, that covers nothing else."""
    taken = [
        Box(
            frame.x(p["seconds"]) - 5,
            frame.y(p["high"]),
            frame.x(p["seconds"]) + 5,
            frame.y(p["low"]),
        )
        for p in points
    ]
    if bar is not None:
        line = frame.y(bar)
        taken += [Box(0, line - 15, 44, line), Box(0, line - 1, frame.width, line + 1)]
    names = []
    for point in sorted(points, key=lambda p: not p["chosen"]):
        lines = (point["rung"], figures.percent(point["value"]))
        box = _free(lines, point, frame, taken)
        taken.append(box)
        names += [
            {
                "x": (box.left + box.right) / 2,
                "y": box.top + _LINE * (line + 0.5),
                "text": text,
                "kind": "value" if line else "chosen" if point["chosen"] else "name",
            }
            for line, text in enumerate(lines)
        ]
    return names


def _free(
    lines: Sequence[str], point: Mapping[str, Any], frame: _Frame, taken: Sequence[Box]
) -> Box:
    width = max(map(columns, lines)) * _LETTER + 4
    height = len(lines) * _LINE
    at = frame.x(point["seconds"])
    left = min(max(at - width / 2, 0), frame.width - width)
    over, under = frame.y(point["high"]) - height - 3, frame.y(point["low"]) + 3
    middle = frame.y(point["value"]) - height / 2
    tries = [
        Box(x, y, x + width, y + height)
        for x, y in (
            (left, over),
            (left, under),
            (at + 9, middle),
            (at - width - 9, middle),
            (left, over - height),
            (left, under + height),
        )
    ]
    inside = [
        box
        for box in tries
        if box.left >= 0
        and box.right <= frame.width + _EDGE.right
        and box.top >= -_EDGE.top
        and box.bottom <= frame.height
    ]
    free = [box for box in inside if not any(box.meets(other) for other in taken)]
    return (free or inside or tries)[0]


def _names(names: list[dict[str, Any]]) -> list[Any]:
    import altair as alt

    styles: dict[str, tuple[str, Any]] = {
        "name": (INK, 500),
        "chosen": (GOOD, 700),
        "value": (SOFT, 400),
    }
    return [
        alt.Chart(values([name for name in names if name["kind"] == kind]))
        .mark_text(fontWeight=weight, baseline="middle", **look)
        .encode(x=alt.X("x:Q", **pixels()), y=alt.Y("y:Q", **pixels()), text=alt.Text("text:N"))
        for kind, (colour, weight) in styles.items()
        for look in (HALO, {"color": colour})
        if any(name["kind"] == kind for name in names)
    ]
