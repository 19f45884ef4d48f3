"""The rows of a table as features of a linear model, which is then a credit scorecard.

A category has a feature for each level. A number has one for each cut between bins of about equally
many training rows: 1 above it, so a weight is the step from a bin to the next, and the penalty on
weights keeps neighbours alike. What is missing has a feature of its own; an unseen level has none.
Where answers are numbers, numbers also enter as they are, centred and of width one: a straight line
is then no staircase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from seedbed.backbones.head import Linear
from seedbed.backbones.plain import FILE, Plain, save_model
from seedbed.data.columns import Column, Columns, Doubles
from seedbed.data.fingerprints import spans as runs
from seedbed.data.table import Index
from seedbed.home import read_json

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from seedbed.tasks.base import Floats, Task

BINS, MORE_BINS = 8, 20
MANY = 5_000
"""Rows from which on there are more bins."""
MONTHS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Place:
    """One number of a row's vector, and the features made of it.

    Attributes:
        column: Position of its column.
        name: Of the column; a date's month and weekday say so.
        cuts: Upper ends of its bins but the last; nothing for levels.
        levels: Names of its levels.
        centre: Mean over the training rows; `width` is their standard deviation.
    """

    column: int
    name: str
    cuts: tuple[float, ...] = ()
    levels: tuple[str, ...] = ()
    centre: float = 0.0
    width: float = 1.0

    @property
    def size(self) -> int:
        """How many features it has; the last one is that of missing cells."""
        return len(self.levels or self.cuts) + 1

    def spans(self, values: Doubles) -> tuple[Index, Index]:
        """Return the first feature that each value (n,) has, and how many from there on."""
        gone, last = np.isnan(values), self.size - 1
        if self.levels:
            first = np.where(gone, last, values).astype(np.int64)
            count = (gone | (first < last)).astype(np.int64)
        else:
            count = np.searchsorted(np.array(self.cuts), values, side="left").astype(np.int64)
            first = np.zeros_like(count)
            first[gone], count[gone] = last, 1
        return first, count

    def bins(self) -> list[tuple[str, slice]]:
        """Return its bins or levels as a scorecard names them, and the features that each has."""
        last = self.size - 1
        named = [(level, slice(i, i + 1)) for i, level in enumerate(self.levels)]
        if not self.levels:
            ends = [f"{cut:.6g}" for cut in self.cuts]
            names = [f"≤ {ends[0]}", *(f"{a} – {b}" for a, b in pairwise(ends)), f"> {ends[-1]}"]
            named = [(name, slice(0, i)) for i, name in enumerate(names)]
        return [*named, ("", slice(last, last + 1))]


class Tabular(Plain):
    """One place a number, each with features of its own.

    Args:
        columns: What the columns are.
        places: As long as a row's vector.
        mean: Mean of each feature over the training rows (d,).
        slopes: Whether numbers also enter as they are.
    """

    penalties: ClassVar[tuple[float, ...]] = (0.1, 0.03, 0.01, 3e-3, 1e-3, 1e-4)

    def __init__(
        self, columns: Columns, places: Sequence[Place], mean: Floats, *, slopes: bool
    ) -> None:
        self.columns = columns
        self.places = tuple(places)
        self.slopes = slopes
        self.mean = mean
        self.most = len(columns.used)

    @classmethod
    def fit(cls, inputs: Sequence[Any], task: Task) -> Self:
        """Read the columns off training rows, and cut numbers into bins."""
        columns = Columns.fit(inputs, task.data.columns)
        vectors = columns.encode(inputs)
        places = [
            place
            for i, (column, at) in enumerate(zip(columns.used, columns.places, strict=True))
            for place in _places(i, column, vectors[:, at])
        ]
        found = cls(columns, places, np.zeros(0, np.float32), slopes=task.output == "value")
        mean = np.asarray(found.features(vectors).mean(axis=0), dtype=np.float32)
        found.mean = mean.ravel()
        return found

    def transform(self, inputs: Sequence[Any]) -> csr_matrix:
        """Return features (n, d)."""
        return self.features(self.columns.encode(inputs))

    def features(self, vectors: Doubles) -> csr_matrix:
        """Return features (n, d) of vectors (n, width)."""
        from scipy.sparse import csr_matrix, hstack

        spans = [place.spans(vectors[:, i]) for i, place in enumerate(self.places)]
        first = np.stack([start for start, _ in spans], axis=1) + self.starts[:-1]
        counts = np.stack([count for _, count in spans], axis=1)
        index = runs(first.ravel(), counts.ravel())
        ends = np.concatenate([[0], np.cumsum(counts.sum(axis=1))])
        ones = np.ones(len(index), dtype=np.float32)
        hot = csr_matrix((ones, index, ends), shape=(len(vectors), self.starts[-1]))
        return hstack([hot, csr_matrix(self._straight(vectors))]).tocsr() if self.slopes else hot

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where each place's features begin, and where the last one's end."""
        return np.cumsum([0, *(place.size for place in self.places)]).astype(np.int64)

    @cached_property
    def _numbers(self) -> list[int]:
        return [i for i, place in enumerate(self.places) if not place.levels]

    def _straight(self, vectors: Doubles) -> Floats:
        """Return the numbers, centred, of width one and within ten of it; 0 where missing."""
        some = [self.places[i] for i in self._numbers]
        centre, width = ([getattr(one, key) for one in some] for key in ("centre", "width"))
        scaled = (vectors[:, self._numbers] - np.array(centre)) / np.array(width)
        plain: Floats = np.nan_to_num(scaled).clip(-10, 10).astype(np.float32)
        return plain

    def owners(self) -> NDArray[np.int64]:
        """Return the position of each feature's column (d,)."""
        sizes = [place.size for place in self.places]
        found = np.repeat([place.column for place in self.places], sizes)
        straight = [self.places[i].column for i in self._numbers] if self.slopes else []
        return np.concatenate([found, np.array(straight, dtype=np.int64)])

    def reasons(self, features: Any, head: Linear) -> Floats:
        """Return what each column adds to the logits, against the mean row (n, labels, columns)."""
        from scipy.sparse import csr_matrix

        owners = self.owners()
        whose = csr_matrix(
            (np.ones(len(owners)), (np.arange(len(owners)), owners)),
            shape=(len(owners), len(self.columns.used)),
        )
        parts = [
            (features.multiply(weight).tocsr() @ whose).toarray() - (self.mean * weight) @ whose
            for weight in head.weight
        ]
        return np.stack(parts, axis=1).astype(np.float32)

    def size(self, one: Any) -> int:
        """Return the number of columns that are read."""
        return self.most

    def save(self, folder: Path, weight: NDArray[Any], bias: NDArray[Any]) -> None:
        """Write columns, places and a linear model on their features."""
        told = {
            "reads": "table",
            "columns": self.columns.as_dict(),
            "places": [vars(place) for place in self.places],
            "slopes": self.slopes,
        }
        save_model(folder, told, {"weight": weight, "bias": bias, "mean": self.mean})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        from safetensors.numpy import load_file

        told = read_json(folder / FILE)
        places = [
            Place(**one | {"cuts": tuple(one["cuts"]), "levels": tuple(one["levels"])})
            for one in told["places"]
        ]
        mean = load_file(folder / "linear.safetensors")["mean"]
        return cls(Columns.of(told["columns"]), places, mean, slopes=told["slopes"])


def _places(at: int, column: Column, values: Doubles) -> list[Place]:
    if column.kind == "category":
        return [Place(at, column.name, levels=column.levels)]
    if column.kind == "number":
        return [_binned(at, column.name, values[:, 0])]
    return [
        _binned(at, column.name, values[:, 0]),
        Place(at, f"{column.name} (month)", levels=("", *MONTHS)),
        Place(at, f"{column.name} (weekday)", levels=WEEKDAYS),
    ]


def _binned(at: int, name: str, values: Doubles) -> Place:
    known = values[~np.isnan(values)]
    if not len(known):
        return Place(at, name, cuts=(0.0,))
    bins = MORE_BINS if len(values) >= MANY else BINS
    distinct = np.unique(known)
    if len(distinct) <= bins:
        cuts = (distinct[1:] + distinct[:-1]) / 2 if len(distinct) > 1 else distinct
    else:
        cuts = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)[1:-1]))
        cuts = cuts[cuts < distinct[-1]] if cuts[0] < distinct[-1] else distinct[:1]
    return Place(
        at,
        name,
        cuts=tuple(map(float, cuts)),
        centre=float(known.mean()),
        width=float(known.std()) or 1.0,
    )
