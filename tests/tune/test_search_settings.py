"""A search: its draws, its trials, what it corrects, and what is left after a kill."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import processes
import pytest
import rows
import torch
from optuna import TrialPruned
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from torch.nn import functional

from seedbed import recipe as recipes
from seedbed.cli.watch import Watch
from seedbed.errors import NothingLearned, RungUnavailable, UnknownKey, WrongValue
from seedbed.home import read_json, sha256
from seedbed.recipe import dump
from seedbed.tune import climb as climbs
from seedbed.tune import loop
from seedbed.tune.climb import Climb, Climber, choose, measured, pinned
from seedbed.tune.context import Context
from seedbed.tune.draws import Draw, Tried
from seedbed.tune.events import Board, Event
from seedbed.tune.features import Speed
from seedbed.tune.rungs.base import Candidate, Held
from seedbed.tune.rungs.deep import Deep
from seedbed.tune.rungs.full import Full
from seedbed.tune.rungs.top import Top
from seedbed.tune.search import Search, whole_trainings

OWN = {"learning_rate": 4e-4, "weight_decay": 0.01, "warmup": 0.1, "label_smoothing": 0.1}


SHOWN = {"rung": "top", "trial": 1, "of": 4, "metric": None}
SPEED = Speed(1e4, 2)
"""As if it had been measured, which takes longer than a trial."""


def tried(score: float | None, *looks: float, rate: float = 1e-4) -> Tried:
    state = "pruned" if score is None else "complete"
    return Tried(state, OWN | {"learning_rate": rate}, 1.0, list(looks), score)


def test_the_first_draw_is_the_rungs_own_and_all_can_be_drawn_again() -> None:
    assert Draw(OWN, [], 0).settings == OWN
    before: list[Tried] = []
    for number in range(8):
        found = Draw(OWN, before, 5).settings
        assert found == Draw(OWN, before, 5).settings
        assert list(found) == list(OWN)
        assert 1e-4 <= found["learning_rate"] <= 1.6e-3
        assert 0 <= found["weight_decay"] <= 0.1
        assert 0 <= found["warmup"] <= 0.3
        assert 0 <= found["label_smoothing"] <= 0.2
        score = None if number == 4 else 0.5 + number / 100
        before.append(Tried("complete" if score else "failed", found, 1.0, [], score))
    assert len({one.settings["learning_rate"] for one in before}) == 8
    assert Draw(OWN, before[:7], 6).settings != before[7].settings


def test_draws_come_from_where_trials_were_good() -> None:
    """TPE: of 30 trials of which those with a low rate were better, most draws are low."""
    grid = np.geomspace(1e-4, 1.6e-3, 30).tolist()
    before = [tried(1.0 - i / 30, rate=float(rate)) for i, rate in enumerate(grid)]
    drawn = [Draw(OWN, before, seed).settings["learning_rate"] for seed in range(20)]
    assert np.median(drawn) < 2e-4


def test_settings_at_the_edge_of_what_is_drawn() -> None:
    own = {"learning_rate": 0.95, "weight_decay": 0.54321, "warmup": 0.0}
    before: list[Tried] = []
    for _ in range(6):
        settings = Draw(own, before, 1).settings
        assert settings["learning_rate"] <= 0.95
        assert settings["weight_decay"] <= 0.54321
        before.append(Tried("complete", settings, 1.0, [], 0.5))


def test_a_trial_below_the_median_is_cut_short() -> None:
    before = [tried(0.9, 0.5, 0.8), tried(0.9, 0.6, 0.85), tried(0.7, 0.7, 0.7)]
    assert Draw(OWN, before, 0).hopeless([0.55])
    assert not Draw(OWN, before, 0).hopeless([0.65])
    assert not Draw(OWN, before, 0).hopeless([0.55, 0.85])  # its best look counts
    assert Draw(OWN, before, 0).hopeless([0.55, 0.75])
    assert not Draw(OWN, before[:2], 0).hopeless([0.1])  # too few to compare with
    assert not Draw(OWN, [*before[:2], tried(None, 0.7)], 0).hopeless([0.1])


def searched(small: Path, run: Path, **changes: Any) -> Context:
    plain = {"ladder__only": "top", "ladder__epochs": {"top": 2}, "train__batch_rows": 12}
    plain |= {"search__trials": 4, "train__learning_rate": 0.01, "train__dropout": 0.1}
    context = rows.context(small, run, rows=48, held=40, **plain | changes)
    context.speed = SPEED
    return context


@pytest.fixture(scope="module")
def done(small: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Context, Climb, Any]:
    """Give a climb that searched, its context, and what it told."""
    told: list[Event] = []
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    context = searched(small, tmp_path_factory.mktemp("done"), told=told)
    found = Climber(context).run()
    torch.set_num_threads(before)
    return context, found, told


def journal(run: Path) -> list[dict[str, Any]]:
    folder = run / "rungs" / "top" / "trials"
    return [read_json(path) for path in sorted(folder.glob("*.json"))]


def hashes(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path) for path in folder.iterdir()}


def test_the_best_trial_is_kept(done: tuple[Context, Climb, list[Event]]) -> None:
    context, found, told = done
    one, trials = found.winner, journal(context.run)
    assert trials[0]["settings"] == OWN | {"learning_rate": 0.01}
    assert len(trials) == one.search["trials"] == one.search["asked"] == 4
    whole = [each for each in trials if each["state"] == "complete"]
    assert one.search["finished"] == len(whole)
    best = max(whole, key=lambda each: float(each["score"]))
    assert one.search["settings"] == best["settings"]
    truth = context.validation.targets
    assert one.search["uncorrected"] == best["score"] == context.score(one.validation, truth)
    assert [event.told["trial"] for event in told if event.kind == "trial"] == [1, 2, 3, 4]
    # One model is left, and nothing of the other trials but what came of them.
    folder = one.folder.parent
    assert [path.parent for path in folder.rglob("model.safetensors")] == [one.folder]
    assert not [*folder.rglob("*.bf16"), *folder.rglob("state.safetensors")]


def test_its_score_is_corrected(done: tuple[Context, Climb, list[Event]]) -> None:
    context, found, _ = done
    one, (row,), interval = found.winner, climbs.rows(context, found), found.intervals["top"]
    whole = [each["folds"] for each in journal(context.run) if each["state"] == "complete"]
    mine = next(e["folds"] for e in journal(context.run) if e["settings"] == one.search["settings"])
    most = [max(column) for column in zip(*whole, strict=True)]
    assert one.optimism == pytest.approx((sum(most) - sum(mine)) / 4)
    assert one.optimism > 0, "no fold was answered better by another trial: nothing was tried here"
    assert interval.value == pytest.approx(one.search["uncorrected"] - one.optimism)
    assert interval.low < interval.value < interval.high
    assert (row["value"], row["search"]) == (interval.value, one.search)
    kept = Candidate.load(one.folder.parent)
    assert kept is not None
    assert (kept.optimism, kept.search) == (one.optimism, one.search)


def test_it_is_shown(
    done: tuple[Context, Climb, list[Event]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    context, found, told = done
    watch, board = Watch(), Board(tmp_path)
    for event in told:
        watch(event)
        board(event)
    watch.close()
    board.close()
    watch(Event("trial", journal(context.run)[0] | SHOWN | {"state": "pruned"}))
    watch(Event("trial", journal(context.run)[0] | SHOWN | {"state": "failed"}))
    shown, first = capsys.readouterr().err, journal(context.run)[0]
    assert f"top trial 1 of 4, rate 0.01: {first['score']:.4f}" in shown
    assert "top trial 1 of 4, rate 0.01: cut short" in shown
    assert "top trial 1 of 4, rate 0.01: learnt nothing" in shown
    assert "top trial 4 epoch 1: " in shown
    less = 100 * found.winner.optimism
    assert f"best of 4 trials, less {less:.1f} points for that" in " ".join(shown.split())
    read = EventAccumulator(str(tmp_path)).Reload()
    assert len(read.Scalars("top/trial 1/metric")) == 2


def test_a_pinned_recipe_gives_the_model_without_a_search(
    done: tuple[Context, Climb, list[Event]], tmp_path: Path
) -> None:
    context, found, _ = done
    again, one = pinned(context, found), found.winner
    assert again.search.trials == 0
    told = one.search["settings"] | {"optimism": one.optimism}
    assert again.ladder.settings["top"].model_dump() == told
    assert recipes.parse(dump(again)) == again
    second = replace(context, recipe=again, run=tmp_path)
    second.speed = SPEED
    repeated = Climber(second).run()
    assert hashes(repeated.winner.folder) == hashes(one.folder)
    assert repeated.intervals["top"] == found.intervals["top"]
    assert not repeated.winner.search
    assert dump(pinned(second, repeated)) == dump(again)


def climb(small: Path, run: Path) -> None:
    """Search, saving a training's state at nearly every step."""
    loop.SAVE_SECONDS = 0.01
    Top(searched(small, run)).climb()


