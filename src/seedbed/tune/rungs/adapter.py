"""`adapter`: a little beside the frozen weights, and the head. Minutes to hours."""

from __future__ import annotations

import shutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np
import torch
from torch import Tensor, nn

from seedbed.backbones import prefixed
from seedbed.backbones.modalities.text import Text
from seedbed.backbones.network import Classifier, Network, save_head
from seedbed.errors import WrongValue
from seedbed.home import read_json
from seedbed.tasks.base import Floats
from seedbed.tune.context import Context
from seedbed.tune.loop import Trained
from seedbed.tune.ranks import Ranks
from seedbed.tune.rungs.deep import Deep
from seedbed.tune.search import Trial

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


KINDS = {
    "lora": Kind(1, 1),
    "adalora": Kind(5, 1.2),
    "ia3": Kind(40, 0.85),
    "prefix": Kind(30, 0.7),
}
"""By `train.adapter`; rates by the cross-entropy of 500 validation rows of twitter_financial_news
after two passes over 1,000 others."""


class Adapter(Deep):
    """Tunes a little beside the linear layers (LoRA, AdaLoRA, IA³) or a prefix: `train.adapter`.

    That takes a hundredth of the optimizer's memory. The adapter and its head are kept together
    under the candidate's `adapter/`, loadable by peft. The candidate itself holds the merged
    weights, so that it serves as fast as any other; or the prefix beside the base model's.
    """

    name: ClassVar[str] = "adapter"
    modalities: ClassVar[tuple[str, ...] | None] = ("text", "words", "causal")
    rate: ClassVar[float] = 1e-3
    head_rate: ClassVar[float] = 1e-3
    work: ClassVar[float] = 3.4

    def __init__(self, context: Context, trial: Trial | None = None) -> None:
        super().__init__(context, trial)
        if context.recipe.train.adapter == "prefix":
            self._check_prefix()

    @property
    def kept(self) -> Path:
        """Where the adapter itself lies."""
        return self.model / "adapter"

    def learn(self) -> tuple[Trained, Classifier, Floats]:
        """Tune the adapter over a base in the computing type, then merge it in float32.

        A prefix, which cannot be merged, is attached.
        """
        model = self.classifier()
        dtype = self.plan().dtype
        network = model.network
        network.encoder = self._wrap(network.encoder.to(dtype))
        inputs = self.inputs()
        trained = self.train(model, inputs)
        logits = self.fit_head(model, inputs)
        ranks = self.ranks(model)
        if ranks is not None:
            ranks.close()
        released = self._released(network.encoder)
        save_head(self.kept, model.head, self.context.modality)
        if self.context.start is not None:  # beside a base model that nobody else has
            shutil.rmtree(self.kept)
        return trained, Classifier(released, model.head), logits

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
        if train.adapter == "prefix":
            prefixed.begin(encoder, self._pieces(train.prefix_length))
            return encoder
        with _quiet():
            config = _config(train.adapter, train.lora_rank)
            return cast(nn.Module, get_peft_model(cast(Any, encoder), config))

    def _pieces(self, length: int) -> Tensor:
        """Return the word pieces of the first training rows (length,), again where too few."""
        ids = cast(Text, self.context.modality).ids
        found = np.concatenate([ids(row) for row in self.rows[:length]])
        return torch.from_numpy(np.resize(found, length).astype(np.int64))

    def _released(self, tuned: nn.Module) -> Network:
        """Write the adapter as peft does, and return the base model with it in float32."""
        from peft import PeftModel

        base, told = self.context.recipe.base, cast(Any, tuned)
        network = self.context.modality.network(self.context.backbone.folder)
        if self.context.recipe.train.adapter == "prefix":
            prefixed.attach(network.encoder, prefixed.save_adapter(self.kept, tuned, base))
            return network
        told.peft_config["default"].base_model_name_or_path = base  # or it names a folder here
        told.save_pretrained(self.kept, safe_serialization=True)
        (self.kept / "README.md").unlink()  # a form that nobody filled in
        with _quiet():
            adapted: Any = PeftModel.from_pretrained(cast(Any, network.encoder), str(self.kept))
        network.encoder = cast(nn.Module, adapted.merge_and_unload())
        return network

    def _check_prefix(self) -> None:
        """Refuse a prefix where the base model cannot take one, or has no room for it."""
        context, train = self.context, self.context.recipe.train
        backbone = context.backbone
        kind = read_json(backbone.folder / "config.json").get("model_type")
        if kind not in prefixed.ABLE:
            others = ", ".join(name for name in KINDS if name != "prefix")
            raise WrongValue(
                expected=f"train.adapter: one of {others} with {backbone.name}; prefix is for"
                f" encoders of the types {', '.join(prefixed.ABLE)}",
                got=f"prefix, and a base model of the type {kind}",
                do="Name another kind, or another base model.",
                where="train.adapter",
            )
        positions, read = backbone.positions or sys.maxsize, context.modality.most
        if read + train.prefix_length > positions:
            raise WrongValue(
                expected=f"train.max_tokens of at most {positions - train.prefix_length}: before a"
                f" text come {train.prefix_length} places of the {positions} that {backbone.name}"
                " has",
                got=f"{read:,}",
                do="Set it, or lower train.prefix_length, or name another train.adapter.",
                where="train.max_tokens",
            )


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
