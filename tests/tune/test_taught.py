"""Rungs that learn another model's answers: rows without labels, teachers, a larger base model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rows
import torch

from seedbed.errors import RungUnavailable, WrongValue
from seedbed.home import read_json, sha256
from seedbed.recipe import Settings, load
from seedbed.tasks.settle import settled
from seedbed.tune import climbed
from seedbed.tune.climb import Climb, Climber, choose, measured, pinned
from seedbed.tune.climb import rows as table
from seedbed.tune.context import TAUGHT_ROWS, Context
from seedbed.tune.features import Speed
from seedbed.tune.rungs.base import Candidate, Held
from seedbed.tune.rungs.distill import Distill
from seedbed.tune.rungs.larger import Larger
from seedbed.tune.rungs.probe import Probe
from seedbed.tune.rungs.pseudo import Pseudo
from seedbed.tune.rungs.top import Top
from seedbed.tune.search import trials_asked

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


@pytest.mark.parametrize("several", [False, True])
def test_its_loss_is_the_tasks_where_a_target_is_sure(
    several: bool, small: Path, tmp_path: Path
) -> None:
    changes: dict[str, Any] = {
        "train__class_weights": "balanced",
        "train__loss": "focal",
        "train__label_smoothing": 0.0,
        "labelled": lambda count, seed: unequal(count, seed, several=several),
    }
    changes |= {"data__label_separator": ";"} if several else {}
    run = context(small, tmp_path, ["probe", "pseudo"], **changes)
    rung, logits = Pseudo(run), torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
    truth = torch.from_numpy(run.train.targets[:8])
    weights = run.label_weights
    assert weights is not None
    assert weights.std() > 0.1
    told = run.task.loss(logits, truth, run.recipe.train, torch.from_numpy(weights))
    sure = torch.from_numpy(rung.truth()[:8])
    assert float(rung.loss(logits, sure)) == pytest.approx(float(told), rel=1e-5)


def unequal(count: int, seed: int, *, several: bool) -> list[tuple[str, str]]:
    """Return rows of which half have the first label, and a third a second one."""
    made, labels = rows.made(count, seed), list(rows.SIGNS)
    found = []
    for i, (text, label) in enumerate(made):
        label = labels[0] if i % 2 else label
        more = f";{labels[1]}" if several and i % 3 == 0 and label != labels[1] else ""
        found.append((text, label + more))
    return found


def test_its_loss_with_weights_by_hand(small: Path, tmp_path: Path) -> None:
    unlike = {"labelled": lambda count, seed: unequal(count, seed, several=False)}
    run = context(small, tmp_path, ["pseudo"], train__class_weights="balanced", **unlike)
    weights = run.label_weights
    assert weights is not None
    logits = torch.log(torch.tensor([[0.5, 0.3, 0.2]]))
    found = Pseudo(run).loss(logits, torch.tensor([[0.6, 0.4, 0.0]]))
    counts = 0.6 * weights[0] + 0.4 * weights[1]
    assert float(found) == pytest.approx(-counts * (0.6 * np.log(0.5) + 0.4 * np.log(0.3)))


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


def test_the_teachers_time_is_reckoned_with(small: Path, tmp_path: Path) -> None:
    run = context(small, tmp_path, ["distill"])
    asked: list[int] = []

    def slow(given: Sequence[Any]) -> Any:
        asked.append(len(given))
        return np.full((len(given), 3), 1 / 3, np.float32)

    run.teachers = [slow, slow]
    rung = Distill(run)
    first = rung.setup_seconds()
    assert asked == [1, 1, *[min(len(run.train), TAUGHT_ROWS)] * 2], "each warmed up, then timed"
    assert run.teaching > 0
    run.teaching = 10.0
    before = rung.setup_seconds()
    assert before - first == pytest.approx(10 * (len(run.train) + len(MANY)), abs=1)
    assert rung.ahead().setup > 2000
    rung.lesson()
    assert rung.setup_seconds() < before - 2000, "they are not asked twice"


def test_they_do_not_search_and_are_not_named_by_it(small: Path, tmp_path: Path) -> None:
    settings = {"pseudo": {"learning_rate": 1e-3}, "larger": {"learning_rate": 2e-3}}
    rungs = ["probe", "top", "pseudo", "distill", "larger"]
    changes = {"search__trials": 4, "ladder__settings": settings, "larger": str(small)}
    run = context(small, tmp_path, rungs, **changes)
    Climber(run)  # their settings may be written, though they are not searched
    assert [trials_asked(rung) for rung in (Top(run), Pseudo(run), Distill(run))] == [4, 0, 0]
    named = context(small, tmp_path, rungs, search__rungs=["pseudo"])
    with pytest.raises(WrongValue, match=r"search\.rungs: top; got pseudo"):
        Climber(named)


def leave(run: Context, name: str, right: float, optimism: float = 0.0) -> None:
    """Leave a candidate whose share of the validation rows is answered right."""
    truth = run.validation.targets
    said = np.where(np.arange(len(truth)) < right * len(truth), truth, (truth + 1) % 3)
    logits = np.eye(3, dtype=np.float32)[said]
    folder = run.run / "rungs" / name / "model"
    folder.mkdir(parents=True)
    kept = Held(*(np.empty(0),) * 4)
    Candidate(name, "encoder", folder, 1, 0, 0, logits, kept, optimism).save()


def test_larger_climbs_no_rung_that_another_model_taught(small: Path, tmp_path: Path) -> None:
    rungs = ["probe", "top", "pseudo", "distill", "larger"]
    run = context(small, tmp_path, rungs, larger=str(small))
    assert Larger(run)._again().name == "full"
    for name, right in zip(rungs, (0.7, 0.6, 0.9, 0.8, 0.95), strict=True):
        leave(run, name, right)
    assert Larger(run)._again().name == "probe"
    teacher = climbed.best(run)
    assert teacher is not None
    assert teacher.rung == "larger"


def test_the_best_rung_is_that_by_corrected_scores(small: Path, tmp_path: Path) -> None:
    run = context(small, tmp_path, ["probe", "top"])
    leave(run, "probe", 0.7)
    leave(run, "top", 0.75, optimism=0.1)
    found = climbed.best(run)
    assert found is not None
    assert found.rung == "probe"


def test_what_a_search_found_does_not_hold_for_the_larger_model(
    small: Path, tmp_path: Path
) -> None:
    rungs, larger = ["top", "larger"], {"warmup": 0.3}
    changes = {"larger": str(small), "ladder__settings": {"larger": larger}}
    run = context(small, tmp_path, rungs, **changes)
    leave(run, "top", 0.9)
    one = Candidate.load(run.run / "rungs" / "top")
    assert one is not None
    settings = {"learning_rate": 1e-3, "weight_decay": 0.0, "warmup": 0.0, "label_smoothing": 0.0}
    found = Climb({"top": replace(one, search={"settings": settings}, optimism=0.02)})
    found.candidates["larger"] = replace(one, rung="larger")
    again = replace(run, recipe=pinned(run, found))
    assert Top(again).settings.learning_rate == 1e-3
    mine, theirs = (Larger(each)._again() for each in (run, again))
    assert isinstance(mine, Top)
    assert isinstance(theirs, Top)
    assert mine.settings == theirs.settings == Settings(warmup=0.3)
    assert (mine.plan().rate, mine.plan().warmup) == (theirs.plan().rate, theirs.plan().warmup)


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


@pytest.mark.parametrize(
    ("wrong", "better"),
    [(30, False), (20, False), (18, False), (9, True)],
    ids=["harmful", "as good", "luck", "helpful"],
)
def test_pseudo_is_released_only_where_it_leads_by_more_than_chance(
    wrong: int, better: bool, small: Path, tmp_path: Path
) -> None:
    run = context(small, tmp_path, ["baseline", "probe", "pseudo"])
    for name, right in (("baseline", 30), ("probe", 40), ("pseudo", 60 - wrong)):
        leave(run, name, right / 60)
    found = Climb()
    for name in run.recipe.ladder.order:
        one = Candidate.load(run.run / "rungs" / name)
        assert one is not None
        held = Probe(run).validation_held(one.validation)
        found.candidates[name] = replace(one, held=held)
        found.intervals[name] = measured(run, held)
    found.chosen = choose(run, found)
    assert found.chosen == ("pseudo" if better else "probe")
    climber, run.speed = Climber(run), Speed(1e4, 2)
    climber.climb = found
    standing = climber._standing()
    assert standing is not None
    assert standing.rung == found.chosen, "the stop rule does not stand on it either"
    *_, row = table(run, found)
    assert row["rung"] == "pseudo"
    assert (row["why"] is None) == better
    if wrong == 18:
        assert row["why"]["en"].startswith("Not released: beside `probe`, the best of the others")
        assert "+3.3 points on the validation rows" in row["why"]["en"]
        assert "+3.3 个百分点" in row["why"]["zh"]
    alone = Climb({"pseudo": found.candidates["pseudo"]}, {"pseudo": found.intervals["pseudo"]})
    assert choose(run, alone) == "pseudo"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("larger: ./big", "larger: with larger in ladder.rungs"),
        ("distill: [first]", "distill: with distill in ladder.rungs"),
        ("data: {train: a.csv, unlabeled: b.csv}", "with pseudo or distill in ladder.rungs"),
    ],
)
@pytest.mark.parametrize("metric", ["", "quality: {metric: accuracy}\n"])
def test_keys_whose_rung_the_written_ladder_lacks(
    key: str, said: str, metric: str, tmp_path: Path
) -> None:
    data = "" if key.startswith("data") else "data: {train: a.csv}\n"
    text = f"name: a\n{metric}{data}ladder: {{rungs: [baseline, probe]}}\n{key}\n"
    (tmp_path / "recipe.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(WrongValue, match=re.escape(said)):
        settled(load(tmp_path))


def test_a_full_recipe_names_nothing_that_no_rung_reads(small: Path, tmp_path: Path) -> None:
    more = {"larger": str(small), "distill": ["a"], "data__unlabeled": "b.csv"}
    run = context(small, tmp_path, ["probe", "larger", "pseudo", "distill"], **more)
    leave(run, "probe", 0.9)
    one = Candidate.load(run.run / "rungs" / "probe")
    assert one is not None
    full = pinned(run, Climb({"probe": one}))
    assert (full.larger, full.distill, full.data.unlabeled) == (None, (), None)
    assert settled(full)[0] == full
    kept = pinned(run, Climb({"distill": replace(one, rung="distill")}))
    assert (kept.larger, kept.distill, kept.data.unlabeled) == (None, ("a",), "b.csv")


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