def test_kill_9(done: tuple[Context, Climb, list[Event]], small: Path, tmp_path: Path) -> None:
    """Killed in the trial that is the best in the end; those before it are not made again."""
    context, found, _ = done
    trials, folder = found.winner.folder.parent / "trials", tmp_path / "rungs" / "top" / "trials"
    best = next(path.name for path in trials.iterdir() if path.is_dir())
    folder.mkdir(parents=True)
    for path in trials.glob("*.json"):
        if path.stem < best:
            shutil.copy2(path, folder)
    state = folder / best / "state.safetensors"
    process = processes.begin(climb, small, tmp_path, log=tmp_path / "log")
    assert processes.until(state.exists, process), (tmp_path / "log").read_text()
    process.kill()
    process.join()
    assert state.exists(), "it was killed too late"
    resumed = Top(searched(small, tmp_path)).climb()
    for one, other in zip(journal(context.run), journal(tmp_path), strict=True):
        assert one | {"seconds": 0} == other | {"seconds": 0}
    assert hashes(resumed.folder) == hashes(found.winner.folder)
    assert resumed.search == found.winner.search
    np.testing.assert_array_equal(resumed.validation, found.winner.validation)
    kept = [path.stat().st_mtime_ns for path in sorted(folder.glob("*.json"))]
    assert kept[: int(best)] == [
        path.stat().st_mtime_ns for path in sorted(trials.glob("*.json")) if path.stem < best
    ]


