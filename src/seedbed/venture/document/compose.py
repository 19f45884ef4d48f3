"""Computes every section of a plan, and puts them together as a document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from seedbed import __version__
from seedbed.errors import SeedbedError
from seedbed.venture.document import inputs, method
from seedbed.venture.document.chapters import OUTLINES, SUMMARY, TILES, Outline, Source
from seedbed.venture.document.content import Chapter, Document, Line, Missing
from seedbed.venture.plan import Plan
from seedbed.venture.result import Figure, Section


def compose(
    plan: Plan,
    path: Path | None = None,
    outlines: Sequence[Outline] = OUTLINES,
    *,
    tell: Callable[[str], None] = lambda what: None,
    done: Callable[[Chapter], None] = lambda chapter: None,
) -> Document:
    """Return the document of a plan.

    A section whose inputs are missing or wrong stands in it as what it lacks; nothing is left out
    silently.

    Args:
        plan: What is believed and measured.
        path: The venture file, for its hash.
        outlines: The chapters before those on method and assumptions.
        tell: Is told what is being computed.
        done: Is given each chapter as it is done, so that its charts can be drawn meanwhile.
    """
    chapters = []
    for outline in outlines:
        tell(outline.title.en)
        chapters.append(chapter(plan, outline))
        done(chapters[-1])
    computed = [section for one in chapters for section in one.sections]
    chapters += [
        Chapter(*method.METHOD, parts=(method.method(plan, computed),)),
        Chapter(*method.REGISTER, parts=(method.register(plan),)),
    ]
    return Document(
        name=plan.venture.name,
        currency=plan.venture.currency,
        made=plan.today,
        tiles=tuple(tiles(computed)),
        summary=summary(computed, chapters),
        chapters=tuple(chapters),
        inputs=inputs.gather(plan, path),
        seedbed=__version__,
    )


def chapter(plan: Plan, outline: Outline) -> Chapter:
    """Compute the sections of one chapter."""
    parts = tuple(_part(plan, outline, source) for source in outline.sources)
    return Chapter(outline.key, outline.title, parts)


def _part(plan: Plan, outline: Outline, source: Source) -> Section | Missing:
    try:
        return source.make(plan)
    except SeedbedError as failed:
        return Missing.of(source.key, source.title, outline.key, failed)


def tiles(sections: Iterable[Section]) -> Iterator[Figure]:
    """Yield the figures that stand at the top, in their order."""
    known = {one.key: one for section in sections for one in section.figures}
    for key in TILES:
        one = known.get(key)
        if one is not None and one.value is not None:
            yield one


def summary(sections: Iterable[Section], chapters: Iterable[Chapter]) -> tuple[Line, ...]:
    """Return what a reader asks first, answered in the sections' own words."""
    answers: Mapping[str, Section] = {section.key: section for section in sections}
    there = {chapter.key for chapter in chapters}
    return tuple(
        Line(question, key, tuple(answers[each].answer for each in keys if each in answers))
        for question, key, keys in SUMMARY
        if key in there
    )
