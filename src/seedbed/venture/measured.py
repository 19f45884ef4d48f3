"""What a release, the ledger, a billing plan and a survey tell, with interval, source and date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from seedbed.home import Home
from seedbed.venture.assumption import Assumption
from seedbed.venture.elasticity_facts import Told
from seedbed.venture.file import Venture
from seedbed.venture.price_history import History
from seedbed.venture.result import Said

if TYPE_CHECKING:
    from seedbed.ledger.database import Database
    from seedbed.release.store import Release
    from seedbed.venture.ledger_facts import Fact, Month


@dataclass(frozen=True, slots=True)
class Measured:
    """A value that was measured, and where.

    Attributes:
        belief: The value with its interval, source and date.
        where: The release, the months of the ledger, or the version of the plan.
        origin: Whether it was done (`measured`) or said in a survey.
    """

    belief: Assumption
    where: str
    origin: Literal["measured", "survey"] = "measured"


@dataclass(frozen=True, slots=True)
class Measurements:
    """All that could be measured.

    Attributes:
        values: By path; they replace what the file says.
        recipe: What the release's recipe believed, by path; it fills what the file leaves open.
        unmeasured: Why the release, the ledger or a plan does not tell of a path, by path: what is
            believed stays.
        months: The ledger's whole months, oldest first.
        machine: What made the release, as its report has it; empty where there is none.
        prices: Who used how much at which price.
        elasticity: What these, or a survey, tell of the elasticity.
        releases: What `about.releases` names, in its order; every part reads these.
    """

    values: dict[str, Measured] = field(default_factory=dict)
    recipe: dict[str, Measured] = field(default_factory=dict)
    unmeasured: dict[str, Said] = field(default_factory=dict)
    months: tuple[Month, ...] = ()
    machine: Mapping[str, Any] = field(default_factory=dict)
    prices: History = field(default_factory=History)
    elasticity: Told = field(default_factory=Told)
    releases: tuple[Release, ...] = ()

    @property
    def sold(self) -> Release | None:
        """The release that is sold, the first; None where none is named."""
        return next(iter(self.releases), None)


def measure(venture: Venture, home: Home, today: date) -> Measurements:
    """Return what can be measured: of the first release, the ledger, and the first plan.

    Raises:
        ReleaseMissing: `about.releases` names one that is not there.
        RecordMissing: `about.plans` names one that was never published.
        VentureWrong: `about.ledger` is not there, or the plan is in another currency.
        LedgerUnavailable: the ledger cannot be read.
        SurveyWrong: `price.survey` cannot be used.
    """
    from seedbed.venture import (
        elasticity_facts,
        ledger_facts,
        price_history,
        release_facts,
        utilisation,
    )

    values: dict[str, Measured] = {}
    recipe: dict[str, Measured] = {}
    unmeasured: dict[str, Said] = {}
    months: tuple[Month, ...] = ()
    machine: Mapping[str, Any] = {}
    releases = _releases(venture, home)
    for release in releases[:1]:
        values |= _by_path(release_facts.facts(release))
        recipe |= _by_path(release_facts.believed(release, venture.currency))
        unmeasured |= dict(release_facts.unmeasured(release))
        machine = release.read("report.json").get("machine") or {}
    prices = History()
    with ledger_facts.opened(venture, home) as database:
        if database is not None:
            values |= _by_path(ledger_facts.facts(database, venture, today))
            values |= _by_path(utilisation.facts(database, today))
            unmeasured |= dict(ledger_facts.unmeasured(database, today))
            months = tuple(ledger_facts.history(database, venture.currency, today))
            prices = price_history.from_database(database, today, venture.currency)
        price = _price(venture, database, values, releases, today)
    if isinstance(price, Said):
        unmeasured["price.now"] = price
    elif price is not None:
        values |= _by_path([price])
    now = _known(values, "price.now", venture.price.now)
    told = elasticity_facts.tell(venture, prices, now)
    if told.belief is not None:
        values[elasticity_facts.PATH] = Measured(told.belief, told.where, told.origin)
    return Measurements(values, recipe, unmeasured, months, machine, prices, told, releases)


def _by_path(facts: Iterable[tuple[str, Assumption, str]]) -> dict[str, Measured]:
    return {path: Measured(belief, where) for path, belief, where in facts}


def _releases(venture: Venture, home: Home) -> tuple[Release, ...]:
    if not venture.about.releases:
        return ()
    from seedbed.release import store

    named = venture.about.releases
    return tuple(store.find(home, one, within=venture.folder) for one in named)


def _price(
    venture: Venture,
    database: Database | None,
    values: dict[str, Measured],
    releases: Sequence[Release],
    today: date,
) -> Fact | Said | None:
    """Return today's price of an answer by the first plan; where none is named, by the income.

    Where it cannot be told, why; None where nobody would expect it to be.
    """
    if not venture.about.plans:
        if database is None:
            return None
        from seedbed.venture import ledger_facts

        return ledger_facts.price(database, venture.currency, today)
    named = venture.about.plans[0]
    if database is None:
        return Said(
            "price.now is not measured, so the belief stays: about.plans names"
            f" {named}, and there is no ledger.",
            f"price.now 没有实测，沿用假设：about.plans 写明了 {named}，但没有账本。",
        )
    from seedbed.ledger.plans import Plans
    from seedbed.venture.today_price import Usual, price

    unit = venture.unit
    speed = _known(values, "unit.answers_per_second", unit.answers_per_second)
    usual = Usual(
        releases[0].name if releases else "*",
        _known(values, "customers.answers", venture.customers.answers),
        _known(values, "unit.tokens_per_answer", unit.tokens_per_answer),
        1 / speed if speed else None,
    )
    found = price(Plans(database).get(named), usual, venture.currency)
    if found is not None:
        return "price.now", *found
    en, zh = (releases[0].name,) * 2 if releases else ("every release", "所有版本")
    return Said(
        f"price.now is not measured, so the belief stays: the plan {named} has no price for {en},"
        " or how much a customer uses is not known, which fees and tiers hang on.",
        f"price.now 没有实测，沿用假设：方案 {named} 没有为{zh}定价，"
        "或不知道客户的用量（月费与阶梯价取决于它）。",
    )


def _known(values: dict[str, Measured], path: str, written: Assumption | None) -> float | None:
    """Return what the register will say of a path: the measurement, unless the file is pinned."""
    if path in values and not (written and written.pin):
        return values[path].belief.median
    return written.median if written else None
