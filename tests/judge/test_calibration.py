from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from seedbed.judge.calibration import (
    KEEPS_NOTHING,
    _ranks,
    calibrate,
    fewest_rows,
    reject_threshold,
    reliability,
    temperature,
)
from seedbed.recipe import Data, Judge
from seedbed.tasks.base import Floats, Promise, Schema, Targets
from seedbed.tasks.text_classification import TextClassification

TASK = TextClassification(Data(train="train.csv"))
THREE = Schema(("a", "b", "c"))
TAGS = Schema(("a", "b", "c"), multi_label=True)


def honest(rows: int, rng: np.random.Generator, spread: float = 3.0) -> tuple[Floats, Targets]:
    """Logits, and labels drawn by the very scores that they give."""
    logits = rng.normal(scale=spread, size=(rows, 3)).astype(np.float32)
    scores = TASK.scores(logits, THREE)
    return logits, (rng.random(rows)[:, None] > scores.cumsum(axis=1)[:, :2]).sum(axis=1)


def honest_tags(rows: int, rng: np.random.Generator, spread: float = 4.0) -> tuple[Floats, Targets]:
    logits = rng.normal(scale=spread, size=(rows, 3)).astype(np.float32)
    return logits, (rng.random((rows, 3)) < TASK.scores(logits, TAGS)).astype(np.int64)


@pytest.mark.parametrize("heat", [0.25, 1.0, 4.0])
@pytest.mark.parametrize("draw", [honest, honest_tags])
def test_the_temperature_that_spoilt_the_scores_is_found(heat, draw):
    logits, truth = draw(4000, np.random.default_rng(0))
    assert temperature(logits * heat, truth) == pytest.approx(heat, rel=0.08)


def test_no_other_temperature_is_likelier():
    logits, truth = honest(1000, np.random.default_rng(1))
    best = temperature(logits * 3, truth)

    def loss(warmth: float) -> float:
        scores = TASK.scores(logits * 3, THREE, warmth).astype(float)
        return float(-np.log(scores[np.arange(len(truth)), truth]).mean())

    assert all(loss(best) < loss(best * factor) for factor in (0.9, 0.97, 1.03, 1.1))


@pytest.mark.parametrize("rows", [8, 60, 1000])
def test_rows_that_are_all_right_do_not_make_answers_certain(rows):
    """With one margin everywhere the optimum is Platt's target, (n + 1) / (n + 2), itself."""
    truth = np.arange(rows) % 2
    logits = np.where(truth[:, None] == [0, 1], 1.0, 0.0).astype(np.float32)
    schema = Schema(("no", "yes"))
    sure = TASK.confidence(TASK.scores(logits, schema, temperature(logits, truth)), schema)
    assert sure == pytest.approx((rows + 1) / (rows + 2), abs=1e-4)
    tags, both = np.eye(2, dtype=np.int64)[truth], Schema(("no", "yes"), multi_label=True)
    shares = TASK.scores(2 * logits - 1, both, temperature(2 * logits - 1, tags))
    assert np.where(tags == 1, shares, 1 - shares) == pytest.approx(
        (rows + 1) / (rows + 2), abs=1e-4
    )


def test_scaling_mends_the_calibration():
    rng = np.random.default_rng(2)
    logits, truth = honest(4000, rng)
    warmth = temperature(logits * 4, truth)
    fresh, labels = honest(4000, rng)
    before, _ = reliability(TASK, THREE, fresh * 4, labels, 1.0)
    after, bins = reliability(TASK, THREE, fresh * 4, labels, warmth)
    assert before > 0.1
    assert after < 0.025
    assert sum(one["rows"] for one in bins) == 4000


def test_calibration_error_of_a_known_case():
    """Always sure by 0.9, right in six of ten: the error is 0.3."""
    logits = np.log(np.tile([0.9, 0.1], (10, 1))).astype(np.float32)
    truth = np.array([0] * 6 + [1] * 4)
    error, bins = reliability(TASK, Schema(("a", "b")), logits, truth, 1.0)
    assert error == pytest.approx(0.3, abs=1e-6)
    assert bins == [{"confidence": pytest.approx(0.9), "accuracy": 0.6, "rows": 10}]


def test_bins_hold_equally_many_rows_in_any_order():
    logits, truth = honest(1500, np.random.default_rng(3))
    error, bins = reliability(TASK, THREE, logits, truth, 1.0)
    back, reverse = reliability(TASK, THREE, logits[::-1], truth[::-1], 1.0)
    assert {one["rows"] for one in bins} == {100}
    assert error == pytest.approx(back)
    assert [one["rows"] for one in bins] == [one["rows"] for one in reverse]
    assert [one["confidence"] for one in bins] == sorted(one["confidence"] for one in bins)


def test_each_decision_counts_where_a_row_has_several_labels():
    logits, truth = honest_tags(500, np.random.default_rng(3))
    error, bins = reliability(TASK, TAGS, logits, truth, 1.0)
    assert sum(one["rows"] for one in bins) == 1500
    assert error < 0.03


@pytest.mark.parametrize("schema", [THREE, TAGS])
def test_confidence_is_that_of_the_answer(schema):
    logits = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    scores = TASK.scores(logits, schema)
    answered = [TASK.answer(row, schema, Promise())["confidence"] for row in scores]
    assert TASK.confidence(scores, schema) == pytest.approx(answered, abs=1e-6)


