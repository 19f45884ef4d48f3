"""`dual`: questions and answers drawn together, wrong answers pushed away. Minutes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import numpy as np
from torch import nn

from seedbed.backbones.index import Index
from seedbed.backbones.network import Classifier
from seedbed.tasks.base import Floats, Targets
from seedbed.tune.dual import Both, DualTraining
from seedbed.tune.inputs import Encoded, Some
from seedbed.tune.loop import Plan, Trained, predict
from seedbed.tune.retrieval import are_kept, kept, library, put
from seedbed.tune.rungs.base import Candidate
from seedbed.tune.rungs.deep import BLENDS, Deep
from seedbed.tune.vectors import embedder

ROWS_TO_SEE = 16_000
"""Rows that a training goes through where time allows."""
BATCHES = 2
"""Times `train.batch_rows` that make a batch: every row more is a wrong answer more to each."""
HELD_ROWS = 400
HELD_ANSWERS = 600
"""Validation questions, and answers besides their own, by which epochs are compared."""
FORWARD_PIECES = 4096

Score = Callable[[Floats, Targets], float]


class Dual(Deep):
    """Tunes all layers but the word pieces' vectors, by InfoNCE over hard batches."""

    name: ClassVar[str] = "dual"
    modalities: ClassVar[tuple[str, ...] | None] = ("text",)
    rate: ClassVar[float] = 1e-4
    head_rate: ClassVar[float] = 1e-4
    work: ClassVar[float] = 3.5
    searches: ClassVar[bool] = False

    def epochs_wanted(self) -> float:
        """Return the passes that this many rows deserve: 1 to 5."""
        return float(np.clip(round(ROWS_TO_SEE / len(self.context.train)), 1, 5))

    def epoch_seconds(self) -> float:
        """Return the seconds of a pass over the training rows, by the measured forward speed."""
        pieces = float(self.context.sizes[0].sum() + self._own().lengths.sum())
        return (pieces * self.work + self._held_pieces()) / self.context.speed.forward

    def setup_seconds(self) -> float:
        """Return the seconds of the vectors by which the first hard rows are found."""
        answers, context = library(self.context), self.context
        pieces = 0.0
        if not are_kept(context, answers.reading, answers.rows):
            pieces += float(answers.sizes.sum())
        if not are_kept(context, context.modality, context.encoded[0]):
            pieces += float(context.sizes[0].sum())
        return 1.0 + pieces / context.speed.forward

    def closing_seconds(self) -> float:
        """Return the seconds after the last step: choosing among blends, and the index."""
        answers = library(self.context)
        pieces = len(BLENDS) * self._held_pieces() + float(answers.sizes.sum())
        return 1.0 + (pieces + float(self.context.sizes[1].sum())) / self.context.speed.forward

    def plan(self) -> Plan:
        """Return how the training goes, in larger batches."""
        plan = super().plan()
        return replace(plan, batch_rows=BATCHES * plan.batch_rows)

    def climb(self) -> Candidate:
        """Train, and put the index of the tuned answers in the head's place."""
        candidate = super().climb()
        put(self.model, self.index, library(self.context).reading)
        for name in ("vectors.npy", "hard.npz"):
            (self.folder / name).unlink(missing_ok=True)
        return candidate

    def learn(self) -> tuple[Trained, Classifier, Floats]:
        """Tune, and turn the collection into vectors once more."""
        context, answers = self.context, library(self.context)
        model = embedder(context)
        plan, own = self.plan(), context.train.targets[:, 0]
        questions, validation = self.inputs()
        start = kept(context, context.modality, context.encoded[0]), answers.vectors()[own]
        rows, score = self._held()
        trained = DualTraining(
            model,
            Both(questions, self._own()),
            context.train.targets,
            rows,
            start=start,
            temperature=context.recipe.train.temperature,
            plan=plan,
            loss=self.loss,
            score=score,
            state=self.folder / "state.safetensors",
            progress=self.progress,
        ).run()
        wide = replace(plan, batch_tokens=max(plan.batch_tokens, FORWARD_PIECES))
        every = Encoded(answers.reading, answers.rows, answers.sizes)
        self.index = Index.of(predict(model, every, wide), context.recipe.gate.index)
        logits = self.index.logits(predict(model, validation, wide))
        network = model.network
        return trained, Classifier(network, nn.Linear(network.width, 1)), logits

    def _own(self) -> Some:
        """Return the training rows' own answers, encoded."""
        answers = library(self.context)
        every = Encoded(answers.reading, answers.rows, answers.sizes)
        return Some(every, self.context.train.targets[:, 0])

    def _held(self) -> tuple[Encoded, Score]:
        """Return what an epoch is judged by: some questions, their answers, and some others."""
        context, answers = self.context, library(self.context)
        asked, places, truth = self._held_places()
        rows = [*(context.encoded[1][i] for i in asked), *(answers.rows[i] for i in places)]

        def score(vectors: Floats, _: Targets) -> float:
            index = Index.of(vectors[len(asked) :])
            return context.score(index.logits(vectors[: len(asked)]), truth)

        return Encoded(context.modality, rows), score

    def _held_places(self) -> tuple[Targets, Targets, Targets]:
        """Return positions of questions, places of answers, and the truth among these."""
        validation = self.context.validation
        draw = np.random.default_rng(self.context.recipe.seed)
        asked = np.sort(draw.permutation(len(validation))[:HELD_ROWS])
        right = validation.targets[asked]
        others = draw.permutation(len(library(self.context).rows))[:HELD_ANSWERS]
        places = np.unique(np.concatenate([right[right >= 0], others]))
        local = np.searchsorted(places, np.maximum(right, 0))
        return asked, places, np.where(right >= 0, local, -1)

    def _held_pieces(self) -> float:
        asked, places, _ = self._held_places()
        sizes = library(self.context).sizes
        return float(self.context.sizes[1][asked].sum() + sizes[places].sum())
