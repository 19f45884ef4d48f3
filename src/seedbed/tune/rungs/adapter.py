"""`adapter`: a little beside the frozen weights, and the head. Minutes to hours."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

from torch import nn

from seedbed.backbones.network import Classifier, Network, save_head
from seedbed.tasks.base import Floats
from seedbed.tune.loop import Trained
from seedbed.tune.ranks import Ranks
from seedbed.tune.rungs.deep import Deep

if TYPE_CHECKING:
    from peft import PeftConfig


@dataclass(frozen=True)
class Kind:
    """What sets a kind of adapter apart from LoRA.

    Attributes:
        rate: Its learning rate, as a multiple of LoRA's.
        work: The work of a training step, as a multiple of LoRA's.
    """

    rate: float
    work: float


KINDS = {"lora": Kind(1, 1), "adalora": Kind(5, 1.2), "ia3": Kind(40, 0.85)}
"""By `train.adapter`; rates by the cross-entropy of 500 validation rows of twitter_financial_news
after two passes over 1,000 others. Prefixes are not among them: no weight can take them up, so that
no plain encoder could be released."""


class Adapter(Deep):
    """Tunes a little beside every linear layer (LoRA, AdaLoRA, IA³), by `train.adapter`.

    That takes a hundredth of the optimizer's memory. The adapter and its head are kept together
    under `adapter/`, loadable by peft; the candidate itself holds the merged weights, so that it
    serves as fast as any other.
    """

    name: ClassVar[str] = "adapter"
    modalities: ClassVar[tuple[str, ...] | None] = ("text", "causal")
    rate: ClassVar[float] = 1e-3
    head_rate: ClassVar[float] = 1e-3
    work: ClassVar[float] = 3.4

    def learn(self) -> tuple[Trained, Classifier, Floats]:
        """Tune the adapter over a base in the computing type, then merge it in float32."""
        model = self.classifier()
        dtype = self.plan().dtype
        network = model.network
        network.encoder = self._wrap(network.encoder.to(dtype))
        inputs = self.inputs()
        trained = self.train(model, inputs)
        logits = self.fit_head(model, inputs)
        adapted: Any = network.encoder
        ranks = self.ranks(model)
        if ranks is not None:
            ranks.close()
        adapted.save_pretrained(self.folder / "adapter", safe_serialization=True)
        save_head(self.folder / "adapter", model.head, self.context.modality)
        return trained, Classifier(self._merged(), model.head), logits

    def step_work(self) -> float:
        """Return `work`, which some kinds make more of."""
        return self.work * self._kind.work

    def ranks(self, model: Classifier) -> Ranks | None:
        """Return what AdaLoRA strikes out ranks with."""
        if self.context.recipe.train.adapter != "adalora":
            return None
        return Ranks(model.network.encoder)

    @property
    def _kind(self) -> Kind:
        return KINDS[self.context.recipe.train.adapter]

    def _rate(self) -> float:
        return super()._rate() * self._kind.rate

    def _wrap(self, encoder: nn.Module) -> nn.Module:
        from peft import get_peft_model

        train = self.context.recipe.train
        with _quiet():
            config = _config(train.adapter, train.lora_rank)
            return cast(nn.Module, get_peft_model(cast(Any, encoder), config))

    def _merged(self) -> Network:
        from peft import PeftModel

        network = self.context.modality.network(self.context.backbone.folder)
        plain, kept = cast(Any, network.encoder), str(self.folder / "adapter")
        with _quiet():
            adapted = PeftModel.from_pretrained(plain, kept)
        network.encoder = cast(nn.Module, cast(Any, adapted).merge_and_unload())
        return network


def _config(kind: str, rank: int) -> PeftConfig:
    """Return peft's settings of a kind: each changes all linear layers, in any architecture."""
    from peft import AdaLoraConfig, IA3Config, LoraConfig

    everywhere = "all-linear"
    if kind == "ia3":
        return IA3Config(target_modules=everywhere, feedforward_modules=[])
    if kind == "adalora":
        first = -(-3 * rank // 2)
        return AdaLoraConfig(
            init_r=first,
            target_r=rank,
            lora_alpha=2 * first,
            lora_dropout=0.0,
            target_modules=everywhere,
            total_step=1,  # `Ranks` tells how many
        )
    return LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules=everywhere)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep off the terminal that peft asks transformers by a name which is to be dropped."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing`", FutureWarning)
        yield
