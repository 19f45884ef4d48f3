"""Charts: each is drawn once a language, as SVG for screens and PNG for paper.

A chart of one view in the main part is drawn a second time, narrow, for telephones: scaled down
its letters could not be read. One of several views (facets, concatenations), or of the appendix, is
left at the size that it has: there a telephone scrolls.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from seedbed.venture.document.easel import Easel
from seedbed.venture.result import Chart, as_json

WIDE, NARROW = 660, 340
"""Widths in pixels: of an A4 page between its margins, and of a telephone."""
HEIGHT = 270

PAPER_INCHES = 6.3
DPI = 200

INK, SOFT, LINE = "#16201b", "#56625b", "#e2e7e3"
PALETTE = ["#0b62a8", "#00755a", "#b34700", "#7a4fa3", "#8a5d00", "#3d7f8c", "#a33a5e", "#56625b"]
FONT = (
    "Inter, 'Segoe UI', 'Helvetica Neue', 'Liberation Sans', Arial, 'PingFang SC',"
    " 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"
)

_AXIS = {
    "domainColor": "#9aa69f",
    "tickColor": "#9aa69f",
    "gridColor": LINE,
    "labelColor": SOFT,
    "titleColor": SOFT,
    "titleFontWeight": 500,
    "labelFontSize": 11,
    "titleFontSize": 11.5,
    "labelLimit": 230,
}
CONFIG: dict[str, Any] = {
    "background": "#ffffff",
    "font": FONT,
    "view": {"stroke": None},
    "axis": _AXIS,
    "legend": {
        "orient": "top",
        "labelColor": INK,
        "titleColor": SOFT,
        "titleFontWeight": 500,
        "labelFontSize": 11,
        "titleFontSize": 11.5,
        "labelLimit": 260,
    },
    "title": {"anchor": "start", "color": INK, "fontSize": 12.5, "fontWeight": 600},
    "range": {"category": PALETTE, "ramp": ["#dbe9f4", "#0b62a8"]},
    "line": {"strokeWidth": 2},
    "text": {"fontSize": 11},
}

_SMALL: dict[str, Any] = {
    "axisX": {"labelOverlap": True},
    "axisY": {"labelLimit": 150},
    "legend": {"columns": 2, "labelLimit": 130},
}
"""What a telephone's width needs beside: labels leave room for what they name."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart in one language.

    Attributes:
        key: The chart's.
        title: What it shows.
        wide: SVG.
        narrow: SVG for telephones; None where the chart has one size only.
        size: Width and height of `wide` in pixels.
        png: The same for paper, with `DPI` dots an inch; None where nobody asked for it.
    """

    key: str
    title: str
    wide: str
    narrow: str | None
    size: tuple[float, float]
    png: bytes | None = None


def draw(
    chart: Chart,
    language: str,
    easel: Easel | None = None,
    *,
    paper: bool = False,
    narrow: bool = True,
) -> Drawing:
    """Draw a chart; with `paper`, for print too, with `narrow`, for telephones.

    Raises:
        DocumentFailed: its specification cannot be drawn.
    """
    if easel is None:
        with Easel() as own:
            return draw(chart, language, own, paper=paper, narrow=narrow)
    spec = chart.spec(language)
    sizes = (WIDE, NARROW) if narrow and _fits(spec) else (WIDE,)
    specs = [_resized(spec, each) for each in sizes]
    drawn = easel.draw(as_json(specs, language), DPI * PAPER_INCHES if paper else None)
    wide, *small = drawn["svgs"]
    picture = base64.b64decode(drawn["png"]) if drawn["png"] else None
    return Drawing(
        chart.key, chart.title(language), wide, next(iter(small), None), size(wide), picture
    )


class _Desk:
    """Draws the charts of one language, one after another."""

    def __init__(self, language: str, *, paper: bool) -> None:
        self.easel = Easel()
        self.begun: dict[str, Future[Drawing]] = {}
        self._draw = partial(draw, language=language, easel=self.easel, paper=paper)
        self._pool = ThreadPoolExecutor(1)

    def take(self, chart: Chart, *, narrow: bool) -> None:
        if chart.key not in self.begun:
            self.begun[chart.key] = self._pool.submit(self._draw, chart, narrow=narrow)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self.easel.close()


class Studio:
    """Draws charts while other things are computed, each once a language.

    Args:
        languages: That every chart is drawn in.
        paper: Whether pictures for print are wanted too.
    """

    def __init__(self, languages: Iterable[str] = ("en", "zh"), *, paper: bool = False) -> None:
        self._desks = {language: _Desk(language, paper=paper) for language in languages}

    def ready(self) -> None:
        """Start what draws before there is something to draw: it takes most of a second."""
        for desk in self._desks.values():
            desk.easel.start()

    def take(self, charts: Iterable[Chart], *, narrow: bool = True) -> None:
        """Begin to draw charts, where they were not begun; with `narrow`, for telephones too."""
        for chart in charts:
            for desk in self._desks.values():
                desk.take(chart, narrow=narrow)

    def drawings(self, language: str) -> dict[str, Drawing]:
        """Wait for the charts of a language, and return them by key.

        Raises:
            DocumentFailed: one of them cannot be drawn.
        """
        return {key: one.result() for key, one in self._desks[language].begun.items()}

    def close(self) -> None:
        """Leave what was not begun, and end what draws."""
        for desk in self._desks.values():
            desk.close()


def data_uri(svg: str) -> str:
    """Return an SVG as an address that a page can hold."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _fits(spec: Mapping[str, Any]) -> bool:
    """Tell whether a specification is of one view, whose width may be set."""
    views = {"concat", "hconcat", "vconcat", "repeat", "facet"}
    encoded = spec.get("encoding", {})
    faceted = views.intersection(spec) or {"row", "column", "facet"}.intersection(encoded)
    return not faceted and not isinstance(spec.get("width"), Mapping)


def _resized(spec: Mapping[str, Any], width: int) -> dict[str, Any]:
    made = dict(spec)
    made["config"] = _merged(CONFIG, spec.get("config", {}))
    if width == NARROW:
        made["config"] = _merged(made["config"], _SMALL)
    made.pop("title", None)  # the caption says it, in the page's own letters
    if _fits(spec):
        made |= {"width": width, "height": spec.get("height", HEIGHT)}
        made["autosize"] = {"type": "fit-x", "contains": "padding"}
    return made


def _merged(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration whose own values win over the theme's."""
    made = dict(ours)
    for key, value in theirs.items():
        both = isinstance(value, Mapping) and isinstance(ours.get(key), Mapping)
        made[key] = _merged(ours[key], value) if both else value
    return made


def size(svg: str) -> tuple[float, float]:
    """Return the width and height of an SVG in pixels."""
    found = re.search(r'<svg[^>]*\bviewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', svg)
    if found is None:
        raise AssertionError("an SVG without a viewBox")
    return float(found[1]), float(found[2])
