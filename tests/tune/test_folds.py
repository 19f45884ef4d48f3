"""Folds that divide no group, and who deals rows out by them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import rows
from hypothesis import given, settings
from hypothesis import strategies as some

from seedbed.tune import names, optimism
from seedbed.tune import rows as dealt
from seedbed.tune.context import Context
from seedbed.tune.folds import folds
from seedbed.tune.rungs import baseline, contrast, probe


@settings(deadline=None)
@given(
    some.integers(2, 6),
    some.lists(some.tuples(some.integers(0, 3), some.integers(0, 25)), min_size=2, max_size=90),
)
def test_a_group_stays_in_one_part(parts: int, given: list[tuple[int, int]]) -> None:
    targets, groups = np.array(given).T
    found = folds(targets, parts, seed=3, groups=groups)
    assert sorted(np.concatenate([answer for _, answer in found])) == list(range(len(targets)))
    for learn, answer in found:
        assert sorted(np.concatenate([learn, answer])) == list(range(len(targets)))
        if 1 < len(np.unique(groups)) < len(groups):
            assert len(learn)
            assert len(answer)
            assert not set(groups[learn]) & set(groups[answer])


def test_labels_are_spread_as_well_as_groups_allow() -> None:
    targets = np.repeat([0, 1, 2], [80, 40, 20])
    groups = np.arange(140)
    groups[:30] = groups[0]  # a customer with many rows of one label
    groups[80:110] = np.arange(80, 110) // 3 + 1000  # and copies, three by three
    for _, answer in folds(targets, 4, seed=0, groups=groups):
        counts = np.bincount(targets[answer], minlength=3)
        assert counts[1:].tolist() == [10, 5]
        assert counts[0] == 30 if 0 in answer else counts[0] in (16, 17)


def test_numbers_are_spread_by_size() -> None:
    targets = np.linspace(0, 1, 200, dtype=np.float32)
    groups = np.arange(200) // 2
    means = [targets[answer].mean() for _, answer in folds(targets, 4, seed=0, groups=groups)]
    assert np.ptp(means) < 0.05


def test_several_labels_a_row() -> None:
    hot = np.array([[1, 0, 0], [0, 1, 1], [0, 0, 0], [1, 1, 1]] * 10)
    groups = np.repeat(np.arange(20), 2)
    for _, answer in folds(hot, 5, seed=0, groups=groups):
        assert len(answer) == 8
        assert len(np.unique(groups[answer])) == 4


@pytest.mark.parametrize("groups", [np.arange(60), np.zeros(60, np.int64)])
def test_where_rows_are_alone_or_all_together_nothing_changes(groups: Any) -> None:
    targets = np.arange(60) % 7
    plain, other = folds(targets, 4, seed=1), folds(targets, 4, seed=1, groups=groups)
    for one, two in zip(plain, other, strict=True):
        assert (one[0] == two[0]).all()
        assert (one[1] == two[1]).all()


@pytest.fixture
def grouped(small: Path, tmp_path: Path) -> Context:
    """Give a context whose rows are in groups of three."""
    found = rows.context(small, tmp_path, rows=36, held=12)
    found.train = replace(found.train, groups=np.arange(36) // 3)
    found.validation = replace(found.validation, groups=100 + np.arange(12) // 3)
    return found


@pytest.mark.parametrize("module", [probe, names, dealt, contrast, baseline, optimism])
def test_all_who_deal_rows_out_keep_groups_together(
    module: ModuleType, grouped: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart: list[bool] = []

    def watched(targets: Any, parts: int, *, seed: int, groups: Any) -> Any:
        found = folds(targets, parts, seed=seed, groups=groups)
        apart.extend(not set(groups[learn]) & set(groups[answer]) for learn, answer in found)
        return found

    monkeypatch.setattr(module, "folds", watched)
    does: dict[ModuleType, Any] = {
        probe: lambda: probe.Probe(grouped).held_out(),
        names: lambda: names.helpful(grouped),
        dealt: lambda: dealt.Deal(grouped).parts,
        contrast: lambda: contrast.Contrast(grouped)._parts(),
        baseline: lambda: baseline.Baseline(grouped).climb(),
        optimism: lambda: optimism.measured(grouped, np.zeros((12, 3), np.float32)),
    }
    does[module]()
    assert len(apart) in (4, 5)
    assert all(apart)
