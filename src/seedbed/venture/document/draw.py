"""Charts: each is drawn once a language, as SVG for screens and PNG for paper.

A chart of one view is drawn a second time, narrow, for telephones: scaled down its letters could
not be read. One of several views (facets, concatenations) is left at the size that it has.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from seedbed.venture.result import Chart

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
    "labelLimit": 220,
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


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart in one language.

    Attributes:
        key: The chart's.
        title: What it shows.
        wide: SVG.
        narrow: SVG for telephones; None where the chart has one size only.
        size: Width and height of `wide` in pixels.
    """

    key: str
    title: str
    wide: str
    narrow: str | None
    size: tuple[float, float]

    def png(self) -> bytes:
        """Return it as PNG, so fine that it prints with `DPI` dots an inch."""
        import vl_convert

        return bytes(vl_convert.svg_to_png(self.wide, scale=DPI * PAPER_INCHES / self.size[0]))


def draw(chart: Chart, language: str) -> Drawing:
    """Draw a chart."""
    spec = chart.spec(language)
    wide = _svg(_resized(spec, WIDE))
    narrow = _svg(_resized(spec, NARROW)) if _fits(spec) else None
    return Drawing(chart.key, chart.title(language), wide, narrow, _size(wide))


class Studio:
    """Draws charts while other things are computed, each once a language.

    Args:
        languages: That every chart is drawn in.
    """

    def __init__(self, languages: Iterable[str] = ("en", "zh")) -> None:
        self._languages = tuple(languages)
        self._pool = ThreadPoolExecutor(1)  # the converter draws one at a time, whoever asks
        self._begun: dict[tuple[str, str], Future[Drawing]] = {}

    def take(self, charts: Iterable[Chart]) -> None:
        """Begin to draw charts, where they were not begun."""
        for chart in charts:
            for language in self._languages:
                place = language, chart.key
                if place not in self._begun:
                    self._begun[place] = self._pool.submit(draw, chart, language)

    def drawings(self, language: str) -> dict[str, Drawing]:
        """Wait for the charts of a language, and return them by key."""
        return {
            key: one.result() for (spoken, key), one in self._begun.items() if spoken == language
        }

    def close(self) -> None:
        """Leave what was not begun, and wait for the rest."""
        self._pool.shutdown(cancel_futures=True)


def data_uri(svg: str) -> str:
    """Return an SVG as an address that a page can hold."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _svg(spec: dict[str, Any]) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(spec))


def _fits(spec: Mapping[str, Any]) -> bool:
    """Tell whether a specification is of one view, whose width may be set."""
    views = {"concat", "hconcat", "vconcat", "repeat", "facet"}
    encoded = spec.get("encoding", {})
    faceted = views.intersection(spec) or {"row", "column", "facet"}.intersection(encoded)
    return not faceted and not isinstance(spec.get("width"), Mapping)


def _resized(spec: Mapping[str, Any], width: int) -> dict[str, Any]:
    made = dict(spec)
    made["config"] = _merged(CONFIG, spec.get("config", {}))
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


def _size(svg: str) -> tuple[float, float]:
    found = re.search(r'<svg[^>]*\bviewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', svg)
    if found is None:
        raise AssertionError("an SVG without a viewBox")
    return float(found[1]), float(found[2])
