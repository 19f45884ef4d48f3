"""Causal language modelling: a model that writes reads on in texts, guessing each next token."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar, cast

import torch
from torch import nn

from seedbed.backbones.modalities.causal import Causal
from seedbed.backbones.network import Classifier
from seedbed.tune.reading import Reading


class ReadingCausal(Reading):
    """One training of all weights on texts as they stand, without a chat template."""

    rate: ClassVar[float] = Causal.rates["full"]

    def run(self) -> dict[str, float]:
        """Train, write the folder `model`, and return passes and the loss before and after."""
        torch.manual_seed(self.context.recipe.seed)
        network = self.context.modality.network(self.context.backbone.folder)
        for module in network.modules():
            if isinstance(module, nn.Dropout):
                module.p = self.context.recipe.train.dropout
        model = Classifier(network, nn.Identity())
        learnt, held = self._parts()
        before = self._seen(model, held)
        return self._kept(network, *self._trained(model, learnt, held, None), before)

    @cached_property
    def rows(self) -> Sequence[Any]:
        """The texts as tokens, long ones in parts."""
        return cast(Causal, self.context.modality).plain(self.texts)
