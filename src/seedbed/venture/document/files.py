"""Writes the plan document: which files there are, what stands in each, and that all are whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from seedbed.venture.document import html, markdown, place, seal
from seedbed.venture.document.content import LANGUAGES, Document
from seedbed.venture.document.draw import Drawing, Studio

Format = Literal["html", "docx", "md"]
FORMATS: tuple[Format, ...] = get_args(Format)


@dataclass(frozen=True, slots=True)
class Written:
    """A file of the document.

    Attributes:
        path: Where it lies.
        language: That it is in.
        format: `html`, `docx`, `md`, or `svg` for a chart beside the Markdown.
        seal: SHA-256 of its content, as its footer has it.
    """

    path: Path
    language: str
    format: str
    seal: str


def targets(
    folder: Path,
    name: str,
    formats: Sequence[Format] = FORMATS,
    languages: Sequence[str] = LANGUAGES,
) -> dict[tuple[str, str], Path]:
    """Return the path of each document by (language, format)."""
    return {
        (language, kind): folder / f"{name}.{language}.{kind}"
        for language in languages
        for kind in formats
    }


def write(
    document: Document,
    folder: Path,
    formats: Sequence[Format] = FORMATS,
    languages: Sequence[str] = LANGUAGES,
    *,
    force: bool = False,
    studio: Studio | None = None,
) -> tuple[Written, ...]:
    """Lay the document out and write it.

    Args:
        document: From `compose`.
        folder: Where to; it is made where the folder above it is there.
        formats: Which of `html`, `docx`, `md`.
        languages: Which of `en`, `zh`.
        force: Replace files that Seedbed did not make, or that were changed since.
        studio: Where its charts are being drawn; left out, they are drawn now.

    Raises:
        DocumentFailed: a file is not ours to replace, or the folder cannot be written to.
        DiskFull: there is no room; what was there before is whole.
    """
    paths = targets(folder, document.name, formats, languages)
    if not force:
        place.refuse_others(paths.values())
    place.ready(folder)
    own = studio is None
    studio = studio or Studio(languages, paper="docx" in formats)
    for chapter in document.chapters:
        studio.take(chapter.charts, narrow=not chapter.appendix)
    made: dict[Path, tuple[bytes, Written]] = {}
    try:
        for language in languages:
            wanted = {kind: path for (tongue, kind), path in paths.items() if tongue == language}
            made |= dict(_language(document, language, wanted, studio.drawings(language)))
    finally:
        if own:
            studio.close()
    if not force:
        place.refuse_others(path for path in made if path not in paths.values())
    place.write({path: content for path, (content, _) in made.items()})
    return tuple(written for _, written in made.values())


Made = tuple[Path, tuple[bytes, Written]]


def _language(
    document: Document, language: str, wanted: dict[str, Path], drawings: dict[str, Drawing]
) -> Iterator[Made]:
    """Yield the files of one language; its charts are drawn once for all of them."""
    if "html" in wanted:
        page = html.render(document, language, drawings)
        yield _text(wanted["html"], language, "html", page)
    if "md" in wanted:
        yield from _markdown(document, language, wanted["md"], drawings)
    if "docx" in wanted:
        yield _word(document, language, wanted["docx"], drawings)


def _text(path: Path, language: str, kind: str, text: str) -> Made:
    digest = seal.digest(seal.between(text) or "")
    return path, (text.encode(), Written(path, language, kind, digest))


def _markdown(
    document: Document, language: str, path: Path, drawings: dict[str, Drawing]
) -> Iterator[Made]:
    folder = f"{document.name}.{language}-charts"
    charts = {key: f"{folder}/{key}.svg" for key in drawings}
    yield _text(path, language, "md", markdown.render(document, language, charts))
    for key, drawing in drawings.items():
        marked = f"{seal.BEGIN}{drawing.wide}{seal.END}"
        svg = f"{marked}\n{seal.mark(marked)}\n"
        yield _text(path.parent / charts[key], language, "svg", svg)


def _word(document: Document, language: str, path: Path, drawings: dict[str, Drawing]) -> Made:
    from seedbed.venture.document.word import page

    content, digest = page.render(document, language, drawings)
    return path, (content, Written(path, language, "docx", digest))
