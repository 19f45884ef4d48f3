"""`top`: the upper layers and the head, over cached activations of the layers below. Minutes."""

from __future__ import annotations

from typing import ClassVar

import torch

from seedbed.backbones.encoder import Pooled, pool
from seedbed.backbones.network import Classifier, compute_dtype
from seedbed.tasks.base import Floats
from seedbed.tune.activations import Activations, Cut, keep
from seedbed.tune.loop import Trained
from seedbed.tune.rungs.deep import Deep


class Top(Deep):
    """Tunes the upper third of the layers, or `train.top_layers`; what lies below is done once."""

    name: ClassVar[str] = "top"
    modalities: ClassVar[tuple[str, ...] | None] = ("text",)
    rate: ClassVar[float] = 4e-4
    head_rate: ClassVar[float] = 2e-4
    work: ClassVar[float] = 3.4

    def epoch_seconds(self) -> float:
        """Return a pass's seconds: the share of the layers that are tuned."""
        return super().epoch_seconds() * self._layers() / self.context.speed.layers

    def setup_seconds(self) -> float:
        """Add the seconds of the one pass through the layers below, unless it is done."""
        if all((self.shared / f"{name}.whole").is_file() for name in ("train", "validation")):
            return super().setup_seconds()
        layers = self.context.speed.layers
        pieces = sum(float(part.sum()) for part in self.context.sizes)
        below = (1 - self._layers() / layers) * pieces / self.context.speed.forward
        return super().setup_seconds() + below

    def closing_seconds(self) -> float:
        """Return the closing seconds: the share of the layers that are tuned."""
        return super().closing_seconds() * self._layers() / self.context.speed.layers

    def _layers(self) -> int:
        layers = self.context.speed.layers
        return min(layers, self.context.recipe.train.top_layers or max(1, layers // 3))

    def learn(self) -> tuple[Trained, Classifier, Floats]:
        """Keep the lower layers' activations, tune the upper ones, put the two together."""
        inputs = self._activations()
        model = self.classifier()
        cut = Cut(model.network.encoder, self._layers())
        upper = Classifier(Upper(cut.upper(), self.context.backbone.pooling), model.head)
        trained = self.train(upper, inputs)
        logits = self.fit_head(upper, inputs)
        cut.whole()
        return trained, model, logits

    def clear(self) -> None:
        """Remove the activations."""
        for name in ("train", "validation"):
            (self.shared / f"{name}.bf16").unlink(missing_ok=True)

    def _activations(self) -> tuple[Activations, Activations]:
        context = self.context
        dtype = compute_dtype(context.recipe.train.precision)
        whole = context.modality.network(context.backbone.folder, dtype=dtype)
        lower = Cut(whole.encoder, self._layers()).lower()
        total = sum(map(len, context.encoded))
        found, before = [], 0
        for name, inputs in zip(("train", "validation"), self.inputs(), strict=True):
            path = self.shared / f"{name}.bf16"

            def progress(done: int, before: int = before) -> None:
                self.progress(what="activations", done=before + done, total=total)

            keep(lower, inputs, path, progress)
            found.append(Activations(path, inputs.lengths, whole.width))
            before += len(inputs.lengths)
        return found[0], found[1]


class Upper(Pooled):
    """The layers above the cut, and pooling."""

    def forward(  # type: ignore[override]
        self, inputs_embeds: torch.Tensor, attention_mask: torch.Tensor
    ) -> torch.Tensor:
        """Return features (b, d) of activations (b, t, d) and mask (b, t)."""
        if not torch.is_autocast_enabled("cpu"):
            inputs_embeds = inputs_embeds.float()
        found = self.encoder(inputs_embeds=inputs_embeds, attention_mask=attention_mask)
        return pool(found.last_hidden_state, attention_mask, self.pooling)
