"""`seedbed check`: what is wrong with the rows, and the cleaned copy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.cli import show

if TYPE_CHECKING:
    from seedbed.data.clean import Cleaned
    from seedbed.data.findings import Check
    from seedbed.recipe import Recipe
    from seedbed.tasks.base import Task

_EXAMPLES = 3
_COLOURS = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def check(
    recipe: show.RecipePath = show.HERE,
    *,
    fix: Annotated[
        bool, typer.Option("--fix", help="Write cleaned copies, and lists of what was taken out.")
    ] = False,
    redact: Annotated[
        bool, typer.Option("--redact", help="With --fix: placeholders instead of personal data.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Folder for the copies. By default beside the originals."),
    ] = None,
    encoding: show.Encoding = None,
    json: show.Json = False,
) -> None:
    """Say what is wrong with the rows, and write a cleaned copy where asked.

    The originals are never touched; the test rows are compared by fingerprints only.

    Examples:
        seedbed check recipe.yaml
        seedbed check recipe.yaml --fix --out cleaned
        seedbed check recipe.yaml --fix --redact
        seedbed check recipe.yaml --encoding cp1252
        seedbed check recipe.yaml --json
    """
    if redact and not fix:
        raise typer.BadParameter("--redact changes the copies that --fix writes: give both")
    from seedbed import recipe as recipes
    from seedbed.data.clean import clean
    from seedbed.tasks.settle import settled

    read = recipes.load(recipe)
    if encoding is not None:
        read = recipes.override(read, {"data.encoding": encoding})
    read, task = settled(read)
    found = _inspect(read, task)
    with show.progress("Writing the copies"):
        cleaned = clean(read, task, found, out, redact=redact) if fix else []
    if json:
        show.emit(found.as_dict() | {"cleaned": [_as_json(one) for one in cleaned]})
    else:
        _show_profile(found.profile)
        _show_findings(found)
        if fix:
            _show_cleaned(cleaned)


def _inspect(recipe: Recipe, task: Task) -> Check:
    from seedbed.data.check import inspect
    from seedbed.data.load import load

    with show.progress("Reading and comparing the rows") as bar:

        def tell(done: int, total: int) -> None:
            bar.total = total
            bar.advance(done - bar.done)

        loaded = load(recipe, task, lenient=True)
        schema = task.schema(loaded.train)
        most = recipe.train.max_tokens
        found = inspect(loaded, task, schema, max_tokens=most, base=recipe.base, tell=tell)
    from seedbed.tune import doubts

    if not doubts.looked_for(task):
        return found
    with show.progress("Looking for wrong labels"):
        return found.plus(doubts.before(recipe, loaded, task, schema, found))


def _as_json(cleaned: Cleaned) -> dict[str, Any]:
    return {
        "split": cleaned.split,
        "original": str(cleaned.original),
        "copy": str(cleaned.copy),
        "changes": str(cleaned.changes),
        "kept": cleaned.kept,
        "removed": cleaned.removed,
        "redacted": cleaned.redacted,
    }


def _show_profile(profile: dict[str, Any]) -> None:
    rows = ", ".join(f"{count:,} {split}" for split, count in profile["rows"].items())
    sizes, chars = profile["pieces"], profile["characters"]
    labels = f" Labels: {len(profile['labels']):,}." if profile["labels"] else ""
    show.out().print(f"Rows: {rows}.{labels}")
    if "columns" in profile:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in profile["columns"].items())
        show.out().print(f"Columns: {kinds}.")
    if not chars["max"]:
        return
    show.out().print(
        f"Length: half of the texts have up to {chars['p50']:,} characters (about"
        f" {sizes['p50']:,} word pieces), all but one in a hundred up to {chars['p99']:,} (about"
        f" {sizes['p99']:,})."
    )


def _show_findings(found: Check) -> None:
    from rich.text import Text

    if not found.findings:
        show.out().print("Nothing is wrong with the rows.")
        return
    table = show.table(
        "Severity", "Kind", "Count", "What was found, and what is to be done", right=("Count",)
    )
    for one in found.findings:
        such = "\n".join(f"  {_example(row)}" for row in one.rows[:_EXAMPLES])
        body = Text.assemble(one.said["en"], "\n", (such, "dim"), "\n", (one.would["en"], "italic"))
        colour = _COLOURS[one.severity]
        table.add_row(Text(one.severity, style=colour), one.kind, f"{one.count:,}", body)
        table.add_section()
    show.out().print(table)


def _show_cleaned(cleaned: Sequence[Cleaned]) -> None:
    from seedbed.data.sentences import counted

    tell = show.out()
    for one in cleaned:
        done = {"taken out": one.removed, "redacted": one.redacted}
        told = "".join(f"; {what}: {_counted(each)}" for what, each in done.items() if each)
        tell.print(f"{one.split}: {counted(one.kept, 'row')} kept{told}.")
        tell.print(f"  copy     {one.copy}", soft_wrap=True)
        tell.print(f"  changes  {one.changes}", soft_wrap=True)
    if cleaned:
        tell.print("The originals are as they were; name the copies in the recipe to use them.")
    else:
        tell.print("There was nothing to take out, so no copy was written.")


def _counted(each: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in each.items())


def _example(row: dict[str, Any]) -> str:
    if "split" not in row:
        return ", ".join(f"{name} {value}" for name, value in row.items())
    parts = [f"{row['split']} row {row['row']:,}"]
    if "other_row" in row:
        parts.append(f"as {row['other_split']} row {row['other_row']:,}")
    if "suggested" in row:
        parts.append(f"{row['label']} → {row['suggested']}?")
    text = str(row.get("text", ""))
    return " ".join(parts) + (f": {text[:70]}" if text else "")
