"""A small network of a table's columns: embedded categories beside scaled numbers, in NumPy.

hidden = relu(x W + b), twice; x is the numbers, what of them is missing, and each category's
embedding (Guo & Berkhahn 2016). Numbers are scaled by the training rows' quantiles, to what a
normal would be at that rank, so that no outlier outweighs the rest. The rung trains it in torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.data.columns import Columns, Doubles
from seedbed.data.table import Index
from seedbed.home import read_json, write_json
from seedbed.tasks.base import Floats

FILE, TENSORS = "mlp.json", "mlp.safetensors"
KNOTS = 32


@dataclass(frozen=True)
class Scaled:
    """How vectors become what the network reads.

    Attributes:
        columns: What the columns are.
        knots: Quantiles of each number over the training rows (numbers, KNOTS).
    """

    columns: Columns
    knots: Doubles

    @classmethod
    def fit(cls, columns: Columns, vectors: Doubles) -> Scaled:
        """Measure the numbers of training vectors (n, width)."""
        numbers = vectors[:, cls(columns, np.zeros((0, KNOTS))).numbers]
        grid = np.linspace(0, 1, KNOTS)
        known = [column[~np.isnan(column)] for column in numbers.T]
        knots = [np.quantile(one, grid) if len(one) else np.zeros(KNOTS) for one in known]
        return cls(columns, np.array(knots).reshape(-1, KNOTS))

    @cached_property
    def categories(self) -> list[int]:
        """Places of a vector that hold a level."""
        pairs = zip(self.columns.used, self.columns.places, strict=True)
        return [place.start for column, place in pairs if column.kind == "category"]

    @cached_property
    def numbers(self) -> list[int]:
        """Places of a vector that hold a number."""
        return [i for i in range(self.columns.width) if i not in set(self.categories)]

    @cached_property
    def sizes(self) -> list[int]:
        """Rows of each category's embedding: its levels, any other, and missing."""
        return [len(one.levels) + 2 for one in self.columns.used if one.kind == "category"]

    def __call__(self, vectors: Doubles) -> tuple[Floats, Index]:
        """Return numbers with what is missing (n, 2 · numbers), and rows of embeddings (n, c)."""
        from scipy.special import ndtri

        raw = vectors[:, self.numbers]
        gone = np.isnan(raw)
        grid = np.linspace(0, 1, KNOTS)
        ranks = [
            (np.interp(column, knots, grid) - np.interp(-column, -knots[::-1], -grid[::-1])) / 2
            for column, knots in zip(np.nan_to_num(raw).T, self.knots, strict=True)
        ]
        scaled = ndtri(np.clip(np.array(ranks).reshape(-1, len(raw)).T, 0.005, 0.995))
        scaled[gone] = 0.0
        levels = vectors[:, self.categories]
        last = np.array(self.sizes, dtype=np.int64).reshape(1, -1) - 1
        rows = np.where(np.isnan(levels), last, np.nan_to_num(levels)).astype(np.int64)
        return np.hstack([scaled, gone]).astype(np.float32), rows


class Mlp:
    """The network, ready to answer.

    Args:
        scaled: How vectors are read.
        tensors: `embed.0.weight`, …, `hidden.0.weight` (out, in), …, `head.weight`.
    """

    def __init__(self, scaled: Scaled, tensors: dict[str, Any]) -> None:
        self.scaled = scaled
        self.tensors = tensors

    def logits(self, vectors: Doubles) -> Floats:
        """Return logits (n, labels) of vectors (n, width)."""
        numbers, levels = self.scaled(vectors)
        named = self.tensors
        embedded = [named[f"embed.{i}.weight"][rows] for i, rows in enumerate(levels.T)]
        x = np.hstack([numbers, *embedded])
        for i in range(2):
            x = np.maximum(x @ named[f"hidden.{i}.weight"].T + named[f"hidden.{i}.bias"], 0)
        found: Floats = x @ named["head.weight"].T + named["head.bias"]
        return found

    def reasons(self, vectors: Doubles) -> Floats:
        """Return what each column adds to the logits (n, labels, columns).

        That is against the column's typical cell, with the other cells as they are (occlusion).
        """
        columns = self.scaled.columns
        whole = self.logits(vectors)
        found = []
        for column, place in zip(columns.used, columns.places, strict=True):
            without = vectors.copy()
            without[:, place] = _typical(column)
            found.append(whole - self.logits(without))
        return np.stack(found, axis=2)

    def save(self, folder: Path) -> None:
        """Write the tensors, and the columns with their quantiles."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        told = {"columns": self.scaled.columns.as_dict(), "knots": self.scaled.knots.tolist()}
        write_json(folder / FILE, told)
        save_file(self.tensors, folder / TENSORS)

    @classmethod
    def load(cls, folder: Path) -> Mlp:
        """Read what `save` wrote."""
        from safetensors.numpy import load_file

        told = read_json(folder / FILE)
        knots = np.array(told["knots"]).reshape(-1, KNOTS)
        return cls(Scaled(Columns.of(told["columns"]), knots), load_file(folder / TENSORS))


def _typical(column: Any) -> Any:
    if column.kind == "category":
        return 0.0  # the commonest level
    if column.kind == "number":
        return column.typical
    day = np.datetime64(int(column.typical), "D")
    month = int(day.astype("datetime64[M]").astype(np.int64)) % 12 + 1
    return [column.typical, month, (int(day.astype(np.int64)) + 3) % 7]
