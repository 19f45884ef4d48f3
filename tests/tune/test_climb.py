"""The climb: what is climbed, what is left out and why, and which rung is chosen."""

from __future__ import annotations

import errno
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rows
import torch
from safetensors import SafetensorError

from seedbed.errors import DiskFull, MemoryShort, NothingLearned, WrongValue
from seedbed.home import read_json, sha256, write_json
from seedbed.recipe import dump
from seedbed.tasks.statistics import Interval
from seedbed.tune import climb as climbs
from seedbed.tune.climb import Climb, Climber, choose, pinned
from seedbed.tune.context import Context
from seedbed.tune.events import Event
from seedbed.tune.rungs import deep
from seedbed.tune.rungs.base import Candidate, Held
from seedbed.tune.rungs.baseline import Baseline
from seedbed.tune.rungs.top import Top

CHEAP = {"ladder__rungs": ["baseline", "probe"]}


def test_only(small: Path, tmp_path: Path) -> None:
    told: list[Event] = []
    changes = {"ladder__only": "top", "ladder__upto": "probe", "ladder__epochs": {"top": 1}}
    context = rows.context(small, tmp_path, told=told, **changes)
    found = Climber(context).run()
    assert list(found.candidates) == [found.chosen] == ["top"]
    assert found.winner.epochs == 1
    decisions = [event.told for event in told if event.kind == "decision"]
    assert [(each["rung"], each["reason"]) for each in decisions] == [
        ("top", "asked"),
        (None, "top"),
    ]
    assert not found.left_out


def test_up_to_a_rung(small: Path, tmp_path: Path) -> None:
    context = rows.context(small, tmp_path, ladder__upto="probe")
    found = Climber(context).run()
    assert list(found.candidates) == ["baseline", "probe"]
    assert found.stop["en"] == "The ladder was climbed to its top."


def test_the_rule_stops_and_says_why(small: Path, tmp_path: Path) -> None:
    context = rows.context(small, tmp_path, quality__bar=0.4)
    found = Climber(context).run()
    assert list(found.candidates) == [found.chosen] == ["baseline"]
    assert "The bar of 0.4 is met" in found.stop["en"]
    table = climbs.rows(context, found)
    assert [(row["rung"], row["state"]) for row in table] == [
        ("baseline", "climbed"),
        ("probe", "not reached"),
        ("contrast", "skipped"),
        *((rung, "not reached") for rung in ("top", "adapter", "full")),
    ]
    table = [row for row in table if row["rung"] != "contrast"]
    first = table[0]
    assert first["chosen"]
    assert first["low"] <= first["value"] <= first["high"]
    assert first["money"] == pytest.approx(first["seconds"] / 3600 * 0.10)
    assert all(row["why"] == found.stop and row["value"] is None for row in table[1:])
    assert all(set(row) == set(first) for row in table)


def test_no_rule_no_stop(small: Path, tmp_path: Path) -> None:
    context = rows.context(small, tmp_path, quality__bar=0.4, ladder__stop=False, **CHEAP)
    found = Climber(context).run()
    assert list(found.candidates) == ["baseline", "probe"]
    assert found.chosen == "baseline"  # the cheapest that meets the bar


def test_the_money_is_a_budget_of_time(small: Path, tmp_path: Path) -> None:
    changes = {"value__compute_hour": 0.36, "value__error_cost": 1e6}
    context = rows.context(small, tmp_path, budget__money=0.0021, **changes)
    climber = Climber(context)
    assert context.clock.seconds == pytest.approx(21)  # 0.0001 a second
    found = climber.run()
    assert "The budget is spent" in found.stop["en"]
    assert list(found.candidates) == ["baseline"]
    plenty = rows.context(small, tmp_path / "other", budget__money=1000.0, **changes)
    Climber(plenty)
    assert plenty.clock.seconds == 30 * 60


