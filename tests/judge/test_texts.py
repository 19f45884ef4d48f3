from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.judge.robustness import (
    KINDS,
    SAID,
    first_half,
    lower,
    punctuation,
    spoilt,
    typos,
    upper,
)
from seedbed.judge.texts import is_chinese, parts

ENGLISH = "How do I locate my new card, please? It has not arrived yet."
CHINESE = "房间很干净，服务员也非常热情，下次还会再来住。"


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        (ENGLISH, False),
        (CHINESE, True),
        ("iPhone 15 手机屏幕坏了怎么办", True),
        ("the word 你好 means hello in Chinese", False),
        ("", False),
        ("12345 !!", False),
        ("Где моя карта", False),
    ],
)
def test_the_language_is_told_for_each_text(text, chinese):
    assert is_chinese(text) is chinese


def test_words_keep_what_follows_them():
    assert parts("Where is  my card?", 24) == ["Where ", "is  ", "my ", "card?"]


def test_chinese_falls_into_pairs_that_no_comma_cuts():
    assert parts("房间很干净，用了iPhone。", 24) == ["房间", "很干", "净，", "用了", "iPhone。"]


@given(st.text(alphabet="ab ,.，。中文字 \n1😀", max_size=80), st.integers(1, 24))
def test_parts_join_to_the_text(text, most):
    found = parts(text, most)
    assert len(found) <= most
    assert "".join(found) == text or not text.strip()


def test_a_long_text_falls_into_as_many_parts_as_asked():
    found = parts(" ".join(f"word{i}" for i in range(1000)), 24)
    assert len(found) == 24
    assert {len(part.split()) for part in found} <= {41, 42}


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_typos_change_a_little_and_never_nothing(text):
    for seed in range(50):
        spoiled = typos(text, random.Random(seed))
        assert abs(len(spoiled) - len(text)) <= 3
        changed = sum(a != b for a, b in zip(spoiled[:8], text[:8], strict=True))
        assert spoiled != text or _has_twins(text)
        assert changed <= 8


def _has_twins(text: str) -> bool:
    """Swapping two equal letters changes nothing."""
    return any(a == b for a, b in pairwise(text))


def test_the_typos_are_those_of_a_keyboard():
    made = {typos("a", random.Random(seed)) for seed in range(60)}
    assert made <= {"q", "w", "s", "z", "x", "", "aa"}
    assert len(made) > 3
    assert {typos("A", random.Random(seed)) for seed in range(60)} <= {*"QWSZX", "", "AA"}


def test_chinese_typos_invent_no_character():
    for seed in range(50):
        spoiled = typos(CHINESE, random.Random(seed))
        assert set(spoiled) <= set(CHINESE)
        assert spoiled.count("，") == 2


def test_other_kinds_do_what_they_say():
    draw = random.Random(0)
    assert upper("Card é", draw) == "CARD É"
    assert lower("CARD", draw) == "card"
    assert first_half("one two three four five", draw) == "one two three"
    assert first_half("一二三四五", draw) == "一二三"
    assert first_half("", draw) == ""
    assert punctuation("很好，不错！真的", draw) == "很好,不错!真的"
    assert punctuation("很好,不错!真的", draw) == "很好，不错！真的"
    noisy = {punctuation(ENGLISH, random.Random(seed)) for seed in range(20)}
    assert len(noisy) > 10
    letters = [c for c in ENGLISH if c.isalpha()]
    assert all([c for c in text if c.isalpha()] == letters for text in noisy)


def test_each_kind_is_said_in_both_languages():
    assert set(KINDS) == set(SAID)
    assert all(set(said) == {"en", "zh"} for said in SAID.values())


def test_a_spoilt_text_depends_on_its_row_and_the_seed_alone():
    one = spoilt("typos", [ENGLISH, CHINESE], [4, 9], 0)
    assert spoilt("typos", [CHINESE, ENGLISH], [9, 4], 0) == one[::-1]
    assert spoilt("typos", [ENGLISH, CHINESE], [4, 9], 1) != one
    assert spoilt("typos", [ENGLISH], [5], 0) != one[:1]


@given(st.text(max_size=40), st.sampled_from(sorted(KINDS)), st.integers(0, 5))
def test_any_text_can_be_spoilt(text, kind, number):
    assert isinstance(spoilt(kind, [text], [number], 0)[0], str)
