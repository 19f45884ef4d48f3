"""Training of the reached rows alone is training of the whole table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import rows
import torch

from seedbed import registry
from seedbed.backbones.encoder import load_encoder
from seedbed.tune.context import Context
from seedbed.tune.rungs.deep import Deep
from seedbed.tune.rungs.full import Full
from seedbed.tune.vocabulary import Reached, narrow, widen

TABLE = "embeddings.word_embeddings.weight"


class Whole(Full):
    """`full` with nothing narrowed."""

    def learn(self) -> Any:
        model = self.classifier()
        inputs = self.inputs()
        trained = self.train(model, inputs)
        return trained, model, self.fit_head(model, inputs)


def context(small: Path, run: Path) -> Context:
    changes = {"train__precision": "float32", "ladder__epochs": {"full": 2}}
    return rows.context(small, run, rows=96, held=30, train__weight_decay=0.1, **changes)


def tensors(rung: Deep) -> dict[str, torch.Tensor]:
    trained, model, _ = rung.learn()
    assert trained.progress.best_epoch > 0
    return {
        name: tensor.detach().clone() for name, tensor in model.network.encoder.state_dict().items()
    }


def test_narrow_training_is_whole_training(small: Path, tmp_path: Path) -> None:
    runs = [context(small, tmp_path / name) for name in ("narrow", "whole")]
    for run in runs:
        registry.kind("rungs", "probe")(run).climb()
    narrowed, whole = tensors(Full(runs[0])), tensors(Whole(runs[1]))
    assert narrowed.keys() == whole.keys()
    start = load_encoder(small).state_dict()
    for name, tensor in whole.items():
        torch.testing.assert_close(narrowed[name], tensor, rtol=1e-4, atol=2e-6, msg=name)
    used = np.unique(np.concatenate(runs[0].encoded[0]))
    rest = np.setdiff1d(np.arange(len(start[TABLE])), used)
    assert len(used) < 200
    assert torch.equal(narrowed[TABLE][rest], start[TABLE][rest])
    assert torch.equal(whole[TABLE][rest], start[TABLE][rest])
    assert (narrowed[TABLE][used] - start[TABLE][used]).abs().max() > 1e-4


def test_rows_that_were_never_seen_are_looked_up(small: Path) -> None:
    encoder = load_encoder(small)
    table = encoder.get_input_embeddings()
    before = table.weight.detach().clone()
    reached = narrow(encoder, [np.array([5, 9, 7], np.int32), np.array([9], np.int32)], pad_id=0)
    assert isinstance(encoder.get_input_embeddings(), Reached)
    assert reached.used.tolist() == [0, 5, 7, 9]
    with torch.no_grad():
        reached.weight += 1
    found = reached(torch.tensor([[0, 5, 9], [9, 100, 7]]))
    expected = before[torch.tensor([[0, 5, 9], [9, 100, 7]])]
    expected[torch.tensor([[True] * 3, [True, False, True]])] += 1
    assert torch.equal(found, expected)
    widen(encoder)
    assert encoder.get_input_embeddings() is table
    assert torch.equal(table.weight[[0, 5, 7, 9]], before[[0, 5, 7, 9]] + 1)
    assert torch.equal(table.weight[10:], before[10:])
    widen(encoder)  # a second time changes nothing
    assert encoder.get_input_embeddings() is table
