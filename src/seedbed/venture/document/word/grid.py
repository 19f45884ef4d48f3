"""Tables of the DOCX: header rows that come again, rows that stay whole, numbers at the right.

They are written as XML at once: python-docx looks every cell up anew, which takes seconds for the
tables of a plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from docx.document import Document as Docx
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Length

from seedbed.judge.report.text import columns
from seedbed.venture.document.word import fonts

MARGINS = 240
"""What a cell leaves free beside its text, in twentieths of a point."""

LETTER = 0.57
"""How wide a letter is against its height, on average."""

BOLD = 1.2
"""How much wider a heading's letter is."""

_LINE = f'w:val="single" w:sz="4" w:space="0" w:color="{fonts.LINE}"'
_BORDERS = f"<w:tblBorders><w:bottom {_LINE}/><w:insideH {_LINE}/></w:tblBorders>"
_PAPER = f'<w:shd w:val="clear" w:color="auto" w:fill="{fonts.FAINT}"/>'


def grid(
    docx: Docx,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    right: Sequence[bool],
    width: Length,
    style: str = "Cell",
) -> None:
    """Add a table over the whole width, each column as wide as what stands in it asks.

    Args:
        docx: What to add it to.
        headings: Of the columns.
        rows: Their texts.
        right: Which columns stand at the right.
        width: Of all columns together.
        style: Of the paragraphs in it.
    """
    look = docx.styles[style]
    named = look.style_id
    widths = measure([headings, *rows], width, 20 * LETTER * look.font.size.pt)
    lines = [_row(headings, right, widths, named, head=True)]
    lines += [_row(row, right, widths, named, head=False) for row in rows]
    table = (
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>{_BORDERS}'
        '<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>'
        + "".join(f'<w:gridCol w:w="{one}"/>' for one in widths)
        + f"</w:tblGrid>{''.join(lines)}</w:tbl>"
    )
    docx.element.body[-1].addprevious(parse_xml(table))  # the last is the section's own


def measure(rows: Sequence[Sequence[str]], width: Length, letter: float) -> list[int]:
    """Return the widths in twentieths of a point: words stay whole where there is room for it.

    Each column has its longest word; what is left goes to those whose cells are longer than that.

    Args:
        rows: Texts; the first row holds the headings.
        width: Of all columns together.
        letter: How wide a letter is, in twentieths of a point.
    """
    least, wanted = [], []
    for column in zip(*rows, strict=True):
        longest = [max(map(columns, text.split() or [""])) for text in column]
        words = max(BOLD * longest[0], *longest)
        least.append(min(words, 26) * letter + MARGINS)
        whole = min(max(map(columns, column)), 60) * letter + MARGINS
        wanted.append(max(least[-1], whole))
    room = width.twips - sum(least)
    asked = sum(wanted) - sum(least)
    if room <= 0 or asked <= room:
        base = least if room <= 0 else wanted
        return [int(one * width.twips / sum(base)) for one in base]
    return [int(low + (high - low) * room / asked) for low, high in zip(least, wanted, strict=True)]


def shade(cell: Any, colour: str) -> None:
    """Colour a cell's paper."""
    paper = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", colour)):
        paper.set(qn(f"w:{key}"), value)
    cell._tc.get_or_add_tcPr().append(paper)


def _row(
    texts: Sequence[str], right: Sequence[bool], widths: Sequence[int], style: str, *, head: bool
) -> str:
    cells = (
        _cell(text, style, size, number=number, head=head)
        for text, number, size in zip(texts, right, widths, strict=True)
    )
    again = "<w:tblHeader/>" if head else ""
    return f"<w:tr><w:trPr><w:cantSplit/>{again}</w:trPr>{''.join(cells)}</w:tr>"


def _cell(text: str, style: str, width: int, *, number: bool, head: bool) -> str:
    kept = "<w:keepNext/>" if head else ""
    side = '<w:jc w:val="right"/>' if number else ""
    bold = "<w:rPr><w:b/></w:rPr>" if head else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{_PAPER if head else ""}</w:tcPr><w:p>'
        f'<w:pPr><w:pStyle w:val="{style}"/>{kept}{side}</w:pPr>'
        f'<w:r>{bold}<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p></w:tc>'
    )
