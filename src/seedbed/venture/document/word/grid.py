"""Tables of the DOCX: header rows that come again, rows that stay whole, numbers at the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docx.document import Document as Docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length
from docx.table import Table as Grid

from seedbed.judge.report.text import columns
from seedbed.venture.document.word import fonts


def grid(
    docx: Docx,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[bool],
    width: Length,
    style: str = "Cell",
) -> Grid:
    """Add a table over the whole width, each column as wide as what stands in it asks."""
    table: Any = docx.add_table(rows=0, cols=len(headings))
    table.autofit = False
    edges(table)
    for row in (headings, *rows):
        cells = table.add_row().cells
        for cell, text, number in zip(cells, row, right, strict=True):
            paragraph = cell.paragraphs[0]
            paragraph.style = docx.styles[style]
            paragraph.add_run(text)
            if number:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _head(table)
    for row in table.rows:
        _flag(row, "w:cantSplit")
    measure(table, [headings, *rows], width)
    made: Grid = table
    return made


def measure(table: Grid, rows: Sequence[Sequence[str]], width: Length) -> None:
    """Set the widths: a column's share grows with its longest word and its longest cell."""
    needs = []
    for column in zip(*rows, strict=True):
        words = max(max(map(columns, text.split() or [""])) for text in column)
        longest = max(map(columns, column))
        needs.append(max(min(words, 26), min(longest, 44)) + 2)
    for column, need in zip(table.columns, needs, strict=True):
        column.width = Length(int(width * need / sum(needs)))
        for cell in column.cells:
            cell.width = column.width


def edges(table: Grid) -> None:
    """Draw a thin line under each row, and no other."""
    borders = OxmlElement("w:tblBorders")
    for side in ("bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", fonts.LINE)):
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)


def shade(cell: Any, colour: str) -> None:
    """Colour a cell's paper."""
    paper = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        paper.set(qn(f"w:{key}"), value)
    cell._tc.get_or_add_tcPr().append(paper)


def _head(table: Grid) -> None:
    _flag(table.rows[0], "w:tblHeader")
    for cell in table.rows[0].cells:
        shade(cell, fonts.FAINT)
        for run in cell.paragraphs[0].runs:
            run.font.bold = True
        cell.paragraphs[0].paragraph_format.keep_with_next = True


def _flag(row: Any, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))
