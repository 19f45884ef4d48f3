"""What the tasks share whose answers are numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from seedbed.data.table import Table
from seedbed.errors import LabelMissing, OneClass, ValueUnreadable
from seedbed.recipe import Train
from seedbed.tasks import metrics
from seedbed.tasks.base import Doubles, Floats, Promise, Schema, Targets, Task

if TYPE_CHECKING:
    from torch import Tensor

LARGEST = 1e30
"""Values beyond it are taken for a mistake: sums of their squares would overflow."""
SAME = 0.02
"""Two values are the same answer within so much of the training rows' standard deviation."""


class Values(Task):
    """A number a row. Inside it is centred and of width one by the training rows."""

    metrics: ClassVar[tuple[str, ...]] = ("r2", "spearman", "pearson")
    output: ClassVar[Literal["label", "value", "tags", "rank", "text"]] = "value"

    def schema(self, table: Table) -> Schema:
        """Return the column's name, mean and standard deviation over the training rows.

        Raises:
            LabelMissing, ValueUnreadable: a cell is empty, or no number.
            OneClass: all rows have the same number.
        """
        values = self._values(table)
        width = float(values.std())
        if width <= 1e-12 * max(1.0, float(np.abs(values).max())):
            raise OneClass(
                expected=f"different numbers in column {self.data.label!r}",
                got=f"only {values[0]:g}",
                do="Add rows with other values, or check data.label.",
                where=str(table.path),
            )
        return Schema((self.data.label,), centre=float(values.mean()), width=width)

    def targets(self, table: Table, schema: Schema) -> Targets:
        """Return the numbers (n,), centred and of width one."""
        standard: Floats = ((self._values(table) - schema.centre) / schema.width).astype(np.float32)
        return standard

    def loss(self, logits: Tensor, targets: Tensor, train: Train, weights: Tensor | None) -> Tensor:
        """Return half the mean squared error."""
        return 0.5 * (logits.squeeze(1) - targets).square().mean()

    def scores(self, logits: Floats, schema: Schema, temperature: float = 1.0) -> Floats:
        """Return the logits: they are the values."""
        return logits

    def decide(self, scores: Floats, schema: Schema) -> Targets:
        """Return the values (n,)."""
        return scores[:, 0]

    def metric(self, name: str, truth: Targets, answers: Targets, schema: Schema) -> float:
        """Return `r2` = 1 − Σ(y − ŷ)² / Σ(y − ȳ)², `pearson`, or `spearman` of the ranks."""
        return metrics.agreement(name, truth, answers)

    def sums(self, name: str, truth: Targets, answers: Targets, schema: Schema) -> Doubles | None:
        """Return 1, y, ŷ, y², ŷ² and yŷ of each row; `spearman` is that of the ranks."""
        return metrics.moments(name, truth, answers)

    def of_sums(self, name: str, sums: Doubles) -> Doubles:
        """Return the metric of the moments."""
        return metrics.of_moments(name, sums)

    def losses(self, truth: Targets, answers: Targets) -> Doubles:
        """Return how far each value is from the truth, in standard deviations."""
        far: Doubles = np.abs(truth - answers).astype(np.float64)
        return far

    def differ(self, one: Targets, other: Targets) -> Any:
        """Return where two values are further apart than a fiftieth of the standard deviation."""
        return np.abs(one - other) > SAME

    def answer(
        self, scores: Floats, schema: Schema, promise: Promise, given: Any = None
    ) -> Mapping[str, Any]:
        """Return `value`, and `low` and `high`, between which the truth lies as promised."""
        value = _own(float(scores[0]), schema)
        if not math.isfinite(promise.half):
            return {"value": _short(value), "low": None, "high": None}
        half = promise.half * schema.width
        return {"value": _short(value), "low": _short(value - half), "high": _short(value + half)}

    def said(self, answer: Any, schema: Schema, given: Any = None) -> str:
        """Return the number in the column's unit."""
        return f"{_own(float(answer), schema):.4g}"

    def _values(self, table: Table) -> Doubles:
        cells = table.column(self.data.label, key="data.label")
        missing = [int(table.numbers[i]) for i, cell in enumerate(cells) if not str(cell).strip()]
        if missing:
            raise LabelMissing(
                expected=f"a number in column {self.data.label!r} of every row",
                got=f"none in {len(missing)} row(s), such as {', '.join(map(str, missing[:5]))}",
                do="Fill them in, or run `seedbed check RECIPE --fix` for a copy without them.",
                where=str(table.path),
            )
        return np.array([self._number(cell, table, i) for i, cell in enumerate(cells)])

    def _number(self, cell: Any, table: Table, i: int) -> float:
        try:
            found = float(cell)
        except ValueError:
            found = math.nan
        if not abs(found) <= LARGEST:
            raise ValueUnreadable(
                expected=f"a number in column {self.data.label!r}, such as 3.5 or -2e3,"
                f" at most {LARGEST:g}",
                got=repr(cell)[:60],
                do="Write it as a plain number, without a unit or a thousands separator.",
                where=f"{table.path}, row {table.numbers[i]}",
            )
        return found


def _own(standard: float, schema: Schema) -> float:
    return standard * schema.width + schema.centre


def _short(value: float) -> float:
    return float(f"{value:.6g}")
