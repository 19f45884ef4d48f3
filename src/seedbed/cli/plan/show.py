"""How a `Section` is printed: the answer first, then its figures, tables, cautions and notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.cli import show
from seedbed.cli.plan.wrap import wrapped

if TYPE_CHECKING:
    from rich.console import RenderableType

    from seedbed.venture.plan import Plan
    from seedbed.venture.result import Caution, Figure, Section, Table

VENTURE = Path("venture.yaml")

File = Annotated[Path, typer.Argument(help="The venture file, or its folder.")]
"""The first argument of every action: `file: File = VENTURE`."""
Language = Annotated[str | None, typer.Option(help="en or zh; otherwise as the venture says.")]
Charts = Annotated[Path | None, typer.Option(help="Folder to write the charts to, as SVG.")]

GAP = 2
"""Cells between the columns of a table."""

MANY, SHOWN = 24, 12
"""Rows from which on a table of months is thinned, and about how many are left of it."""

TITLE = 24
"""Cells that a figure's title has at least."""

NONE = ("", "–")
"""Cells that say nothing."""

FOLDED = 32
"""Fewest cells that a column of texts may be folded into; below it, it goes under its row."""


def tell(
    section: Section,
    plan: Plan,
    *,
    language: str | None = None,
    charts: Path | None = None,
    json: bool = False,
) -> None:
    """Print a section, or its JSON; write its charts where a folder is given.

    Args:
        section: What was found.
        plan: Whose language it is told in.
        language: `en` or `zh`, where that was typed.
        charts: Folder for the charts.
        json: Whether a program listens.
    """
    chosen = spoken(plan, language)
    if charts is not None:
        _draw(section, charts, chosen)
    if json:
        show.emit(section.as_dict(chosen))
        return
    for block in _blocks(section, chosen):
        show.out().print(block)


def spoken(plan: Plan, language: str | None) -> str:
    """Return the language to speak; what is none is wrong use."""
    if language not in (None, "en", "zh"):
        raise typer.BadParameter("--language is en or zh")
    return language or plan.venture.language


def _blocks(section: Section, language: str) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(section.title(language), style="bold")
    yield Text(_wrapped(section.answer(language), language))
    if section.figures:
        yield Text()
        yield _figures(section.figures, language)
    for table in section.tables:
        if table.rows:
            yield Text()
            yield Text(table.title(language), style="bold")
            thin, left = _thinned(table)
            yield _table(thin, language)
            if left:
                yield Text(_left_out(left, language), style="dim")
    if section.cautions:
        yield Text()
        yield _marked(
            (_caution(one, language) for one in section.cautions), "!", "yellow", language
        )
    if section.notes:
        yield Text()
        yield _marked((note(language) for note in section.notes), "·", "dim", language)


def _wrapped(text: str, language: str, *, beside: int = 0) -> str:
    """Return a text that breaks as its language does; `beside` cells of the line are taken."""
    return wrapped(text, show.out().width - beside) if language == "zh" else text


