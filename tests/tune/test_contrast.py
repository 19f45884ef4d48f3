"""Few rows a label: the contrast by hand, its batches, the rung, and the labels' own names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rows
import torch
from safetensors.torch import load_file

from seedbed.errors import RungUnavailable
from seedbed.home import sha256
from seedbed.tasks.base import Schema
from seedbed.tune import climbed, names, vectors
from seedbed.tune.climb import Climber, choose
from seedbed.tune.context import Context
from seedbed.tune.contrast import TEMPERATURE, ContrastTraining, grouped, loss
from seedbed.tune.events import Event
from seedbed.tune.rows import likelihood
from seedbed.tune.rungs import contrast
from seedbed.tune.rungs.contrast import Contrast

FEW = {"rows": 36, "held": 12, "ladder__epochs": {"contrast": 1}}


def context(small: Path, folder: Path, **changes: Any) -> Context:
    return rows.context(small, folder, **FEW | changes)


def test_the_loss_by_hand() -> None:
    draw = torch.Generator().manual_seed(0)
    given = torch.nn.functional.normalize(torch.randn(6, 4, generator=draw), dim=1)
    labels = torch.tensor([0, 0, 1, 1, 1, 2])  # the last has no other of its label
    likes = np.exp((given @ given.T).numpy().astype(float) / TEMPERATURE)
    each = []
    for i in range(5):
        others = [a for a in range(6) if a != i]
        same = [p for p in others if labels[p] == labels[i]]
        every = sum(likes[i, a] for a in others)
        each.append(-np.mean([np.log(likes[i, p] / every) for p in same]))
    assert loss(given, labels).item() == pytest.approx(np.mean(each), rel=1e-5)


def test_rows_that_are_alone_have_no_loss() -> None:
    given = torch.eye(3, requires_grad=True)
    found = loss(given, torch.arange(3))
    found.backward()
    assert found.item() == 0
    assert torch.equal(given.grad, torch.zeros(3, 3))


def test_every_row_once_and_beside_one_of_its_label() -> None:
    labels = np.random.default_rng(0).integers(0, 9, 200)
    batches = grouped(labels, 16, (3, 1))
    assert sorted(np.concatenate(batches)) == list(range(200))
    assert [len(batch) for batch in batches] == [16] * 12 + [8]
    alone = sum((labels[batch] == labels[row]).sum() == 1 for batch in batches for row in batch)
    assert alone <= 9 + 2 * len(batches)  # odd ones, and pairs that a batch's end parts
    again = grouped(labels, 16, (3, 1))
    assert all((one == other).all() for one, other in zip(batches, again, strict=True))
    other = grouped(labels, 16, (3, 2))
    assert any((one != two).any() for one, two in zip(batches, other, strict=True))


def gradient(one: ContrastTraining) -> dict[str, Any]:
    one._gradient(np.arange(12))
    named = one.model.named_parameters()
    return {name: weight.grad.clone() for name, weight in named if weight.grad is not None}


def test_the_gradient_in_parts_is_that_of_the_whole(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ContrastTraining, "run", lambda self: None)
    rung = Contrast(context(small, tmp_path, train__precision="float32"))
    rung.folder.mkdir(parents=True)
    whole = gradient(rung._trained(0, rung._parts()))
    monkeypatch.setattr(vectors, "WHOLE_PIECES", 0)
    parts = gradient(rung._trained(0, rung._parts()))
    assert whole.keys() == parts.keys()
    assert not any("embeddings.word" in name for name in whole)
    for name, slope in whole.items():
        assert torch.allclose(slope, parts[name], atol=1e-5 + 1e-3 * float(slope.abs().max()))


def test_it_is_told_from_the_probe_by_all_rows(small: Path, tmp_path: Path) -> None:
    given = context(small, tmp_path, ladder__rungs=["probe", "contrast"], ladder__stop=False)
    climb = Climber(given).run()
    one, other = (climb.candidates[name].held for name in ("probe", "contrast"))
    assert list(one.split) == list(other.split) == ["train"] * 36 + ["validation"] * 12
    assert (one.numbers == other.numbers).all()
    assert (one.targets == other.targets).all()
    assert (other.logits[36:] == climb.candidates["contrast"].validation).all()
    # Wrong on all validation rows, and yet by far the better one by all.
    wrong = -climb.candidates["contrast"].validation
    climb.candidates["contrast"] = replace(climb.candidates["contrast"], validation=wrong)
    for name, value in (("probe", 0.5), ("contrast", 0.9)):
        climb.intervals[name] = replace(climb.intervals[name], value=value)
    assert choose(given, climb) == "contrast"


def test_the_weights_lie_between_the_base_and_the_tuned_ones(small: Path, tmp_path: Path) -> None:
    rung = Contrast(context(small, tmp_path))
    candidate = rung.climb()
    base, found = (
        load_file(small / "model.safetensors"),
        load_file(candidate.folder / "model.safetensors"),
    )
    moved = [name for name in found if not torch.equal(found[name], base[name])]
    assert any("attention" in name for name in moved)
    assert not any("word_embeddings" in name for name in moved)
    assert not list(rung.folder.glob("part-*"))
    assert candidate.apart() is not None


def test_one_model_is_kept_that_has_not_seen_the_validation_rows(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = {"SHARES": (0.5,), "L2": (1e-2,), "PARTS": 2, "helpful": lambda _: []}
    for name, value in plain.items():
        monkeypatch.setattr(contrast, name, value)

    def turned(count: int, seed: int) -> list[tuple[str, str]]:
        made, labels = rows.made(count, seed), list(rows.SIGNS)
        move = int(seed == 2)  # the validation rows, each with another label than its own
        return [(text, labels[(labels.index(label) + move) % 3]) for text, label in made]

    changes = {"train__precision": "float32"}
    given = context(small, tmp_path / "one", **changes)
    one = Contrast(given).climb()
    two = Contrast(context(small, tmp_path / "two", labelled=turned, **changes)).climb()
    folders = [candidate.examined() for candidate in (one, two)]
    assert None not in folders
    for name in ("model.safetensors", "head.safetensors"):
        first, second = (sha256(folder / "model" / name) for folder in folders if folder)
        assert first == second, name
        assert sha256(one.folder / name) != sha256(two.folder / name), "else nothing is seen here"
    # Rows without labels are labelled by it, as sure as its own answers may be.
    fits = [likelihood(one.validation / t, given.validation.targets) for t in climbed.TEMPERATURES]
    warmth = float(climbed.TEMPERATURES[int(np.argmax(fits))])
    found = climbed.chances(given, one, given.validation.inputs)
    told = given.task.scores(one.validation, given.schema, warmth)
    np.testing.assert_allclose(found, told, atol=1e-4)


def test_a_climb_cut_short_ends_with_the_same_weights(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Contrast(context(small, tmp_path / "whole")).climb()
    calls: list[int] = []
    trained = Contrast._trained

    def cut(self: Contrast, place: int, parts: Any) -> ContrastTraining:
        calls.append(place)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return trained(self, place, parts)

    monkeypatch.setattr(Contrast, "_trained", cut)
    with pytest.raises(KeyboardInterrupt):
        Contrast(context(small, tmp_path / "cut")).climb()
    again = Contrast(context(small, tmp_path / "cut")).climb()
    assert calls == [0, 1, 2, 2, 3, 4]
    for name in ("model.safetensors", "head.safetensors"):
        assert sha256(again.folder / name) == sha256(whole.folder / name)


def test_folds_that_there_is_no_time_for_are_left_out(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Event] = []
    rung = Contrast(context(small, tmp_path, told=told))
    trained = Contrast._trained

    def slow(self: Contrast, place: int, parts: Any) -> ContrastTraining:
        if place == 1:
            self.context.clock.spent_before = 3600.0
        return trained(self, place, parts)

    monkeypatch.setattr(Contrast, "_trained", slow)
    candidate = rung.climb()
    (warned,) = (event.told["warning"] for event in told if event.kind == "warning")
    assert "with 3 of its 4 folds to go" in warned
    assert list(candidate.held.split).count("train") == 9
    assert len(candidate.validation) == 12


def test_where_rows_are_many_it_is_passed_over(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contrast, "FEW_ROWS", 8)
    rungs = {"ladder__rungs": ["probe", "contrast"], "ladder__stop": False}
    climb = Climber(context(small, tmp_path / "whole", **rungs)).run()
    assert list(climb.candidates) == ["probe"]
    assert "few rows a label, up to 8; here are 12" in climb.left_out["contrast"][1]["en"]
    asked = Climber(context(small, tmp_path / "asked", ladder__only="contrast")).run()
    assert asked.chosen == "contrast"


def test_many_rows_need_no_folds(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung = Contrast(context(small, tmp_path / "folds"))
    folded = rung.estimate()
    monkeypatch.setattr(contrast, "MANY", 10)
    assert rung.estimate() < folded
    candidate = rung.climb()
    assert set(candidate.held.split) == {"validation"}
    assert candidate.examined() is None, "the head that is kept apart is enough"
    assert len(candidate.held.numbers) == 12


def test_rows_of_several_labels_are_refused(small: Path, tmp_path: Path) -> None:
    def several(count: int, seed: int) -> list[tuple[str, str]]:
        return [(text, f"{label};rate") for text, label in rows.made(count, seed)]

    told: list[Event] = []
    changes = {"labelled": several, "data__label_separator": ";", "told": told}
    given = context(small, tmp_path, **changes)
    assert Contrast(given).unfit() is not None
    with pytest.raises(RungUnavailable, match="one label each"):
        Contrast(given).climb()


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("card_arrival", "card arrival"),
        ("cardArrival", "card Arrival"),
        ("a-b.c/d", "a b c d"),
        ("财经", "财经"),
    ],
)
def test_names_as_they_would_be_said(label: str, said: str) -> None:
    assert names.spoken([label]) == [said]


def test_names_are_taken_where_they_help(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = context(small, tmp_path)
    asked: list[Any] = []
    score = Context.score
    monkeypatch.setattr(
        Context, "score", lambda self, *of: (asked.append(of[0]), score(self, *of))[1]
    )
    found = names.helpful(given)
    named, plain = (score(given, logits, names._targets(given)) for logits in asked)
    assert len(found) == (3 if named > plain else 0)
    assert not np.array_equal(asked[0], asked[1])


def test_names_that_say_nothing_are_not_asked(small: Path, tmp_path: Path) -> None:
    given = replace(context(small, tmp_path), schema=Schema(("0", "1", "2")))
    assert names.helpful(given) == []
