"""Lays a document out as DOCX, and seals it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.shared import Cm, Length

from seedbed.judge.report.text import cleaned
from seedbed.venture.document import numbers, seal
from seedbed.venture.document.content import Chapter, Document, Missing, once
from seedbed.venture.document.draw import Drawing
from seedbed.venture.document.html import numeric, short, wide
from seedbed.venture.document.word import fields, fonts, grid
from seedbed.venture.document.words import capital, say
from seedbed.venture.result import Chart, Figure, Said, Section, Table

MANY = 6
"""Columns of a table from which on its letters are small."""

TILES = 4
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def render(document: Document, language: str, drawings: Mapping[str, Drawing]) -> tuple[bytes, str]:
    """Return the DOCX in one language, and its seal; the same document gives the same bytes.

    Args:
        document: What to lay out.
        language: `en` or `zh`.
        drawings: Its charts by key, in that language, with their pictures for paper.
    """
    page = _Page(document, language, drawings)
    page.fill()
    digest = seal.digest(seal.docx_content(zipfile.ZipFile(io.BytesIO(page.saved()))))
    page.sealed(digest)
    return _steady(page.saved()), digest


class _Page:
    """A DOCX that is being filled, in one language."""

    def __init__(
        self,
        document: Document,
        language: str,
        drawings: Mapping[str, Drawing],
    ) -> None:
        self.document, self.language = document, language
        self.drawings = drawings
        self.space = "：" if language == "zh" else " "
        self.colon, self.comma = ("：", "，") if language == "zh" else (": ", ", ")
        self.docx = docx.Document()
        self.marks = fields.Bookmarks()
        self.counted = {"chart": 0, "table": 0}
        fonts.prepare(self.docx)

    @property
    def width(self) -> Length:
        """What is left between the margins of the page."""
        page = self.docx.sections[-1]
        wide, left, right = page.page_width, page.left_margin, page.right_margin
        return Length((wide or 0) - (left or 0) - (right or 0))

    def text(self, said: Said | str) -> str:
        return str(cleaned(said(self.language) if isinstance(said, Said) else said))

    def say(self, key: str) -> str:
        return say(key, self.language)

    def add(self, text: str, style: str | None = None) -> Any:
        return self.docx.add_paragraph(text, style=style)

    def fill(self) -> None:
        """Write everything but the seal."""
        document = self.document
        self.add(self.say("plan"), "Small")
        self.add(self.text(document.name), "Title")
        money = f"{self.say('money_in')}{self.space}{document.currency}"
        self.add(f"{document.made.isoformat()} · {money}", "Small")
        self.summary()
        self.beware()
        self.plain_heading(self.say("contents"))
        fields.contents(self.docx, list(self.entries()))
        for label, chapter in document.labelled:
            self.chapter(label, chapter)
        self.imprint()

    def plain_heading(self, text: str) -> None:
        """Add a heading of the first pages, which the contents leave out."""
        paragraph = self.add("")
        run = paragraph.add_run(text)
        run.bold, run.font.size = True, self.docx.styles["Heading 2"].font.size
        paragraph.paragraph_format.keep_with_next = True

    def entries(self) -> Iterator[tuple[int, str, str]]:
        for label, chapter in self.document.labelled:
            yield 1, self.heading(label, chapter), f"c_{chapter.key}"
            if len(chapter.parts) > 1 and not chapter.appendix:
                yield from ((2, self.text(part.title), f"s_{part.key}") for part in chapter.parts)

    def heading(self, label: str, chapter: Chapter) -> str:
        """Return the heading of a chapter, its number or letter before it."""
        number = f"{self.say('appendix')} {label}" if chapter.appendix else label
        return f"{number}  {self.text(chapter.title)}"

    def summary(self) -> None:
        self.plain_heading(self.say("summary"))
        self.tiles()
        join = "" if self.language == "zh" else " "
        for line in self.document.summary:
            paragraph = self.add("")
            paragraph.add_run(self.text(line.question) + join + " ").bold = True
            paragraph.add_run(join.join(map(self.text, line.answers)) or self.say("unknown"))

    def tiles(self) -> None:
        tiles = self.document.tiles
        if not tiles:
            return
        table = self.docx.add_table(rows=0, cols=min(TILES, len(tiles)))
        for at in range(0, len(tiles), TILES):
            cells = table.add_row().cells
            for cell, one in zip(cells, tiles[at : at + TILES], strict=False):
                grid.shade(cell, fonts.FAINT)
                self.tile(cell, one)
        self.add("", "Small")

    def tile(self, cell: Any, one: Figure) -> None:
        cell.paragraphs[0].style = self.docx.styles["Small"]
        cell.paragraphs[0].add_run(capital(self.text(one.title)))
        value = cell.add_paragraph().add_run(numbers.figure(short(one), self.language))
        value.bold, value.font.size = True, self.docx.styles["Heading 2"].font.size
        between = numbers.interval(short(one), self.language)
        if between:
            cell.add_paragraph(between, style="Small")

    def beware(self) -> None:
        if not (self.document.warned or self.document.missing):
            return
        self.plain_heading(self.say("beware"))
        for lack in self.document.missing:
            self.add(f"•  {self.text(lack.title)}{self.colon}{self.lacks(lack)}", "Caution")
        told = [
            f"{self.text(chapter.title)} ({len(cautions)})"
            for chapter, cautions in self.document.by_chapter()
        ]
        if told:
            said = self.comma.join(told)
            self.add(f"•  {self.say('cautions_in')}{self.colon}{said}", "Caution")

    def lacks(self, lack: Missing) -> str:
        path = f"{self.comma}{self.say('lacks')} {lack.path}" if lack.path else ""
        return self.say("not_computed") + path

    def chapter(self, label: str, chapter: Chapter) -> None:
        heading = self.docx.add_heading(self.heading(label, chapter), 1)
        heading.paragraph_format.page_break_before = label in ("1", "A")
        self.marks.set(heading, f"c_{chapter.key}")
        for part in chapter.parts:
            if len(chapter.parts) > 1:
                level = 3 if chapter.appendix else 2  # the contents have two
                self.marks.set(self.docx.add_heading(self.text(part.title), level), f"s_{part.key}")
            if isinstance(part, Missing):
                self.missing(part)
            else:
                self.section(part)

    def turn(self) -> None:
        """Turn the page for what follows: from upright to broad, or back."""
        page = self.docx.add_section()
        upright = page.orientation == WD_ORIENT.PORTRAIT
        page.orientation = WD_ORIENT.LANDSCAPE if upright else WD_ORIENT.PORTRAIT
        page.page_width, page.page_height = page.page_height, page.page_width

    def missing(self, lack: Missing) -> None:
        self.add(self.lacks(lack), "Answer")
        for key, said in (("needs", lack.expected), ("there_is", lack.got), ("do", lack.do)):
            self.add(f"{self.say(key)}{self.colon}{self.text(said)}", "List Bullet")

    def section(self, section: Section) -> None:
        if section.answer.en:
            self.add(self.text(section.answer), "Answer")
        for caution in once(section.cautions):
            paragraph = self.add("", "Caution")
            paragraph.add_run(f"{self.say('caution')} ").bold = True
            paragraph.add_run(capital(self.text(caution.said)))
        if section.cautions:
            self.add("", "Small")
        if section.figures:
            self.figures(section)
        for chart in section.charts:
            self.chart(chart)
        for table in section.tables:
            self.table(table)
        for note in section.notes:
            self.add(self.text(note), "List Bullet")

    def figures(self, section: Section) -> None:
        self.caption("table", self.text(section.title))
        keys = ("figure", "value", "between")
        rows = [
            [
                capital(self.text(one.title)),
                numbers.figure(one, self.language),
                numbers.interval(one, self.language),
            ]
            for one in section.figures
        ]
        kept = [i for i in range(len(keys)) if i < 2 or any(row[i] for row in rows)]
        headings, sides = [self.say(keys[i]) for i in kept], [i > 0 for i in kept]
        cells = [[row[i] for i in kept] for row in rows]
        grid.grid(self.docx, headings, cells, sides, self.width)
        self.add("", "Small")

    def table(self, table: Table) -> None:
        broad = wide(table, self.language)
        if broad:
            self.turn()
        self.caption("table", capital(self.text(table.title)))
        rows = [
            [self.text(numbers.cell(cell, self.language)) for cell in row] for row in table.rows
        ]
        headings = [capital(self.text(column)) for column in table.columns]
        style = "Tiny" if broad or len(headings) > MANY else "Cell"
        grid.grid(self.docx, headings, rows, numeric(table), self.width, style)
        if broad:
            self.turn()
        else:
            self.add("", "Small")

    def chart(self, chart: Chart) -> None:
        drawing = self.drawings[chart.key]
        width = min(self.width, Cm(16))
        assert drawing.png is not None
        picture = self.add("")
        picture.add_run().add_picture(io.BytesIO(drawing.png), width=width)
        picture.paragraph_format.keep_with_next = True
        for told in picture._p.iter("{*}docPr"):
            told.set("title", drawing.title)
            told.set("descr", drawing.title)
        self.caption("chart", capital(self.text(chart.title)), above=False)

    def caption(self, kind: str, text: str, *, above: bool = True) -> None:
        self.counted[kind] += 1
        paragraph = fields.caption(self.docx, self.say(kind), text, self.counted[kind])
        paragraph.paragraph_format.keep_with_next = above

    def imprint(self) -> None:
        """Write what the document was made of."""
        self.plain_heading(self.say("inputs"))
        self.add(self.say("made_by"), "Small")
        for one in self.document.inputs:
            said = f"{self.text(one.what)}{self.colon}{self.text(one.name)}  {one.digest}"
            self.add(said, "Small")

    def sealed(self, digest: str) -> None:
        """Write the footer of every page, and the properties that programs read."""
        document, core = self.document, self.docx.core_properties
        core.title = f"{self.text(document.name)} · {self.say('plan')}"
        core.author, core.language = f"Seedbed {document.seedbed}", self.language
        core.created = core.modified = datetime.combine(document.made, datetime.min.time())
        core.last_modified_by, core.comments = core.author, ""
        core.identifier = seal.PREFIX + digest
        foot = self.docx.sections[0].footer.paragraphs[0]
        foot.style = self.docx.styles["Small"]
        foot.add_run(f"{self.text(document.name)} · {document.made.isoformat()} · ")
        fields.field(foot, "PAGE", "1")
        foot.add_run(f"\n{self.say('content')}{self.colon}{digest}")

    def saved(self) -> bytes:
        buffer = io.BytesIO()
        self.docx.save(buffer)
        return buffer.getvalue()


def _steady(package: bytes) -> bytes:
    """Return the package without the hour it was packed at."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            told = zipfile.ZipInfo(entry.filename, _FIRST_DAY)
            told.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(told, old.read(entry.filename))
    return made.getvalue()
