"""Gradient-boosted trees as a release keeps them: LightGBM's own text, one model a head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.data.columns import Columns, Doubles
from seedbed.home import read_json, write_json
from seedbed.tasks.base import Floats, Schema

FILE = "boosted.json"


def objective(schema: Schema, *, values: bool) -> str:
    """Return what LightGBM is to fit: `regression`, `multiclass`, or `binary` for each head."""
    if values:
        return "regression"
    return "binary" if schema.multi_label or len(schema.labels) == 2 else "multiclass"


class Boosted:
    """Boosted trees on the vectors of a table's rows.

    Args:
        boosters: LightGBM's; one a label where a row may have several, else a single one.
        labels: How many logits there are.
    """

    def __init__(self, boosters: Sequence[Any], labels: int) -> None:
        self.boosters = list(boosters)
        self.labels = labels

    def logits(self, vectors: Doubles, *, trees: int | None = None, threads: int = 0) -> Floats:
        """Return logits (n, labels) of vectors (n, width), by the first trees or by all."""
        raw = [
            np.asarray(
                one.predict(vectors, raw_score=True, num_iteration=trees, num_threads=threads)
            ).reshape(len(vectors), -1)
            for one in self.boosters
        ]
        return self._spread(np.hstack(raw))

    def reasons(self, vectors: Doubles) -> Floats:
        """Return SHAP values of the logits (n, labels, width): TreeSHAP (Lundberg et al. 2018)."""
        width = vectors.shape[1]
        parts = [
            np.asarray(one.predict(vectors, pred_contrib=True)).reshape(len(vectors), -1, width + 1)
            for one in self.boosters
        ]
        found = np.concatenate(parts, axis=1)[:, :, :width]
        return np.stack([self._spread(found[:, :, i]) for i in range(width)], axis=2)

    def _spread(self, raw: Any) -> Floats:
        """Return raw scores as one logit a label: of two labels each gets half of the log-odds."""
        pair = len(self.boosters) == 1 and self.labels == 2
        found: Floats = (np.hstack([-raw, raw]) / 2 if pair else raw).astype(np.float32)
        return found

    def save(self, folder: Path, columns: Columns) -> None:
        """Write the trees as LightGBM's text, which is data and no program, and the columns."""
        folder.mkdir(parents=True, exist_ok=True)
        names = [f"boosted-{i}.txt" for i in range(len(self.boosters))]
        for name, booster in zip(names, self.boosters, strict=True):
            (folder / name).write_text(booster.model_to_string(), encoding="utf-8")
        told = {"files": names, "labels": self.labels, "columns": columns.as_dict()}
        write_json(folder / FILE, told)

    @classmethod
    def load(cls, folder: Path) -> tuple[Boosted, Columns]:
        """Read what `save` wrote."""
        from lightgbm import Booster

        told = read_json(folder / FILE)
        texts = [(folder / name).read_text(encoding="utf-8") for name in told["files"]]
        found = cls([Booster(model_str=text) for text in texts], told["labels"])
        return found, Columns.of(told["columns"])
