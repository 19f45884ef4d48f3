"""`full`: every layer and the head. Minutes to hours."""

from __future__ import annotations

from typing import ClassVar

from seedbed.backbones.modalities.text import Text
from seedbed.backbones.network import Classifier
from seedbed.tasks.base import Floats
from seedbed.tune.loop import Trained
from seedbed.tune.rungs.deep import Deep
from seedbed.tune.vocabulary import narrow, widen


class Full(Deep):
    """Tunes everything that the training rows can reach."""

    name: ClassVar[str] = "full"
    rate: ClassVar[float] = 2e-4
    head_rate: ClassVar[float] = 2e-4
    work: ClassVar[float] = 4.0

    def learn(self) -> tuple[Trained, Classifier, Floats]:
        """Tune all layers, and of the word pieces those that occur."""
        model, modality = self.classifier(), self.context.modality
        if isinstance(modality, Text):
            ids = map(modality.ids, self.rows)
            narrow(model.network.encoder, ids, modality.tokens.pad_id)
        inputs = self.inputs()
        trained = self.train(model, inputs)
        logits = self.fit_head(model, inputs)
        if isinstance(modality, Text):
            widen(model.network.encoder)
        return trained, model, logits
