"""`baseline`: the commonest label, and TF-IDF with a linear model. Seconds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from seedbed.backbones.head import Linear
from seedbed.backbones.tfidf import Tfidf
from seedbed.tasks.base import Floats, Schema, Targets
from seedbed.tune.folds import folds
from seedbed.tune.linear import fit
from seedbed.tune.rungs.base import Candidate, Rung

L2 = (1e-4, 3e-5, 1e-5, 3e-6)
STEPS = 50
CHOICE_STEPS = 20
CHOICE_ROWS = 5_000
"""Enough to tell penalties apart; each fit starts from the one before."""


class Baseline(Rung):
    """What a model must beat to be worth anything."""

    name: ClassVar[str] = "baseline"

    def estimate(self) -> float:
        """Return a guess by the size of the text and the number of labels."""
        characters = sum(map(len, self.context.train.inputs))
        return 1.0 + characters * 4e-6 * (1 + 0.05 * len(self.context.schema.labels))

    def climb(self) -> Candidate:
        """Fit on the training rows; the penalty is chosen on a fifth of them."""
        began = time.monotonic()
        train, validation = self.context.train, self.context.validation
        labels = len(self.context.schema.labels)
        terms = Tfidf.fit(train.inputs)
        features = terms.transform(train.inputs)
        weights = self.context.row_weights(train.targets)
        l2 = choose(features, train.targets, labels, self.context.score, weights=weights)
        head = fit(features, train.targets, labels, l2=l2, weights=weights, steps=STEPS)
        logits = head.logits(terms.transform(validation.inputs))
        terms.save(self.model, head.weight, head.bias)
        seconds = time.monotonic() - began
        held = self.validation_held(logits)
        return Candidate(self.name, "linear", self.model, seconds, 0, 0.0, logits, held)


def choose(
    features: Any, targets: Targets, labels: int, score: Any, *, weights: Floats | None
) -> float:
    """Return the penalty with the best score on a fifth of the training rows."""
    learn, check = folds(targets, 5, seed=0)[0]
    learn, check = learn[:CHOICE_ROWS], check[:CHOICE_ROWS]
    head: Linear | None = None
    found: list[tuple[float, float]] = []
    for l2 in L2:
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
    texts: Sequence[str], targets: Targets, schema: Schema, seed: int, parts: int = 5
) -> Floats:
    """Return probabilities of each row by a model that did not learn from it: (n, labels)."""
    labels = len(schema.labels)
    found = np.empty((len(texts), labels), dtype=np.float32)
    for learn, answer in folds(targets, parts, seed=seed):
        terms = Tfidf.fit([texts[i] for i in learn])
        features = terms.transform(texts[i] for i in learn)
        head = fit(features, targets[learn], labels, l2=1e-5, steps=STEPS)
        logits = head.logits(terms.transform(texts[i] for i in answer))
        if schema.multi_label:
            found[answer] = 1 / (1 + np.exp(-logits))
        else:
            powers = np.exp(logits - logits.max(axis=1, keepdims=True))
            found[answer] = powers / powers.sum(axis=1, keepdims=True)
    return found
