from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from seedbed.recipe import Data
from seedbed.tasks import statistics
from seedbed.tasks.base import Schema, Targets
from seedbed.tasks.text_classification import TextClassification
from seedbed.tasks.text_regression import TextRegression

TASK = TextClassification(Data(train="train.csv"))


def schema(labels: int, multi_label: bool = False) -> Schema:
    return Schema(tuple(f"label-{i}" for i in range(labels)), multi_label)


def population(labels: int, accuracy: float) -> np.ndarray:
    """The chance of each pair of truth and answer, all labels alike."""
    chance = np.full((labels, labels), (1 - accuracy) / (labels - 1))
    np.fill_diagonal(chance, accuracy)
    return chance / labels


def draw(chance: np.ndarray, rows: int, rng: np.random.Generator) -> tuple[Targets, Targets]:
    cells = rng.choice(chance.size, p=chance.ravel(), size=rows)
    return cells // len(chance), cells % len(chance)


def true_macro_f1(chance: np.ndarray) -> float:
    return float(np.mean(2 * np.diag(chance) / (chance.sum(axis=0) + chance.sum(axis=1))))


# Newcombe (1998), Statistics in Medicine 17:857-872, table I: methods 3 and 5.
@pytest.mark.parametrize(
    ("hits", "rows", "score", "exact"),
    [
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0.0000, 0.1611), (0.0000, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_intervals_of_a_share_are_those_published(hits, rows, score, exact):
    wilson = statistics.wilson(hits, rows)
    clopper = statistics.clopper_pearson(hits, rows)
    assert (wilson.low, wilson.high) == pytest.approx(score, abs=5e-5)
    assert (clopper.low, clopper.high) == pytest.approx(exact, abs=5e-5)


@given(st.integers(1, 500), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_intervals_of_a_share_agree_with_scipy(rows, data, confidence):
    hits = data.draw(st.integers(0, rows))
    test = stats.binomtest(hits, rows)
    for ours, method in (
        (statistics.wilson(hits, rows, confidence=confidence), "wilson"),
        (statistics.clopper_pearson(hits, rows, confidence=confidence), "exact"),
    ):
        theirs = test.proportion_ci(confidence, method=method)
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
        assert ours.low <= ours.value <= ours.high


def test_no_rows_say_nothing():
    assert statistics.wilson(0, 0).low == 0
    assert statistics.clopper_pearson(0, 0).high == 1


def test_mcnemar_gives_the_published_p():
    # Fagerland, Lydersen & Laake (2013), BMC Med. Res. Methodol. 13:91: stem cells, 1 against 7.
    assert statistics.mcnemar(1, 7) == pytest.approx(0.039, abs=5e-4)
    assert statistics.mcnemar(1, 7, mid=False) == pytest.approx(0.070, abs=5e-4)
    assert statistics.mcnemar(7, 1) == statistics.mcnemar(1, 7)
    assert statistics.mcnemar(0, 0) == 1
    assert statistics.mcnemar(5, 5) == 1


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemar_exact_is_the_binomial_test(won, lost):
    p = statistics.mcnemar(won, lost, mid=False)
    expected = stats.binomtest(won, won + lost).pvalue if won + lost else 1
    assert p == pytest.approx(expected)
    assert statistics.mcnemar(won, lost) <= p


def test_fisher_agrees_with_scipy():
    # Fisher's lady tasting tea, the other way round: 1 of 4 against 3 of 4.
    assert statistics.fisher(1, 4, 3, 4) == pytest.approx(17 / 70)
    table = [[40, 20], [300, 60]]
    expected = stats.fisher_exact(table, alternative="less").pvalue
    assert statistics.fisher(40, 60, 300, 360) == pytest.approx(expected)


def test_holm_corrects_as_published():
    # Holm (1979): the smallest times m, the next times m - 1, never falling.
    assert statistics.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert statistics.holm([]) == []


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1", "micro_f1"])
@pytest.mark.parametrize("multi_label", [False, True])
def test_resampling_cells_is_resampling_rows(metric, multi_label):
    """The quick way agrees with scipy's bootstrap, which draws rows and asks the task."""
    rng = np.random.default_rng(3)
    if multi_label:
        truth = (rng.random((900, 4)) < [0.5, 0.3, 0.2, 0.1]).astype(np.int64)
        answers = np.where(rng.random(truth.shape) < 0.9, truth, 1 - truth)
    else:
        truth, answers = draw(population(4, 0.85), 900, rng)
    shape = schema(4, multi_label)
    ours = statistics.bootstrap(TASK, shape, metric, truth, answers, resamples=4000, seed=1)
    theirs = stats.bootstrap(
        (np.arange(900),),
        lambda rows: TASK.metric(metric, truth[rows], answers[rows], shape),
        vectorized=False,
        n_resamples=1000,
        method="percentile",
        rng=np.random.default_rng(5),
    ).confidence_interval
    width = theirs.high - theirs.low
    assert ours.value == TASK.metric(metric, truth, answers, shape)
    assert ours.low == pytest.approx(theirs.low, abs=0.2 * width)
    assert ours.high == pytest.approx(theirs.high, abs=0.2 * width)
    assert ours.high - ours.low == pytest.approx(width, rel=0.15)


class Kappa(TextClassification):
    """A task with a metric that the tally does not know."""

    def metric(self, name: str, truth: Targets, answers: Targets, schema: Schema) -> float:
        return 2 * super().metric("accuracy", truth, answers, schema) - 1


def test_a_metric_of_another_task_is_resampled_row_by_row():
    task = Kappa(Data(train="train.csv"))
    truth, answers = draw(population(2, 0.8), 400, np.random.default_rng(0))
    _, other = draw(population(2, 0.8), 400, np.random.default_rng(1))
    found = statistics.bootstrap(task, schema(2), "kappa", truth, answers, resamples=800)
    share = statistics.bootstrap(TASK, schema(2), "accuracy", truth, answers)
    assert found.low == pytest.approx(2 * share.low - 1, abs=0.03)
    assert found.high == pytest.approx(2 * share.high - 1, abs=0.03)
    gap = statistics.paired_bootstrap(
        task, schema(2), "kappa", truth, answers, other, resamples=300
    )
    assert gap.low < gap.value < gap.high


@pytest.mark.parametrize(
    ("metric", "labels", "accuracy", "rows"),
    [
        ("accuracy", 3, 0.8, 200),
        ("macro_f1", 3, 0.8, 200),
        ("macro_f1", 20, 0.85, 300),
        ("accuracy", 2, 0.98, 60),
        ("macro_f1", 2, 0.98, 60),
    ],
)
def test_intervals_cover_the_truth_as_often_as_they_say(metric, labels, accuracy, rows):
    chance, shape, draws = population(labels, accuracy), schema(labels), 300
    truth_is = accuracy if metric == "accuracy" else true_macro_f1(chance)
    rng = np.random.default_rng(7)
    misses = widths = 0.0
    for i in range(draws):
        truth, answers = draw(chance, rows, rng)
        found = statistics.bootstrap(TASK, shape, metric, truth, answers, resamples=300, seed=i)
        misses += not found.low <= truth_is <= found.high
        widths += found.high - found.low
    # 95 % asked for: with 300 draws, under 91.5 % or over 99.5 % is no accident
    assert 0.005 <= misses / draws <= 0.085
    assert widths / draws < 8 * np.sqrt(accuracy * (1 - accuracy) / rows)


def test_the_test_of_coverage_would_catch_an_interval_too_narrow():
    """The same simulation, with 80 % intervals, misses far more often than is let pass above."""
    chance, rng, misses = population(3, 0.8), np.random.default_rng(7), 0
    for i in range(300):
        truth, answers = draw(chance, 200, rng)
        found = statistics.bootstrap(
            TASK, schema(3), "macro_f1", truth, answers, resamples=300, confidence=0.8, seed=i
        )
        misses += not found.low <= true_macro_f1(chance) <= found.high
    assert 0.12 < misses / 300 < 0.28


def test_all_right_is_not_taken_for_certainty():
    truth = np.arange(30) % 3
    for metric in TASK.metrics:
        found = statistics.bootstrap(TASK, schema(3), metric, truth, truth)
        assert found.value == found.high == 1
        assert 0.8 < found.low < 0.95


@pytest.mark.parametrize("metric", ["accuracy", "macro_f1"])
def test_two_equal_models_are_called_different_as_seldom_as_promised(metric):
    chance, shape, rng, draws = population(3, 0.8), schema(3), np.random.default_rng(11), 300
    given_truth = chance / chance.sum(axis=1, keepdims=True)
    called = covered = 0
    for i in range(draws):
        truth, ours = draw(chance, 250, rng)
        fresh = (rng.random(250)[:, None] > given_truth[truth].cumsum(axis=1)).sum(axis=1)
        theirs = np.where(rng.random(250) < 0.5, ours, fresh)
        gap = statistics.paired_bootstrap(
            TASK, shape, metric, truth, ours, theirs, resamples=300, seed=i
        )
        called += gap.p < 0.05
        covered += gap.low <= 0 <= gap.high
    assert 0.01 <= called / draws <= 0.085
    assert covered / draws >= 0.91


def test_a_real_difference_is_found_and_has_the_right_sign():
    rng = np.random.default_rng(0)
    truth, good = draw(population(5, 0.9), 1000, rng)
    bad = np.where(rng.random(1000) < 0.1, (truth + 1) % 5, good)
    for metric in TASK.metrics:
        gap = statistics.paired_bootstrap(TASK, schema(5), metric, truth, good, bad)
        back = statistics.paired_bootstrap(TASK, schema(5), metric, truth, bad, good)
        assert 0 < gap.low < gap.value < gap.high
        assert gap.p < 0.01
        assert gap.value == pytest.approx(-back.value)
        assert back.high < 0


def test_p_of_accuracy_is_near_that_of_mcnemar():
    truth = np.arange(600) % 3
    wrong, place = (truth + 1) % 3, np.arange(600)
    ours = np.where(place < 15, wrong, truth)  # right in rows 15 to 44, where theirs is wrong
    theirs = np.where((place >= 15) & (place < 45), wrong, truth)
    expected = statistics.mcnemar(30, 15)
    assert 0.02 < expected < 0.04
    for one, other in ((ours, theirs), (theirs, ours)):
        gap = statistics.paired_bootstrap(
            TASK, schema(3), "accuracy", truth, one, other, resamples=20_000
        )
        assert gap.p == pytest.approx(expected, rel=0.4)


def test_a_difference_may_be_more_than_one_where_the_metric_has_no_bottom():
    task = TextRegression(Data(train="train.csv"))
    truth = np.random.default_rng(8).normal(size=200)
    gap = statistics.paired_bootstrap(
        task, Schema(("score",)), "r2", truth, truth, -3 * truth, resamples=200
    )
    assert gap.value == pytest.approx(16, abs=0.1)
    assert 10 < gap.low <= gap.value <= gap.high


def test_a_share_paired_is_the_bootstrap_of_accuracy():
    rng = np.random.default_rng(4)
    truth = np.zeros(150, int)
    ours, theirs = ((rng.random(150) > wrong).astype(int) for wrong in (0.7, 0.5))
    won, lost = ((ours < theirs).sum(), (ours > theirs).sum())
    found = statistics.paired_share(int(won), int(lost), 150)
    drawn = statistics.paired_bootstrap(
        TASK, schema(2), "accuracy", truth, ours, theirs, resamples=20_000
    )
    assert found.value == pytest.approx(drawn.value)
    assert (found.low, found.high) == pytest.approx((drawn.low, drawn.high), abs=0.01)


@pytest.mark.parametrize(("either", "both"), [(0.02, 0.02), (0.1, 0.3), (0.3, 0.3)])
def test_a_share_paired_covers_the_truth(either, both):
    rng = np.random.default_rng(5)
    cells = [either + 0.05, either, both, 0.95 - 2 * either - both]
    covered = []
    for won, lost, *_ in rng.multinomial(60, cells, size=1500):
        gap = statistics.paired_share(int(won), int(lost), 60)
        covered.append(gap.low <= 0.05 <= gap.high)
    assert np.mean(covered) > 0.935


def test_a_mean_paired_is_that_of_the_differences():
    rng = np.random.default_rng(6)
    theirs = rng.exponential(1, 200)
    gap = statistics.paired_mean(theirs + rng.normal(0.1, 0.2, 200), theirs)
    assert 0 < gap.low < gap.value < gap.high < 0.2
    assert gap.p < 0.01
    assert statistics.paired_mean(theirs, theirs).p == 1


def test_a_pair_is_judged_more_narrowly_than_two_alone():
    rng = np.random.default_rng(0)
    truth, ours = draw(population(5, 0.8), 1000, rng)
    theirs = np.where(rng.random(1000) < 0.02, (truth + 1) % 5, ours)
    gap = statistics.paired_bootstrap(TASK, schema(5), "macro_f1", truth, ours, theirs)
    alone = statistics.bootstrap(TASK, schema(5), "macro_f1", truth, ours)
    assert gap.high - gap.low < 0.6 * (alone.high - alone.low)


rows_of_labels = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), min_size=5, max_size=60
)


@settings(max_examples=40, deadline=None)
@given(rows_of_labels, st.randoms(use_true_random=False), st.sampled_from(TASK.metrics))
def test_the_order_of_rows_changes_nothing(rows, random, metric):
    shuffled = list(rows)
    random.shuffle(shuffled)
    found = []
    for one in (rows, shuffled):
        truth, ours, theirs = np.array(one).T
        found.append(
            (
                statistics.bootstrap(TASK, schema(4), metric, truth, ours, resamples=100),
                statistics.paired_bootstrap(
                    TASK, schema(4), metric, truth, ours, theirs, resamples=100
                ),
            )
        )
    assert found[0] == found[1]
    single, pair = found[0]
    assert 0 <= single.low <= single.value <= single.high <= 1
    assert -1 <= pair.low <= pair.value <= pair.high <= 1
    assert 0 < pair.p <= 1


@pytest.mark.parametrize("multi_label", [False, True])
@pytest.mark.parametrize("metric", TASK.metrics)
def test_more_rows_narrow_the_interval(metric, multi_label):
    truth, answers = draw(population(4, 0.8), 150, np.random.default_rng(2))
    if multi_label:
        truth, answers = np.eye(4, dtype=np.int64)[truth], np.eye(4, dtype=np.int64)[answers]
    widths = []
    for times in (1, 4, 16):
        found = statistics.bootstrap(
            TASK,
            schema(4, multi_label),
            metric,
            np.concatenate([truth] * times),
            np.concatenate([answers] * times),
        )
        widths.append(found.high - found.low)
    assert widths[1] == pytest.approx(widths[0] / 2, rel=0.2)
    assert widths[2] == pytest.approx(widths[1] / 2, rel=0.2)


def test_both_ways_of_drawing_give_the_same_interval(monkeypatch):
    truth, answers = draw(population(6, 0.8), 500, np.random.default_rng(4))
    found = []
    for cost in (0, 10**9):
        monkeypatch.setattr(statistics, "_CELL_COST", cost)
        found.append(statistics.bootstrap(TASK, schema(6), "macro_f1", truth, answers))
    assert found[0] != found[1]
    assert found[0].low == pytest.approx(found[1].low, abs=0.006)
    assert found[0].high == pytest.approx(found[1].high, abs=0.006)


def test_the_seed_fixes_the_draw():
    truth, answers = draw(population(6, 0.8), 500, np.random.default_rng(4))
    one, same, other = (
        statistics.bootstrap(TASK, schema(6), "macro_f1", truth, answers, seed=seed)
        for seed in (1, 1, 2)
    )
    assert one == same != other


def test_many_labels_fit_in_little_memory():
    """Some 3,080 rows of 77 labels, mostly wrong, so that almost every row is its own cell."""
    truth, answers = draw(population(77, 0.1), 3080, np.random.default_rng(0))
    tracemalloc.start()
    statistics.bootstrap(TASK, schema(77), "macro_f1", truth, answers)
    statistics.paired_bootstrap(TASK, schema(77), "macro_f1", truth, answers, truth)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100e6
