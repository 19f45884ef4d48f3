"""`seedbed plan price`: what an answer should cost; published as a plan's next version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from seedbed.cli import books, show
from seedbed.cli.plan.show import VENTURE, Charts, File, Language, tell

if TYPE_CHECKING:
    from seedbed.ledger.database import Database
    from seedbed.venture.plan import Plan
    from seedbed.venture.price.publish import Proposal


def price(
    file: File = VENTURE,
    *,
    compare: Annotated[
        list[str] | None, typer.Option(help="A further billing plan to set beside today's.")
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish the price as a plan's next version.")
    ] = False,
    plan: Annotated[
        str | None, typer.Option(help="The plan to publish; the first of about.plans.")
    ] = None,
    at: Annotated[
        float | None, typer.Option(min=1e-9, help="Publish this price instead of the best.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before publishing.")] = False,
    charts: Charts = None,
    language: Language = None,
    json: show.Json = False,
) -> None:
    """Say which price earns the most, how sure that is, and what today's forgoes.

    Elasticity is taken from the ledger where customers have seen several prices, else from the
    survey that price.survey names, else from the assumption. Such a survey is a CSV:

    respondent, price, buys (yes or no): a row for each price a person was asked (Gabor-Granger); or

    respondent, question, chosen (yes or no), price, and attributes, with rows whose alternative is
    none (conjoint; see plan market --help).

    Publishing makes the next version of a billing plan. Earlier versions never change, and
    customers keep the one they have.

    Examples:
        seedbed plan price
        seedbed plan price --compare starter --charts charts
        seedbed plan price --publish --plan pay-per-use --at 0.0011
    """
    from seedbed.venture.plan import Plan
    from seedbed.venture.price.section import section

    told = Plan.read(file)
    if publish:
        _publish(told, plan, at, yes=yes, json=json)
        return
    if plan is not None or at is not None or yes:
        raise typer.BadParameter("--plan, --at and --yes go with --publish")
    made = section(told, tuple(compare or ()))
    tell(made, told, language=language, charts=charts, json=json)


def _publish(plan: Plan, named: str | None, at: float | None, *, yes: bool, json: bool) -> None:
    from seedbed.errors import VentureWrong
    from seedbed.venture.ledger_facts import opened
    from seedbed.venture.price import publish
    from seedbed.venture.price.find import find

    if json and not yes:
        raise typer.BadParameter("--json publishes without asking: type --yes with it")
    best = None if at is not None else find(plan).best
    with opened(plan.venture, plan.home) as database:
        if database is None:
            raise VentureWrong(
                expected="a ledger, with the plan to publish",
                got="none in this home",
                do="Publish a first plan: seedbed plans examples, seedbed plans publish FILE.",
                where="about.ledger",
            )
        asked = at if best is None else best.price
        assert asked is not None
        proposal = _proposed(plan, database, named, asked)
        if not json:
            _shown(plan, proposal, best.bound if best else "")
        if not proposal.changes:
            show.err().print("Nothing to publish: the newest version says just that.")
            return
        if not yes and not typer.confirm("Publish it?", default=False, err=True):
            raise typer.Exit(1)
        made = publish.publish(database, proposal, actor=books.actor())
    if json:
        show.emit(books.told(made) | {"plan": made.plan.model_dump(mode="json")})
    else:
        show.out().print(f"{made.name}: version {made.version}")


def _proposed(plan: Plan, database: Database, named: str | None, asked: float) -> Proposal:
    from seedbed.errors import VentureWrong
    from seedbed.ledger.clock import System
    from seedbed.venture.price import publish
    from seedbed.venture.price.offers import sold

    name = named or next(iter(plan.venture.about.plans), None)
    if name is None:
        raise VentureWrong(
            expected="the name of the plan to publish",
            got="none, and about.plans is empty",
            do="Name it: seedbed plan price --publish --plan NAME.",
            where="about.plans",
        )
    release = sold(plan)
    return publish.propose(
        database,
        name,
        release=release,
        price=asked,
        today=plan.value("price.now"),
        answers=plan.value("customers.answers"),
        units=publish.units(database, name, release, plan),
        now=System().now(),
    )


def _shown(plan: Plan, proposal: Proposal, bound: str) -> None:
    from seedbed.ledger.money import shown_exact

    currency = proposal.plan.currency
    table = show.table("charge", "for", "up to", "today", "then", right=("today", "then"))
    for step in proposal.steps:
        end = "" if step.up_to is None else f"{step.up_to:,}"
        unit = f"{step.per:,} {step.meter.replace('_', ' ')}"
        old, new = (shown_exact(one, currency) for one in (step.before, step.after))
        table.add_row(step.release, unit, end, old, new)
    out = show.err()
    out.print(f"{proposal.before.name}: version {proposal.before.version + 1} would say")
    out.print(table)
    out.print(_whom(proposal), soft_wrap=True)
    if bound:
        out.print(
            f"The price is price.{bound} of the venture file, a bound and not a peak: see"
            " seedbed plan price.",
            soft_wrap=True,
        )


def _whom(proposal: Proposal) -> str:
    on = proposal.subscribed
    if not on:
        return "Nobody is subscribed to it; who subscribes from now on gets the new version."
    told = ", ".join(f"{n} on version {version}" for version, n in sorted(on.items()))
    total = sum(on.values())
    return (
        f"{total} customer{'s' if total > 1 else ''} ({told}) keep what they have, and no bill"
        " changes, until moved: seedbed customers subscribe. Who subscribes from now on gets the"
        " new version."
    )
