"""`baseline`: counted features, such as TF-IDF, and a linear model on them. Seconds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from seedbed.backbones import plain
from seedbed.backbones.head import Linear
from seedbed.tasks.base import Floats, Schema, Targets, Task
from seedbed.tune.folds import Index, folds
from seedbed.tune.linear import fit
from seedbed.tune.rows import Deal
from seedbed.tune.rungs.base import APART, Candidate, Rung

STEPS = 50
CHOICE_STEPS = 20
CHOICE_ROWS = 5_000
"""Enough to tell penalties apart; each fit starts from the one before."""


class Baseline(Rung):
    """What a model must beat to be worth anything."""

    name: ClassVar[str] = "baseline"
    kind: ClassVar[str] = "linear"

    def estimate(self) -> float:
        """Return a guess by the size of the inputs and the number of labels."""
        characters = sum(map(len, self.context.train.inputs))
        return 1.0 + characters * 4e-6 * (1 + 0.05 * len(self.context.schema.labels))

    def climb(self) -> Candidate:
        """Fit on the training rows; the penalty is chosen on a fifth of them.

        Of a table's few rows it is chosen by answers out of fold, and all of them are learnt from.
        """
        began = time.monotonic()
        context = self.context
        counted = plain.kind(context.task.reads).fit(context.train.inputs, context.task)
        if context.task.reads == "table" and (deal := Deal(context)).few:
            with deal.alone():
                return self._out_of_fold(counted, deal, began)
        train, labels = context.train, len(context.schema.labels)
        features = counted.transform(train.inputs)
        weights = context.row_weights(train.targets)
        l2 = choose(
            features,
            train.targets,
            labels,
            context.score,
            weights=weights,
            penalties=counted.penalties,
            groups=train.groups,
        )
        head = fit(features, train.targets, labels, l2=l2, weights=weights, steps=STEPS)
        logits = head.logits(counted.transform(context.validation.inputs))
        counted.save(self.model, head.weight, head.bias)
        seconds = time.monotonic() - began
        held = self.validation_held(logits)
        return Candidate(self.name, self.kind, self.model, seconds, 0, 0.0, logits, held)

    def _out_of_fold(self, counted: plain.Plain, deal: Deal, began: float) -> Candidate:
        features, penalties = counted.transform(deal.inputs), counted.penalties

        def learn(rows: Any, l2: float, start: Linear | None = None) -> Linear:
            targets = deal.targets[rows]
            weights = self.context.row_weights(targets)
            labels = len(self.context.schema.labels)
            return fit(features[rows], targets, labels, l2=l2, weights=weights, start=start)

        def answer(rows: Any, asked: Any) -> Floats:
            head: Linear | None = None
            found = []
            for l2 in penalties:
                head = learn(rows, l2, head)
                found.append(head.logits(features[asked]))
            return np.stack(found)

        every = deal.answered(answer)
        best = deal.best(every)
        for folder, rows in ((self.model, deal.kept), (self.folder / APART / "model", deal.learnt)):
            head = learn(rows, penalties[best])
            counted.save(folder, head.weight, head.bias)
        logits, held = deal.held(every[best])
        seconds = time.monotonic() - began
        return Candidate(self.name, self.kind, self.model, seconds, 0, 0.0, logits, held)


def choose(
    features: Any,
    targets: Targets,
    labels: int,
    score: Any,
    *,
    weights: Floats | None,
    penalties: Sequence[float],
    groups: Index | None = None,
) -> float:
    """Return the penalty with the best score on a fifth of the training rows."""
    learn, check = folds(targets, 5, seed=0, groups=groups)[0]
    learn, check = learn[:CHOICE_ROWS], check[:CHOICE_ROWS]
    head: Linear | None = None
    found: list[tuple[float, float]] = []
    for l2 in penalties:
        part = None if weights is None else weights[learn]
        head = fit(
            features[learn],
            targets[learn],
            labels,
            l2=l2,
            weights=part,
            start=head,
            steps=CHOICE_STEPS,
        )
        found.append((score(head.logits(features[check]), targets[check]), l2))
    return max(found)[1]


def out_of_fold(
    task: Task,
    inputs: Sequence[Any],
    targets: Targets,
    schema: Schema,
    seed: int,
    *,
    groups: Index | None = None,
    parts: int = 5,
) -> Floats:
    """Return probabilities of each row by a model that did not learn from it: (n, labels)."""
    labels, kind = len(schema.labels), plain.kind(task.reads)
    found = np.empty((len(inputs), labels), dtype=np.float32)
    for learn, answer in folds(targets, parts, seed=seed, groups=groups):
        known = [inputs[i] for i in learn]
        counted = kind.fit(known, task)
        l2 = counted.penalties[2]
        head = fit(counted.transform(known), targets[learn], labels, l2=l2, steps=STEPS)
        logits = head.logits(counted.transform([inputs[i] for i in answer]))
        if schema.multi_label:
            found[answer] = 1 / (1 + np.exp(-logits))
        else:
            powers = np.exp(logits - logits.max(axis=1, keepdims=True))
            found[answer] = powers / powers.sum(axis=1, keepdims=True)
    return found
