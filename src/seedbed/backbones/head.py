"""A linear head: what turns features of a text into logits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from seedbed.backbones.index import Index

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Linear:
    """A fitted head: weight (labels, features), bias (labels,)."""

    weight: Floats
    bias: Floats

    @classmethod
    def load(cls, folder: Path) -> Linear:
        """Read a candidate folder's head.safetensors."""
        from safetensors.numpy import load_file

        tensors = load_file(folder / "head.safetensors")
        return cls(tensors["weight"], tensors["bias"])

    def logits(self, features: Any) -> Floats:
        """Return features @ weight.T + bias: (n, labels)."""
        found: Floats = np.asarray(features @ self.weight.T + self.bias, dtype=np.float32)
        return found


def load(folder: Path) -> Linear | Index:
    """Read a candidate folder's head.safetensors: a linear head, or the answers to search."""
    from safetensors import safe_open

    from seedbed.backbones.index import Index

    with safe_open(folder / "head.safetensors", framework="numpy") as file:
        kept = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a dict
    if "vectors" in kept:
        return Index(kept["vectors"], kept.get("scales"))
    return Linear(kept["weight"], kept["bias"])