def test_killed_while_the_best_model_is_moved(
    done: tuple[Context, Climb, list[Event]], small: Path, tmp_path: Path
) -> None:
    context, found, _ = done
    folder = tmp_path / "rungs" / "top"
    shutil.copytree(context.run / "rungs" / "top", folder)
    best = next(path for path in (folder / "trials").iterdir() if path.is_dir())
    (folder / "candidate.json").unlink()
    (folder / "held.npz").unlink()
    (folder / "plan.json").replace(best / "plan.json")  # as if it had not been moved yet
    one = Search(Top(searched(small, tmp_path))).run()
    assert one == replace(found.winner, folder=one.folder, validation=one.validation, held=one.held)
    assert hashes(one.folder) == hashes(found.winner.folder)
    assert (folder / "plan.json").is_file()


def numbers(count: int, seed: int) -> list[tuple[str, str]]:
    return [(text, str(len(text) / 10)) for text, _ in rows.made(count, seed)]


def test_matrices_of_one_pass_and_answers_that_are_numbers(small: Path, tmp_path: Path) -> None:
    changes = {"task": "text-regression", "ladder__only": "adapter", "search__trials": 2}
    changes |= {"ladder__epochs": {"adapter": 1}, "train__learning_rate": None}
    context = searched(small, tmp_path, labelled=numbers, **changes)
    one = Climber(context).run().winner
    assert set(one.search["settings"]) == {"learning_rate", "weight_decay", "warmup"}
    trials = [read_json(path) for path in sorted(one.folder.parent.glob("trials/*.json"))]
    assert [len(each["looks"]) for each in trials] == [2, 2]
    assert [len(each["folds"]) for each in trials] == [4, 4]
    assert (one.folder / "adapter" / "adapter_config.json").is_file()


