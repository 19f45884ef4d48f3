"""The document as one HTML file that needs no network, and prints on A4."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache, partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from seedbed.judge.report.text import cleaned, columns
from seedbed.venture.document import numbers, seal, words
from seedbed.venture.document.content import Chapter, Document, Missing, once
from seedbed.venture.document.draw import Drawing, data_uri
from seedbed.venture.document.words import capital
from seedbed.venture.result import Figure, Said, Table

_DATE = re.compile(r"\d{4}-\d\d(-\d\d)?")
_SIGNED = re.compile(r"−(?=[^\d\s])")
"""A minus before a sign of money: a line must not end between them."""
_PATH_BREAK = re.compile(r"(?<=[^\W\d])([._])(?=[^\W\d])")

WIDE = 150
"""Letters in a row of a table from which on its page is turned."""

MANY = 6
"""Columns of a table that still fit upright on paper."""

TONGUES = {"en": "en", "zh": "zh-Hans"}


def render(document: Document, language: str, drawings: Mapping[str, Drawing]) -> str:
    """Return the page in one language; the same document gives the same page, byte for byte.

    Args:
        document: What to lay out.
        language: `en` or `zh`.
        drawings: Its charts by key, in that language.
    """
    page = (
        _environment()
        .get_template("plan.html.j2")
        .render(
            d=document,
            v=_View(language),
            drawings=drawings,
            style=Markup(_style()),
            language=language,
            tongue=TONGUES[language],
            begin=Markup(seal.BEGIN),
            end=Markup(seal.END),
            data_uri=data_uri,
            once=once,
        )
    )
    content = seal.between(page) or ""
    return page.replace("{{seal}}", seal.digest(content)).replace("{{mark}}", seal.mark(page))


class _View:
    """What the template asks for, in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.say = partial(words.say, language=language)
        self.interval = partial(numbers.interval, language=language)
        self.colon, self.comma = ("：", "，") if language == "zh" else (": ", ", ")

    def text(self, said: Said | str) -> str:
        """Return a text in the language, without what no page may hold."""
        shown = str(cleaned(said(self.language) if isinstance(said, Said) else said))
        return _SIGNED.sub("−\u2060", shown)

    def title(self, said: Said) -> str:
        """Return a title; it begins with a capital, unless it is a letter of a formula."""
        return capital(self.text(said))

    def number(self, value: Any) -> Markup:
        """Return a cell; a number carries its exact value, and a figure its key."""
        shown = escape(cleaned(numbers.cell(value, self.language)))
        if not numbers.is_number(value):
            return _kept(shown) if isinstance(value, str) else shown
        key = value.key if isinstance(value, Figure) else ""
        named = Markup(' data-figure="{}"').format(key) if key else Markup()
        told = Markup('<data value="{}"{}>{}</data>')
        return told.format(numbers.exact(value), named, shown)

    def right(self, table: Table) -> list[bool]:
        """Tell which columns hold numbers alone, and stand at the right."""
        return numeric(table)

    def short(self, one: Figure) -> Figure:
        """Return a figure for a tile; see `short`."""
        return short(one)

    def spread(self, figures: Iterable[Figure]) -> bool:
        """Tell whether any of the figures has an interval."""
        return any(numbers.interval(one, self.language) for one in figures)

    def wide(self, table: Table) -> bool:
        """Tell whether a table needs the page turned."""
        return wide(table, self.language)

    def label(self, label: str, chapter: Chapter) -> str:
        """Return the number of a chapter, or the letter of an appendix."""
        return f"{words.say('appendix', self.language)} {label}" if chapter.appendix else label

    def missing(self, part: Any) -> bool:
        """Tell whether a part could not be computed."""
        return isinstance(part, Missing)


def _kept(shown: Markup) -> Markup:
    """Keep a date on one line, and let the path of an assumption break at its dots."""
    if _DATE.fullmatch(shown):
        return Markup("<time>{}</time>").format(shown)
    return Markup(_PATH_BREAK.sub(r"\1<wbr>", str(shown)))


def numeric(table: Table) -> list[bool]:
    """Tell of each column of a table whether it holds numbers and nothing else."""
    columns = [[row[i] for row in table.rows] for i in range(len(table.columns))]
    told = [[cell for cell in column if cell is not None] for column in columns]
    return [bool(cells) and all(map(numbers.is_number, cells)) for cells in told]


def short(one: Figure) -> Figure:
    """Return a figure without what its money is for: the title of its tile says that."""
    code = one.unit.partition("/")[0]
    return replace(one, unit=code) if code in numbers.CODES else one


def wide(table: Table, language: str) -> bool:
    """Tell whether a table is too wide for an upright page."""
    headings = [column(language) for column in table.columns]
    rows = [[numbers.cell(cell, language) for cell in row] for row in table.rows]
    longest = (max(map(columns, column)) for column in zip(headings, *rows, strict=True))
    return sum(min(each, 30) + 2 for each in longest) > WIDE


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("seedbed.venture.document"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> str:
    return (files("seedbed.venture.document") / "templates" / "plan.css").read_text("utf-8")
