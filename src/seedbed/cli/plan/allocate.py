"""`seedbed plan allocate`: how to split the money, by period."""

from __future__ import annotations

from typing import Annotated

import typer

from seedbed.cli import show
from seedbed.cli.plan.show import VENTURE, Charts, File, Language, tell


def allocate(
    file: File = VENTURE,
    *,
    period: Annotated[str, typer.Option(help="month or quarter.")] = "quarter",
    budget: Annotated[
        float | None, typer.Option(min=0, help="Most to spend in all; otherwise what cash allows.")
    ] = None,
    months: Annotated[
        int | None, typer.Option(min=1, max=120, help="Split the first months only.")
    ] = None,
    risk: Annotated[
        float, typer.Option(min=0, max=1, help="Weight of the bad case against the mean.")
    ] = 0.0,
    worst: Annotated[
        float, typer.Option(min=0.001, max=0.999, help="The bad case: the mean of so many draws.")
    ] = 0.1,
    scenarios: Annotated[int, typer.Option(min=10, max=100_000, help="Draws to decide by.")] = 1000,
    after: Annotated[
        bool, typer.Option("--after/--no-after", help="Let the last level go on for some months.")
    ] = True,
    keep: Annotated[
        bool | None,
        typer.Option(
            "--keep/--no-keep",
            help="Keep the split, to compare the next with; otherwise only one without --period,"
            " --budget, --months, --risk and --no-after is kept.",
        ),
    ] = None,
    charts: Charts = None,
    language: Language = None,
    json: show.Json = False,
) -> None:
    """Split money over compute, people, research, data, marketing: by period, within your limits.

    Says what one more unit of money is worth, which limits hold it back, how sure the split is, and
    what going on as today or equal parts would lose. And what changed since the split of an earlier
    day, where it is more than the noise of the draws.

    Examples:
        seedbed plan allocate brands/venture.yaml
        seedbed plan allocate --period month --months 12
        seedbed plan allocate --risk 0.5 --worst 0.05
        seedbed plan allocate --budget 120000 --json
    """
    from seedbed.venture.allocate import past, tables
    from seedbed.venture.allocate.build import Asked
    from seedbed.venture.allocate.interior import Aim
    from seedbed.venture.allocate.study import study
    from seedbed.venture.allocate.told import section
    from seedbed.venture.plan import Plan

    plan = Plan.read(file)
    asked, aim = Asked(period, budget, scenarios, after, months), Aim(risk, worst)
    kept = past.plain(asked, aim) if keep is None else keep
    with show.progress("Splitting"):
        found = study(plan, asked, aim)
    tell(section(found, trial=not kept), plan, language=language, charts=charts, json=json)
    if kept:
        past.keep(plan, tables.told(found))
