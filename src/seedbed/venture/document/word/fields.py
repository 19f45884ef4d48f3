"""Fields of Word: the contents, captions that count, page numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from docx.document import Document as Docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph


def field(paragraph: Paragraph, code: str, shown: str) -> None:
    """Add a field that shows a text until Word computes it."""
    begin(paragraph, code)
    paragraph.add_run(shown)
    _mark(paragraph, "end")


def begin(paragraph: Paragraph, code: str, *, dirty: bool = False) -> None:
    """Begin a field; what follows is what it shows."""
    opened = _mark(paragraph, "begin")
    if dirty:
        opened.set(qn("w:dirty"), "true")  # Word fills it in anew when the file is opened
    instruction = OxmlElement("w:instrText")
    instruction.set(qn("xml:space"), "preserve")
    instruction.text = f" {code} "
    paragraph.add_run()._r.append(instruction)
    _mark(paragraph, "separate")


def contents(docx: Docx, entries: Sequence[tuple[int, str, str]]) -> None:
    """Add the table of contents, filled in with (level, title, bookmark) but without pages."""
    for place, (level, title, bookmark) in enumerate(entries):
        paragraph = docx.add_paragraph(style=f"TOC {level}")
        if place == 0:
            begin(paragraph, 'TOC \\o "1-2" \\h \\z \\u', dirty=True)
        paragraph._p.append(_link(title, bookmark))
        if place == len(entries) - 1:
            _mark(paragraph, "end")


def caption(docx: Docx, word: str, text: str, number: int) -> Paragraph:
    """Add a caption whose number Word keeps: `Table 3`, `Chart 1`."""
    paragraph = docx.add_paragraph(style="Caption")
    paragraph.add_run(f"{word} ")
    field(paragraph, f"SEQ {word} \\* ARABIC", str(number))
    paragraph.add_run(f"  {text}")
    return paragraph


class Bookmarks:
    """Gives headings the names that the contents lead to."""

    def __init__(self) -> None:
        self._ids = count(1)

    def set(self, paragraph: Paragraph, name: str) -> None:
        """Put a bookmark around a paragraph."""
        identity = str(next(self._ids))
        for tag in ("bookmarkStart", "bookmarkEnd"):
            mark = OxmlElement(f"w:{tag}")
            mark.set(qn("w:id"), identity)
            if tag == "bookmarkStart":
                mark.set(qn("w:name"), name)
                paragraph._p.insert(1 if paragraph._p.pPr is not None else 0, mark)
            else:
                paragraph._p.append(mark)


def _link(text: str, bookmark: str) -> Any:
    link = OxmlElement("w:hyperlink")
    link.set(qn("w:anchor"), bookmark)
    run, said = OxmlElement("w:r"), OxmlElement("w:t")
    said.text = text
    run.append(said)
    link.append(run)
    return link


def _mark(paragraph: Paragraph, kind: str) -> Any:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(mark)
    return mark
