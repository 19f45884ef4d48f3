from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from seedbed.judge.calibration import KEEPS_NOTHING, Calibration, calibrate
from seedbed.judge.confusion import f1_interval
from seedbed.judge.groups import groups
from seedbed.judge.judge import Evidence, _scored, judge
from seedbed.recipe import Data, Judge
from seedbed.tasks.base import Floats, Schema, Targets
from seedbed.tasks.text_classification import TextClassification

TASK = TextClassification(Data(train="train.csv"))
WORDS = ("refund", "card", "loan", "hello")
SCHEMA = Schema(WORDS)
SETTINGS = Judge(bootstrap=400, robustness_rows=200, explained_rows=6)


def predict(texts: Sequence[str]) -> Floats:
    """A small but real model: it counts the words it knows, in small letters only."""
    return np.array(
        [[4.0 * text.split().count(word) for word in WORDS] for text in texts], dtype=np.float32
    )


def rows(n: int, accuracy: float, seed: int = 0) -> tuple[list[str], Targets]:
    """Texts that name a label, which is the truth for some share of them."""
    rng = np.random.default_rng(seed)
    named = rng.integers(4, size=n)
    filler = rng.choice(["please", "where", "is", "my"], size=(n, 3))
    texts = [" ".join([*words, WORDS[i]]) for words, i in zip(filler, named, strict=True)]
    truth = np.where(rng.random(n) < accuracy, named, (named + 1) % 4)
    return texts, truth


def evidence(n: int = 600, accuracy: float = 0.95, **changes: object) -> Evidence:
    texts, truth = rows(n, accuracy)
    held_out, labels = rows(1000, accuracy, seed=9)
    logits = predict(texts)
    rng = np.random.default_rng(1)
    worse = np.where(rng.random((n, 1)) < 0.2, logits[:, ::-1], logits)
    given = Evidence(
        task=TASK,
        schema=SCHEMA,
        metric="accuracy",
        bar=None,
        settings=SETTINGS,
        seed=0,
        inputs=texts,
        texts=texts,
        numbers=np.arange(1, n + 1),
        truth=truth,
        logits=logits,
        calibration=calibrate(TASK, SCHEMA, predict(held_out), labels, SETTINGS),
        rivals={"baseline": worse},
        predict=predict,
        groups=None,
        leaked=frozenset(),
        near=True,
        check={"findings": []},
        engines_kept=2,
    )
    if "inputs" in changes:
        changes["texts"] = changes["inputs"]
    return replace(given, **changes)


def reason(report: dict, kind: str) -> dict:
    (found,) = [one for one in report["verdict"]["reasons"] if one["kind"] == kind]
    return found


def test_the_report_is_plain_json_and_has_every_part():
    report = judge(evidence(groups=["a", "b"] * 300, bar=0.9))
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert set(report) == {
        "metrics",
        "metrics_without_leaks",
        "compared",
        "calibration",
        "reject",
        "confusion",
        "labels",
        "worst",
        "robustness",
        "groups",
        "fairness",
        "importance",
        "explained",
        "verdict",
    }
    assert report["verdict"]["say"] == "ship"
    for one in report["verdict"]["reasons"]:
        assert one["passed"]
        assert one["said"]["en"].endswith(".")
        assert one["said"]["zh"].endswith("。")


def test_the_order_of_rows_changes_nothing():
    given = evidence(groups=["a", "b", "c"] * 200, leaked=frozenset({5, 17}))
    order = np.random.default_rng(0).permutation(600)
    shuffled = replace(
        given,
        inputs=[given.inputs[i] for i in order],
        texts=[given.texts[i] for i in order],
        numbers=given.numbers[order],
        truth=given.truth[order],
        logits=given.logits[order],
        rivals={name: logits[order] for name, logits in given.rivals.items()},
        groups=[given.groups[i] for i in order],
    )
    assert judge(shuffled) == judge(given)


