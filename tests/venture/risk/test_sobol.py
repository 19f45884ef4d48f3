"""Sobol indices: SALib's design and estimators, closed forms, and what holds of every model."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.venture.risk import sobol
from seedbed.venture.verify.risk import PROBLEMS

CV = np.array([0.1, 0.2, 0.3, 0.2, 0.4])


def product(points: np.ndarray) -> np.ndarray:
    return np.prod(1 + np.sqrt(3) * CV * (2 * points - 1), axis=1)


def exact() -> tuple[np.ndarray, np.ndarray]:
    variance = np.prod(1 + CV**2) - 1
    whole = [CV[i] ** 2 * np.prod(np.delete(1 + CV**2, i)) for i in range(5)]
    return CV**2 / variance, np.array(whole) / variance


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.id)
def test_published_indices(problem: object) -> None:
    assert problem.holds(), problem.difference()  # type: ignore[attr-defined]


def test_the_design_is_salibs() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from SALib.sample import sobol as theirs

    problem = {"num_vars": 4, "names": list("abcd"), "bounds": [[0, 1]] * 4}
    source = np.random.default_rng(7)
    made = theirs.sample(problem, 64, calc_second_order=False, seed=source)
    assert (sobol.design(4, 64, 7) == made).all()


def test_the_indices_are_salibs_and_the_intervals_hold_the_truth() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from SALib.analyze import sobol as theirs

    results = product(sobol.design(5, 1024, 3))
    names = list("abcde")
    problem = {"num_vars": 5, "names": names, "bounds": [[0, 1]] * 5}
    told = theirs.analyze(problem, results, calc_second_order=False, seed=1, num_resamples=10)
    ours = {one.name: one for one in sobol.analyse(names, results, seed=0).each}
    first, whole = exact()
    for i, name in enumerate(names):
        one = ours[name]
        assert one.first == pytest.approx(told["S1"][i], abs=1e-12)
        assert one.whole == pytest.approx(told["ST"][i], abs=1e-12)
        assert one.first_low - 0.02 <= first[i] <= one.first_high + 0.02
        assert one.whole_low - 0.02 <= whole[i] <= one.whole_high + 0.02


def test_a_model_that_never_changes_has_no_indices() -> None:
    found = sobol.indices(["a", "b"], lambda points: np.full(len(points), 3.0), rows=64, seed=0)
    assert found.variance == 0
    assert [one.whole for one in found.each] == [0.0, 0.0]


def test_what_is_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        sobol.analyse(["a"], np.array([1.0, np.nan, 2.0]), seed=0)


def test_the_model_is_asked_in_whole_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sobol, "CHUNK", 100)
    asked = []

    def model(points: np.ndarray) -> np.ndarray:
        asked.append(len(points))
        return product(points)

    found = sobol.indices(list("abcde"), model, rows=64, seed=0)
    assert sum(asked) == found.runs == 64 * 7
    assert {size % 7 for size in asked} == {0}
    monkeypatch.setattr(sobol, "CHUNK", 1 << 16)
    assert sobol.indices(list("abcde"), product, rows=64, seed=0) == found


@settings(max_examples=20)
@given(
    st.lists(st.floats(0, 3), min_size=2, max_size=5),
    st.floats(0, 2),
    st.integers(0, 1000),
    st.sampled_from([1e-3, 1e7]),
)
def test_first_indices_add_up_to_at_most_one_and_total_ones_to_at_least(
    weights: list[float], together: float, seed: int, scale: float
) -> None:
    if max(weights) < 0.1:
        weights[0] = 1.0

    def model(points: np.ndarray) -> np.ndarray:
        return points @ np.array(weights) + together * np.prod(points[:, :2] - 0.5, axis=1)

    names = [str(i) for i in range(len(weights))]
    found = sobol.indices(names, model, rows=512, seed=seed)
    first = sum(one.first for one in found.each)
    whole = sum(one.whole for one in found.each)
    error = len(names) * (found.error + 0.01)
    assert first <= 1 + error
    assert whole >= 1 - error
    assert all(one.first <= one.whole + error for one in found.each)
    scaled = sobol.indices(names, lambda points: scale * model(points), rows=512, seed=seed)
    assert {o.name: round(o.whole, 6) for o in scaled.each} == {
        o.name: round(o.whole, 6) for o in found.each
    }
