from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.data.split import draw, split, together
from seedbed.data.table import Index, Table
from seedbed.errors import RowBroken, TooFewRows


def table(count: int) -> Table:
    return Table(Path("rows.csv"), {}, np.arange(1, count + 1))


def labels(count: int, share: float = 0.3) -> list[str]:
    return ["rare" if i % 10 < 10 * share else "common" for i in range(count)]


def test_a_split_keeps_the_proportions_exactly() -> None:
    strata = labels(1000)
    kept, aside = split(table(1000), strata, 0.2, seed=0)
    assert len(aside) == 200
    assert Counter(strata[i] for i in aside) == {"rare": 60, "common": 140}
    assert sorted([*kept, *aside]) == list(range(1000))


def test_a_split_depends_on_the_seed_alone() -> None:
    strata = labels(300)
    one, again, other = (split(table(300), strata, 0.2, seed=seed)[1] for seed in (1, 1, 2))
    assert one.tolist() == again.tolist() != other.tolist()


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30)), min_size=12, max_size=120),
    st.floats(0.05, 0.6),
    st.integers(0, 99),
)
def test_no_cluster_straddles_and_every_label_keeps_a_row(
    rows: list[tuple[str, int]], share: float, seed: int
) -> None:
    strata = [label for label, _ in rows]
    groups = np.array([group for _, group in rows])
    try:
        kept, aside = split(table(len(rows)), strata, share, seed=seed, groups=groups)
    except TooFewRows:
        return
    assert not set(groups[kept]) & set(groups[aside])
    assert {strata[i] for i in kept} == set(strata)
    assert sorted([*kept, *aside]) == list(range(len(rows)))
    assert len(aside) <= round(share * len(rows)) + np.bincount(groups).max()


def test_small_clusters_leave_the_share_as_asked() -> None:
    groups: Index = np.arange(3000) // 3
    strata = [label for label in labels(1000) for _ in range(3)]
    _, aside = split(table(3000), strata, 0.2, seed=3, groups=groups)
    assert abs(len(aside) - 600) <= 3
    assert abs(Counter(strata[i] for i in aside)["rare"] - 180) <= 3


def test_labels_of_one_row_stay_where_they_are_learnt() -> None:
    strata = ["a"] * 50 + ["b"] * 50 + [f"single{i}" for i in range(20)]
    kept, _ = split(table(120), strata, 0.5, seed=0)
    assert {strata[i] for i in kept} == set(strata)


def test_rows_with_several_labels_count_for_each() -> None:
    strata = ["a", "b", "a\x1fb", "a\x1fc", "b\x1fc", "c", "d\x1fa"] * 3 + ["d\x1fa\x1fe"]
    for seed in range(20):
        kept, aside = split(table(len(strata)), strata, 0.4, seed=seed)
        assert {label for i in kept for label in strata[i].split("\x1f")} == set("abcde")
        assert len(aside)


def test_the_newest_rows_are_set_aside() -> None:
    times = [f"2026-{month:02}-15" for month in (3, 1, 12, 7, 5, 9, 2, 11, 4, 6)]
    kept, aside = split(table(10), ["x"] * 10, 0.3, seed=0, times=times)
    assert {times[i] for i in aside} == {"2026-12-15", "2026-11-15", "2026-09-15"}
    assert max(times[i] for i in kept) < min(times[i] for i in aside)


def test_a_cluster_is_as_old_as_its_oldest_row() -> None:
    times = [str(i) for i in range(10)]
    groups = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 0])
    kept, aside = split(table(10), ["x"] * 10, 0.3, seed=0, groups=groups, times=times)
    assert aside.tolist() == [6, 7, 8]
    assert 9 in kept


@pytest.mark.parametrize("time_", ["1700000000", "2026-03-14T15:09:26Z", "2026/03/14", "20260314"])
def test_times_may_be_numbers_or_dates(time_: str) -> None:
    assert split(table(4), ["x"] * 4, 0.5, seed=0, times=[time_] * 4)[1].size == 2


def test_a_time_that_is_none_names_its_row() -> None:
    with pytest.raises(RowBroken, match=r"row 2.*'yesterday'"):
        split(table(3), ["x"] * 3, 0.5, seed=0, times=["1", "yesterday", "3"])


@pytest.mark.parametrize("groups", [None, np.zeros(1, dtype=np.int64)])
def test_too_few_rows_are_refused(groups: Index | None) -> None:
    with pytest.raises(TooFewRows, match=r"data\.test"):
        split(table(1), ["x"], 0.5, seed=0, groups=groups)


def test_one_cluster_cannot_be_split() -> None:
    with pytest.raises(TooFewRows, match=r"1 cluster"):
        split(table(9), ["x"] * 9, 0.3, seed=0, groups=np.zeros(9, dtype=np.int64))


@given(st.integers(2, 60), st.integers(0, 9))
def test_a_draw_is_in_proportion_and_takes_each_label(limit: int, seed: int) -> None:
    strata = ["a"] * 45 + ["b"] * 14 + ["c"]
    if limit < 3:
        with pytest.raises(TooFewRows, match=r"data\.limit"):
            draw(strata, limit, seed=seed, table=table(60))
        return
    counts = Counter(strata[i] for i in draw(strata, limit, seed=seed, table=table(60)))
    assert counts.total() == limit
    assert set(counts) == {"a", "b", "c"}
    assert abs(counts["a"] - 0.75 * limit) <= 2


def test_what_no_fold_may_divide() -> None:
    alone, pair = np.arange(6), np.array([0, 1, 1, 2, 3, 4])
    customers = ["a", "b", "c", "c", "d", "e"]
    assert together(alone, None) is None
    found = together(pair, None)
    assert found is not None
    assert found.tolist() == pair.tolist()
    both = together(pair, customers)
    assert both is not None
    assert both[1] == both[2] == both[3]
    assert len(np.unique(both)) == 4
    chained = np.array([0, 0, 0, 0, 0, 1])  # near duplicates that would be most of the rows
    assert together(chained, None) is None
    named = together(chained, customers)
    assert named is not None
    assert len(np.unique(named)) == 5
