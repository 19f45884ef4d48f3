"""Rungs that learn another model's answers: rows without labels, teachers, a larger base model."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rows
import torch

from seedbed.errors import RungUnavailable, WrongValue
from seedbed.home import read_json, sha256
from seedbed.recipe import load
from seedbed.tasks.settle import settled
from seedbed.tune import climbed
from seedbed.tune.climb import Climber, pinned
from seedbed.tune.context import Context
from seedbed.tune.rungs.base import Candidate, Held
from seedbed.tune.rungs.distill import Distill
from seedbed.tune.rungs.larger import Larger
from seedbed.tune.rungs.pseudo import Pseudo

MANY = [text for text, _ in rows.made(90, 11)]


def context(small: Path, folder: Path, rungs: list[str], **changes: Any) -> Context:
    """Return a run with rows without labels, that climbs every rung named."""
    plain = {"ladder__rungs": rungs, "ladder__stop": False}
    found = rows.context(small, folder, **plain | changes)
    found.unlabeled = MANY
    return found


def test_rows_without_labels_are_labelled_by_the_best_rung(small: Path, tmp_path: Path) -> None:
    passes = {"ladder__epochs": {"pseudo": 1}}
    run = context(small, tmp_path, ["baseline", "probe", "pseudo"], **passes)
    found = Climber(run).run()
    assert list(found.candidates) == ["baseline", "probe", "pseudo"]
    rung = Pseudo(run)
    own, told = rung.lesson()
    truth = run.train.targets
    # 0.1 is given away: 0.9 + 0.1 / 3 for the label, and 0.1 / 3 for each of the others.
    assert own[np.arange(len(truth)), truth] == pytest.approx(0.9 + 0.1 / 3)
    assert own.sum(1) == pytest.approx(1)
    assert told.shape == (90, 3)
    assert told.sum(1) == pytest.approx(1, abs=1e-5)
    teacher = found.candidates["probe"]
    assert (told == climbed.chances(run, teacher, MANY)).all()
    signs = [label for _, label in rows.made(90, 11)]
    right = np.array([run.schema.labels[i] for i in told.argmax(1)]) == signs
    assert right.mean() > 0.6
    held = found.candidates["pseudo"].held
    assert set(held.split) == {"validation"}
    assert (held.numbers == run.validation.numbers).all()


def test_a_pass_holds_every_row_and_a_quarter_is_labelled(small: Path, tmp_path: Path) -> None:
    run = context(small, tmp_path, ["probe", "pseudo"])
    few = replace(run.train, numbers=run.train.numbers[:10], targets=run.train.targets[:10])
    run.train = replace(few, inputs=list(run.train.inputs[:10]))
    rung = Pseudo(run)
    assert len(rung.rows) == len(rung.sizes) == 3 * 10 + 90  # 30 of 120 rows are a quarter
    assert [rung.rows[i].tolist() for i in (0, 10, 20)] == [run.encoded[0][0].tolist()] * 3
    assert rung.sizes.sum() == 3 * run.sizes[0].sum() + run.others[1].sum()
    assert rung.epochs_wanted() == 10


def test_the_loss_of_a_chance(small: Path, tmp_path: Path) -> None:
    rung = Pseudo(context(small, tmp_path, ["probe", "pseudo"]))
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.2]]))
    found = rung.loss(logits, torch.tensor([[0.6, 0.4, 0.0]]))
    assert float(found) == pytest.approx(-(0.6 * np.log(0.5) + 0.4 * np.log(0.3)))


def test_a_teacher_is_as_sure_as_it_is_right(small: Path, tmp_path: Path) -> None:
    run = context(small, tmp_path, ["probe"])
    teacher = Climber(run).run().winner
    plain = climbed.chances(run, teacher, MANY)
    loud = replace(teacher, validation=teacher.validation * 100)  # as if it had been far surer
    assert climbed.chances(run, loud, MANY).max(1).mean() < plain.max(1).mean()


def test_teachers_are_learnt_together(small: Path, tmp_path: Path) -> None:
    run = context(small, tmp_path, ["distill"])
    run.unlabeled = MANY[:2]
    first, second = np.float32([[1, 0, 0]]), np.float32([[0, 0.5, 0.5]])
    run.teachers = [
        lambda rows: first.repeat(len(rows), 0),
        lambda rows: second.repeat(len(rows), 0),
    ]
    own, others = Distill(run).lesson()
    mean = np.float32([0.5, 0.25, 0.25])
    assert others == pytest.approx(np.tile(mean, (2, 1)))
    hot = np.eye(3)[run.train.targets] * 0.9 + 0.1 / 3
    assert own == pytest.approx((hot + mean) / 2, abs=1e-6)


def test_what_the_rungs_lack(small: Path, tmp_path: Path) -> None:
    run = rows.context(small, tmp_path)
    for rung in (Pseudo(run), Larger(run), Distill(run)):
        said = rung.unfit()
        assert said is not None
        assert set(said) == {"en", "zh"}
        with pytest.raises(RungUnavailable):
            rung.climb()
    run.unlabeled = MANY
    with pytest.raises(RungUnavailable, match="a rung below"):
        Pseudo(run).lesson()


def test_the_best_rung_once_more_with_a_larger_model(small: Path, tmp_path: Path) -> None:
    changes = {"larger": "minilm", "ladder__epochs": {"top": 1}, "train__top_layers": 1}
    run = context(small, tmp_path, ["probe", "top", "larger"], **changes)
    kept = Held(*(np.empty(0),) * 4)
    for name, right in (("probe", 0.0), ("top", 9.0)):
        logits = np.eye(3, dtype=np.float32)[run.validation.targets] * np.float32(right)
        folder = run.run / "rungs" / name / "model"
        folder.mkdir(parents=True)
        Candidate(name, "encoder", folder, 1, 0, 0, logits, kept).save()
    rung = Larger(run)
    told = rung.ahead()
    assert told.rung == "larger"
    assert told.wanted == 1
    assert told.serving == pytest.approx(
        run.larger.sizes[0].mean() / run.larger.speed.forward / 3600 * 0.10
    )
    found = rung.climb()
    assert found.rung == "larger"
    assert found.folder == run.run / "rungs" / "larger" / "model"
    assert read_json(found.folder / "config.json")["num_hidden_layers"] == 6
    assert run.larger.recipe.base == "minilm"
    # A text is cut where the small model cuts it.
    assert run.larger.modality.most == run.modality.most
    found.save()
    again = Candidate.load(rung.folder)
    assert again is not None
    assert again.rung == "larger"


def test_a_full_recipe_climbs_the_same(small: Path, tmp_path: Path) -> None:
    rungs = ["probe", "larger", "pseudo"]
    changes = {"larger": "minilm", "ladder__epochs": {"pseudo": 0.5}}
    run = context(small, tmp_path / "one", rungs, **changes)
    found = Climber(run).run()
    full = pinned(run, found)
    assert full.ladder.order == tuple(rungs)
    assert full.larger == "minilm"
    again = rows.context(small, tmp_path / "two")
    again.recipe, again.unlabeled = full, MANY
    once_more = Climber(again).run()
    for name in rungs:
        one, other = (c.candidates[name].folder / "model.safetensors" for c in (found, once_more))
        assert sha256(one) == sha256(other), name


def test_keys_of_the_recipe_add_rungs(tmp_path: Path) -> None:
    text = (
        "name: a\nlarger: ./big\ndistill: [first, ../second]\n"
        "data: {train: train.csv, unlabeled: more.csv}\n"
    )
    (tmp_path / "recipe.yaml").write_text(text, encoding="utf-8")
    recipe, _ = settled(load(tmp_path))
    assert recipe.ladder.order[-3:] == ("larger", "pseudo", "distill")
    assert recipe.data.unlabeled == str(tmp_path / "more.csv")
    assert recipe.larger == str(tmp_path / "big")
    assert recipe.distill == ("first", str(tmp_path / ".." / "second"))


@pytest.mark.parametrize(
    ("task", "key"),
    [
        ("tabular-classification", "larger: minilm"),
        ("text-regression", "distill: [a]"),
        ("token-classification", "data: {train: a.csv, unlabeled: b.csv}"),
    ],
)
def test_tasks_that_have_no_use_for_them(task: str, key: str, tmp_path: Path) -> None:
    data = "" if key.startswith("data") else "data: {train: a.csv}\n"
    (tmp_path / "recipe.yaml").write_text(f"name: a\ntask: {task}\n{data}{key}\n", encoding="utf-8")
    with pytest.raises(WrongValue, match="that labels texts or pictures"):
        settled(load(tmp_path))
