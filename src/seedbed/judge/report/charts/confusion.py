"""Which labels are taken for which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from seedbed.judge.report.charts.theme import (
    BAD,
    BLUE,
    INK,
    LINE,
    PAPER,
    SOFT,
    Margins,
    pixels,
    svg,
    values,
)
from seedbed.judge.report.text import columns, shortened

MOST, FEW = 20, 12
_LETTER, _GAP, _NUMBER = 5.9, 6, 20


def chart(confusion: Mapping[str, Any], most: int, width: int) -> str | None:
    """Draw the matrix: truth down, answers across, each row's shares as depth of colour.

    Args:
        confusion: Part of the report.
        most: Labels to draw; of more, those with the most errors among them.
        width: Of the drawing, in pixels.
    """
    import altair as alt

    names, matrix = _worst(confusion, most)
    if not names:
        return None
    k = len(names)
    spelt = max(map(columns, names)) * _LETTER <= (width * 0.7) / k - 4
    shown = [shortened(name, 22) for name in names]
    left = int(max(map(columns, shown)) * _LETTER) + _GAP + (0 if spelt else _NUMBER)
    edge = Margins(left=left, right=2, top=20, bottom=2)
    cell = min((width - left - 2) / k, 78)
    cells = _cells(matrix, cell)
    plate = alt.Chart(values([{"x": 0, "x2": cell * k, "y": 0, "y2": cell * k}]))
    layers = [
        plate.mark_rect(color=LINE, fillOpacity=0.35, cornerRadius=2).encode(
            x=_at("x"), x2=alt.X2("x2:Q"), y=_at("y"), y2=alt.Y2("y2:Q")
        ),
        *(_squares(cells, right, colour, cell) for right, colour in ((True, BLUE), (False, BAD))),
    ]
    size = 12 if cell > 28 else 10 if cell > 18 else 8
    if cell >= 12:
        layers += [_numbers(cells, strong, size) for strong in (True, False)]
    texts = _heads(shown, cell, spelt=spelt)
    layers.append(
        alt.Chart(values(texts["rows"]))
        .mark_text(align="right", color=INK, fontSize=11 if cell > 15 else 10)
        .encode(
            x=alt.XValue(-_GAP - (0 if spelt else _NUMBER)), y=_at("y"), text=alt.Text("text:N")
        )
    )
    if not spelt:
        layers.append(
            alt.Chart(values(texts["rows"]))
            .mark_text(align="right", color=SOFT, fontSize=10)
            .encode(x=alt.XValue(-_GAP), y=_at("y"), text=alt.Text("number:N"))
        )
    layers.append(
        alt.Chart(values(texts["columns"]))
        .mark_text(align="center", color=INK if spelt else SOFT, fontSize=11 if spelt else 10)
        .encode(x=_at("x"), y=alt.YValue(-9), text=alt.Text("text:N"))
    )
    return svg(layers, left + round(cell * k) + 2, round(cell * k) + edge.top + edge.bottom, edge)


def _worst(
    confusion: Mapping[str, Any], most: int
) -> tuple[Sequence[str], Sequence[Sequence[int]]]:
    names, matrix = confusion.get("labels") or (), confusion.get("matrix") or ()
    wrong = [
        sum(row) + sum(other[i] for other in matrix) - 2 * row[i] for i, row in enumerate(matrix)
    ]
    kept = sorted(sorted(range(len(names)), key=lambda i: -wrong[i])[:most])
    return [names[i] for i in kept], [[matrix[i][j] for j in kept] for i in kept]


def _at(name: str) -> Any:
    import altair as alt

    return (alt.X if "x" in name else alt.Y)(f"{name}:Q", **pixels())


def _cells(matrix: Sequence[Sequence[int]], cell: float) -> list[dict[str, Any]]:
    return [
        {
            "x": j * cell + 0.5,
            "x2": (j + 1) * cell - 0.5,
            "y": i * cell + 0.5,
            "y2": (i + 1) * cell - 0.5,
            "mid_x": (j + 0.5) * cell,
            "mid_y": (i + 0.5) * cell,
            "rows": count,
            "share": count / max(sum(row), 1),
            "right": i == j,
        }
        for i, row in enumerate(matrix)
        for j, count in enumerate(row)
    ]


def _squares(cells: list[dict[str, Any]], right: bool, colour: str, cell: float) -> Any:  # noqa: FBT001
    import altair as alt

    some = [c for c in cells if c["right"] is right and (c["rows"] or right)]
    # The root lifts the rare confusions, which are what one looks for, out of the paper.
    for c in some:
        c["depth"] = round(0.05 + 0.9 * c["share"] ** 0.5, 3) if c["rows"] else 0.05
    return (
        alt.Chart(values(some))
        .mark_rect(color=colour, cornerRadius=2 if cell > 14 else 1)
        .encode(
            x=_at("x"),
            x2=alt.X2("x2:Q"),
            y=_at("y"),
            y2=alt.Y2("y2:Q"),
            fillOpacity=alt.Opacity("depth:Q").scale(None).legend(None),
        )
    )


def _numbers(cells: list[dict[str, Any]], strong: bool, size: int) -> Any:  # noqa: FBT001
    import altair as alt

    some = [c for c in cells if c["rows"] and (c["depth"] > 0.6) is strong]
    return (
        alt.Chart(values(some or [{}]))
        .mark_text(color=PAPER if strong else INK, fontSize=size)
        .encode(
            x=_at("mid_x"),
            y=_at("mid_y"),
            text=alt.Text("rows:N"),
        )
    )


def _heads(names: Sequence[str], cell: float, *, spelt: bool) -> dict[str, list[dict[str, Any]]]:
    middles = [(i + 0.5) * cell for i in range(len(names))]
    numbers = [str(i + 1) for i in range(len(names))]
    down = [
        {"y": y, "text": name, "number": number}
        for y, name, number in zip(middles, names, numbers, strict=True)
    ]
    across = names if spelt else numbers
    return {
        "rows": down,
        "columns": [{"x": x, "text": text} for x, text in zip(middles, across, strict=True)],
    }