def test_a_budget_of_money_needs_a_price_of_the_hour(small: Path, tmp_path: Path) -> None:
    usual = rows.context(small, tmp_path / "usual", budget__money=0.01)
    Climber(usual)
    assert usual.clock.seconds == pytest.approx(0.01 / 0.10 * 3600)
    free = rows.context(small, tmp_path / "free", budget__money=0.01, value__compute_hour=0.0)
    with pytest.raises(WrongValue, match=r"Give value\.compute_hour"):
        Climber(free)


def test_passes_are_planned_within_the_money(small: Path, tmp_path: Path) -> None:
    changes = {"value__compute_hour": 0.36, "ladder__only": "top"}
    rich = rows.context(small, tmp_path / "rich", **changes)
    Climber(rich)
    assert Top(rich).epochs() == 10
    poor = rows.context(small, tmp_path / "poor", budget__money=0.0001, **changes)
    Climber(poor)
    assert Top(poor).epochs() == 1


def test_some_rows_have_a_row_of_each_label(small: Path, tmp_path: Path) -> None:
    def rare(count: int, seed: int) -> list[tuple[str, str]]:
        made = rows.made(count, seed)
        return [r for i, r in enumerate(made) if r[1] != made[0][1] or i == 0]

    context = rows.context(small, tmp_path, labelled=rare)
    targets = context.train.targets
    few = np.flatnonzero(targets == np.bincount(targets).argmin())
    drawn = context.some(6)
    assert 6 <= len(drawn) <= 8
    assert np.isin(drawn, few).any()
    assert set(targets[drawn]) == set(targets)
    assert len(context.some(10**6)) == len(context.train)