def test_a_row_is_wrong_if_any_label_is():
    truth = np.array([[1, 0, 1], [0, 0, 0]])
    assert TASK.losses(truth, np.array([[1, 0, 0], [0, 0, 0]])).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("draw", "spread", "schema", "rows", "error"),
    [
        (honest, 8.0, THREE, 300, 0.05),
        (honest, 8.0, THREE, 1500, 0.02),
        (honest_tags, 15.0, TAGS, 800, 0.05),
    ],
)
def test_the_promise_holds_on_fresh_rows(draw, spread, schema, rows, error):
    """95 % confidence: it may be broken in one draw of the held-out rows in twenty, no more."""
    rng = np.random.default_rng(5)
    logits, truth = draw(60_000, rng, spread)
    settings = Judge(reject_error=error)
    broken, coverage = 0, []
    for _ in range(120):
        found = calibrate(TASK, schema, *draw(rows, rng, spread), settings)
        scores = TASK.scores(logits, schema, found.temperature)
        kept = TASK.confidence(scores, schema) >= found.threshold
        wrong = TASK.losses(truth, TASK.decide(scores, schema)) > 0
        broken += kept.any() and wrong[kept].mean() > error
        coverage.append(kept.mean())
    assert broken / 120 <= 0.05
    assert np.mean(coverage) > 0.3


def test_the_promise_is_broken_where_rows_are_not_held_out():
    """What the test above would show if the threshold were read off without a bound."""
    rng = np.random.default_rng(5)
    logits, truth = honest(60_000, rng)
    scores = TASK.scores(logits, THREE)
    sure, wrong = TASK.confidence(scores, THREE), scores.argmax(axis=1) != truth
    broken = 0
    for _ in range(120):
        few, labels = honest(300, rng)
        mine = TASK.scores(few, THREE)
        order = np.argsort(-mine.max(axis=1))
        errors = np.cumsum((mine.argmax(axis=1) != labels)[order]) / np.arange(1, 301)
        kept = int(np.flatnonzero(errors <= 0.05).max())
        broken += wrong[sure >= mine.max(axis=1)[order[kept]]].mean() > 0.05
    assert broken / 120 > 0.2


def test_too_few_rows_keep_nothing_and_say_so():
    need = fewest_rows(0.02, 0.95)
    sure = np.linspace(0.5, 1, need).astype(np.float32)
    right = np.zeros(need, dtype=bool)
    assert reject_threshold(sure, right, error=0.02, confidence=0.95) == 0.0
    short = reject_threshold(sure[1:], right[1:], error=0.02, confidence=0.95)
    assert short == KEEPS_NOTHING
    logits, truth = honest(need - 1, np.random.default_rng(0))
    found = calibrate(TASK, THREE, logits, truth, Judge(reject_error=0.02))
    assert not found.possible
    assert found.coverage == 0
    assert found.rows_needed == need
    assert set(found.as_dict()) == {
        "half",
        "temperature",
        "threshold",
        "promised_error",
        "confidence",
        "coverage",
    }


def test_a_model_that_guesses_keeps_nothing():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2000, 3)).astype(np.float32)
    found = calibrate(TASK, THREE, logits, rng.integers(3, size=2000), Judge())
    assert not found.possible


def test_equal_confidences_are_kept_or_rejected_together():
    sure = np.repeat(np.float32([0.99, 0.6]), [400, 400])
    wrong = np.repeat([False, True], [400, 400])
    threshold = reject_threshold(sure, wrong, error=0.05, confidence=0.95)
    assert threshold == pytest.approx(0.99)
    assert (sure >= threshold).sum() == 400


def test_a_threshold_that_fails_hands_nothing_on():
    """Errors among the surest 30 %, and so few in all that keeping everything would pass alone."""
    ranks = _ranks(2000, 0.05, 0.95)
    sure = np.linspace(1.0, 0.5, 2000).astype(np.float32)
    wrong = np.zeros(2000, dtype=bool)
    wrong[ranks[2] : ranks[2] + 80] = True
    assert binom.cdf(80, 2000, 0.05) < 0.05
    threshold = reject_threshold(sure, wrong, error=0.05, confidence=0.95)
    assert threshold == sure[ranks[2] - 1]


def test_a_looser_promise_keeps_more():
    logits, truth = honest(3000, np.random.default_rng(9))
    coverages = [
        calibrate(TASK, THREE, logits, truth, Judge(reject_error=error)).coverage
        for error in (0.01, 0.05, 0.15)
    ]
    assert coverages[0] < coverages[1] < coverages[2]


def _read(path: Path) -> tuple[list[str], list[str]]:
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["label"] for row in rows]


@pytest.mark.parametrize(("name", "error"), [("sms_spam", 0.01), ("banking77", 0.05)])
def test_the_promise_holds_on_published_rows(shared_data, name, error):
    texts, labels = _read(shared_data(name) / "train.csv")
    names = tuple(sorted(set(labels)))
    schema = Schema(names)
    order = np.random.default_rng(0).permutation(len(texts))
    numbers = np.array([names.index(label) for label in labels])
    fitted, held_out = order[: len(order) // 2], order[len(order) // 2 :]
    turn = TfidfVectorizer(sublinear_tf=True, max_features=3000)
    features = turn.fit_transform([texts[i] for i in fitted])
    model = LinearSVC(C=0.5).fit(features, numbers[fitted])

    def logits(some: list[str]) -> Floats:
        margins = model.decision_function(turn.transform(some))
        both = np.stack([-margins, margins], axis=1) if margins.ndim == 1 else margins
        return both.astype(np.float32)

    fresh, fresh_labels = _read(shared_data(name) / "test.csv")
    held = logits([texts[i] for i in held_out])
    settings = Judge(reject_error=error)
    found = calibrate(TASK, schema, held, numbers[held_out], settings)
    scores = TASK.scores(logits(fresh), schema, found.temperature)
    kept = TASK.confidence(scores, schema) >= found.threshold
    truth = np.array([names.index(label) for label in fresh_labels])
    assert (scores.argmax(axis=1) != truth)[kept].mean() <= error
    assert kept.mean() > 0.3
