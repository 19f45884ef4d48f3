"""The register of assumptions: every value by its path, what it is now, and where it is from.

A measurement replaces what the file says, unless that is pinned (`pin: true`); the tables of
prices, analogies and options fill what is left open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from seedbed.errors import MeasurementMissing, TableWrong
from seedbed.recipe import nearest
from seedbed.venture.assumption import Assumption
from seedbed.venture.file import Venture
from seedbed.venture.measured import Measured, Measurements
from seedbed.venture.parts import Correlation
from seedbed.venture.places import Place
from seedbed.venture.table import Row, Tables

Origin = Literal["file", "measured", "survey", "recipe", "table", "default"]

MONTHS = {"year": 12.0, "month": 1.0}


HINTS = {
    "unit.hour": ", or name a row of the price table as unit.machine",
    "unit.answers_per_second": ", or name your release under about.releases",
    "unit.error_rate": ", or name your release under about.releases",
    "market.innovation": ", or an analogy under market, or customers.growth",
    "market.imitation": ", or an analogy under market, or customers.growth",
    "market.": ", or customers.growth instead of a market",
    "price.now": ", or name a billing plan under about.plans; the ledger tells what answers bring",
    "customers.": "; the ledger tells it, once it has a whole month of calls",
    "unit.tokens_per_answer": "; the ledger tells it, once it has a whole month of calls",
}
"""How else a value can be given, by the beginning of its path."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One assumption.

    Attributes:
        path: Its name, such as `market.share`.
        now: What holds.
        origin: `file`, `measured`, `survey` (what people said), `recipe` (what the release's recipe
            believed), `table` (a dated row that ships, or your own), or `default` (taken from
            nowhere).
        where: The line, the release, the months of the ledger, the survey, or the row of the table.
        written: What the file says, where it says something.
        measured: What was measured, where it was.
        unit: What its number counts.
        about: What it is.
    """

    path: str
    now: Assumption
    origin: Origin
    where: str
    written: Assumption | None = None
    measured: Assumption | None = None
    unit: str = ""
    about: str = ""

    @property
    def apart(self) -> bool:
        """Whether it is drawn by itself: a default of `plan invest` moves no other draw."""
        return self.origin in ("default", "table") and self.path.startswith("invest.")

    @property
    def pinned(self) -> bool:
        """Whether the file's value is kept although there is a measurement."""
        return self.origin == "file" and self.measured is not None


class Register(Mapping[str, Entry]):
    """Every assumption that has a value, by path, in the order of the paths.

    Attributes:
        open: The places that have none, by path.
        correlations: Which of them tend to be wrong together.
    """

    def __init__(
        self,
        entries: Mapping[str, Entry],
        *,
        places: Mapping[str, Place] | None = None,
        correlations: tuple[Correlation, ...] = (),
    ) -> None:
        self._entries = dict(sorted(entries.items()))
        self.open = {path: one for path, one in (places or {}).items() if path not in entries}
        self.correlations = correlations

    def __getitem__(self, path: str) -> Entry:
        return self._entries[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def entry(self, path: str) -> Entry:
        """Return an entry.

        Raises:
            MeasurementMissing: it has no value; the error says how to give it one.
        """
        if path in self._entries:
            return self._entries[path]
        raise missing(path, self)


def missing(path: str, register: Register) -> MeasurementMissing:
    """Return the error that says which value is missing, and how to give it."""
    place = register.open.get(path)
    if place is None:
        near = nearest(path, [*register, *register.open])
        do = f"Did you mean {near!r}?" if near else "Look at `seedbed plan check`."
        return MeasurementMissing(expected="the path of an assumption", got=repr(path), do=do)
    leaf = path.rpartition(".")[2]
    other = next((hint for begin, hint in HINTS.items() if path.startswith(begin)), "")
    return MeasurementMissing(
        expected=f"{path}: {place.about[0].lower()}{place.about[1:]}".rstrip("."),
        got="neither a value in the file nor a measurement",
        do=f"Write `{leaf}: LOW..HIGH` under {path.rpartition('.')[0] or 'the top'} in the venture"
        f" file{other}.",
        where=path,
    )


def build(venture: Venture, measured: Measurements, tables: Tables) -> Register:
    """Return the register: file, measurements and tables brought together."""
    places = {place.path: place for place in venture.places()}
    entries = {}
    defaults = _defaults(venture, tables)
    options = dict(_options(venture, places, tables))
    for path, place in places.items():
        found = _entry(venture, place, measured.values.get(path))
        if found is None and path in defaults:
            found = _filled(place, *defaults[path], "table")
        if found is None and path in options:
            found = options[path]
        if found is None and path in measured.recipe:
            told = measured.recipe[path]
            found = _filled(place, told.belief, told.where, "recipe")
        if found is not None:
            entries[path] = found
    return Register(entries, places=places, correlations=venture.correlations)


def _entry(venture: Venture, place: Place, measured: Measured | None) -> Entry | None:
    """Return what the file or a measurement says; the measurement wins unless one is pinned."""
    written = place.written
    entry = partial(Entry, place.path, written=written, unit=place.unit, about=place.about)
    if measured and not (written and written.pin):
        return entry(measured.belief, measured.origin, measured.where, measured=measured.belief)
    if written is None:
        return None
    seen = measured.belief if measured else None
    return entry(written, "file", venture.where(place.path), measured=seen)


def _filled(place: Place, belief: Assumption, where: str, origin: Origin) -> Entry:
    return Entry(place.path, belief, origin, where, unit=place.unit, about=place.about)


def _defaults(venture: Venture, tables: Tables) -> dict[str, tuple[Assumption, str]]:
    """Return what the tables give for places that the file leaves open."""
    found: dict[str, tuple[Assumption, str]] = {}
    if venture.unit.machine and not venture.unit.hour:
        row = tables.row("prices.csv", venture.unit.machine)
        _refuse_currency(row, venture.currency)
        found["unit.hour"] = row.belief("value", "low", "high"), row.where
    if venture.market.analogy:
        row = tables.row("analogies.csv", venture.market.analogy)
        for name in ("innovation", "imitation"):
            found[f"market.{name}"] = _rate(row, name), row.where
    return found


def _options(
    venture: Venture, places: Mapping[str, Place], tables: Tables
) -> Iterator[tuple[str, Entry]]:
    """Yield what the table of options gives for `invest`, in the venture's currency only.

    A row that names itself a guess (column `basis`) is a default that is taken from nowhere.
    """
    for name, row in tables.rows("options.csv").items():
        path = f"invest.{name}"
        if path in places and row.cells.get("currency") in ("", None, venture.currency):
            origin: Origin = "default" if row.cells.get("basis") == "guess" else "table"
            belief = row.belief("value", "low", "high")
            yield path, _filled(places[path], belief, row.where, origin)


def _refuse_currency(row: Row, currency: str) -> None:
    """Refuse a price in another currency; a row without one is in the venture's."""
    if row.cells.get("currency", currency) not in ("", currency):
        raise TableWrong(
            expected=f"a price in {currency}, the venture's currency",
            got=f"{row.name} in {row.cells['currency']}",
            do="Write unit.hour into the venture, or a row into a prices.csv beside it.",
            where=row.where,
        )


def _rate(row: Row, name: str) -> Assumption:
    per = MONTHS[row.cells.get("per", "year")]
    return row.belief(name, f"{name}_low", f"{name}_high", per=per)
