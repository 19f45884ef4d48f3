"""Joint draws of all assumptions, each path by its own quantile function.

Ranks are joined by a Gaussian copula: normal scores with the correlation 2·sin(π·ρ/6), which gives
the rank correlation ρ (Pearson 1907; Kruskal, "Ordinal measures of association", JASA 53, 1958).
The points are Sobol's, scrambled after Owen (1998), one dimension a path in the order of the paths,
so that the file's order means nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seedbed.venture.assumption import Array
from seedbed.venture.correlation import factor
from seedbed.venture.register import Register, missing

How = Literal["sobol", "plain"]
Rows = NDArray[np.integer] | NDArray[np.bool_] | slice


class Draws(Mapping[str, Array]):
    """N joint draws: path -> values (N,). A path's values are made when first asked for.

    Attributes:
        n: How many.
        register: What was drawn.
    """

    def __init__(
        self,
        register: Register,
        scores: Mapping[str, Array],
        *,
        n: int,
        seed: int = 0,
        values: Mapping[str, Array] | None = None,
        rows: NDArray[np.int64] | None = None,
        lumps: dict[tuple[str, int], Array] | None = None,
    ) -> None:
        self.register = register
        self.n = n
        self.seed = seed
        self._scores = scores
        self._values = dict(values or {})
        self._rows = np.arange(n) if rows is None else rows
        self._lumps = {} if lumps is None else lumps  # shared by all that is made of these draws

    def __getitem__(self, path: str) -> Array:
        if path not in self._values:
            if path not in self.register:
                raise missing(path, self.register)
            self._values[path] = self._made(path)
        return self._values[path]

    def __contains__(self, path: object) -> bool:
        return path in self._values or path in self.register

    def __iter__(self) -> Iterator[str]:
        return iter({**self.register, **self._values})

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def get_or(self, path: str, default: float) -> Array | float:
        """Return the draws of a path, or a number where it has no value."""
        if path not in self:
            return default
        return self[path]

    def replaced(self, path: str, values: float | Array) -> Draws:
        """Return the same draws with one path's values replaced; all else stays as it was.

        Raises:
            MeasurementMissing: there is no such path.
        """
        if path not in self:
            raise missing(path, self.register)
        new = np.broadcast_to(np.asarray(values, dtype=np.float64), (self.n,))
        return self._with(self._values | {path: new})

    def scaled(self, path: str, factor: float) -> Draws:
        """Return the same draws with one path's values times a factor."""
        return self.replaced(path, self[path] * factor)

    def taken(self, rows: Rows) -> Draws:
        """Return some of the draws, such as `slice(1000)` or a mask."""
        ids = self._rows[rows]
        scores = {path: one[rows] for path, one in self._scores.items()}
        values = {path: one[rows] for path, one in self._values.items()}
        return Draws(
            self.register,
            scores,
            n=len(ids),
            seed=self.seed,
            values=values,
            rows=ids,
            lumps=self._lumps,
        )

    def chance(self, key: str, month: int) -> Array:
        """Return uniform numbers (N,) for a lump of a month: the same for every decision.

        A draw's number depends on the seed, the key, the month and the draw alone.
        """
        most = int(self._rows.max(initial=-1)) + 1
        made = self._lumps.get((key, month))
        if made is None or len(made) < most:
            source = np.random.default_rng([self.seed, zlib.crc32(key.encode()), month])
            made = self._lumps[key, month] = source.random(most)
        drawn: Array = made[self._rows]
        return drawn

    def _with(self, values: Mapping[str, Array]) -> Draws:
        return Draws(
            self.register,
            self._scores,
            n=self.n,
            seed=self.seed,
            values=values,
            rows=self._rows,
            lumps=self._lumps,
        )

    def _made(self, path: str) -> Array:
        believed = self.register[path].now
        if path in self._scores:
            made = believed.from_normal(self._scores[path])
        else:
            made = np.full(self.n, believed.median)
        made.flags.writeable = False
        return made


def draw(register: Register, n: int, *, seed: int = 0, how: How = "sobol") -> Draws:
    """Return n joint draws.

    Raises:
        CorrelationsWrong: the correlations are none that values can have together.
    """
    from scipy.special import ndtri

    drawn = [path for path in register if not register[path].now.certain]
    paths = [path for path in drawn if not register[path].apart]
    points = _sobol(n, len(paths), seed) if how == "sobol" else _plain(n, paths, seed)
    z = ndtri(points).T
    scores = dict(zip(paths, z, strict=True))
    scores |= {path: _alone(n, path, seed) for path in drawn if register[path].apart}
    joined, root = factor(register.correlations, paths)
    if joined:
        scores |= zip(joined, root @ np.stack([scores[path] for path in joined]), strict=True)
    return Draws(register, scores, n=n, seed=seed)


def _alone(n: int, path: str, seed: int) -> Array:
    """Return normal scores of a path by itself, evenly spread and shuffled: (n,)."""
    from scipy.special import ndtri

    source = np.random.default_rng([seed, zlib.crc32(path.encode())])
    return np.asarray(source.permutation(ndtri((np.arange(n) + 0.5) / n)))


def uniform_to_draws(register: Register, u: Array, paths: list[str] | None = None) -> Draws:
    """Return the draws at points u (N, K) of the unit cube, one column a path; no correlation.

    Args:
        register: What to draw.
        u: Points strictly inside the cube.
        paths: Of the columns; by default all that have a range, in the register's order. The
            others stay at their central value.
    """
    from scipy.special import ndtri

    named = paths or [path for path in register if not register[path].now.certain]
    return Draws(register, dict(zip(named, ndtri(u).T, strict=True)), n=len(u))


def _sobol(n: int, k: int, seed: int) -> Array:
    from scipy.stats import qmc

    if k == 0:
        return np.empty((n, 0))
    bits = 30
    source = qmc.Sobol(k, scramble=True, bits=bits, rng=np.random.default_rng(seed))
    points: Array = source.random_base2(max(n - 1, 1).bit_length())[:n]
    return points + 0.5 ** (bits + 1)  # the middle of each cell: never 0, which has no quantile


def _plain(n: int, paths: list[str], seed: int) -> Array:
    columns = [np.random.default_rng([seed, zlib.crc32(path.encode())]).random(n) for path in paths]
    stacked = np.stack(columns, axis=1) if columns else np.empty((n, 0))
    return np.maximum(stacked, 0.5**54)
