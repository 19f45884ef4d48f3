"""FGM, held against the formula by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rows
import torch
from test_loop import PLAN, Bag, Rows, training, weights
from torch import Tensor, nn
from torch.nn import functional

from seedbed import registry
from seedbed.recipe import override
from seedbed.tune.adversarial import Attack
from seedbed.tune.climb import Climber
from seedbed.tune.events import Event

SIZE = 0.1


class Encoder(nn.Module):
    """What knows the table of a model."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.get_input_embeddings = lambda: model.word_embeddings


def batch() -> tuple[dict[str, Tensor], Tensor]:
    rows = Rows(6)
    return rows.batch(np.arange(6)), torch.from_numpy(rows.targets)


def moved(vectors: Tensor, slope: Tensor) -> Tensor:
    """Each row by a tenth of its length, along its own slope."""
    return torch.stack(
        [e + SIZE * e.norm() * g / g.norm() for e, g in zip(vectors, slope, strict=True)]
    )


@pytest.mark.parametrize("frozen", [False, True])
def test_word_pieces_are_moved_along_their_slope(frozen: bool) -> None:
    inputs, truth = batch()
    theirs, ours = Bag(), Bag()
    theirs.word_embeddings.weight.requires_grad = not frozen
    losses: list[float] = []

    def backward(given: dict[str, Tensor]) -> float:
        loss = functional.cross_entropy(theirs(**given), truth)
        loss.backward()
        losses.append(loss.item())
        return losses[-1]

    assert Attack(Encoder(theirs), SIZE)(inputs, backward) == losses[0]
    assert losses[1] > losses[0]

    looked_up = ours.word_embeddings(inputs["ids"]).detach().requires_grad_()
    table = ours.word_embeddings
    table.forward = lambda _: looked_up
    (slope,) = torch.autograd.grad(functional.cross_entropy(ours(**inputs), truth), looked_up)
    at = moved(looked_up.detach(), slope)
    table.forward = lambda _: at
    assert functional.cross_entropy(ours(**inputs), truth).item() == pytest.approx(losses[1])
    assert (theirs.word_embeddings.weight.grad is None) == frozen
    assert not theirs.word_embeddings._forward_hooks


def test_given_vectors_are_moved_along_their_slope() -> None:
    pixels, truth = torch.rand(4, 1, 3, 3), torch.tensor([0, 1, 1, 0])
    layer = nn.Linear(9, 2)
    seen: list[Tensor] = []

    def backward(given: dict[str, Tensor]) -> float:
        seen.append(given["pixels"])
        loss = functional.cross_entropy(layer(given["pixels"].flatten(1)), truth)
        loss.backward()
        return float(loss.item())

    Attack(nn.Module(), SIZE)({"pixels": pixels, "mask": torch.ones(4)}, backward)
    slope = seen[0].grad
    assert slope is not None
    torch.testing.assert_close(seen[1], moved(pixels, slope))


def test_a_row_without_a_slope_stays() -> None:
    pixels, weight = torch.rand(2, 1, 3, 3), torch.ones((), requires_grad=True)
    seen: list[Tensor] = []

    def backward(given: dict[str, Tensor]) -> float:
        seen.append(given["pixels"])
        loss = weight * given["pixels"][0].square().sum()
        loss.backward()
        return float(loss.item())

    Attack(nn.Module(), SIZE)({"pixels": pixels}, backward)
    assert torch.equal(seen[1][1], pixels[1])
    assert not torch.equal(seen[1][0], pixels[0])


def test_a_training_goes_through_each_batch_twice(tmp_path: Path) -> None:
    plain, attacked = (training(tmp_path / name) for name in ("plain", "attacked"))
    attacked.attack = Attack(Encoder(attacked.model), 0.5)
    calls = 0

    def counted(*_: object) -> None:
        nonlocal calls
        calls += torch.is_grad_enabled()

    attacked.model.register_forward_hook(counted)
    plain.run()
    attacked.run()
    assert calls == 2 * 3 * PLAN.epochs
    before, after = weights(plain.model), weights(attacked.model)
    assert any(not np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("rung", ["top", "adapter", "full"])
def test_every_rung_that_tunes_takes_it(rung: str, small: Path, tmp_path: Path) -> None:
    told: list[Event] = []
    changes = {"ladder__only": rung, "ladder__epochs": {rung: 1}, "train__adversarial": "fgm"}
    context = rows.context(small, tmp_path, told=told, **changes)
    found = Climber(context).run()
    assert found.chosen == rung
    plain = replace(context, recipe=override(context.recipe, {"train.adversarial": "none"}))
    plain.speed = context.speed
    kind = registry.kind("rungs", rung)
    assert kind(context).epoch_seconds() > 1.5 * kind(plain).epoch_seconds()
