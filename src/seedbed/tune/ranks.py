"""AdaLoRA's ranks: what matters least is struck out while the training goes on.

Beside each frozen weight stands P·diag(λ)·Q. A λ is struck out (set to 0) where its triplet of λ, a
column of P and a row of Q matters least: the mean of |w · ∂L/∂w| times its spread, both smoothed
over the steps. How many are left over all layers falls from 1.5 times `train.lora_rank` a layer to
`train.lora_rank`, by a cube, from a tenth of the steps to seven tenths of them (Zhang et al. 2023,
https://arxiv.org/abs/2303.10512, sections 3.2 and 3.3). Scores and schedule are peft's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

EARLY, LATE = 0.1, 0.3
"""Shares of the steps before the first is struck out, and after the last."""


class Ranks:
    """What a training with AdaLoRA does beside its steps.

    Args:
        adapted: A model that peft made with an `AdaLoraConfig`.
    """

    def __init__(self, adapted: nn.Module) -> None:
        self._model: Any = cast(Any, adapted).base_model
        self._config: Any = self._model.peft_config["default"]
        self._settled = False
        """Whether those that stay have been chosen for good."""
        for name, weight in adapted.named_parameters():
            if ".ranknum." in name:  # peft divides by it, and over a bfloat16 base lets it learn
                weight.requires_grad = False
        weights = [w for w in adapted.parameters() if w.requires_grad]
        self._values = {n: w for n, w in self._model.model.named_parameters() if ".lora_E." in n}
        values = {id(w) for w in self._values.values()}
        self._vectors = [w for w in weights if id(w) not in values]
        self._weights = weights

    def straighten(self) -> None:
        """Add the gradient of γ times the mean of ‖PᵀP − 1‖ and ‖QQᵀ − 1‖ (Frobenius)."""
        rank = len(next(iter(self._values.values())))
        one = torch.eye(rank)
        crooked = torch.zeros(())
        for w in self._vectors:
            crooked = crooked + torch.linalg.norm((w @ w.T if len(w) == rank else w.T @ w) - one)
        loss = self._config.orth_reg_weight * crooked / len(self._vectors)
        loss.backward()

    def allot(self, step: int, steps: int) -> None:
        """Strike out what this step leaves no room for; its gradients must still be there.

        Args:
            step: The step just made, from 0.
            steps: Of the whole training; may change on the way.
        """
        for weight in self._weights:
            if weight.grad is None:  # of a layer that the answer does not go through
                weight.grad = torch.zeros_like(weight)
        early, late = round(EARLY * steps), round(LATE * steps)
        self._config.total_step, self._config.tinit, self._config.tfinal = steps, early, late
        last = steps - late
        # Where fewer steps are planned than before, the one that settles it must not be left out.
        at = last + 1 if self._settled else min(step, last)
        self._model.update_and_allocate(at)
        self._settled = at >= last

    def close(self) -> None:
        """Take the pattern of ranks out of what peft keeps: where λ is 0 a rank is struck out.

        Of a pattern peft 0.21 warns, as it loads the adapter, that it is ignored, which is wrong.
        """
        self._config.rank_pattern = None

    def tensors(self) -> dict[str, Tensor]:
        """Return all that a resumed training must know, by name."""
        scores = self._model.rankallocator
        found = {f"mean.{name}": one for name, one in scores.exp_avg_ipt.items()}
        found |= {f"spread.{name}": one for name, one in scores.exp_avg_unc.items()}
        if self._settled:
            pattern = self._config.rank_pattern
            found |= {
                f"stays.{name}": torch.tensor(which).to(torch.uint8)
                for name, which in pattern.items()
            }
        return found

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up what `tensors` gave."""
        scores = self._model.rankallocator
        scores.reset_ipt()
        stays = {}
        for key, tensor in tensors.items():
            kind, _, name = key.partition(".")
            if kind == "mean":
                scores.ipt[name] = torch.zeros_like(tensor)  # it is computed anew at each step
                scores.exp_avg_ipt[name] = tensor
            elif kind == "spread":
                scores.exp_avg_unc[name] = tensor
            else:
                stays[name] = tensor.bool().tolist()
        self._settled = bool(stays)
        self._config.rank_pattern = stays or None
