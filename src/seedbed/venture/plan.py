"""A plan: the venture, its register, its draws and its model; what every verb gets."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from seedbed.home import Home
from seedbed.venture import file
from seedbed.venture.draws import Draws, draw
from seedbed.venture.file import Venture
from seedbed.venture.measured import Measurements, measure
from seedbed.venture.model import Model
from seedbed.venture.register import Register, build
from seedbed.venture.table import Tables

T = TypeVar("T")


class Plan:
    """What is believed and measured, drawn and modelled.

    Args:
        venture: What was written down.
        register: What holds of it, with what was measured.
        home: Where releases and the ledger lie.
        today: The day to count ages from.
        tables: Prices, analogies and rounds.
        measured: What was measured, the ledger's months among it.
    """

    def __init__(
        self,
        venture: Venture,
        register: Register,
        *,
        home: Home | None = None,
        today: date | None = None,
        tables: Tables | None = None,
        measured: Measurements | None = None,
    ) -> None:
        self.venture = venture
        self.register = register
        self.home = home or Home()
        self.today = today or date.today()
        self.tables = tables or Tables()
        self.measured = measured or Measurements()
        self.model = Model(venture)
        self._made: dict[Hashable, Any] = {}

    @classmethod
    def read(cls, path: Path | str, *, home: Home | None = None, today: date | None = None) -> Plan:
        """Read a venture file and measure what can be measured.

        Raises:
            VentureWrong: the file cannot be used.
            AssumptionWrong: an assumption that cannot be.
            TableWrong: a row of the price table that the file names is not there.
        """
        return cls.of(file.read(path), home=home, today=today)

    @classmethod
    def of(cls, venture: Venture, *, home: Home | None = None, today: date | None = None) -> Plan:
        """Return the plan of a venture that was read."""
        home, today = home or Home(), today or date.today()
        tables = Tables((venture.folder, home.root))
        measured = measure(venture, home, today)
        register = build(venture, measured, tables)
        return cls(venture, register, home=home, today=today, tables=tables, measured=measured)

    @cached_property
    def draws(self) -> Draws:
        """`venture.draws` joint draws of all assumptions.

        Raises:
            CorrelationsWrong: the correlations contradict each other.
        """
        return draw(self.register, self.venture.draws, seed=self.venture.seed)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what is known under a key, made when it is first asked for.

        Several parts rest on the same thing, such as the list of what to do next.
        """
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made

    def value(self, path: str) -> float:
        """Return an assumption's central value (its median).

        Raises:
            MeasurementMissing: it has none; the error says how to give it one.
        """
        return self.register.entry(path).now.median

    def has(self, path: str) -> bool:
        """Tell whether an assumption has a value."""
        return path in self.register