def made_up(
    context: Context, monkeypatch: pytest.MonkeyPatch, outcomes: list[Any], seconds: float = 0.0
) -> Search:
    """Return a search of `top` whose trials end so: an error, or how many answers are right."""

    def climbed(rung: Deep) -> Candidate:
        assert rung.trial is not None
        outcome = outcomes[rung.trial.number]
        context.clock.spent_before += seconds
        if isinstance(outcome, type):
            raise TrialPruned if outcome is TrialPruned else outcome(expected="", got="", do="")
        truth = context.validation.targets
        said = np.where(np.arange(len(truth)) < outcome, truth, (truth + 1) % 3)
        logits = np.eye(3, dtype=np.float32)[said]
        rung.model.mkdir(parents=True)
        (rung.model / "model").write_text(str(rung.trial.number))
        held = rung.validation_held(logits)
        return Candidate("top", "encoder", rung.model, 1, 2, 3, logits, held)

    monkeypatch.setattr(Deep, "_climb", climbed)
    monkeypatch.setattr("seedbed.tune.search.give_back", lambda: None)
    return Search(Top(context))


def test_trials_that_learn_nothing_cost_no_other(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = searched(small, tmp_path)
    outcomes = [NothingLearned, 20, TrialPruned, 20]
    one = made_up(context, monkeypatch, outcomes).run()
    assert [each["state"] for each in journal(tmp_path)] == [
        "failed",
        "complete",
        "pruned",
        "complete",
    ]
    assert (one.search["trials"], one.search["finished"], one.optimism) == (4, 2, 0.0)
    assert (one.folder / "model").read_text() == "1", "of equals the first is kept"

    nothing = searched(small, tmp_path / "nothing")
    with pytest.raises(NothingLearned, match="4 that do not"):
        made_up(nothing, monkeypatch, [NothingLearned] * 4).run()


def test_it_ends_when_its_time_is_up(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Event] = []
    context = searched(small, tmp_path, told=told)
    search = made_up(context, monkeypatch, [20, 25, 30, 35])
    monkeypatch.setattr(Search, "_seconds", lambda search: 100.0 * (len(search.tried) > 1))
    context.clock.seconds = context.clock.spent + 50
    assert search.run().search["trials"] == 2
    said = [event.told["warning"] for event in told if event.kind == "warning"]
    assert said == ["top: the time was up after 2 of 4 trials"]
    context.clock.seconds += 1000  # where it was resumed it is over all the same
    assert Search(Top(context)).run().search["trials"] == 2


def test_no_time_for_a_first_step(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RungUnavailable):
        made_up(searched(small, tmp_path / "one"), monkeypatch, [RungUnavailable]).run()
    found = made_up(searched(small, tmp_path), monkeypatch, [20, RungUnavailable]).run()
    assert found.search["trials"] == 1


def test_whole_trainings() -> None:
    assert whole_trainings(2, 100) == 2
    assert whole_trainings(8, 100) == pytest.approx(3 + 5 * 0.6)
    assert whole_trainings(8, 4) == pytest.approx(3.6)
    assert whole_trainings(8, 0.5) == 1


def test_the_stop_rule_sees_what_a_search_takes(small: Path, tmp_path: Path) -> None:
    plain = searched(small, tmp_path, search__trials=0)
    context = searched(small, tmp_path, search__trials=8)
    alone, many = (Top(one) for one in (plain, context))
    assert many.trainings() == pytest.approx(6.0)
    assert alone.trainings() == 1
    once = alone.estimate() - alone.setup_seconds()
    assert many.estimate() - many.setup_seconds() == pytest.approx(6 * once, rel=1e-3)
    ahead = Top(context).ahead()
    assert ahead.seconds(1e9) == pytest.approx(many.estimate(), rel=1e-3)
    # Where time is short it shrinks to what fits: it never keeps the rung itself from the ladder.
    context.clock.seconds = context.clock.spent + many.setup_seconds() + 3 * once
    left = context.clock.left
    assert 0.8 * left < Top(context).ahead().seconds(left) <= left
    context.clock.seconds = 0
    assert many.trainings() == 1


def test_only_the_rungs_that_are_named_search(small: Path, tmp_path: Path) -> None:
    context = searched(small, tmp_path, ladder__only="full", search__rungs=["full"])
    assert (Top(context).trainings(), Full(context).trainings() > 1) == (1, True)
    Climber(searched(small, tmp_path, ladder__only="probe"))  # for once, from the command line


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"search__rungs": ["probe"]}, "search.rungs: top or adapter or full; got probe"),
        (
            {"search__trials": 0, "ladder__settings": {"baseline": {"warmup": 0.2}}},
            "ladder.settings: top or adapter or full; got baseline",
        ),
        ({"ladder__rungs": ["probe"], "ladder__only": None}, "no rung here can; got probe"),
        ({"search__trials": -1}, "search.trials"),
        ({"search__trials": 2.5}, "search.trials"),
        ({"search__trials": "many"}, "search.trials"),
        ({"search__rungs": []}, "search.rungs"),
        ({"ladder__settings": {"top": {"learning_rate": 0}}}, "learning_rate"),
        ({"ladder__settings": {"top": 0.1}}, "ladder.settings.top"),
    ],
)
def test_nonsense(changes: dict[str, Any], match: str, small: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongValue, match=match):
        Climber(searched(small, tmp_path, **changes))