def test_part_of_a_pass_where_rows_are_many(small: Path, tmp_path: Path, monkeypatch: Any) -> None:
    context = rows.context(small, tmp_path, ladder__only="top")
    monkeypatch.setattr(deep, "ROWS_AT_LEAST", len(context.train) // 4)
    assert Top(context).epochs_least() == pytest.approx(0.25, abs=0.01)
    rung = Top(context)
    context.clock.seconds = context.clock.spent + rung.setup_seconds() + 0.65 * rung.epoch_seconds()
    assert 0.25 <= rung.epochs() <= 0.6
    context.clock.seconds = 0
    assert rung.epochs() == rung.epochs_least()


def distilbert(folder: Path, small: Path) -> Path:
    """Write an encoder whose parts have other names than BERT's."""
    from transformers import DistilBertConfig, DistilBertModel

    torch.manual_seed(0)
    config = DistilBertConfig(dim=32, n_layers=2, n_heads=2, hidden_dim=64)
    DistilBertModel(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (folder / name).symlink_to(small / name)
    return folder


def test_a_rung_that_cannot_be_climbed_is_left_out(small: Path, tmp_path: Path) -> None:
    base = distilbert(tmp_path / "base", small)
    changes = {"ladder__rungs": ["probe", "top", "full"], "ladder__epochs": {"full": 1, "top": 1}}
    context = rows.context(base, tmp_path / "run", ladder__stop=False, **changes)
    found = Climber(context).run()
    assert list(found.candidates) == ["probe", "full"]
    state, why = found.left_out["top"]
    assert state == "failed"
    assert "`encoder.layer`" in why["en"]
    assert why["zh"].endswith("请改用 `full` 或 `adapter`")
    assert climbs.rows(context, found)[1]["state"] == "failed"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryShort(expected="more", got="less", do="Wait."), "expected more; got less"),
        (NothingLearned(expected="more", got="less", do="Wait."), "expected more; got less"),
        (MemoryError(), "expected memory for the rung top; got none"),
        (RuntimeError("can't allocate memory"), "got none (can't allocate memory)"),
    ],
)
def test_a_rung_that_fails_costs_no_other(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def fails(_: Top) -> Any:
        raise error

    monkeypatch.setattr(Top, "learn", fails)
    changes = {"ladder__rungs": ["baseline", "top"], "ladder__stop": False}
    found = Climber(rows.context(small, tmp_path, **changes)).run()
    assert found.chosen == "baseline"
    assert said in found.left_out["top"][1]["en"]
    with pytest.raises(NothingLearned, match=rf"top: .*{re.escape(said)}"):
        Climber(rows.context(small, tmp_path / "alone", ladder__only="top")).run()


@pytest.mark.parametrize(
    "cause",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        SafetensorError("I/O error: No space left on device (os error 28)"),
    ],
)
def test_a_full_disk_is_said_and_the_rest_stays(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cause: Exception
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise cause

    context = rows.context(small, tmp_path, ladder__stop=False, **CHEAP)
    with monkeypatch.context() as patch:
        patch.setattr("seedbed.backbones.network.save", full)
        with pytest.raises(DiskFull, match="--resume"):
            Climber(context).run()
    assert (tmp_path / "rungs" / "baseline" / "candidate.json").is_file()
    assert not (tmp_path / "rungs" / "probe" / "candidate.json").exists()

    def again(_: Baseline) -> Candidate:
        raise AssertionError("a climbed rung is not climbed again")

    monkeypatch.setattr(Baseline, "climb", again)
    resumed = rows.context(small, tmp_path, ladder__stop=False, **CHEAP)
    assert list(Climber(resumed).run().candidates) == ["baseline", "probe"]


def test_decisions_are_kept_and_followed(small: Path, tmp_path: Path) -> None:
    context = rows.context(small, tmp_path, **CHEAP)
    write_json(
        tmp_path / "ladder.json",
        {
            "decisions": [
                {"rung": "probe", "reason": "worth", "said": {"en": "a", "zh": "b"}}
                | {"skipped": {"baseline": {"en": "c", "zh": "d"}}},
                {"rung": None, "reason": "price", "said": {"en": "e", "zh": "f"}, "skipped": {}},
            ],
        },
    )
    found = Climber(context).run()
    assert list(found.candidates) == ["probe"]
    assert found.left_out["baseline"] == ("skipped", {"en": "c", "zh": "d"})
    assert found.stop == {"en": "e", "zh": "f"}


def of(context: Context, **logits: Any) -> Climb:
    """Return a climb of made-up candidates; each is told the logits of the validation rows."""
    found = Climb()
    for name, values in logits.items():
        kind = "linear" if name == "baseline" else "encoder"
        arrays = np.asarray(values, dtype=np.float32)
        numbers, targets = context.validation.numbers, context.validation.targets
        held = Held(np.full(len(numbers), "validation"), numbers, arrays, targets)
        found.candidates[name] = Candidate(name, kind, Path(name), 1, 0, 0, arrays, held)
        share = context.score(arrays, context.validation.targets)
        found.intervals[name] = Interval(share, share - 0.05, share + 0.05)
    return found


def answers(context: Context, wrong: int) -> Any:
    """Return logits that are right but for some rows."""
    truth = context.validation.targets
    said = np.where(np.arange(len(truth)) < wrong, (truth + 1) % 3, truth)
    return np.eye(3)[said]


def test_what_is_chosen(small: Path, tmp_path: Path) -> None:
    context = rows.context(small, tmp_path)
    logits = {name: answers(context, n) for name, n in (("baseline", 20), ("probe", 9), ("top", 6))}
    climbed = of(context, **logits)
    assert choose(context, climbed) == "top"
    equal = of(context, **logits | {"baseline": answers(context, 6)})
    assert choose(context, equal) == "baseline"  # as good, and its answers cost less
    context.recipe = replace_bar(context, 0.7)
    assert choose(context, climbed) == "probe"  # 0.85 - 0.05: the cheapest that meets the bar
    context.recipe = replace_bar(context, 0.85)
    assert choose(context, climbed) == "top"
    context.recipe = replace_bar(context, 0.99)
    assert choose(context, climbed) == "top"  # none does: the best


@pytest.mark.parametrize(("wrong", "chosen"), [(8, "probe"), (1, "top")])
def test_few_validation_rows_do_not_outdo_answers_out_of_fold(
    wrong: int, chosen: str, small: Path, tmp_path: Path
) -> None:
    def choice(context: Context) -> str:
        climbed = of(context, probe=answers(context, 9), top=answers(context, wrong))
        probe = climbed.candidates["probe"]
        more = Held(*(np.concatenate([part, part]) for part in vars(probe.held).values()))
        climbed.candidates["probe"] = replace(probe, held=more)
        return choose(context, climbed)

    assert choice(rows.context(small, tmp_path / "few", rows=36)) == chosen
    assert choice(rows.context(small, tmp_path / "many")) == "top"  # the likelier better one


def replace_bar(context: Context, bar: float) -> Any:
    quality = context.recipe.quality.model_copy(update={"bar": bar})
    return context.recipe.model_copy(update={"quality": quality})


def test_a_pinned_recipe_gives_the_same_model(small: Path, tmp_path: Path) -> None:
    changes = {"ladder__rungs": ["probe", "top"], "train__patience": 1, "ladder__stop": False}
    first = rows.context(small, tmp_path / "first", **changes)
    climbed = Climber(first).run()
    made, planned = climbed.candidates["top"].epochs, Top(first).epochs()
    assert made < planned == 10  # it ended early, which the learning rate must not know
    again = pinned(first, climbed)
    assert again.ladder.epochs == {"top": 10}
    assert again.ladder.rungs == ("probe", "top")
    second = replace(first, recipe=again, run=tmp_path / "second")
    repeated = Climber(second).run()
    assert repeated.candidates["top"].epochs == made
    assert repeated.chosen == climbed.chosen
    for rung in ("probe", "top"):
        for path in climbed.candidates[rung].folder.iterdir():
            assert sha256(path) == sha256(repeated.candidates[rung].folder / path.name), path
    assert dump(pinned(second, repeated)) == dump(again)


def of_length(words: int) -> Any:
    """Return rows of which one in ten has so many words."""

    def made(count: int, seed: int) -> list[tuple[str, str]]:
        some = rows.made(count, seed)
        return [
            (text + " on" * words * (i % 10 == 0), label) for i, (text, label) in enumerate(some)
        ]

    return made


@pytest.mark.parametrize(("words", "kept"), [(10, 128), (160, 192), (4000, 512)])
def test_texts_are_cut_where_nearly_all_rows_fit_in(
    small: Path, tmp_path: Path, words: int, kept: int
) -> None:
    changes = {"ladder__rungs": ["probe"], "ladder__stop": False, "train__max_tokens": None}
    context = rows.context(small, tmp_path, labelled=of_length(words), **changes)
    climbed = Climber(context).run()
    assert max(context.sizes[0]) <= kept == context.modality.most
    assert pinned(context, climbed).train.max_tokens == kept
    assert read_json(climbed.winner.folder / "head.json")["max_tokens"] == kept


def test_more_than_the_base_model_can_read_is_refused(small: Path, tmp_path: Path) -> None:
    context = rows.context(small, tmp_path, train__max_tokens=513)
    with pytest.raises(WrongValue, match="at most 512"):
        _ = context.modality


def test_features_are_kept_between_runs(small: Path, tmp_path: Path) -> None:
    told: list[Event] = []
    for name in ("first", "second"):
        context = replace(rows.context(small, tmp_path / name, told=told), cache=tmp_path / "cache")
        found = context.features
    assert [e.told["total"] for e in told if e.told.get("what") == "features"] == [180] * 2
    assert len(list((tmp_path / "cache" / "features").iterdir())) == 1
    other = rows.context(small, tmp_path / "third", train__max_tokens=8)
    changed = replace(other, cache=tmp_path / "cache").features
    assert len(list((tmp_path / "cache" / "features").iterdir())) == 2
    assert not np.allclose(found[0], changed[0])


def test_the_ladder_is_written_before_it_is_climbed(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looks(rung: Baseline) -> Candidate:
        told = read_json(tmp_path / "ladder.json")
        assert told["decisions"][-1]["rung"] == "baseline"
        raise KeyboardInterrupt

    monkeypatch.setattr(Baseline, "climb", looks)
    with pytest.raises(KeyboardInterrupt):
        Climber(rows.context(small, tmp_path)).run()
