"""`adapter`: low-rank matrices beside the frozen weights (LoRA), and the head. Minutes to hours."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, cast

from torch import nn

from seedbed.backbones.network import Classifier, Network, save_head
from seedbed.tasks.base import Floats
from seedbed.tune.loop import Trained
from seedbed.tune.rungs.deep import Deep


class Adapter(Deep):
    """Tunes LoRA matrices on every linear layer; a hundredth of the optimizer's memory.

    The adapter and its head are kept together under `adapter/`, loadable by peft; the candidate
    itself holds the merged weights, so that it serves as fast as any other.
    """

    name: ClassVar[str] = "adapter"
    modalities: ClassVar[tuple[str, ...] | None] = ("text", "causal")
    rate: ClassVar[float] = 1e-3
    head_rate: ClassVar[float] = 1e-3
    work: ClassVar[float] = 3.4

    def learn(self) -> tuple[Trained, Classifier, Floats]:
        """Tune the matrices over a base in the computing type, then merge them in float32."""
        model = self.classifier()
        dtype = self.plan().dtype
        network = model.network
        network.encoder = self._wrap(network.encoder.to(dtype))
        inputs = self.inputs()
        trained = self.train(model, inputs)
        logits = self.fit_head(model, inputs)
        adapted: Any = network.encoder
        adapted.save_pretrained(self.folder / "adapter", safe_serialization=True)
        save_head(self.folder / "adapter", model.head, self.context.modality)
        return trained, Classifier(self._merged(), model.head), logits

    def _wrap(self, encoder: nn.Module) -> nn.Module:
        from peft import LoraConfig, get_peft_model

        rank = self.context.recipe.train.lora_rank
        config = LoraConfig(
            r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules="all-linear"
        )
        with _quiet():
            return cast(nn.Module, get_peft_model(cast(Any, encoder), config))

    def _merged(self) -> Network:
        from peft import PeftModel

        network = self.context.modality.network(self.context.backbone.folder)
        plain, kept = cast(Any, network.encoder), str(self.folder / "adapter")
        with _quiet():
            adapted = PeftModel.from_pretrained(plain, kept)
        network.encoder = cast(nn.Module, cast(Any, adapted).merge_and_unload())
        return network


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep off the terminal that peft asks transformers by a name which is to be dropped."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        yield
