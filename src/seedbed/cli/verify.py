"""`seedbed verify`: published problems, the published answers, ours, and the difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from seedbed.cli import show

if TYPE_CHECKING:
    from seedbed.venture.verify.solve import Solved


def verify(
    *,
    only: Annotated[
        str | None, typer.Option(help="One row, such as T21, or one answer, such as T21.profit.")
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the page of the documentation.")
    ] = False,
    json: show.Json = False,
) -> None:
    """Compute problems with published answers again, and print the differences.

    Examples:
        seedbed verify
        seedbed verify --only T21

    The exit code is 1 where an answer is further off than its tolerance, which is half of the last
    digit that the source gives.
    """
    from seedbed.venture.verify import chosen, page
    from seedbed.venture.verify.solve import solve

    asked = chosen(only)
    with show.progress("Computing", len(asked)) as bar:
        answers = []
        for problem in asked:
            answers.append(solve(problem))
            bar.advance()
    if json:
        show.emit([one.as_dict() for one in answers])
    elif markdown:
        show.out().out(page.markdown(answers), highlight=False, end="")
    else:
        _print(answers)
    if any(one.off for one in answers):
        raise typer.Exit(1)


def _print(answers: list[Solved]) -> None:
    from seedbed.venture.verify import page

    right = ("published", "ours", "difference", "tolerance")
    table = show.table("id", "what is asked", *right, "", "kind", right=right)
    for one in answers:
        table.add_row(
            one.problem.id,
            one.problem.title,
            page.published(one.problem),
            page.number(one.ours, one.problem),
            page.difference(one),
            f"{one.problem.digits:g}",
            _mark(one),
            one.problem.kind,
        )
    show.out().print(table)
    for source, rows in _sources(answers).items():
        show.out().print(f"{', '.join(rows)}: {source}")
    for one in answers:
        if one.why or one.lacking:
            show.out().print(f"{one.problem.id}: {one.why or one.lacking}")
    show.out().print(_summary(answers))


def _sources(answers: list[Solved]) -> dict[str, list[str]]:
    """Return the rows that each source is for: in a column it would leave the others no room."""
    found: dict[str, list[str]] = {}
    for one in answers:
        rows = found.setdefault(one.problem.source, [])
        row = one.problem.id.partition(".")[0]
        if row not in rows:
            rows.append(row)
    return found


def _mark(one: Solved) -> str:
    if one.lacking:
        return "not computed"
    return "above" if one.off else ""


def _summary(answers: list[Solved]) -> str:
    computed = [one for one in answers if not one.lacking]
    off = sum(one.off for one in computed)
    said = "none is off by more than its tolerance" if not off else f"{off} above their tolerance"
    left = len(answers) - len(computed)
    rest = f" {left} not computed: something is not installed." if left else ""
    seconds = sum(one.seconds for one in computed)
    return f"{len(computed)} answers in {seconds:.1f} s: {said}.{rest}"
