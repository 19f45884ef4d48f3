from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rows_sample import sentence

from seedbed.data import duplicates, read
from seedbed.data.duplicates import NEAR, across, groups_of, near_groups, similarity
from seedbed.data.fingerprints import (
    PERMUTATIONS,
    SKETCH,
    fingerprints,
    key,
    normalise,
)
from seedbed.data.split import merge

CHINESE = "房间很大而且非常干净，服务员的态度也十分热情，下次来上海还会选择住在这里"


def pairs(texts: list[str]) -> list[tuple[int, int]]:
    groups = near_groups(texts)
    every = range(len(texts))
    return [(i, j) for i in every for j in every if i < j and groups[i] == groups[j]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I locate my card?", "  how do I  LOCATE my card? "),
        ("Ｈｏｗ　ｄｏ　Ｉ", "how do i"),
        ("Straße", "STRASSE"),
    ],
)
def test_texts_are_equal_once_normalised(one: str, other: str) -> None:
    assert key(one) == key(other)
    assert pairs([one, other]) == [(0, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (sentence(1), sentence(1) + " please"),
        (
            "I love this phone so very much, thank you all!!",
            "i love this phone so very much thank you all",
        ),
        (CHINESE, CHINESE.replace("上海", "北京")),
        (CHINESE, CHINESE + "！！"),
    ],
)
def test_near_duplicates_are_found(one: str, other: str) -> None:
    assert pairs([one, sentence(7), other]) == [(0, 2)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("good hotel", "bad hotel"),
        (CHINESE, "房间太小了，早餐也不好吃，以后不会再来"),
        ("👍👍", "👎👎"),
        ("?", "!"),
        ("", ""),
        ("", " \n"),
        (sentence(1), sentence(2)),
    ],
)
def test_other_texts_are_not_taken_for_duplicates(one: str, other: str) -> None:
    assert pairs([one, other]) == []


def test_signatures_are_those_of_datasketch() -> None:
    from datasketch import MinHash

    prints = fingerprints([sentence(i) for i in range(20)] + [CHINESE])
    for row in range(len(prints)):
        shingles = prints.shingles[prints.starts[row] : prints.starts[row + 1]]
        plain = MinHash(num_perm=PERMUTATIONS, seed=1, scheme="affine32", hashfunc=int)
        plain.update_batch(shingles.tolist())
        assert plain.hashvalues.tolist() == prints.signatures[row].tolist()


def shingles(text: str) -> set[tuple[str, ...]]:
    words = normalise(text).split()
    return {(word,) for word in words} | set(pairwise(words))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("abc ", max_size=40), min_size=2, max_size=8))
def test_similarity_is_jaccards(texts: list[str]) -> None:
    prints = fingerprints(texts)
    left = np.zeros(len(texts), dtype=np.int64)
    found = similarity(prints, left, np.arange(len(texts)))
    for text, value in zip(texts, found, strict=True):
        one, other = shingles(texts[0]), shingles(text)
        assert value == pytest.approx(len(one & other) / max(len(one | other), 1))


def test_similarity_of_long_texts_is_estimated_closely() -> None:
    draw = random.Random(0)
    words = [f"w{draw.randrange(5000)}" for _ in range(3000)]
    other = [word if draw.random() < 0.95 else "new" for word in words]
    texts = [" ".join(words), " ".join(other)]
    prints = fingerprints(texts)
    assert prints.sizes().tolist() == [SKETCH, SKETCH]
    exact = len(shingles(texts[0]) & shingles(texts[1])) / len(
        shingles(texts[0]) | shingles(texts[1])
    )
    assert similarity(prints, np.array([0]), np.array([1]))[0] == pytest.approx(exact, abs=0.1)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(max_size=50), max_size=20))
def test_fingerprints_take_any_text(texts: list[str]) -> None:
    groups = near_groups(texts)
    assert len(groups) == len(texts)
    keys = [normalise(text) for text in texts]
    for i, one in enumerate(keys):
        for j, other in enumerate(keys):
            if one and one == other:
                assert groups[i] == groups[j]


def test_fingerprints_do_not_depend_on_their_neighbours() -> None:
    texts = [sentence(i) * 40 for i in range(400)]
    every = fingerprints(texts)
    for i in (0, 137, 399):
        alone = fingerprints([texts[i]])
        assert every.take(np.array([i])).shingles.tolist() == alone.shingles.tolist()
        assert every.signatures[i].tolist() == alone.signatures[0].tolist()


