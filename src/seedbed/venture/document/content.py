"""What a plan document holds, before it is laid out: chapters of sections, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from string import ascii_uppercase

from seedbed.errors import SeedbedError
from seedbed.venture.result import Caution, Chart, Figure, Said, Section

LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Missing:
    """A section that cannot be computed, and what it lacks.

    Attributes:
        key: The section's key.
        title: What would have been asked.
        path: The assumption that has no value, where it is that.
        expected: What the model needs.
        got: What there is.
        do: How to mend it.
        code: Of the error.
        chapter: Key of the chapter that it would stand in.
    """

    key: str
    title: Said
    path: str
    expected: str
    got: str
    do: str
    code: str
    chapter: str

    @classmethod
    def of(cls, key: str, title: Said, chapter: str, failed: SeedbedError) -> Missing:
        """Return what an error says of a section."""
        said = failed.as_dict()
        lacks = {name: said[name] for name in ("expected", "got", "do", "code")}
        return cls(key, title, path=said["where"], chapter=chapter, **lacks)


def once(cautions: Iterable[Caution]) -> tuple[Caution, ...]:
    """Return cautions without those that were said before."""
    return tuple({one.said.en: one for one in cautions}.values())


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading and the sections under it.

    Attributes:
        key: Its name in links.
        title: Its heading.
        parts: What stands in it.
        appendix: Whether it stands after the main part, and is counted in letters.
    """

    key: str
    title: Said
    parts: tuple[Section | Missing, ...]
    appendix: bool = False

    @property
    def charts(self) -> tuple[Chart, ...]:
        """The charts of its sections."""
        return tuple(chart for section in self.sections for chart in section.charts)

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections that could be computed."""
        return tuple(part for part in self.parts if isinstance(part, Section))


@dataclass(frozen=True, slots=True)
class Line:
    """A question of the summary, and the sentences that answer it.

    Attributes:
        question: What a reader asks first.
        chapter: Key of the chapter that goes into it.
        answers: From the sections; empty where none could be computed.
    """

    question: Said
    chapter: str
    answers: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Input:
    """A file, release or table that the plan rests on, by its SHA-256."""

    what: Said
    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Warned:
    """A caution, with the chapter that it stands in."""

    caution: Caution
    chapter: str


@dataclass(frozen=True, slots=True)
class Document:
    """The plan document, the same for all formats.

    Attributes:
        name: The venture's.
        currency: Of all money.
        made: The day it was written.
        tiles: The figures at the top.
        summary: What a reader asks first.
        chapters: In order.
        inputs: What it was made of.
        seedbed: Version that made it.
    """

    name: str
    currency: str
    made: date
    tiles: tuple[Figure, ...]
    summary: tuple[Line, ...]
    chapters: tuple[Chapter, ...]
    inputs: tuple[Input, ...]
    seedbed: str

    @property
    def warned(self) -> tuple[Warned, ...]:
        """Every caution, each once, in the order of the chapters."""
        found: dict[str, Warned] = {}
        for chapter in self.chapters:
            for section in chapter.sections:
                for caution in section.cautions:
                    found.setdefault(caution.said.en, Warned(caution, chapter.key))
        return tuple(found.values())

    @property
    def labelled(self) -> Iterator[tuple[str, Chapter]]:
        """Yield every chapter with its number, or with its letter in the appendix."""
        numbers, letters = count(1), iter(ascii_uppercase)
        for chapter in self.chapters:
            yield next(letters) if chapter.appendix else str(next(numbers)), chapter

    def by_chapter(self) -> Iterator[tuple[Chapter, tuple[Caution, ...]]]:
        """Yield the chapters that have cautions, with these."""
        for chapter in self.chapters:
            found = tuple(one.caution for one in self.warned if one.chapter == chapter.key)
            if found:
                yield chapter, found

    @property
    def missing(self) -> tuple[Missing, ...]:
        """Every section that could not be computed."""
        return tuple(
            part for chapter in self.chapters for part in chapter.parts if isinstance(part, Missing)
        )

    def charts(self) -> Iterator[Chart]:
        """Yield the charts of all chapters."""
        for chapter in self.chapters:
            yield from chapter.charts
