"""`seedbed plan write`: the business plan as HTML, DOCX and Markdown, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedbed.cli import show
from seedbed.cli.plan.show import VENTURE, File

if TYPE_CHECKING:
    from seedbed.venture.document.content import Document
    from seedbed.venture.document.files import Format, Written

FOLDER = "plan"


def write(
    file: File = VENTURE,
    *,
    to: Annotated[
        Path | None, typer.Option(help="Folder to write to; `plan` beside the venture otherwise.")
    ] = None,
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="html, docx or md; again for several.")
    ] = None,
    language: Annotated[str, typer.Option(help="en, zh or both.")] = "both",
    freeze: Annotated[
        bool,
        typer.Option("--freeze/--no-freeze", help="Keep the forecast and split for later."),
    ] = True,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that were changed by hand.")
    ] = False,
    json: show.Json = False,
) -> None:
    """Write the business plan: every figure and chart rendered from the model.

    Examples:
        seedbed plan write
        seedbed plan write brands --to investors --language zh --format docx

    A section whose inputs are missing says so in the document. A file that was changed since it was
    written is not replaced without --force. The forecast is frozen with date and hash, so that
    `seedbed plan score` can hold it against what came. The split is kept, so that the next can be
    compared with it.
    """
    from seedbed.venture import file as ventures
    from seedbed.venture.allocate import section as split
    from seedbed.venture.document import author, forecast
    from seedbed.venture.plan import Plan

    kinds, tongues = _formats(formats), _languages(language)
    path = file / ventures.FILE if file.is_dir() else file
    plan = Plan.read(path)
    folder = to or path.parent / FOLDER
    with show.progress("Computing") as bar:
        document, made = author.write(
            plan,
            folder,
            path=path,
            formats=kinds,
            languages=tongues,
            force=force,
            tell=bar.say,
        )
    kept = forecast.keep(plan) if freeze else None
    frozen = kept if isinstance(kept, Path) else None
    divided = split.keep(plan) if freeze else None
    if json:
        show.emit(_as_json(document, made, frozen, divided))
    else:
        _tell(document, made)
        if frozen:
            show.out().print(f"The forecast is frozen: {frozen}", soft_wrap=True)
        elif kept:
            show.out().print(f"No forecast could be frozen: {kept}")
        if divided:
            show.out().print(f"The split is kept: {divided}", soft_wrap=True)


def _formats(typed: list[str] | None) -> tuple[Format, ...]:
    from seedbed.venture.document.files import FORMATS

    wrong = sorted(set(typed or ()) - set(FORMATS))
    if wrong:
        raise typer.BadParameter(f"--format is {', '.join(FORMATS)}; not {', '.join(wrong)}")
    return tuple(each for each in FORMATS if not typed or each in typed)


def _languages(typed: str) -> tuple[str, ...]:
    from seedbed.venture.document.content import LANGUAGES

    if typed not in (*LANGUAGES, "both"):
        raise typer.BadParameter("--language is en, zh or both")
    return LANGUAGES if typed == "both" else (typed,)


def _tell(document: Document, made: tuple[Written, ...]) -> None:
    out = show.out()
    for one in made:
        if one.format != "svg":
            out.print(str(one.path), soft_wrap=True)
    charts = [one for one in made if one.format == "svg"]
    if charts:
        out.print(f"{len(charts)} charts beside the Markdown")
    for lack in document.missing:
        out.print(f"Not computed: {lack.title.en}: needs {lack.expected}. {lack.do}")
    cautions = len(document.warned)
    if cautions:
        out.print(f"{cautions} cautions stand in the chapters: read them.")


def _as_json(
    document: Document, made: tuple[Written, ...], frozen: Path | None, split: Path | None
) -> dict[str, object]:
    return {
        "name": document.name,
        "made": document.made.isoformat(),
        "files": [
            {
                "path": str(one.path),
                "language": one.language,
                "format": one.format,
                "seal": one.seal,
            }
            for one in made
        ],
        "inputs": [
            {"what": one.what.en, "name": one.name, "sha256": one.digest} for one in document.inputs
        ],
        "not_computed": [
            {"section": lack.key, "needs": lack.expected, "got": lack.got, "do": lack.do}
            for lack in document.missing
        ],
        "cautions": [one.caution.said.en for one in document.warned],
        "forecast": str(frozen) if frozen else None,
        "split": str(split) if split else None,
    }
