"""CoNLL column files: a word and its tag a line, a blank line between sentences.

The form of CoNLL-2002 and CoNLL-2003, in which most sets of tagged words are published
(<https://aclanthology.org/W03-0419/>): the word stands in the first column, its tag in the last.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple, TextIO

from seedbed.data.cells import CELL_LIMIT, no_rows, too_large
from seedbed.data.encoding import open_text
from seedbed.data.readers.base import Broken, Reader, Row, Sink, report
from seedbed.errors import DataError, RowBroken

DOCUMENT = "-DOCSTART-"
"""Begins a line that is no word: a new document begins."""


class ConllReader(Reader):
    """Sentences as columns `tokens` and `tags`, JSON lists of as many words and tags.

    Columns stand between tabs, or else spaces, as in the first line with a word; each line has as
    many of them. Lines of the mark `-DOCSTART-`, and comments (`# `), are no words.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".conll", ".bio", ".conll.gz", ".bio.gz")

    def rows(
        self, path: Path, broken: Sink | None = None, *, encoding: str | None = None
    ) -> Iterator[Row]:
        """Yield the sentences; after a broken one, reading goes on behind the next blank line."""
        number, form = 0, None
        with open_text(path, encoding) as handle:
            for sentence in _sentences(handle):
                form = form or _form(sentence)
                words = [text for text in sentence.lines if _is_word(text, form)]
                if not words and sentence.size <= CELL_LIMIT:
                    continue
                number += 1
                where = f"{path}, sentence {number:,} (line {sentence.line:,})"
                try:
                    cells = _cells(words, form, sentence.size, where)
                except DataError as error:
                    report(broken, Broken(number, sentence.line, error))
                    continue
                yield Row(number, cells)
        if not number:
            raise no_rows(path, "no line with a word and its tag")


class _Sentence(NamedTuple):
    """The lines between two blank ones.

    Attributes:
        line: Number of the first.
        lines: Without their ends; not all where `size` is beyond `CELL_LIMIT`.
        size: Characters of all of them.
    """

    line: int
    lines: list[str]
    size: int


class _Form(NamedTuple):
    """What stands between columns (None: spaces), and how many there are."""

    between: str | None
    width: int


def _sentences(handle: TextIO) -> Iterator[_Sentence]:
    lines: list[str] = []
    ended, begun, size = 0, 0, 0
    for text in iter(lambda: handle.readline(CELL_LIMIT + 1), ""):
        if text.strip():
            begun = begun or ended + 1
            size += len(text)
            if size <= CELL_LIMIT:
                lines.append(text.rstrip("\r\n"))
        elif begun:
            yield _Sentence(begun, lines, size)
            lines, begun, size = [], 0, 0
        ended += text[-1] in "\r\n"
    if begun:
        yield _Sentence(begun, lines, size)


def _form(sentence: _Sentence) -> _Form | None:
    """Return how lines are written by the first one that can be a word; None where none can."""
    for text in sentence.lines:
        form = _Form("\t" if "\t" in text else None, 0)
        width = len(_columns(text, form))
        if width > 1 and not text.startswith((DOCUMENT, "# ")):
            return _Form(form.between, width)
    return None


def _columns(text: str, form: _Form) -> list[str]:
    # Spaces alone: a word may hold one that does not break (U+00A0).
    parts = text.split("\t") if form.between else [part for part in text.split(" ") if part]
    return [part.strip() for part in parts]


def _is_word(text: str, form: _Form | None) -> bool:
    if text.startswith("# "):  # else the word "#" with its tag
        return form is not None and len(_columns(text, form)) == form.width
    return not text.startswith(DOCUMENT)


def _cells(words: Sequence[str], form: _Form | None, size: int, where: str) -> dict[str, str]:
    if size > CELL_LIMIT:
        raise too_large(where, "one sentence", size)
    if form is None:
        raise _broken("a word and its tag, with a tab or a space between them", words[0], where)
    parts = [_columns(text, form) for text in words]
    for text, columns in zip(words, parts, strict=True):
        if len(columns) != form.width or not columns[0] or not columns[-1]:
            between = "tabs" if form.between else "spaces"
            told = f"{form.width} columns with {between} between them, as in the lines before"
            raise _broken(told, text, where)
    cells = {
        name: json.dumps([columns[at] for columns in parts], ensure_ascii=False)
        for name, at in (("tokens", 0), ("tags", -1))
    }
    longest = max(map(len, cells.values()))
    if longest > CELL_LIMIT:
        raise too_large(where, "one sentence", longest)
    return cells


def _broken(expected: str, text: str, where: str) -> RowBroken:
    return RowBroken(
        expected=expected,
        got=repr(text[:60]),
        do="Write the word first and its tag last, and leave a line blank between sentences.",
        where=where,
    )
