"""A causal model that reads on in texts: each next token, and what decides whether it is kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rows
import torch
from torch.nn import functional

import writer_sample
from seedbed.backbones.modalities.base import load
from seedbed.data.table import Table
from seedbed.data.unlabelled import Unlabelled
from seedbed.recipe import Pretrain, override
from seedbed.tasks.settle import settled
from seedbed.tune.context import Clock, Context, Split
from seedbed.tune.events import Events
from seedbed.tune.pretrain import pretrained

TEXTS = [text for text, _ in rows.made(44, 3)]
ASKED = Pretrain(rows="more.txt", passes=1.0)


def context(writer: Path, run: Path) -> Context:
    """Return a run whose answers are texts of the kind that is read."""
    made = override(
        writer_sample.recipe(run, writer), {"train.max_tokens": 64, "train.batch_rows": 2}
    )
    made, task = settled(override(made, {"pretrain": ASKED.model_dump(mode="json")}))
    held = {"text": ["Go on."] * 8, "answer": [text for text, _ in rows.made(8, 5)]}
    table = Table(run / "rows.jsonl", held, np.arange(1, 9))
    schema = task.schema(table)
    split = Split.of(task, table, schema)
    return Context(made, task, schema, split, split, run, run / "cache", Clock(600), Events())


def test_each_next_token_of_a_part_is_guessed(writer: Path, tmp_path: Path) -> None:
    one = context(writer, tmp_path)
    modality, network = one.modality, one.modality.network(writer)
    texts = ["one two three", "x", "", "a longer one " * 40]
    found = modality.plain(texts)
    ids = [modality.tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    long = ids[3]
    parts = [ids[0], *(long[at : at + 64] for at in range(0, len(long), 64))]
    assert [row.ids.tolist() for row in found] == [part for part in parts if len(part) > 1]
    with torch.inference_mode():
        batch = {k: torch.from_numpy(v) for k, v in modality.batch(found).items()}
        told = network(**batch)
        for row, (lost, count, _) in zip(found, told.tolist(), strict=True):
            whole = torch.from_numpy(row.ids.astype(np.int64))
            logits = network.encoder(input_ids=whole[None]).logits[0, :-1]
            hand = functional.cross_entropy(logits, whole[1:], reduction="sum")
            assert (lost, count) == (pytest.approx(float(hand), rel=1e-3), len(whole) - 1)


def test_what_it_read_is_likelier_and_is_kept(writer: Path, tmp_path: Path) -> None:
    found = Unlabelled(TEXTS, {"test": 0, "validation": 0})
    after, facts = pretrained(context(writer, tmp_path / "one"), found, ASKED)
    assert facts is not None
    assert facts.after < facts.before - 0.3
    assert facts.kept
    assert facts.value > facts.base
    assert "the loss of a next word piece went from" in facts.said["en"]
    assert "Kept: `prompted` has token_likelihood" in facts.said["en"]
    assert "下一个词元的损失" in facts.said["zh"]
    model = after.start
    assert model == tmp_path / "one" / "pretrain" / "model"
    assert load(model).network(model).encoder.num_parameters() > 1e6
    assert after.backbone.modality == "causal"
