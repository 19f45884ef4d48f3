"""The encoder and its head as one torch module, and the folder that keeps them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from seedbed.backbones.base import Backbone
from seedbed.backbones.head import Linear
from seedbed.backbones.tensors import save
from seedbed.errors import ArchitectureUnsupported
from seedbed.home import read_json, write_json

KEPT = ("config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
UNLOADABLE = (ValueError, KeyError, TypeError, ImportError, OSError, RuntimeError)
"""What transformers raises, beside its libraries' own, for a folder that it cannot load."""


def bfloat16_is_fast() -> bool:
    """Tell whether this processor multiplies bfloat16 in hardware."""
    told = torch.cpu.get_capabilities()
    return bool(told.get("amx_bf16") or told.get("avx512_bf16") or told.get("bf16"))


def compute_dtype(precision: str) -> torch.dtype:
    """Return what to compute in: `auto`, `bfloat16` or `float32`."""
    fast = precision == "bfloat16" or (precision == "auto" and bfloat16_is_fast())
    return torch.bfloat16 if fast else torch.float32


def load_encoder(folder: Path, *, dtype: torch.dtype = torch.float32) -> nn.Module:
    """Load a folder's encoder, without a pooler, safetensors only, in evaluation mode.

    Attention is the plain one: on a CPU, for rows of tens of word pieces, it is a third faster
    forward and five times backward than the fused kernel.

    Raises:
        ArchitectureUnsupported: transformers cannot make an encoder of the folder.
    """
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError
    from transformers import AutoModel

    options: dict[str, Any] = {"dtype": dtype, "use_safetensors": True, "local_files_only": True}
    with _quiet():
        try:
            config = read_json(folder / "config.json")
            if config["model_type"] in ("bert", "roberta", "xlm-roberta", "camembert"):
                options["add_pooling_layer"] = False
            model = AutoModel.from_pretrained(folder, attn_implementation="eager", **options)
        except (*UNLOADABLE, SafetensorError, StrictDataclassError) as cause:
            raise ArchitectureUnsupported(
                expected="an encoder that transformers loads",
                got=str(cause).splitlines()[0],
                do="Use an encoder such as BERT, RoBERTa or XLM-R.",
                where=str(folder),
            ) from None
    return cast(nn.Module, model.eval())


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep transformers' load report and bar off the terminal: they tell of what is meant."""
    from transformers.utils import logging as transformers_logging

    logging: Any = transformers_logging
    level, bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bar:
            logging.enable_progress_bar()


def pool(hidden: Tensor, mask: Tensor, pooling: str) -> Tensor:
    """Return one vector a row: hidden (b, t, d), mask (b, t) → (b, d), float32."""
    if pooling == "cls":
        return hidden[:, 0].float()
    spread = mask.unsqueeze(-1).float()
    return (hidden.float() * spread).sum(1) / spread.sum(1)


class Pooled(nn.Module):
    """An encoder and pooling: what a release's engines run.

    Args:
        encoder: A transformers encoder.
        pooling: `mean` or `cls`.
    """

    def __init__(self, encoder: nn.Module, pooling: str) -> None:
        super().__init__()
        self.encoder = encoder
        self.pooling = pooling

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return features: ids and mask (b, t) → (b, d), float32."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return pool(hidden, attention_mask, self.pooling)


class Classifier(nn.Module):
    """An encoder, pooling, and a linear head: what a rung trains.

    Args:
        encoder: A transformers encoder.
        head: Linear, hidden width → labels.
        pooling: `mean` or `cls`.
        dropout: On the pooled vector, in training.
    """

    def __init__(
        self, encoder: nn.Module, head: nn.Linear, pooling: str, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = head
        self.pooling = pooling
        self.dropout = nn.Dropout(dropout)

    def features(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return features: ids and mask (b, t) → (b, d), float32."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return pool(hidden, attention_mask, self.pooling)

    def forward(self, *batch: Tensor, **named: Tensor) -> Tensor:
        """Return logits (b, labels) of what `features` takes."""
        pooled = self.features(*batch, **named)
        # The head stays float32: it is a thousandth of the work, and its errors are the answer's.
        with torch.autocast("cpu", enabled=False):
            return cast(Tensor, self.head(self.dropout(pooled)))


def save_classifier(folder: Path, model: Classifier, backbone: Backbone, max_tokens: int) -> None:
    """Write a candidate folder of kind `encoder`: plain transformers files, and the head."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in KEPT:
        source = backbone.folder / name
        if source.is_file():
            shutil.copyfile(source, folder / name)
    tensors = {
        name: tensor.float()
        for name, tensor in model.encoder.state_dict().items()
        if tensor.is_floating_point()
    }
    save(folder / "model.safetensors", tensors, {"format": "pt"})
    save_head(folder, model.head.weight, model.head.bias, backbone, max_tokens)


def save_head(
    folder: Path, weight: Tensor, bias: Tensor, backbone: Backbone, max_tokens: int
) -> None:
    """Write head.safetensors and head.json: weight (labels, hidden), bias (labels,)."""
    save(folder / "head.safetensors", {"weight": weight.float(), "bias": bias.float()}, {})
    write_json(
        folder / "head.json",
        {
            "kind": "encoder",
            "pooling": backbone.pooling,
            "prefix": backbone.prefix,
            "max_tokens": max_tokens,
            "hidden": weight.shape[1],
        },
    )


def layer_of(head: Linear) -> nn.Linear:
    """Return a head as a torch layer."""
    layer = nn.Linear(head.weight.shape[1], head.weight.shape[0])
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(head.weight))
        layer.bias.copy_(torch.from_numpy(head.bias))
    return layer


def head_of(layer: nn.Linear) -> Linear:
    """Return a torch layer as a head."""
    weight, bias = (tensor.detach().float().numpy().copy() for tensor in (layer.weight, layer.bias))
    return Linear(weight, bias)


def load_pooled(folder: Path, *, dtype: torch.dtype = torch.float32) -> Pooled:
    """Read what `save_classifier` wrote, without the head."""
    told = read_json(folder / "head.json")
    return Pooled(load_encoder(folder, dtype=dtype), told["pooling"]).eval()
