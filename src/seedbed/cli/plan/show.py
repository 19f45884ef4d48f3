"""How a `Section` is printed: the answer first, then its figures, tables, cautions and notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.cli import show

if TYPE_CHECKING:
    from rich.console import RenderableType

    from seedbed.venture.plan import Plan
    from seedbed.venture.result import Caution, Figure, Section, Table

VENTURE = Path("venture.yaml")

File = Annotated[Path, typer.Argument(help="The venture file, or its folder.")]
"""The first argument of every action: `file: File = VENTURE`."""
Language = Annotated[str | None, typer.Option(help="en or zh; otherwise as the venture says.")]
Charts = Annotated[Path | None, typer.Option(help="Folder to write the charts to, as SVG.")]

NARROW = 100
"""Below this width a table that is too wide is laid out as one block a row."""


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
    yield Text(section.answer(language))
    if section.figures:
        yield Text()
        yield _figures(section.figures, language)
    for table in section.tables:
        if table.rows:
            yield Text()
            yield Text(table.title(language), style="bold")
            yield _table(table, language)
    if section.cautions:
        yield Text()
        yield _marked(((_caution(one, language)) for one in section.cautions), "!", "yellow")
    if section.notes:
        yield Text()
        yield _marked((note(language) for note in section.notes), "·", "dim")


def _figures(figures: Sequence[Figure], language: str) -> RenderableType:
    """Return the figures: title and formula, value, and what it lies between."""
    from rich.table import Table
    from rich.text import Text

    from seedbed.venture.document import numbers

    grid = Table.grid(padding=(0, 2))
    grid.add_column(ratio=1, overflow="fold")
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(justify="left", style="dim", no_wrap=True)
    for one in figures:
        said = Text(one.title(language))
        if one.formula:
            said.append(f"\n= {one.formula}", style="dim")
        value = Text(numbers.figure(one, language), style="bold")
        grid.add_row(said, value, numbers.interval(one, language))
    return grid


def _table(table: Table, language: str) -> RenderableType:
    from seedbed.venture.document import numbers

    headings = [column(language) for column in table.columns]
    rows = [[numbers.cell(cell, language) for cell in row] for row in table.rows]
    right = [_numeric(table.rows, index) for index in range(len(headings))]
    if show.out().width < NARROW and _width(headings, rows) > 2 * show.out().width:
        return _stacked(headings, rows)
    return _grid(headings, rows, right)


def _grid(headings: list[str], rows: list[list[str]], right: list[bool]) -> RenderableType:
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for index, heading in enumerate(headings):
        numeric = right[index]
        made.add_column(
            heading, justify="right" if numeric else "left", no_wrap=numeric, overflow="fold"
        )
    for row in rows:
        made.add_row(*row)
    return made


def _stacked(headings: list[str], rows: list[list[str]]) -> RenderableType:
    """Return one block a row, for a terminal too narrow for its columns."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for row in rows:
        grid.add_row("", "")
        grid.add_row(headings[0], Text(row[0], style="bold"))
        for heading, cell in zip(headings[1:], row[1:], strict=True):
            if cell:
                grid.add_row(heading, cell)
    return grid


def _marked(lines: Iterator[str], mark: str, style: str) -> RenderableType:
    from rich.table import Table

    grid = Table.grid(padding=(0, 1))
    grid.add_column(style=style, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for line in lines:
        grid.add_row(mark, line)
    return grid


def _caution(one: Caution, language: str) -> str:
    said = one.said(language)
    return said if not one.path or one.path in said else f"{one.path}: {said}"


def _numeric(rows: Sequence[Sequence[Any]], index: int) -> bool:
    from seedbed.venture.document import numbers

    cells = [row[index] for row in rows if row[index] is not None]
    return bool(cells) and all(numbers.is_number(cell) for cell in cells)


def _width(headings: list[str], rows: list[list[str]]) -> int:
    from rich.cells import cell_len

    columns = zip(headings, *rows, strict=True)
    return sum(max(cell_len(cell) for cell in column) + 2 for column in columns)


def _draw(section: Section, folder: Path, language: str) -> None:
    """Write the section's charts, and say where."""
    from seedbed.cli.books import written
    from seedbed.venture.document.draw import draw

    for chart in section.charts:
        written(folder / f"{chart.key}.svg", draw(chart, language).wide)
