"""Figures are written as people write them, in both languages."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from seedbed.venture.document import numbers
from seedbed.venture.result import Figure, Said


@pytest.mark.parametrize(
    ("value", "unit", "en", "zh"),
    [
        (0.000212345, "USD", "$0.000212", "$0.000212"),
        (-1234.6, "USD", "−$1,235", "−$1,235"),
        (Decimal("400000"), "CNY", "¥400,000", "¥400,000"),
        (12.5, "USD/month", "$12.50 a month", "$12.50/月"),
        (0.0008, "SEK/answer", "SEK 0.0008 an answer", "SEK 0.0008/次回答"),
        (0.5, "USD", "$0.50", "$0.50"),
        (470.91, "USD/month", "$471 a month", "$471/月"),
        (60, "USD", "$60", "$60"),
        (2.9e-7, "USD/answer", "$0.00000029 an answer", "$0.00000029/次回答"),
        (0.7325, "%", "73.2%", "73.2%"),
        (0.25, "%", "25%", "25%"),
        (0.00012, "%", "0.012%", "0.012%"),
        (14.0, "months", "14 months", "14 个月"),
        (1, "months", "1 month", "1 个月"),
        (378.94, "answers/s", "378.9 answers/s", "378.9 次回答/秒"),
        (1_200_000, "", "1,200,000", "1,200,000"),
        (0.0, "USD", "$0", "$0"),
        (-0.0, "", "0", "0"),
        (None, "USD", "–", "–"),
        (math.nan, "USD", "–", "–"),
        (math.inf, "months", "∞", "∞"),
        ("never", "months", "never", "never"),
        (3.0, "widgets", "3 widgets", "3 widgets"),
    ],
)
def test_a_value_with_its_unit(value: object, unit: str, en: str, zh: str) -> None:
    assert numbers.written(value, unit, "en") == en
    assert numbers.written(value, unit, "zh") == zh


def test_the_unit_of_an_interval_is_said_once() -> None:
    one = Figure("a", Said("A", "甲"), 6, "months", 3.0, 9.0)
    assert numbers.interval(one, "en") == "3 to 9 months"
    assert numbers.interval(one, "zh") == "3 至 9 个月"
    dear = Figure("b", Said("B", "乙"), 0.008, "USD/widget", 0.003, 0.02)
    assert numbers.interval(dear, "en") == "$0.003 to $0.02/widget"
    sure = Figure("d", Said("D", "丁"), 0.983, "%", 0.9831, 0.9832)
    assert numbers.interval(sure, "en") == ""
    share = Figure("c", Said("C", "丙"), 0.5, "%", 0.4, 0.6)
    assert numbers.interval(share, "zh") == "40% 至 60%"


def test_there_is_no_interval_without_both_ends() -> None:
    assert numbers.interval(Figure("a", Said("A", "甲"), 6, low=3.0), "en") == ""


def test_cells_of_all_kinds() -> None:
    assert numbers.cell(Said("yes it is", "是的"), "zh") == "是的"
    assert numbers.cell(True, "zh") == "是"
    assert numbers.cell(None, "en") == "–"
    assert numbers.cell(Figure("a", Said("A", "甲"), 0.5, "%"), "en") == "50%"
    assert not numbers.is_number(True)
