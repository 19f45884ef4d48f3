"""`prompted`: the causal model as it is, asked in its chat template. One pass."""

from __future__ import annotations

import shutil
import time
from typing import ClassVar

from torch import nn

from seedbed.backbones.network import compute_dtype, save_head
from seedbed.tune.features import extract
from seedbed.tune.inputs import Encoded
from seedbed.tune.rungs.base import Candidate, Held, Rung


class Prompted(Rung):
    """How likely a model that has learnt nothing here holds the true answers."""

    name: ClassVar[str] = "prompted"
    modalities: ClassVar[tuple[str, ...] | None] = ("causal",)
    kind: ClassVar[str] = "causal"

    def estimate(self) -> float:
        """Return the time of one pass over the validation rows."""
        return 3.0 + float(self.context.sizes[1].sum()) / self.context.speed.forward

    def climb(self) -> Candidate:
        """Score the validation rows, and keep the model as it is."""
        began = time.monotonic()
        modality, base = self.context.modality, self.context.backbone.folder
        held = self.held_out()
        self.model.mkdir(parents=True, exist_ok=True)
        for name in (*modality.files, "model.safetensors"):
            if (base / name).is_file():
                shutil.copyfile(base / name, self.model / name)
        save_head(self.model, nn.Identity(), modality)
        seconds = time.monotonic() - began
        return Candidate(self.name, modality.kind, self.model, seconds, 0, 0.0, held.logits, held)

    def held_out(self) -> Held:
        """Return the sums by which the validation rows' answers are scored."""
        context, modality = self.context, self.context.modality
        dtype = compute_dtype(context.recipe.train.precision)
        network = modality.network(context.backbone.folder, dtype=dtype)
        rows = Encoded(modality, context.encoded[1], context.sizes[1])
        return self.validation_held(extract(network, rows, lambda done: None))
