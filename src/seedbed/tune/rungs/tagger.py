"""`tagger`: words, their shapes and neighbours, and a linear model. Seconds to a minute."""

from __future__ import annotations

import time
from typing import ClassVar

import numpy as np
import torch

from seedbed.backbones.head import Linear
from seedbed.backbones.tensors import save
from seedbed.backbones.wordshape import common, matrix, spread, terms
from seedbed.tasks.base import Floats
from seedbed.tasks.spans import NOTHING
from seedbed.tune.linear import fit
from seedbed.tune.rungs.base import Candidate, Rung

L2 = (1e-5, 3e-6)
STEPS = 30
LEAST = 3
"""Words that must have a feature for it to be learnt."""
MOST_WORDS = 250_000
"""Words that are learnt from, whole sentences of them: enough for a model to be beaten."""


class Tagger(Rung):
    """What a model of words must beat to be worth anything."""

    name: ClassVar[str] = "tagger"
    kind: ClassVar[str] = "tagger"

    def estimate(self) -> float:
        """Return a guess by the words and tags."""
        words = min(MOST_WORDS, int((self.context.train.targets != NOTHING).sum()))
        return 2.0 + words * (6e-5 + 4e-6 * len(self.context.schema.labels) * len(L2))

    def climb(self) -> Candidate:
        """Fit to the training words; the penalty is that which scores best on validation rows."""
        began = time.monotonic()
        train, validation = self.context.train, self.context.validation
        labels = len(self.context.schema.labels)
        rows = self._some()
        words = [one for i in rows for one in terms(train.inputs[i].words)]
        known = common(words, LEAST)
        features = matrix(words, known)
        targets = train.targets[rows]
        targets = targets[targets != NOTHING]
        asked = [terms(one.words) for one in validation.inputs]
        found: list[tuple[float, Linear, Floats]] = []
        head: Linear | None = None
        for done, l2 in enumerate(L2):
            head = fit(features, targets, labels, l2=l2, start=head, steps=STEPS)
            logits = spread(head, known, asked)
            found.append((self.context.score(logits, validation.targets), head, logits))
            self.progress(what="penalties", done=done + 1, total=len(L2))
        _, best, logits = max(found, key=lambda one: one[0])
        self.model.mkdir(parents=True, exist_ok=True)
        weight = torch.from_numpy(best.weight).half()
        tensors = {"weight": weight, "bias": torch.from_numpy(best.bias)}
        tensors["columns"] = torch.from_numpy(known).long()
        save(self.model / "tagger.safetensors", tensors, {})
        seconds = time.monotonic() - began
        held = self.validation_held(logits)
        return Candidate(self.name, self.kind, self.model, seconds, 0, 0.0, logits, held)

    def _some(self) -> list[int]:
        """Return training rows, drawn by the seed, with no more words than are learnt from."""
        sizes = (self.context.train.targets != NOTHING).sum(axis=1)
        order = np.random.default_rng(self.context.recipe.seed).permutation(len(sizes))
        return sorted(int(i) for i in order[np.cumsum(sizes[order]) <= MOST_WORDS])
