"""Styles of the DOCX: fonts for both scripts, sizes, colours and spaces."""

from __future__ import annotations

from typing import Any

from docx.document import Document as Docx
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

LATIN, EAST = "Arial", "Microsoft YaHei"
"""Fonts that Word has everywhere; other programs know what stands in for them."""

INK, SOFT, GREEN, WARN = "16201B", "56625B", "00755A", "8A4B00"
FAINT, WARN_PAPER, LINE = "F4F7F5", "FFF6E8", "D9E0DB"

_SIZES = {"Title": 26, "Heading 1": 17, "Heading 2": 13, "Heading 3": 11, "Caption": 9}


def prepare(docx: Docx) -> None:
    """Set the page to A4, and every style to the fonts and colours of the plan."""
    page = docx.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.2)
    page.top_margin, page.bottom_margin = Cm(2), Cm(2)
    normal = docx.styles["Normal"]
    letters(normal, 10)
    normal.paragraph_format.space_after = Pt(6)
    normal.paragraph_format.line_spacing = 1.2
    _speak(normal)
    for name, size in _SIZES.items():
        style = docx.styles[name]
        letters(style, size, GREEN if name in ("Title", "Heading 1") else INK, bold=True)
        style.font.italic = False
        style.paragraph_format.keep_with_next = True
    docx.styles["Heading 1"].paragraph_format.space_before = Pt(26)
    docx.styles["Heading 2"].paragraph_format.space_before = Pt(16)
    docx.styles["Title"].paragraph_format.space_after = Pt(2)
    _own(docx)


def _own(docx: Docx) -> None:
    """Add the styles that Word has not: answers, cautions, formulas, notes, contents."""
    answer = _style(docx, "Answer", 11.5)
    answer.paragraph_format.space_after = Pt(10)
    caution = _style(docx, "Caution", 9.5)
    caution.paragraph_format.space_after = Pt(0)
    _shade(caution, WARN_PAPER, WARN)
    _style(docx, "Small", 8, SOFT).paragraph_format.space_after = Pt(3)
    _style(docx, "Cell", 8.5).paragraph_format.space_after = Pt(0)
    _style(docx, "Tiny", 7).paragraph_format.space_after = Pt(0)
    for level in (1, 2):
        contents = _style(docx, f"TOC {level}", 10)
        contents.paragraph_format.left_indent = Cm(0.6 * (level - 1))
        contents.paragraph_format.space_after = Pt(3)


def letters(style: Any, size: float, colour: str = INK, *, bold: bool = False) -> None:
    """Give a style its fonts: `w:eastAsia` is what Chinese is set in."""
    style.font.size, style.font.bold = Pt(size), bold
    style.font.color.rgb = RGBColor.from_string(colour)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.attrib.clear()
    for script in ("ascii", "hAnsi", "cs"):
        fonts.set(qn(f"w:{script}"), LATIN)
    fonts.set(qn("w:eastAsia"), EAST)


def _style(docx: Docx, name: str, size: float, colour: str = INK) -> Any:
    style = docx.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = docx.styles["Normal"]
    letters(style, size, colour)
    return style


def _speak(style: Any) -> None:
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), "en-GB")  # of Latin letters: in Chinese these break anywhere
    spoken.set(qn("w:eastAsia"), "zh-CN")
    style.element.get_or_add_rPr().append(spoken)


def _shade(style: Any, paper: str, edge: str) -> None:
    """Set a style on coloured paper, with a bar at its left."""
    inside = style.element.get_or_add_pPr()
    border = OxmlElement("w:pBdr")
    left = OxmlElement("w:left")
    for key, value in (("val", "single"), ("sz", "24"), ("space", "6"), ("color", edge)):
        left.set(qn(f"w:{key}"), value)
    border.append(left)
    shade = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", paper)):
        shade.set(qn(f"w:{key}"), value)
    inside.append(border)
    inside.append(shade)
