"""Learning to retrieve: hard batches, the gradient by parts, a resumed epoch."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rows
import torch

from seedbed import recipe as recipes
from seedbed.data.table import Table
from seedbed.errors import RungUnavailable
from seedbed.recipe import override
from seedbed.tasks.settle import settled
from seedbed.tune import vectors
from seedbed.tune.context import Clock, Context, Split
from seedbed.tune.dual import Both, DualTraining
from seedbed.tune.events import Events
from seedbed.tune.inputs import Some
from seedbed.tune.neighbours import TOGETHER, batches, near
from seedbed.tune.rungs.dual import Dual
from seedbed.tune.rungs.untuned import Untuned

THINGS = ("card", "rate", "wallet", "iban", "euro", "chip", "fee", "bank", "coin", "note", "loan")
PLACES = ["Oslo", "Rome", "Cairo", "Lima", "Perth", "Osaka", "Quito", "Dakar"]


def asked() -> tuple[list[str], list[str]]:
    pairs = [(thing, place) for thing in THINGS for place in PLACES]
    questions = [f"where can I see my {thing} in {place}?" for thing, place in pairs]
    return questions, [f"{place}: ask at the counter for your {thing}." for thing, place in pairs]


def table(questions: list[str], answers: list[str]) -> Table:
    columns = {"text": questions, "text_b": answers}
    return Table(Path("rows.csv"), columns, np.arange(1, len(questions) + 1))


@pytest.fixture
def context(tmp_path: Path) -> Context:
    rows.two_layers(tmp_path / "base")
    recipe, task = settled(
        recipes.validate(
            {
                "name": "found",
                "task": "text-matching",
                "data": {"train": "rows.csv", "match": "answer"},
                "base": str(tmp_path / "base"),
                "ladder": {"epochs": {"dual": 2}},
                "train": {"precision": "float32", "batch_rows": 8, "learning_rate": 3e-4},
            }
        )
    )
    questions, answers = asked()
    train, held = table(questions[:66], answers[:66]), table(questions[66:], answers[66:])
    task.gather([train, held])
    schema = task.schema(train)
    return Context(
        recipe,
        task,
        schema,
        Split.of(task, train, schema),
        Split.of(task, held, schema),
        tmp_path / "run",
        tmp_path / "cache",
        Clock(600),
        Events(),
    )


def training(context: Context, folder: Path) -> DualTraining:
    folder.mkdir(exist_ok=True)
    rung = Dual(context)
    held, score = rung._held()
    own = context.train.targets[:, 0]
    start = np.random.default_rng(0).normal(size=(2, len(own), 384)).astype(np.float32)
    return DualTraining(
        vectors.embedder(context),
        Both(rung.inputs()[0], rung._own()),
        context.train.targets,
        held,
        start=(start[0], start[1]),
        temperature=0.05,
        plan=rung.plan(),
        loss=rung.loss,
        score=score,
        state=folder / "state.safetensors",
        progress=lambda **told: None,
    )


def gradient(one: DualTraining) -> dict[str, Any]:
    one._gradient(np.arange(16))
    named = one.model.named_parameters()
    return {name: weight.grad.clone() for name, weight in named if weight.grad is not None}


def test_the_gradient_in_parts_is_that_of_the_whole(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = gradient(training(context, tmp_path / "a"))
    monkeypatch.setattr(vectors, "WHOLE_PIECES", 0)
    parts = gradient(training(context, tmp_path / "b"))
    assert whole.keys() == parts.keys()
    assert not any("embeddings.word" in name for name in whole)
    for name, slope in whole.items():
        assert torch.allclose(slope, parts[name], atol=1e-5 + 1e-3 * float(slope.abs().max()))


def test_it_learns_to_find_answers(context: Context) -> None:
    before = context.score(Untuned(context).climb().validation, context.validation.targets)
    candidate = Dual(context).climb()
    after = context.score(candidate.validation, context.validation.targets)
    assert after > before + 0.05
    assert not (context.run / "rungs" / "dual" / "vectors.npy").exists()


def test_without_time_for_a_step_there_is_no_candidate(context: Context) -> None:
    pinned = override(context.recipe, {"ladder.epochs": {}, "budget.minutes": 0.001})
    short = replace(context, recipe=pinned, clock=Clock(0.0))
    with pytest.raises(RungUnavailable, match="time") as caught:
        Dual(short).climb()
    assert caught.value.zh.startswith("预算的时间已用完")


def test_a_resumed_epoch_has_the_same_batches(context: Context, tmp_path: Path) -> None:
    one = training(context, tmp_path / "a")
    first = one._batches()
    one._gradient(first[0])  # its vectors are others now
    again = training(context, tmp_path / "a")
    assert all((a == b).all() for a, b in zip(first, again._batches(), strict=True))


def test_every_row_is_in_a_batch_once_and_hard_ones_are_together() -> None:
    draw = np.random.default_rng(1)
    topics = np.repeat(np.arange(25), 8)
    centres = draw.normal(size=(25, 64))
    answers = (centres[topics] + 0.3 * draw.normal(size=(200, 64))).astype(np.float32)
    questions = (answers + 0.1 * draw.normal(size=(200, 64))).astype(np.float32)
    truth = np.arange(200)[:, None]
    hard = near(questions, answers, truth, seed=0)
    assert (hard != np.arange(200)[:, None]).all()
    found = batches(hard, 32, (0, 1))
    assert sorted(np.concatenate(found).tolist()) == list(range(200))
    alike = [np.unique(topics[batch]).size / len(batch) for batch in found if len(batch) == 32]
    assert np.mean(alike) < 0.6  # by chance it would be 0.73
    assert TOGETHER == 4


def test_what_says_the_same_is_no_wrong_answer() -> None:
    answers = np.eye(4, 8, dtype=np.float32)
    answers[1] = answers[0] + 1e-3
    truth = np.array([[0], [1], [2], [0]])  # the last row has the first one's answer
    hard = near(answers + 0.1, answers, truth, seed=0)
    assert 1 not in hard[0]
    assert 3 not in hard[0]
    assert set(hard[0][hard[0] >= 0]) == {2}


def test_one_pair_can_be_trained_on(context: Context, tmp_path: Path) -> None:
    assert batches(near(*np.ones((2, 1, 4), np.float32), np.zeros((1, 1), int), 0), 8, (0,))
    one = Some(Dual(context)._own(), np.array([0]))
    assert len(one.lengths) == 1
