"""What all charts share: colours that follow the page's, exact sizes, lean SVG.

Colours are the page's CSS variables, so that one drawing serves light and dark. The sizes are
fixed (no automatic layout), so that no chart depends on the fonts of the machine that drew it.
Measured on one core: 0.5 s to import altair, 0.7 s for the first drawing, 0.05 s for each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from xml.etree import ElementTree

INK, SOFT, LINE, PAPER = "var(--ink)", "var(--soft)", "var(--line)", "var(--panel)"
GOOD, BAD, BLUE, MUTED = "var(--good)", "var(--bad)", "var(--blue)", "var(--muted)"

HALO: dict[str, Any] = {"color": PAPER, "stroke": PAPER, "strokeWidth": 4}
"""Look of a text that is drawn under itself, to keep lines that run through it away."""

WIDTH = 340
_STRETCH = 1.25
_SVG = "http://www.w3.org/2000/svg"
_KEEP = re.compile(
    "viewBox|d|dy|[xy][12]?|width|height|transform|opacity|fill|stroke|text-anchor"
    "|font-(size|weight)|fill-opacity|stroke-(width|dasharray|opacity|linecap|linejoin)"
)
_CONFIG: dict[str, Any] = {
    "aria": False,
    "background": None,
    "view": {"stroke": None},
    "text": {"fontSize": 11},
    "axis": {
        "domain": False,
        "ticks": False,
        "grid": True,
        "gridColor": LINE,
        "labelColor": SOFT,
        "labelFontSize": 11,
        "labelPadding": 6,
        "labelLimit": 0,
        "title": None,
    },
}


class Margins(NamedTuple):
    """Pixels around the plotting area."""

    left: int = 40
    right: int = 14
    top: int = 12
    bottom: int = 24


class Box(NamedTuple):
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Return whether the two overlap."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def values(rows: list[dict[str, Any]]) -> Any:
    """Return rows as altair's data, without a data frame."""
    import altair as alt

    return alt.InlineData(values=rows)


def scale(domain: tuple[float, float], /, **axis: Any) -> dict[str, Any]:
    """Return what an encoding of numbers within `domain` needs, with the options of its axis."""
    return {"scale": {"domain": list(domain), "nice": False, "zero": False}, "axis": axis}


def pixels() -> dict[str, Any]:
    """Return what an encoding needs whose numbers are pixels already."""
    return {"scale": None, "axis": None}


def shares(domain: tuple[float, float]) -> str:
    """Return the format of an axis of percentages, finer where the domain is narrow."""
    return ".1%" if domain[1] - domain[0] < 0.05 else ".0%"


def ends(point: Mapping[str, Any]) -> tuple[float, float]:
    """Return a point's interval; the value itself where it has none."""
    value, low, high = (point.get(key) for key in ("value", "low", "high"))
    return (value if low is None else low, value if high is None else high)  # type: ignore[return-value]


def around(numbers: Iterable[float], room: float) -> tuple[float, float]:
    """Return a domain that leaves a share of `room` about the numbers.

    It goes no further than 0 and 1 but where a number does, as R² of a bad model.
    """
    found = list(numbers)
    margin = room * max(max(found) - min(found), 0.02)
    low = min(found) - margin
    return low if min(found) < 0 else max(0.0, low), min(1.0, max(found) + margin)


def svg(layers: list[Any], width: int, height: int, margins: Margins | None = None) -> str:
    """Draw layers over each other and return `<svg>` of `width` by `height` pixels in all."""
    import altair as alt
    import vl_convert

    edge = margins or Margins()
    chart = alt.layer(*layers).properties(
        width=width - edge.left - edge.right,
        height=height - edge.top - edge.bottom,
        padding=edge._asdict(),
        autosize=alt.AutoSizeParams(type="none"),
    )
    spec = chart.to_dict(validate=False) | {"config": _CONFIG}
    return _lean(vl_convert.vegalite_to_svg(spec), width)


def _lean(drawing: str, width: int) -> str:
    root = ElementTree.fromstring(drawing)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
        for name in [name for name in element.attrib if not _KEEP.fullmatch(name)]:
            del element.attrib[name]
        if element.get("opacity") == "1":
            del element.attrib["opacity"]
    _prune(root)
    root.attrib.pop("width", None)
    root.attrib.pop("height", None)
    # Stretched to its place in the page, but not so far that its letters outgrow the page's.
    root.set("style", f"max-width:{round(width * _STRETCH)}px")
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=True)


def _prune(parent: ElementTree.Element) -> None:
    for child in list(parent):
        _prune(child)
        blank = child.tag == "path" and not (child.get("fill") or child.get("stroke"))
        if blank or (child.tag == "g" and not len(child)):
            parent.remove(child)
