"""Formulas in Chinese: words translated, symbols as they are."""

from __future__ import annotations

import pytest

from seedbed.venture.document import formulas


@pytest.mark.parametrize(
    ("formula", "zh"),
    [
        (
            "hour / (answers_per_second · 3600 · utilisation) + other_cost",
            "机器时价 / (每秒回答数 · 3600 · 利用率) + 其他成本",
        ),
        ("mean of V · D(P) · (P - C)", "V · D(P) · (P - C)，取均值"),
        ("share of paths with cash < $40,000", "现金 < $40,000 的路径占比"),
        ("the fewest c with P(wait > s) ≤ 1 - share", "满足 P(等待 > s) ≤ 1 - 承诺比例 的最小 c"),
        ("m · (p + q)² / 4q", "m · (p + q)² / 4q"),
        ("", ""),
    ],
)
def test_the_words_of_a_formula_are_translated(formula: str, zh: str) -> None:
    assert formulas.shown(formula, "zh") == zh
    assert formulas.shown(formula, "en") == formula


def test_a_word_inside_another_is_left_alone() -> None:
    assert formulas.shown("shared · costly", "zh") == "shared · costly"