def test_the_figures_are_those_of_the_rows():
    given = evidence()
    report = judge(given)
    answers = given.logits.argmax(axis=1)
    right = answers == given.truth
    assert report["metrics"]["accuracy"]["value"] == pytest.approx(right.mean())
    theirs = given.rivals["baseline"].argmax(axis=1) == given.truth
    (one,) = report["compared"]
    assert one["difference"] == pytest.approx(right.mean() - theirs.mean())
    assert (one["won"], one["lost"]) == ((right & ~theirs).sum(), (theirs & ~right).sum())
    assert one["test"] == "McNemar"
    matrix = np.array(report["confusion"]["matrix"])
    assert matrix.sum() == 600
    assert np.trace(matrix) == right.sum()
    assert report["confusion"]["labels"] == list(WORDS)
    first = report["confusion"]["pairs"][0]
    i, j = WORDS.index(first["truth"]), WORDS.index(first["answer"])
    assert first["rows"] == matrix[i, j] == (matrix - np.diag(np.diag(matrix))).max()
    for k, one in enumerate(report["labels"]):
        assert one["recall"] == pytest.approx(right[given.truth == k].mean())
        assert one["precision"] == pytest.approx(right[answers == k].mean())
        assert one["low"] < one["f1"] < one["high"]
    assert len(report["worst"]) == min(20, int((~right).sum()))
    assert all(one["truth"] != one["answer"] for one in report["worst"])
    sure = [one["confidence"] for one in report["worst"]]
    assert sure == sorted(sure, reverse=True)


def test_the_interval_of_f1_covers_the_truth():
    rng, misses = np.random.default_rng(0), 0
    for _ in range(1000):
        hits, missed, extra, _ = rng.multinomial(60, [0.4, 0.1, 0.15, 0.35])
        found = f1_interval(hits, hits + missed, hits + extra, 0.95)
        misses += not found.low <= 0.8 / (0.8 + 0.25) <= found.high
    assert 0.02 <= misses / 1000 <= 0.08


@pytest.mark.parametrize(
    ("n", "bar", "passed", "words"),
    [
        (600, 0.90, True, "is met"),
        (600, 0.99, False, "is missed"),
        (600, 0.94, False, "too few rows to know"),
    ],
)
def test_the_bar_is_met_missed_or_unknown(n, bar, passed, words):
    report = judge(evidence(n, bar=bar))
    found = reason(report, "bar")
    assert found["passed"] is passed
    assert words in found["said"]["en"]
    assert report["verdict"]["say"] == ("ship" if passed else "hold")


@pytest.mark.parametrize(
    ("rival", "bar", "warned"),
    [({}, None, True), ({}, 0.5, False), (None, None, False)],
    ids=["what looks at no row", "a bar", "a model"],
)
def test_without_a_bar_or_a_model_to_beat_the_judge_says_so(rival, bar, warned):
    given = evidence(bar=bar)
    report = judge(given if rival is None else replace(given, rivals=rival))
    found = [one for one in report["verdict"]["reasons"] if one["kind"] == "bar"]
    assert [one["warning"] for one in found if one["warning"]] == [True] * warned
    assert report["verdict"]["say"] == "ship"
    if warned:
        assert "Set quality.bar" in found[0]["said"]["en"]
        assert "quality.bar" in found[0]["said"]["zh"]


def test_as_many_rows_as_it_says_are_enough():
    """The answers repeated up to the number named bring the bar out of the interval."""
    few = judge(evidence(200, bar=0.925))
    said = reason(few, "bar")["said"]["en"]
    need = int(said.split("about ")[1].split(" test rows")[0].replace(",", ""))
    value = few["metrics"]["accuracy"]["value"]
    assert need > 200
    for factor, passed in ((0.7, False), (1.1, True)):
        given = evidence(int(need * factor), bar=0.925)
        named = given.logits.argmax(axis=1)
        wrong = np.arange(len(named)) < round((1 - value) * len(named))
        report = judge(replace(given, truth=np.where(wrong, (named + 1) % 4, named)))
        assert reason(report, "bar")["passed"] is passed


def test_a_release_no_better_than_the_baseline_is_held():
    given = evidence()
    flipped = given.logits.copy()
    flipped[:3] = flipped[:3, ::-1]
    report = judge(replace(given, rivals={"baseline": flipped}))
    assert not reason(report, "baseline")["passed"]
    assert report["verdict"]["say"] == "hold"


def test_a_baseline_release_must_beat_the_commonest_answer():
    good = judge(evidence(rivals={}))
    assert good["compared"][0]["with"] == "commonest label"
    assert good["verdict"]["say"] == "ship"
    blind = judge(evidence(rivals={}, logits=np.tile(np.float32([1, 0, 0, 0]), (600, 1))))
    assert not reason(blind, "baseline")["passed"]