def test_planted_near_duplicates_are_nearly_all_found() -> None:
    draw = random.Random(0)
    texts = [sentence(i) for i in range(3000)]
    planted = []
    for i in range(0, 3000, 10):
        words = (texts[i] + " " + texts[i + 1]).split()
        texts[i] = " ".join(words)
        words[draw.randrange(len(words))] = "changed"
        planted.append((i, len(texts)))
        texts.append(" ".join(words))
    prints = fingerprints(texts)
    groups = groups_of(prints)
    left, right = np.array(planted).T
    near = similarity(prints, left, right) >= NEAR
    assert near.sum() > 250
    found = groups[left] == groups[right]
    assert found[near].mean() >= 0.99
    assert len(np.unique(groups)) == len(texts) - found.sum()


def test_across_gives_every_pair_of_two_sides_best_first() -> None:
    texts = [sentence(1), sentence(1) + " a", sentence(2), sentence(1) + " a", sentence(3)]
    prints = fingerprints(texts)
    found = across(prints, groups_of(prints), np.array([0, 1, 2]), np.array([3, 4]))
    assert list(zip(found.left, found.right, strict=True)) == [(1, 3), (0, 3)]
    assert found.similarity[0] == 1.0 > found.similarity[1] >= NEAR


def chain(count: int, words: int, step: int = 1) -> list[str]:
    """Return texts that are each near the next ones alone, and all of them one cluster."""
    return [" ".join(f"w{i * step + k}" for k in range(words)) for i in range(count)]


@pytest.mark.parametrize(("words", "step"), [(20, 1), (200, 10)])  # 200 words are kept as a sketch
def test_across_misses_nothing_in_a_large_cluster(words: int, step: int) -> None:
    texts = chain(200, words, step)
    judged = [texts[150], texts[190] + " end", texts[199], texts[150] + " end"]
    prints = fingerprints([*texts, *judged])
    groups = groups_of(prints)
    assert len(set(groups)) == 1
    here, there = np.arange(200), np.arange(200, 204)
    found = across(prints, groups, here, there)
    equal = prints.keys[found.left] == prints.keys[found.right]
    same = zip(found.left[equal], found.right[equal], strict=True)
    assert list(same) == [(150, 200), (199, 202)]
    every = similarity(prints, np.repeat(here, 4), np.tile(there, 200)).reshape(200, 4)
    near = {(int(i), int(j) + 200) for i, j in zip(*np.nonzero(every >= NEAR), strict=True)}
    pairs = list(zip(found.left.tolist(), found.right.tolist(), strict=True))
    assert set(pairs) <= near
    assert {i for i, _ in pairs} == {i for i, _ in near}
    assert [every[i, j - 200] for i, j in pairs] == pytest.approx(found.similarity)
    assert {j: every[:, j - 200].max() for j in there} == {
        j: found.similarity[found.right == j].max() for j in there
    }
    # What is near a row with an equal and one without is shown beside the one without.
    assert (151, 203) in pairs
    assert (151, 200) not in pairs


def test_across_in_parts_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = chain(300, 20)
    prints = fingerprints(texts)
    groups, sides = groups_of(prints), np.split(np.random.default_rng(0).permutation(300), [240])
    whole = across(prints, groups, *sides)
    monkeypatch.setattr(duplicates, "_ACROSS_AT_ONCE", 1000)
    parts = across(prints, groups, *sides)
    assert len(whole) >= 60
    np.testing.assert_array_equal(parts.left, whole.left)
    np.testing.assert_array_equal(parts.right, whole.right)


def test_across_rows_that_have_equals_alone() -> None:
    texts = ["?", "a b", "", "a b", "?", "", "a  B"]
    prints = fingerprints(texts, near=False)
    found = across(prints, groups_of(prints), np.arange(3), np.arange(3, 7))
    assert list(zip(found.left, found.right, strict=True)) == [(1, 3), (0, 4), (1, 6)]


def test_merge_joins_what_either_clustering_joins() -> None:
    merged = merge(np.array([0, 0, 1, 2, 3]), np.array([9, 5, 5, 7, 7]))
    assert (merged[0] == merged[1] == merged[2]) & (merged[3] == merged[4])
    assert merged[0] != merged[3]


def test_memory_stays_below_two_kilobytes_a_row() -> None:
    texts = [sentence(i) for i in range(20_000)]
    tracemalloc.start()
    prints = fingerprints(texts)
    groups = groups_of(prints)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(np.unique(groups)) == len(texts)
    assert peak < 2000 * len(texts)


def test_real_rows_of_banking77(shared_data: Callable[[str], Path]) -> None:
    texts = list(read.table(shared_data("banking77") / "train.csv", ["text"]).columns["text"])
    groups = near_groups(texts)
    distinct = len({normalise(text) for text in texts})
    assert 0.9 * distinct < len(np.unique(groups)) < distinct