def _thinned(table: Table) -> tuple[Table, int]:
    """Return a long table of months with every few of them and the last, and how many are out."""
    from dataclasses import replace

    rows = table.rows
    counted = [row[0] for row in rows] == list(range(1, len(rows) + 1))
    if not counted or len(rows) <= MANY:
        return table, 0
    step = -(-len(rows) // SHOWN)
    kept = [row for row in rows if row[0] % step == 0 or row is rows[-1]]
    return replace(table, rows=tuple(kept)), len(rows) - len(kept)


def _left_out(rows: int, language: str) -> str:
    said = f"{rows} rows between are left out; --json has them."
    return f"中间省略 {rows} 行，--json 中有全部。" if language == "zh" else said


def _figures(figures: Sequence[Figure], language: str) -> RenderableType:
    """Return the figures: title, value and what it lies between; the formula is a line below."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from seedbed.venture.document import formulas, numbers
    from seedbed.venture.document.words import capital

    cells = [(capital(one.title(language)), numbers.figure(one, language), _between(one, language))
             for one in figures]  # fmt: skip
    widths = _widths(["", "", ""], [list(row) for row in cells])
    title = max(TITLE, min(widths[0], show.out().width - widths[1] - widths[2] - 2 * GAP))
    said: list[RenderableType] = []
    for one, (named, value, between) in zip(figures, cells, strict=True):
        grid = Table.grid(padding=(0, GAP, 0, 0))
        grid.add_column(width=title, overflow="fold")
        grid.add_column(width=widths[1], justify="right", overflow="fold")
        grid.add_column(style="dim", overflow="fold")
        grid.add_row(named, Text(value, style="bold"), between)
        said.append(grid)
        if one.formula:
            shown = formulas.shown(one.formula, language)
            sign = "" if _named(shown) else "= "  # "a = x / y" is an equation already
            said.append(Padding(Text(sign + shown, style="dim"), (0, 0, 0, GAP)))
    return Group(*said)


def _named(formula: str) -> bool:
    """Tell whether a formula says what it is a formula of."""
    return formula.partition(" ")[2].startswith("= ")


def _between(one: Figure, language: str) -> str:
    """Return what a figure lies between; what it counts stands beside its value already."""
    from dataclasses import replace

    from seedbed.venture.document import numbers

    plain = one.unit if one.unit == "%" else one.unit.partition("/")[0]
    bare = plain if plain == "%" or plain in numbers.CODES else ""
    return numbers.interval(replace(one, unit=bare), language)


def _table(table: Table, language: str) -> RenderableType:
    from seedbed.venture.document import numbers

    headings = [column(language) for column in table.columns]
    rows = [[numbers.cell(cell, language) for cell in row] for row in table.rows]
    right = [_numeric(table.rows, index) for index in range(len(headings))]
    widths = _widths(headings, rows)
    if not _folds(widths, show.out().width):
        return _tucked(headings, rows, right, widths, colon="：" if language == "zh" else ": ")
    return _grid(headings, rows, right)


def _folds(widths: list[int], room: int) -> bool:
    """Tell whether a grid fits, its widest column folded if need be."""
    others = sum(widths) - max(widths) + GAP * len(widths)
    return others + min(max(widths), FOLDED) <= room


def _grid(headings: list[str], rows: list[list[str]], right: list[bool]) -> RenderableType:
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    widest = max(range(len(headings)), key=_widths(headings, rows).__getitem__)
    for index, heading in enumerate(headings):
        made.add_column(heading, no_wrap=index != widest, overflow="fold")
        made.columns[-1].justify = "right" if right[index] else "left"
    for row in rows:
        made.add_row(*row)
    return made


def _tucked(
    headings: list[str], rows: list[list[str]], right: list[bool], widths: list[int], *, colon: str
) -> RenderableType:
    """Return rows whose first columns stand in a grid, and whose others are a line below."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    room, many = show.out().width, _leading(widths, show.out().width)
    widths = [min(width, room - GAP) for width in widths]

    def line(cells: list[str]) -> str:
        padded = (_padded(cells[i], widths[i], to_the_right=right[i]) for i in range(many))
        return (" " * GAP).join(padded).rstrip()

    said: list[RenderableType] = [Text(line(headings), style="bold")]
    said.append(Text("─" * min(room, sum(widths[:many]) + GAP * (many - 1)), style="dim"))
    for row in rows:
        said.append(Text(line(row)))
        named = zip(headings[many:], row[many:], strict=True)
        rest = [
            f"{name}{colon}{cell}" if name else cell for name, cell in named if cell not in NONE
        ]
        if rest:
            said.append(Padding(Text(" · ".join(rest), style="dim"), (0, 0, 0, GAP)))
    return Group(*said)


def _leading(widths: list[int], room: int) -> int:
    """Return how many of the first columns fit beside each other; at least one."""
    taken = 0
    for index, width in enumerate(widths):
        taken += width + (GAP if index else 0)
        if taken > room:
            return max(index, 1)
    return len(widths)


def _padded(cell: str, width: int, *, to_the_right: bool) -> str:
    from rich.cells import cell_len

    gap = " " * max(0, width - cell_len(cell))
    return gap + cell if to_the_right else cell + gap


def _marked(lines: Iterator[str], mark: str, style: str, language: str) -> RenderableType:
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_column(style=style, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for line in lines:
        grid.add_row(mark, _wrapped(line, language, beside=len(mark) + 1))
    return grid


def _caution(one: Caution, language: str) -> str:
    said = one.said(language)
    return said if not one.path or one.path in said else f"{one.path}: {said}"


def _numeric(rows: Sequence[Sequence[Any]], index: int) -> bool:
    from seedbed.venture.document import numbers

    cells = [row[index] for row in rows if row[index] is not None]
    return bool(cells) and all(numbers.is_number(cell) for cell in cells)


def _widths(headings: list[str], rows: list[list[str]]) -> list[int]:
    """Return how many cells of a terminal each column takes; a Chinese character takes two."""
    from rich.cells import cell_len

    return [max(map(cell_len, column)) for column in zip(headings, *rows, strict=True)]


def _draw(section: Section, folder: Path, language: str) -> None:
    """Write the section's charts, and say where."""
    from seedbed.cli.books import written
    from seedbed.venture.document.draw import draw

    for chart in section.charts:
        written(folder / f"{chart.key}.svg", draw(chart, language).wide)
