"""The costs and gains that only `plan invest` needs: the register's, and what an option finds.

A default in money holds only for a venture in the table's currency: there is no exchange rate here.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.venture.assumption import Assumption
from seedbed.venture.plan import Plan

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prior:
    """An assumption that nobody wrote down.

    Attributes:
        path: Where the file would have it.
        belief: Its value and range.
        where: The row of the table.
    """

    path: str
    belief: Assumption
    where: str


class Priors:
    """Draws of what the options need: the file's where it says something, else a default.

    Attributes:
        used: The defaults that were needed, by path.
        values: Draws of those, and of what was fitted to a release.
    """

    def __init__(self, plan: Plan, n: int) -> None:
        self._plan = plan
        self._n = n
        self.used: dict[str, Prior] = {}
        self.values: dict[str, Floats] = {}

    def source(self, name: str) -> np.random.Generator:
        """Return the random numbers of a name: the same in every run and for every decision."""
        return np.random.default_rng([self._plan.venture.seed, zlib.crc32(name.encode())])

    def draw(self, name: str) -> Floats | None:
        """Return (N,) draws of `invest.NAME`; None where neither file nor table has it."""
        path = f"invest.{name}"
        entry = self._plan.register.get(path)
        if entry is None:
            return None
        drawn = np.asarray(self._plan.draws[path][: self._n])
        if entry.apart:
            self.used[path] = Prior(path, entry.now, entry.where)
            self.values[path] = drawn
        return drawn

    def fixed(self, path: str, belief: Assumption, where: str) -> Floats:
        """Return (N,) draws of an assumption that an option makes by itself, and list it."""
        if path not in self.values:
            self.used[path] = Prior(path, belief, where)
            self.values[path] = belief.from_normal(self._spread(path))
        return self.values[path]

    def keep(self, path: str, values: Floats) -> Floats:
        """List draws that were fitted to measurements, so that their EVPI is told too."""
        self.values[path] = values
        return values

    def _spread(self, path: str) -> Floats:
        """Return normal scores, evenly spread and shuffled: (N,)."""
        from scipy.special import ndtri

        places = (np.arange(self._n) + 0.5) / self._n
        return np.asarray(self.source(path).permutation(ndtri(places)))
