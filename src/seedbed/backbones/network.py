"""What the rungs train and the engines run: a network that gives features, and a head on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn

from seedbed.backbones.head import Linear
from seedbed.backbones.tensors import save
from seedbed.home import write_json

if TYPE_CHECKING:
    from seedbed.backbones.modalities.base import Modality

# torch and oneDNN each keep a thousand kernels, one for every shape of batch, and texts come in
# many lengths: 2 MB a shape, never given back. Fewer cost no speed that could be measured. Both
# read this at their first use.
for _kept in ("LRU_CACHE_CAPACITY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY"):
    os.environ.setdefault(_kept, "64")


def bfloat16_is_fast() -> bool:
    """Tell whether this processor multiplies bfloat16 in hardware."""
    told = torch.cpu.get_capabilities()
    return bool(told.get("amx_bf16") or told.get("avx512_bf16") or told.get("bf16"))


def compute_dtype(precision: str) -> torch.dtype:
    """Return what to compute in: `auto`, `bfloat16` or `float32`."""
    fast = precision == "bfloat16" or (precision == "auto" and bfloat16_is_fast())
    return torch.bfloat16 if fast else torch.float32


class Network(nn.Module):
    """An encoder and pooling; `forward` takes a modality's arrays by name and gives features.

    Features are float32: (b, width), or (b, t, width) where each part of a row is answered.

    Attributes:
        encoder: What `model.safetensors` holds the weights of.
        width: Of a vector of features.
        layers: How many layers there are to cut between; one where there is no cutting.
    """

    encoder: nn.Module
    width: int
    layers: int = 1

    def tensors(self) -> dict[str, Tensor]:
        """Return what `model.safetensors` of a candidate holds."""
        told = self.encoder.state_dict().items()
        return {name: tensor.float() for name, tensor in told if tensor.is_floating_point()}

    def answered(self, logits: Tensor, batch: Mapping[str, Tensor]) -> Tensor:
        """Return the logits of a batch, neutral where there is nothing to be answered."""
        return logits


class Classifier(nn.Module):
    """A network and a linear head: what a rung trains.

    Args:
        network: Gives features.
        head: Linear, width → labels; the identity where the network answers by itself.
        dropout: On the features, in training.
    """

    def __init__(self, network: Network, head: nn.Module, dropout: float = 0.0) -> None:
        super().__init__()
        self.network = network
        self.head = head
        self.dropout = nn.Dropout(dropout)

    def features(self, **batch: Tensor) -> Tensor:
        """Return the network's features of a batch."""
        return cast(Tensor, self.network(**batch))

    def forward(self, **batch: Tensor) -> Tensor:
        """Return logits (b, labels) of what the network takes."""
        features = self.features(**batch)
        # The head stays float32: it is a thousandth of the work, and its errors are the answer's.
        with torch.autocast("cpu", enabled=False):
            return self.network.answered(self.head(self.dropout(features)), batch)


def save_classifier(folder: Path, model: Classifier, base: Path, modality: Modality) -> None:
    """Write a candidate folder of kind `encoder`.

    Args:
        folder: Where to; for texts it holds plain transformers files, and the head.
        model: Its network's encoder and its head are kept.
        base: The base model's folder, for the files that come from there.
        modality: How it reads.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in modality.files:
        if (base / name).is_file():
            shutil.copyfile(base / name, folder / name)
    save(folder / "model.safetensors", model.network.tensors(), {"format": "pt"})
    save_head(folder, model.head, modality)


def save_head(folder: Path, head: nn.Module, modality: Modality) -> None:
    """Write head.safetensors and head.json: weight (labels, width), bias (labels,), settings."""
    told = {"kind": modality.kind, **modality.told()}
    if isinstance(head, nn.Linear):
        tensors = {"weight": head.weight.float(), "bias": head.bias.float()}
        save(folder / "head.safetensors", tensors, {})
        told["hidden"] = head.in_features
    write_json(folder / "head.json", told)


def layer_of(head: Linear) -> nn.Linear:
    """Return a head as a torch layer."""
    layer = nn.Linear(head.weight.shape[1], head.weight.shape[0])
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(head.weight))
        layer.bias.copy_(torch.from_numpy(head.bias))
    return layer


def head_of(layer: nn.Module) -> Linear:
    """Return a torch layer as a head."""
    assert isinstance(layer, nn.Linear), "a head that is kept is linear"
    weight, bias = (tensor.detach().float().numpy().copy() for tensor in (layer.weight, layer.bias))
    return Linear(weight, bias)