def test_worse_than_the_previous_release_is_held():
    given = evidence(accuracy=1.0)
    worse = np.where(np.arange(600)[:, None] < 40, given.logits[:, ::-1], given.logits)
    rivals = {"release 3": given.logits, "baseline": np.roll(given.logits, 1, axis=1)}
    report = judge(replace(given, logits=worse, rivals=rivals))
    assert [one["with"] for one in report["compared"]] == ["baseline", "release 3"]
    assert not reason(report, "previous")["passed"]
    assert "版本 3" in reason(report, "previous")["said"]["zh"]
    same = judge(replace(given, rivals=rivals))
    assert reason(same, "previous")["passed"]


def test_too_few_rows_are_a_reason_to_hold():
    report = judge(evidence(60))
    found = reason(report, "rows")
    assert not found["passed"]
    assert "takes about" in found["said"]["en"]
    assert report["verdict"]["say"] == "hold"
    assert reason(judge(evidence(600)), "rows")["passed"]


def test_small_labels_warn_and_hold_only_when_most_are_small():
    texts, _ = rows(600, 1.0)
    truth = predict(texts).argmax(axis=1)
    keep = (truth > 0) | (np.cumsum(truth == 0) <= 3)
    kept = np.flatnonzero(keep)
    given = evidence(accuracy=1.0)

    def only(positions: np.ndarray) -> dict:
        return judge(
            replace(
                given,
                inputs=[given.inputs[i] for i in positions],
                numbers=given.numbers[positions],
                truth=given.truth[positions],
                logits=given.logits[positions],
                rivals={"baseline": np.roll(given.logits, 1, axis=1)[positions]},
            )
        )

    report = only(kept)
    found = reason(report, "labels")
    assert found["passed"]
    assert found["warning"]
    assert "refund (3)" in found["said"]["en"]
    assert report["verdict"]["say"] == "ship"
    most = only(
        np.concatenate([np.flatnonzero(truth == k)[: 200 if k == 3 else 4] for k in range(4)])
    )
    assert not reason(most, "labels")["passed"]


def test_a_bar_met_only_by_leaked_rows_is_held():
    """Where the leaked rows are all right, and the others are not good enough."""
    given = evidence(1000, accuracy=1.0, bar=0.9)
    fresh = np.arange(1000) < 300
    wrong = np.arange(1000) < 40
    truth = np.where(wrong, (given.truth + 1) % 4, given.truth)
    leaked = frozenset(given.numbers[~fresh].tolist())
    report = judge(replace(given, truth=truth, leaked=leaked))
    assert reason(report, "bar")["passed"]
    assert not reason(report, "leaks")["passed"]
    assert "only with them is the bar met" in reason(report, "leaks")["said"]["en"]
    assert report["metrics_without_leaks"]["rows"] == 300
    assert report["metrics_without_leaks"]["accuracy"]["value"] == pytest.approx(260 / 300)
    assert report["verdict"]["say"] == "hold"
    harmless = judge(replace(given, leaked=frozenset({1, 2, 3})))
    assert reason(harmless, "leaks")["passed"]
    assert "3 test rows also stand" in reason(harmless, "leaks")["said"]["en"]
    every = judge(replace(given, leaked=frozenset(given.numbers.tolist())))
    assert not reason(every, "leaks")["passed"]


def test_near_leaks_that_were_not_looked_for_are_not_ruled_out():
    exact = judge(replace(evidence(200), near=False))
    assert "near ones were not looked for" in reason(exact, "leaks")["said"]["en"]
    some = judge(replace(evidence(200), near=False, leaked=frozenset({1, 2, 3})))
    assert "or nearly" not in reason(some, "leaks")["said"]["en"]


def test_of_releases_learnt_from_no_more_is_said_than_was_looked_for():
    none = judge(replace(evidence(200), before=True))
    assert "near ones were not looked for there" in reason(none, "leaks")["said"]["en"]
    assert "未检查" in reason(none, "leaks")["said"]["zh"]
    some = judge(replace(evidence(200), before=True, leaked=frozenset({1, 2, 3})))
    said = reason(some, "leaks")["said"]
    assert "or word for word in those of the releases that it builds on" in said["en"]
    assert "所依据的版本" in said["zh"]


def test_leaks_can_make_all_the_difference_to_the_baseline():
    given = evidence(1000, accuracy=1.0)
    rival = np.where(np.arange(1000)[:, None] < 900, given.logits, given.logits[:, ::-1])
    report = judge(replace(given, rivals={"baseline": rival}, leaked=frozenset(range(901, 1001))))
    assert reason(report, "baseline")["passed"]
    assert not reason(report, "leaks")["passed"]


