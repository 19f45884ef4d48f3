"""What a release, the ledger and a billing plan can tell, each with interval, source and date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from seedbed.home import Home
from seedbed.venture.assumption import Assumption
from seedbed.venture.file import Venture

if TYPE_CHECKING:
    from seedbed.ledger.database import Database
    from seedbed.release.store import Release
    from seedbed.venture.ledger_facts import Month


@dataclass(frozen=True, slots=True)
class Measured:
    """A value that was measured, and where.

    Attributes:
        belief: The value with its interval, source and date.
        where: The release, the months of the ledger, or the version of the plan.
    """

    belief: Assumption
    where: str


@dataclass(frozen=True, slots=True)
class Measurements:
    """All that could be measured.

    Attributes:
        values: By path; they replace what the file says.
        recipe: What the release's recipe believed, by path; it fills what the file leaves open.
        months: The ledger's whole months, oldest first.
    """

    values: dict[str, Measured] = field(default_factory=dict)
    recipe: dict[str, Measured] = field(default_factory=dict)
    months: tuple[Month, ...] = ()


def measure(venture: Venture, home: Home, today: date) -> Measurements:
    """Return what can be measured: of the first release, the ledger, and the first plan.

    Raises:
        ReleaseMissing: `about.releases` names one that is not there.
        RecordMissing: `about.plans` names one that was never published.
        VentureWrong: `about.ledger` is not there, or the plan is in another currency.
        LedgerUnavailable: the ledger cannot be read.
    """
    from seedbed.venture import ledger_facts, release_facts

    values: dict[str, Measured] = {}
    recipe: dict[str, Measured] = {}
    months: tuple[Month, ...] = ()
    release = _release(venture, home)
    if release is not None:
        values |= _by_path(release_facts.facts(release))
        recipe |= _by_path(release_facts.believed(release, venture.currency))
    with ledger_facts.opened(venture, home) as database:
        if database is not None:
            values |= _by_path(ledger_facts.facts(database, venture, today))
            months = tuple(ledger_facts.history(database, venture.currency, today))
        values |= _price(venture, database, values)
    return Measurements(values, recipe, months)


def _by_path(facts: Iterable[tuple[str, Assumption, str]]) -> dict[str, Measured]:
    return {path: Measured(belief, where) for path, belief, where in facts}


def _release(venture: Venture, home: Home) -> Release | None:
    if not venture.about.releases:
        return None
    from seedbed.release import store

    return store.find(home, venture.about.releases[0])


def _price(
    venture: Venture, database: Database | None, values: dict[str, Measured]
) -> dict[str, Measured]:
    """Return today's price of an answer by the first plan, as far as it can be told."""
    if database is None or not venture.about.plans:
        return {}
    from seedbed.ledger.plans import Plans
    from seedbed.venture.today_price import Usual, price

    def known(path: str, written: Assumption | None) -> float | None:
        if path in values and not (written and written.pin):
            return values[path].belief.median
        return written.median if written else None

    unit = venture.unit
    speed = known("unit.answers_per_second", unit.answers_per_second)
    release = venture.about.releases[0] if venture.about.releases else "*"
    usual = Usual(
        release.partition("/")[0].partition("@")[0],
        known("customers.answers", venture.customers.answers),
        known("unit.tokens_per_answer", unit.tokens_per_answer),
        1 / speed if speed else None,
    )
    published = Plans(database).get(venture.about.plans[0])
    found = price(published, usual, venture.currency)
    return {"price.now": Measured(*found)} if found else {}
