"""What the tasks share whose answers are labels: one a row, or several."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from seedbed.data.table import Table
from seedbed.errors import LabelMissing, LabelUnseen, OneClass
from seedbed.recipe import Train, nearest
from seedbed.tasks import metrics
from seedbed.tasks.base import Doubles, Floats, Promise, Schema, Targets, Task

if TYPE_CHECKING:
    from torch import Tensor

SMOOTHING = 0.1
"""Share of a target given away by default: a training of few passes learns faster so."""


class Labels(Task):
    """One label a row; several where the recipe sets `data.label_separator`."""

    metrics: ClassVar[tuple[str, ...]] = ("accuracy", "macro_f1", "micro_f1")
    graded: ClassVar[frozenset[str]] = frozenset(("auc",))

    def schema(self, table: Table) -> Schema:
        """Return the labels of the training rows, sorted.

        Raises:
            LabelMissing: a row has no label (single-label only).
            OneClass: all rows have the same label.
        """
        found = sorted({label for row in self._labels(table) for label in row})
        if len(found) < 2:
            raise OneClass(
                expected="at least two labels to tell apart",
                got=f"only {', '.join(found) or 'rows without a label'}",
                do="Add rows of another label, or check data.label.",
                where=str(table.path),
            )
        return Schema(tuple(found), multi_label=self.data.label_separator is not None)

    def targets(self, table: Table, schema: Schema) -> Targets:
        """Return label numbers (n,), or zeros and ones (n, k) where multi-label.

        Raises:
            LabelUnseen: a row's label is not in the schema.
        """
        known = {label: i for i, label in enumerate(schema.labels)}
        rows = self._labels(table)
        unseen: dict[str, int] = {}
        for row, number in zip(rows, table.numbers, strict=True):
            for label in row:
                if label not in known:
                    unseen.setdefault(label, int(number))  # where it stands first
        if unseen:
            label, number = next(iter(unseen.items()))
            near = nearest(label, schema.labels)
            raise LabelUnseen(
                expected="labels that the training rows have",
                got=f"{len(unseen)} other(s), such as {label!r} in row {number}",
                do=f"Did you mean {near!r}?"
                if near
                else "Add training rows of it, or take it out.",
                where=str(table.path),
            )
        if not schema.multi_label:
            return np.array([known[row[0]] for row in rows], dtype=np.int64)
        hot = np.zeros((len(rows), len(known)), dtype=np.int64)
        for i, row in enumerate(rows):
            hot[i, [known[label] for label in row]] = 1
        return hot

    def strata(self, table: Table) -> Sequence[str]:
        """Return the label, or the set of labels, of each row."""
        return ["\x1f".join(row) for row in self._labels(table)]

    def answered(self, table: Table) -> Sequence[str]:
        """Return the same: several labels are one answer whatever their order."""
        return self.strata(table)

    def loss(self, logits: Tensor, targets: Tensor, train: Train, weights: Tensor | None) -> Tensor:
        """Return cross-entropy, or focal loss (Lin et al. 2017), smoothed where asked."""
        import torch
        from torch.nn import functional

        share = train.label_smoothing
        if share is None:
            share = 0.0 if targets.ndim == 2 else SMOOTHING
        if targets.ndim == 2:
            smooth = targets.float() * (1 - share) + share / 2
            each = functional.binary_cross_entropy_with_logits(logits, smooth, reduction="none")
            right = torch.sigmoid(torch.where(targets == 1, logits, -logits))
            spread = each if weights is None else each * torch.where(targets == 1, weights, 1.0)
        else:
            each = functional.cross_entropy(
                logits, targets, reduction="none", label_smoothing=share
            )
            right = torch.softmax(logits, -1).gather(1, targets[:, None]).squeeze(1)
            spread = each if weights is None else each * weights[targets]
        if train.loss == "focal":
            spread = spread * (1 - right.detach()) ** train.focal_gamma
        return spread.mean()

    def class_weights(self, targets: Targets, schema: Schema) -> Floats:
        """Return n / (k · n_label); where multi-label, negatives over positives, at most 20."""
        k = len(schema.labels)
        if schema.multi_label:
            has = targets.sum(axis=0)
            ratio = (len(targets) - has) / np.maximum(has, 1)
            rare: Floats = np.clip(ratio, 1, 20).astype(np.float32)
            return rare
        counts = np.bincount(targets, minlength=k)
        weights: Floats = (len(targets) / (k * np.maximum(counts, 1))).astype(np.float32)
        return weights

    def scores(self, logits: Floats, schema: Schema, temperature: float = 1.0) -> Floats:
        """Return softmax, or the sigmoid of each logit where multi-label."""
        scaled = logits.astype(np.float64) / temperature
        if schema.multi_label:
            return (1 / (1 + np.exp(-np.clip(scaled, -500, 500)))).astype(np.float32)
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        shares: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
        return shares

    def decide(self, scores: Floats, schema: Schema) -> Targets:
        """Return the likeliest label, or all labels at or above one half where multi-label."""
        if schema.multi_label:
            return (scores >= 0.5).astype(np.int64)
        likeliest: Targets = scores.argmax(axis=1)
        return likeliest

    def metric(self, name: str, truth: Targets, answers: Targets, schema: Schema) -> float:
        """Return `accuracy`, `macro_f1` or `micro_f1` of answers, or `auc` of scores (n, k)."""
        if name == "auc":
            return float(metrics.of_placements(metrics.placements(truth, answers).sum(axis=0)))
        if name == "accuracy":
            return metrics.accuracy(truth, answers)
        return {"macro_f1": metrics.macro_f1, "micro_f1": metrics.micro_f1}[name](
            truth, answers, len(schema.labels)
        )

    def sums(self, name: str, truth: Targets, answers: Targets, schema: Schema) -> Doubles | None:
        """Return the placements that `auc` is made of."""
        return metrics.placements(truth, answers) if name == "auc" else None

    def of_sums(self, name: str, sums: Doubles) -> Doubles:
        """Return `auc` of summed placements."""
        return metrics.of_placements(sums)

    def losses(self, truth: Targets, answers: Targets) -> Doubles:
        """Return 0 where all of a row's labels are right, else 1."""
        return self.differ(truth, answers).astype(np.float64)

    def confidence(self, scores: Floats, schema: Schema) -> Floats:
        """Return the likeliest label's score (n,); where multi-label, the least sure decision's."""
        if schema.multi_label:
            least: Floats = np.maximum(scores, 1 - scores).min(axis=1)
            return least
        most: Floats = scores.max(axis=1)
        return most

    def answer(
        self, scores: Floats, schema: Schema, promise: Promise, given: Any = None
    ) -> Mapping[str, Any]:
        """Return `label` (or `labels`), `confidence`, `sure` and all `scores`, likeliest first."""
        order = np.argsort(-scores, kind="stable")
        ranked = {schema.labels[i]: round(float(scores[i]), 6) for i in order}
        if schema.multi_label:
            confidence = float(np.maximum(scores, 1 - scores).min())
            said: dict[str, Any] = {"labels": [schema.labels[i] for i in order if scores[i] >= 0.5]}
        else:
            confidence = float(scores[order[0]])
            said = {"label": schema.labels[order[0]]}
        sure = confidence >= promise.threshold
        return said | {"confidence": round(confidence, 6), "sure": sure, "scores": ranked}

    def brief(
        self, scores: Floats, schema: Schema, promise: Promise, given: Any = None
    ) -> Mapping[str, Any]:
        """Return an answer without scores, made of the labels that it names and the least sure.

        To rank all of many labels takes longer than everything else that is done to word an answer.
        """
        kept = [int(scores.argmax())]
        if schema.multi_label:
            unsure = int(np.maximum(scores, 1 - scores).argmin())
            kept = sorted({unsure, *map(int, np.flatnonzero(scores >= 0.5))})
        few = Schema(tuple(schema.labels[i] for i in kept), multi_label=schema.multi_label)
        said = dict(self.answer(scores[kept], few, promise))
        del said["scores"]
        return said

    def key(self, answer: Any, schema: Schema, given: Any = None) -> Hashable:
        """Return the label, or the set of labels."""
        if not schema.multi_label:
            return schema.labels[int(answer)]
        return frozenset(schema.labels[i] for i in np.flatnonzero(answer))

    def said(self, answer: Any, schema: Schema, given: Any = None) -> str:
        """Return the label, or the labels one after the other."""
        if not schema.multi_label:
            return schema.labels[int(answer)]
        return ", ".join(schema.labels[i] for i in np.flatnonzero(answer)) or "–"

    def _labels(self, table: Table) -> list[list[str]]:
        cells = table.column(self.data.label, key="data.label")
        separator = self.data.label_separator
        if separator is not None:
            return [
                sorted({part.strip() for part in _parts(cell, separator)} - {""}) for cell in cells
            ]
        rows = [str(cell).strip() for cell in cells]
        missing = [int(number) for row, number in zip(rows, table.numbers, strict=True) if not row]
        if missing:
            raise LabelMissing(
                expected=f"a label in column {self.data.label!r} of every row",
                got=f"none in {len(missing)} row(s), such as {', '.join(map(str, missing[:5]))}",
                do="Fill them in, or run `seedbed check RECIPE --fix` for a copy without them.",
                where=str(table.path),
            )
        return [[row] for row in rows]


def _parts(cell: Any, separator: str) -> list[str]:
    """Return the labels in a cell: a JSON list, as list columns are read, or parted words."""
    text = str(cell)
    if text.startswith("["):
        try:
            return [str(part) for part in json.loads(text)]
        except ValueError:
            pass  # a label that begins with a bracket
    return text.split(separator)