def test_without_an_engine_nothing_ships():
    report = judge(evidence(engines_kept=0))
    assert not reason(report, "engines")["passed"]
    assert report["verdict"]["say"] == "hold"


def test_what_the_check_calls_an_error_is_said_aloud():
    said = {"en": "7 rows have no text.", "zh": "7 行没有文本。"}
    findings = [
        {"kind": "empty_text", "severity": "error", "said": said},
        {"kind": "leak_exact", "severity": "error", "said": said},
        {"kind": "long_text", "severity": "note", "said": said},
    ]
    report = judge(evidence(check={"findings": findings}))
    assert reason(report, "check")["said"] == said
    assert reason(report, "check")["warning"]
    assert report["verdict"]["say"] == "ship"


def test_a_broken_promise_is_held_and_a_kept_one_is_not():
    loose = Calibration(1.0, 0.0, promised_error=0.02, confidence=0.95, coverage=1.0)
    broken = judge(evidence(accuracy=0.9, calibration=loose))
    assert not reason(broken, "promise")["passed"]
    assert broken["reject"]["held"] is False
    kept = judge(evidence(accuracy=0.995, calibration=loose))
    assert reason(kept, "promise")["passed"]
    assert kept["reject"]["coverage"] == 1.0
    assert kept["reject"]["error"] == pytest.approx(1 - kept["metrics"]["accuracy"]["value"])
    none = judge(evidence(calibration=replace(loose, threshold=KEEPS_NOTHING)))
    assert none["reject"]["held"] is None
    assert none["reject"]["error"] is None
    assert reason(none, "promise")["passed"]
    assert "No threshold" in none["reject"]["said"]["en"]


def test_a_promise_that_just_holds_is_seldom_called_broken():
    """At the promised rate itself, one time in twenty and no more."""
    from seedbed.judge.reject import _held

    just = Calibration(1.0, 0.0, promised_error=0.05, confidence=0.95, coverage=1.0)
    wrong = np.random.default_rng(0).binomial(800, 0.05, size=2000)
    called = np.mean([not _held(int(one), 800, just) for one in wrong])
    assert 0.02 < called <= 0.06


def test_the_curve_ends_at_the_error_of_all_rows():
    report = judge(evidence())
    curve = report["reject"]["curve"]
    assert curve[-1]["coverage"] == 1.0
    assert curve[-1]["error"] == pytest.approx(1 - report["metrics"]["accuracy"]["value"])
    coverages = [one["coverage"] for one in curve]
    assert coverages == sorted(set(coverages))


def test_spoilt_texts_cost_what_the_model_cannot_read():
    report = judge(evidence(accuracy=1.0))
    lost = {one["kind"]: one for one in report["robustness"]}
    assert set(lost) == {"typos", "upper", "punctuation", "first_half"}  # they are small already
    assert lost["punctuation"]["difference"] == 0  # it knows words, whatever the spaces
    assert lost["upper"]["value"] == pytest.approx(0.25, abs=0.1)  # it knows no capitals
    assert lost["upper"]["difference_high"] < -0.6
    assert lost["first_half"]["difference"] == pytest.approx(lost["upper"]["difference"])
    assert -0.4 < lost["typos"]["difference"] < -0.02
    assert all(one["rows"] == 200 for one in report["robustness"])


def test_a_group_is_called_worse_only_when_it_is():
    given = evidence(900, accuracy=1.0)
    names = ["a", "b", "c"] * 300
    wrong = np.array([name == "b" for name in names]) & (np.arange(900) % 9 < 3)
    report = judge(
        replace(given, truth=np.where(wrong, (given.truth + 1) % 4, given.truth), groups=names)
    )
    assert {one["group"]: one["worse"] for one in report["groups"]} == {
        "a": False,
        "b": True,
        "c": False,
    }
    worse = report["groups"][1]
    assert worse["low"] < worse["value"] < worse["high"] < 0.8


def test_groups_that_differ_by_chance_are_seldom_called_worse():
    called = 0
    for seed in range(100):
        texts, truth = rows(400, 0.85, seed=seed)
        names = np.random.default_rng(seed).choice(list("abcdefgh"), size=400).tolist()
        scored = _scored(evidence(400, inputs=texts, truth=truth, logits=predict(texts)))
        called += any(one["worse"] for one in groups(scored, names))
    assert called <= 10


