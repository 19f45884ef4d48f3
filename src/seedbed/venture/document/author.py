"""Makes the plan document from a venture file: computes, draws meanwhile, writes, freezes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from seedbed.venture.document import compose, excerpt, files, place
from seedbed.venture.document.content import LANGUAGES, Chapter, Document
from seedbed.venture.document.draw import Studio
from seedbed.venture.document.files import FORMATS, Format, Written
from seedbed.venture.plan import Plan


def write(
    plan: Plan,
    folder: Path,
    *,
    path: Path | None = None,
    formats: Sequence[Format] = FORMATS,
    languages: Sequence[str] = LANGUAGES,
    force: bool = False,
    tell: Callable[[str], None] = lambda what: None,
) -> tuple[Document, tuple[Written, ...]]:
    """Compute the plan's document and write it; see `compose.compose` and `files.write`.

    Args:
        plan: What is believed and measured.
        folder: Where to.
        path: The venture file, for its hash.
        formats: Which of `html`, `docx`, `md`.
        languages: Which of `en`, `zh`.
        force: Replace files that Seedbed did not make, or that were changed since.
        tell: Is told what is being done.

    Raises:
        DocumentFailed: a file is not ours to replace, or the folder cannot be written to.
        DiskFull: there is no room; what was there before is whole.
    """
    if not force:  # before time is spent on what could not be written
        place.refuse_others(files.targets(folder, plan.venture.name, formats, languages).values())
    place.ready(folder)
    studio = Studio(languages, paper="docx" in formats)
    studio.ready()
    try:
        document = compose.compose(plan, path, tell=tell, done=partial(_begin, studio))
        tell("Writing")
        made = files.write(document, folder, formats, languages, force=force, studio=studio)
    finally:
        studio.close()
    return document, made


def _begin(studio: Studio, chapter: Chapter) -> None:
    """Begin to draw the charts of a chapter, those of the main part for telephones too."""
    leading, others = excerpt.charts(chapter.sections)
    studio.take(leading)
    studio.take(others, narrow=False)
