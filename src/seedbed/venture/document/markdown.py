"""The document as Markdown, with its charts as SVG files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from seedbed.judge.report.text import cleaned
from seedbed.venture.document import numbers, seal
from seedbed.venture.document.content import Chapter, Document, Missing, once
from seedbed.venture.document.html import numeric
from seedbed.venture.document.words import capital, say
from seedbed.venture.result import Figure, Said, Section, Table

_SPECIAL = re.compile(r"([\\`*_\[\]<>|])")


def render(document: Document, language: str, charts: Mapping[str, str]) -> str:
    """Return the document in one language.

    Args:
        document: What to lay out.
        language: `en` or `zh`.
        charts: Where the file of each chart stands, from the document's own folder.
    """
    page = _Page(language, charts)
    content = "\n".join(("", *page.lines(document), ""))
    body = f"{seal.BEGIN}\n{content}\n{seal.END}\n"
    return body + "\n".join(page.footer(document, seal.digest(seal.between(body) or ""), body))


class _Page:
    """Writes lines in one language."""

    def __init__(self, language: str, charts: Mapping[str, str]) -> None:
        self.language = language
        self.charts = charts
        self.space = "：" if language == "zh" else " "
        self.colon, self.comma = ("：", "，") if language == "zh" else (": ", ", ")

    def text(self, said: Said | str) -> str:
        """Return a text that means itself in Markdown, on one line."""
        plain = said(self.language) if isinstance(said, Said) else said
        return " ".join(_SPECIAL.sub(r"\\\1", cleaned(plain)).split())

    def say(self, key: str) -> str:
        return say(key, self.language)

    def lines(self, document: Document) -> Iterator[str]:
        """Yield everything but the footer."""
        yield f"# {self.text(document.name)} · {self.say('plan')}"
        money = f"{self.say('money_in')}{self.space}{document.currency}"
        yield from ("", f"{document.made.isoformat()} · {money}", "")
        yield from self.summary(document)
        yield from self.beware(document)
        yield from (f"## {self.say('contents')}", "")
        for label, chapter in document.labelled:
            yield f"- {label} · [{self.text(chapter.title)}](#{chapter.key})"
        for label, chapter in document.labelled:
            yield from self.chapter(label, chapter)

    def summary(self, document: Document) -> Iterator[str]:
        yield from (f"## {self.say('summary')}", "")
        if document.tiles:
            yield from self.figures(document.tiles)
        join = "" if self.language == "zh" else " "
        for line in document.summary:
            answers = join.join(map(self.text, line.answers)) or self.say("unknown")
            yield from (f"**{self.text(line.question)}** {answers}", "")

    def beware(self, document: Document) -> Iterator[str]:
        if not (document.warned or document.missing):
            return
        yield from (f"> ## {self.say('beware')}", ">")
        for lack in document.missing:
            yield f"> - {self.text(lack.title)}{self.colon}{self.lacks(lack)}"
        told = [
            f"[{self.text(chapter.title)}](#{chapter.key}) ({len(cautions)})"
            for chapter, cautions in document.by_chapter()
        ]
        if told:
            yield f"> - {self.say('cautions_in')}{self.colon}{self.comma.join(told)}"
        yield ""

    def chapter(self, label: str, chapter: Chapter) -> Iterator[str]:
        number = f"{self.say('appendix')} {label}" if chapter.appendix else label
        title = f"## {number} · {self.text(chapter.title)}"
        yield from ("", f'<a id="{chapter.key}"></a>', "", title, "")
        for part in chapter.parts:
            if len(chapter.parts) > 1:
                yield from (f"### {self.text(part.title)}", "")
            yield from self.missing(part) if isinstance(part, Missing) else self.section(part)

    def missing(self, lack: Missing) -> Iterator[str]:
        yield from (f"**{self.lacks(lack)}**", "")
        for key, said in (("needs", lack.expected), ("there_is", lack.got), ("do", lack.do)):
            yield f"- {self.say(key)}{self.colon}{self.text(said)}"
        yield ""

    def lacks(self, lack: Missing) -> str:
        """Return in one line that a section was not computed, and for want of what."""
        path = f"{self.comma}{self.say('lacks')} `{lack.path}`" if lack.path else ""
        return self.say("not_computed") + path

    def section(self, section: Section) -> Iterator[str]:
        if section.answer.en:
            yield from (f"**{self.text(section.answer)}**", "")
        for caution in once(section.cautions):
            yield from (f"> **{self.say('caution')}** {self.text(caution.said)}", "")
        if section.figures:
            yield from self.figures(section.figures)
        for chart in section.charts:
            title = self.text(chart.title)
            yield from (f"![{title}]({self.charts[chart.key]})", "", f"*{title}*", "")
        for table in section.tables:
            yield from self.table(table)
        if section.notes:
            yield from (f"{self.say('notes')}{self.colon.strip()}", "")
            yield from (f"- {self.text(note)}" for note in section.notes)
            yield ""

    def figures(self, figures: Iterable[Figure]) -> Iterator[str]:
        rows = [self.figure(one) for one in figures]
        keys = ("figure", "value", "between")
        kept = [i for i in range(len(keys)) if i < 2 or any(row[i] for row in rows)]
        yield from self.rows([self.say(keys[i]) for i in kept], "".join("lrr"[i] for i in kept))
        yield from (self.row(row[i] for i in kept) for row in rows)
        yield ""

    def figure(self, one: Figure) -> list[str]:
        """Return a figure's title, value and interval."""
        between = numbers.interval(one, self.language)
        return [capital(self.text(one.title)), self.number(one), between]

    def table(self, table: Table) -> Iterator[str]:
        yield from (f"*{self.text(table.title)}*", "")
        sides = "".join("r" if right else "l" for right in numeric(table))
        yield from self.rows([capital(self.text(column)) for column in table.columns], sides)
        yield from (self.row([self.number(cell) for cell in row]) for row in table.rows)
        yield ""

    def number(self, cell: Any) -> str:
        return self.text(numbers.cell(cell, self.language))

    def rows(self, headings: list[str], sides: str) -> Iterator[str]:
        yield self.row(headings)
        marks = ("--:" if side == "r" else "---" for side, _ in zip(sides, headings, strict=False))
        yield "|" + "|".join(marks) + "|"

    def row(self, cells: Iterable[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    def footer(self, document: Document, digest: str, body: str) -> Iterator[str]:
        """Yield what the document was made of, and its seal."""
        made = f"{document.made.isoformat()} · Seedbed {document.seedbed}"
        yield from ("", "---", "", self.say("made_by"), "")
        yield f"- {self.say('made')}{self.colon}{made}"
        for one in document.inputs:
            name = f"{self.text(one.what)}{self.colon}{self.text(one.name)}"
            yield f"- {name} `{one.digest}`"
        yield f"- {self.say('content')}{self.colon}`{digest}`"
        yield from ("", seal.mark(body), "")