def test_attributions_find_the_word_that_decided():
    report = judge(evidence())
    assert len(report["explained"]) == 6
    assert sum(one["truth"] != one["answer"] for one in report["explained"]) == 3
    for one in report["explained"]:
        parts = one["parts"]
        assert "".join(part["text"] for part in parts) == one["text"]
        strongest = max(parts, key=lambda part: part["weight"])
        assert strongest["text"].strip() == one["answer"]
        others = [part["weight"] for part in parts if part is not strongest]
        assert others == pytest.approx([0] * len(others), abs=1e-6)


def test_new_texts_are_asked_for_in_two_goes():
    calls: list[Sequence[str]] = []

    def counted(texts: Sequence[str]) -> Floats:
        calls.append(texts)
        return predict(texts)

    judge(evidence(predict=counted))
    assert len(calls) == 2
    assert all(len(set(texts)) == len(texts) for texts in calls)


def test_many_labels_show_the_twenty_most_confused():
    rng = np.random.default_rng(0)
    labels = tuple(f"label {i:02}" for i in range(40))
    truth = np.tile(np.arange(40), 50)
    answers = np.where((truth < 5) & (rng.random(2000) < 0.5), truth + 20, truth)
    logits = (8 * np.eye(40, dtype=np.float32))[answers]
    given = evidence(2000, accuracy=1.0)
    report = judge(
        replace(
            given,
            schema=Schema(labels),
            truth=truth,
            logits=logits,
            rivals={},
            predict=lambda texts: np.zeros((len(texts), 40), dtype=np.float32),
            metric="macro_f1",
        )
    )
    shown = report["confusion"]
    assert len(shown["labels"]) == len(shown["matrix"]) == 20
    assert shown["shown_of"] == 40
    assert {*labels[:5], *labels[20:25]} <= set(shown["labels"])
    assert len(shown["pairs"]) == 5
    assert report["compared"][0]["test"] == "paired bootstrap"


def test_several_labels_a_row():
    rng = np.random.default_rng(0)
    truth = (rng.random((600, 4)) < 0.4).astype(np.int64)
    texts = [" ".join(w for w, has in zip(WORDS, row, strict=True) if has) for row in truth]
    truth[:30, 0] = 1 - truth[:30, 0]
    schema = Schema(WORDS, multi_label=True)

    def ask(some: Sequence[str]) -> Floats:
        return (2 * predict(some) - 4).astype(np.float32)

    report = judge(
        evidence(
            schema=schema, inputs=texts, truth=truth, logits=ask(texts), rivals={}, predict=ask
        )
    )
    json.dumps(report, allow_nan=False)
    assert report["metrics"]["accuracy"]["value"] == pytest.approx(0.95)
    assert report["metrics"]["micro_f1"]["value"] > 0.95
    assert report["confusion"]["matrix"] == []
    assert {one["truth"] for one in report["confusion"]["pairs"]} <= {"refund", "–"}
    assert sum(one["rows"] for one in report["confusion"]["pairs"]) == 30
    assert report["worst"][0]["truth"] != report["worst"][0]["answer"]
    assert report["verdict"]["say"] == "ship"


def test_chinese_rows_are_judged_as_chinese():
    texts = [
        f"房间很{'好' if i % 2 else '差'}，服务{'不错' if i % 2 else '太慢'}。" for i in range(400)
    ]

    def ask(some: Sequence[str]) -> Floats:
        good = [text.count("好") + text.count("不错") for text in some]
        bad = [text.count("差") + text.count("太慢") for text in some]
        return np.array([bad, good], dtype=np.float32).T * 3

    truth = np.arange(400) % 2
    truth[:20] = 1 - truth[:20]
    report = judge(
        evidence(
            400,
            schema=Schema(("差评", "好评")),
            inputs=texts,
            truth=truth,
            logits=ask(texts),
            rivals={},
            predict=ask,
        )
    )
    assert {one["kind"] for one in report["robustness"]} == {"typos", "punctuation", "first_half"}
    parts = report["explained"][0]["parts"]
    texts_of_parts = [part["text"] for part in parts]
    assert texts_of_parts[:2] == ["房间", f"很{report['explained'][0]['text'][3]}，"]
    assert "".join(texts_of_parts) == report["explained"][0]["text"]
    assert report["verdict"]["say"] == "ship"
