"""`probe`: a linear head on frozen features, computed once and kept. Seconds to a minute."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import ClassVar

import numpy as np

from seedbed.backbones.head import Linear
from seedbed.backbones.network import Classifier, layer_of, save_classifier
from seedbed.home import read_json, write_json
from seedbed.tasks.base import Floats, Targets
from seedbed.tune.context import Index
from seedbed.tune.features import are_kept, pooled_some
from seedbed.tune.folds import folds
from seedbed.tune.linear import MANY, Scale, Scaled, fit, parts
from seedbed.tune.rows import FEW
from seedbed.tune.rungs.base import START, Candidate, Held, Rung, keep_start, load_start
from seedbed.tune.stop import Ahead
from seedbed.tune.units import flat

L2 = (1e-2, 3e-3, 1e-3, 3e-4)
FEW_L2 = (1.0, 3e-1, 1e-1, 3e-2)
"""Stronger penalties, tried first where rows are few: noisy labels are learnt by heart else."""
PENALTY = "penalty.json"
STEPS = 40
PATH_STEPS = 25
"""Of a fit that starts from the one for the stronger penalty before it."""
PARTS = 4
START_ROWS = 8_000
START_SENTENCES = 1_500
START_L2 = 3e-3
"""Of the head that deeper rungs start from where the probe was passed over."""


class Probe(Rung):
    """A head fitted to its optimum on what the base model says of each row.

    Its validation score is that of a head which never saw the validation rows; its held-out
    answers are out-of-fold over all rows; and the head that is kept learnt from all of them.
    """

    name: ClassVar[str] = "probe"

    def estimate(self) -> float:
        """Return the time of one pass over the rows, and of the heads."""
        sizes = () if are_kept(self.context) else self.context.sizes
        work = sum(float(part.sum()) for part in sizes)
        rows, labels = len(self.context.train), len(self.context.schema.labels)
        return work / self.context.speed.forward + 3 + 2e-6 * rows * (20 + labels) * PARTS

    def ahead(self) -> Ahead:
        """Add what the rungs above it need not do again."""
        return replace(super().ahead(), spares=self.start_seconds())

    def climb(self) -> Candidate:
        """Extract, choose the penalty by the training rows' out-of-fold answers, fit."""
        began = time.monotonic()
        context = self.context
        (train, validation), both = context.features, context.pooled
        scale = Scale.of(train)
        l2, held = self._out_of_fold(scale)
        head = self._fit(scale.over(train), np.arange(len(train)), l2)
        keep_start(self.folder, scale.unscale(head))  # deeper rungs start from it too
        write_json(self.folder / PENALTY, {"l2": l2})
        logits = head.logits(scale(validation))
        whole = self._fit(scale.over(both), np.arange(len(both)), l2, head)
        self._save(scale.unscale(whole))
        seconds = time.monotonic() - began
        return Candidate(self.name, "encoder", self.model, seconds, 0, 0.0, logits, held)

    def penalty(self) -> float:
        """Return the penalty that it chose; a middling one where it was passed over."""
        path = self.folder / PENALTY
        return float(read_json(path)["l2"]) if path.is_file() else START_L2

    def held_out(self) -> Held:
        """Return answers to all rows by heads that did not learn from them."""
        return self._out_of_fold(Scale.of(self.context.features[0]))[1]

    def start(self) -> Linear:
        """Return the head that deeper rungs start from.

        It is the probe's own; or, where the probe was passed over, one fitted to some of the rows.
        """
        found = load_start(self.folder)
        if found is not None:
            return found
        context = self.context
        rows = context.some(START_ROWS if context.task.reads != "words" else START_SENTENCES)
        raw, targets = flat(pooled_some(context, rows), context.train.targets[rows])
        scale = Scale.of(raw)
        weights, labels = context.row_weights(targets), len(context.schema.labels)
        head = fit(scale(raw), targets, labels, l2=START_L2, weights=weights, steps=STEPS)
        self.folder.mkdir(parents=True, exist_ok=True)
        keep_start(self.folder, scale.unscale(head))
        return scale.unscale(head)

    def start_seconds(self) -> float:
        """Return the seconds that `start` will take."""
        if (self.folder / START).is_file():
            return 0.0
        sizes = self.context.sizes[0]
        rows = min(len(sizes), START_ROWS)
        return 1.0 + rows * float(sizes.mean()) / self.context.speed.forward

    def _fit(
        self,
        features: Floats | Scaled,
        rows: Index,
        l2: float,
        start: Linear | None = None,
        steps: int = STEPS,
    ) -> Linear:
        """Fit a head to features (n, d) of the rows at these positions of all rows."""
        targets = self._targets[rows]
        return fit(
            features,
            targets,
            len(self.context.schema.labels),
            l2=l2,
            weights=self.context.row_weights(targets),
            start=start,
            steps=steps,
        )

    @property
    def _targets(self) -> Targets:
        """The truth of the training rows, then of the validation rows."""
        return np.concatenate([self.context.train.targets, self.context.validation.targets])

    def _out_of_fold(self, scale: Scale) -> tuple[float, Held]:
        """Return the penalty whose answers to training rows score best, and its answers to all.

        Where rows are many, a fold's head learns from `MANY` of them: it is to choose by, and to
        find wrong labels by.
        """
        train, validation = self.context.train, self.context.validation
        features, targets = self.context.pooled, self._targets
        penalties = (*FEW_L2, *L2) if len(targets) < FEW else L2
        shape = (len(penalties), len(targets), len(self.context.schema.labels))
        logits = np.empty(shape, dtype=np.float32)
        draw = np.random.default_rng(self.context.recipe.seed)
        seed, groups = self.context.recipe.seed, self.context.groups
        divided = folds(targets, PARTS, seed=seed, groups=groups)
        for done, (learn, answer) in enumerate(divided):
            if len(learn) > MANY:
                learn = np.sort(draw.choice(learn, MANY, replace=False))
            known, heads = scale.taken(features, learn), list[Linear]()
            for l2 in penalties:
                last, steps = (heads[-1], PATH_STEPS) if heads else (None, STEPS)
                heads.append(self._fit(known, learn, l2, last, steps))
            for some in parts(len(answer)):
                asked = scale.taken(features, answer[some])
                for one, head in zip(logits, heads, strict=True):
                    one[answer[some]] = head.logits(asked)
            self.progress(what="folds", done=done + 1, total=len(divided))
        learnt = slice(len(train))
        scores = [self.context.score(one[learnt], train.targets) for one in logits]
        best = int(np.argmax(scores))
        split = np.repeat(["train", "validation"], [len(train), len(validation)])
        numbers = np.concatenate([train.numbers, validation.numbers])
        return penalties[best], Held(split, numbers, logits[best], targets)

    def _save(self, head: Linear) -> None:
        base, modality = self.context.backbone.folder, self.context.modality
        model = Classifier(modality.network(base), layer_of(head))
        save_classifier(self.model, model, base, modality)
