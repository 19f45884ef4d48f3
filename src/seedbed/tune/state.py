"""A training's state in one safetensors file: weights, AdamW's moments, the best so far."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from seedbed.backbones.tensors import save
from seedbed.tune.ranks import Ranks


class State:
    """Saves and restores what a training needs to go on as if it had never stopped.

    Args:
        path: The file.
        model: Its trainable weights are kept.
        optimizer: Its moments and step count are kept.
        ranks: What they are chosen by is kept.
    """

    def __init__(
        self,
        path: Path,
        model: nn.Module,
        optimizer: torch.optim.AdamW,
        ranks: Ranks | None = None,
    ) -> None:
        self.path = path
        self.optimizer = optimizer
        self.ranks = ranks
        self.weights = {n: w for n, w in model.named_parameters() if w.requires_grad}
        self._best: dict[str, Tensor] = {}
        self._start = {name: w.detach().clone() for name, w in self.weights.items()}

    def keep_best(self) -> None:
        """Remember the weights as they are now."""
        for name, weight in self.weights.items():
            if name in self._best:
                self._best[name].copy_(weight.detach())
            else:
                self._best[name] = weight.detach().clone()

    def restore_best(self, share: float = 1.0) -> None:
        """Put the remembered weights back, or go only that share of the way from the start."""
        with torch.no_grad():
            for name, weight in self.weights.items():
                if share == 1.0:
                    weight.copy_(self._best[name])
                else:
                    weight.copy_(torch.lerp(self._start[name], self._best[name], share))

    def save(self, told: dict[str, Any]) -> None:
        """Write everything, whole or not at all."""
        tensors = {f"now.{n}": w.detach() for n, w in self.weights.items()}
        tensors |= {f"best.{n}": w for n, w in self._best.items()}
        for name, weight in self.weights.items():
            for key, value in self.optimizer.state.get(weight, {}).items():
                tensors[f"adam.{key}.{name}"] = value
        if self.ranks is not None:
            tensors |= {f"ranks.{name}": tensor for name, tensor in self.ranks.tensors().items()}
        tensors["random"] = torch.get_rng_state()
        save(self.path, tensors, {"told": json.dumps(told)})

    def load(self) -> dict[str, Any] | None:
        """Restore what `save` wrote and return what it was told; None where there is nothing."""
        from safetensors import safe_open

        if not self.path.is_file():
            return None
        with safe_open(self.path, framework="pt") as file, torch.no_grad():
            told: dict[str, Any] = json.loads(file.metadata()["told"])
            for name, weight in self.weights.items():
                weight.copy_(file.get_tensor(f"now.{name}"))
                self._best[name] = file.get_tensor(f"best.{name}")
                if f"adam.step.{name}" in file.keys():  # noqa: SIM118 - not a dict
                    self.optimizer.state[weight] = {
                        key: file.get_tensor(f"adam.{key}.{name}")
                        for key in ("step", "exp_avg", "exp_avg_sq")
                    }
            if self.ranks is not None:
                names = [name for name in file.keys() if name.startswith("ranks.")]  # noqa: SIM118
                self.ranks.restore({n.removeprefix("ranks."): file.get_tensor(n) for n in names})
            torch.set_rng_state(file.get_tensor("random"))
        return told
