"""Computes every section of a plan, and puts them together as a document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from seedbed import __version__
from seedbed.errors import SeedbedError
from seedbed.venture.document import inputs, method
from seedbed.venture.document.chapters import (
    DETAILS,
    OUTLINES,
    SUMMARY,
    TILES,
    Outline,
    Source,
)
from seedbed.venture.document.content import Chapter, Document, Line, Missing
from seedbed.venture.document.excerpt import split
from seedbed.venture.document.names import Named
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
    named, whole = Named((*plan.register, *plan.register.open)), []
    for outline in outlines:
        tell(outline.title.en)
        whole.append(chapter(plan, outline, named))
        done(whole[-1])
    computed = [section for one in whole for section in one.sections]
    chapters = [*arranged(whole), *(_appendix(one) for one in method.chapters(plan, computed))]
    return Document(
        name=plan.venture.name,
        currency=plan.venture.currency,
        made=plan.today,
        tiles=tuple(tiles(computed)),
        summary=summary(computed, whole),
        chapters=tuple(chapters),
        inputs=inputs.gather(plan, path),
        seedbed=__version__,
    )


def chapter(plan: Plan, outline: Outline, named: Named) -> Chapter:
    """Compute the sections of one chapter, with names for the paths of assumptions."""
    parts = tuple(_part(plan, outline, source, named) for source in outline.sources)
    return Chapter(outline.key, outline.title, parts)


def arranged(whole: Iterable[Chapter]) -> Iterator[Chapter]:
    """Yield the main part, then the appendix that has the details of all its chapters.

    A chapter of which nothing could be computed, and that the summary does not ask for, stands in
    the appendix.
    """
    asked = {key for _, key, _ in SUMMARY}
    details: list[Section | Missing] = []
    for one in whole:
        halves = [(part, None) if isinstance(part, Missing) else split(part) for part in one.parts]
        details += (rest for _, rest in halves if rest is not None)
        if one.sections or one.key in asked:
            yield replace(one, parts=tuple(main for main, _ in halves))
        else:
            details += one.parts
    if details:
        yield Chapter(*DETAILS, parts=tuple(details), appendix=True)


def _appendix(section: Section) -> Chapter:
    return Chapter(section.key, section.title, (section,), appendix=True)


def _part(plan: Plan, outline: Outline, source: Source, named: Named) -> Section | Missing:
    try:
        return named.section(source.make(plan))
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