def test_an_unknown_setting_is_named() -> None:
    text = """
name: a
data: {train: a.csv}
ladder: {settings: {top: {learning_rat: 0.1}}}
"""
    with pytest.raises(
        UnknownKey, match=r"line 4.*ladder.settings.top.learning_rat.*learning_rate"
    ):
        recipes.parse(text)


def test_a_rungs_settings_take_the_place_of_the_recipes(small: Path, tmp_path: Path) -> None:
    plain = {"ladder__only": None, "search__trials": 0, "train__learning_rate": None}
    settings = {"top": {"learning_rate": 8e-4, "warmup": 0.3, "label_smoothing": 0.0}}
    context = searched(small, tmp_path, ladder__settings=settings, **plain)
    top, full = Top(context).plan(), Full(context).plan()
    assert (top.rate, top.head_rate) == (8e-4, 4e-4)  # the head's own rate, twice as well
    assert (top.warmup, top.decay) == (0.3, 0.01)
    assert (full.rate, full.head_rate, full.warmup) == (Full.rate, Full.head_rate, 0.1)
    logits, truth = torch.tensor([[2.0, 0.0, 0.0]]), torch.tensor([0])
    assert Top(context).loss(logits, truth) == functional.cross_entropy(logits, truth)
    assert Full(context).loss(logits, truth) > Top(context).loss(logits, truth)


def test_the_choice_among_rungs_is_by_corrected_scores(small: Path, tmp_path: Path) -> None:
    context = searched(small, tmp_path, ladder__only=None)
    truth = context.validation.targets
    found = Climb()
    for name, wrong, much in (("probe", 4, 0.0), ("top", 2, 0.04), ("full", 3, 0.0)):
        said = np.where(np.arange(40) < wrong, (truth + 1) % 3, truth)
        logits = np.eye(3, dtype=np.float32)[said]
        held = Held(np.full(40, "validation"), context.validation.numbers, logits, truth)
        found.candidates[name] = Candidate(
            name, "encoder", tmp_path / name / "model", 1, 1, 1, logits, held, much
        )
        found.intervals[name] = measured(context, held, much)
    assert found.intervals["top"].value == pytest.approx(0.95 - 0.04)
    assert choose(context, found) == "full"
    found.candidates["top"] = replace(found.candidates["top"], optimism=0.0)
    assert choose(context, found) == "top"
    low = measured(context, found.candidates["probe"].held, 0.99)
    assert (low.low, low.value, low.high) == (0, 0, pytest.approx(0, abs=0.02))
