"""`untuned`: the base model as it is, answers by the likeness of their vectors. One pass."""

from __future__ import annotations

import time
from typing import ClassVar

from torch import nn

from seedbed.backbones.index import Index
from seedbed.backbones.network import Classifier, save_classifier
from seedbed.tune.retrieval import are_kept, kept, library, put
from seedbed.tune.rungs.base import Candidate, Rung


class Untuned(Rung):
    """Cosine of question and answer, by an encoder that has learnt nothing of them."""

    name: ClassVar[str] = "untuned"
    modalities: ClassVar[tuple[str, ...] | None] = ("text",)

    def estimate(self) -> float:
        """Return the time of one pass over the collection and the validation questions."""
        answers = library(self.context)
        if are_kept(self.context, answers.reading, answers.rows):
            return 3.0
        pieces = float(answers.sizes.sum() + self.context.sizes[1].sum())
        return 3.0 + pieces / self.context.speed.forward

    def climb(self) -> Candidate:
        """Turn answers and questions into vectors, and compare."""
        began = time.monotonic()
        context, answers = self.context, library(self.context)
        index = Index.of(answers.vectors(), context.recipe.gate.index)
        logits = index.logits(kept(context, context.modality, context.encoded[1]))
        network = context.modality.network(context.backbone.folder)
        model = Classifier(network, nn.Linear(network.width, 1))
        save_classifier(self.model, model, context.backbone.folder, context.modality)
        put(self.model, index, answers.reading)
        seconds = time.monotonic() - began
        held = self.validation_held(logits)
        return Candidate(self.name, "encoder", self.model, seconds, 0, 0.0, logits, held)
