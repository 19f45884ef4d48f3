"""Figures and texts as the page writes them."""

from __future__ import annotations

import pytest

from seedbed.judge.report import figures
from seedbed.judge.report.text import cleaned, columns, shortened, tinted, wrapped
from seedbed.judge.report.words import TERMS, both, said, term


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.93249, "93.2%"), (1.0, "100.0%"), (-1e-17, "0.0%"), (None, "–"), (float("nan"), "–")],
)
def test_percent(value: float | None, shown: str) -> None:
    assert figures.percent(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(0.0142, "+1.4"), (-0.003, "−0.3"), (0.0001, "±0.0")])
def test_points(value: float, shown: str) -> None:
    assert figures.points(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "$0"), (0.0000322, "$0.000032"), (0.5, "$0.50"), (12.345, "$12.35"), (-3, "−$3.00")],
)
def test_money(value: float, shown: str) -> None:
    assert figures.money(value, "USD") == shown


def test_money_of_another_currency() -> None:
    assert figures.money(2, "CNY") == "¥2.00"
    assert figures.money(2, "SEK") == "SEK 2.00"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.42, "0.4 s"),
        (27.4, "27 s"),
        (59.7, "1 min"),
        (252, "4 min 12 s"),
        (600, "10 min"),
        (3900, "1 h 5 min"),
    ],
)
def test_duration(seconds: float, shown: str) -> None:
    assert figures.duration(seconds) == shown


def test_size_and_rate() -> None:
    assert [figures.size(n) for n in (999, 1500, 45_900_000, 2.3e9)] == [
        *("999 B", "1.5 kB", "46 MB", "2.3 GB")
    ]
    assert [figures.rate(n) for n in (863.2, 41000, 14.23, 2.84)] == [
        *("863", "41,000", "14.2", "2.8")
    ]


def test_intervals() -> None:
    part = {"low": 0.921, "high": 0.942, "difference_low": -0.01, "difference_high": 0.02}
    assert figures.between(part) == "92.1–94.2%"
    assert figures.between_points(part, "difference_") == "−1.0 … +2.0"
    assert figures.between({"low": None, "high": 1.0}) == ""


def test_chinese_counts_two_columns() -> None:
    assert columns("ab 退款") == 7
    assert shortened("退款失败了", 7) == "退款失…"
    assert shortened("short", 7) == "short"


def test_a_long_name_takes_two_lines_and_loses_no_word() -> None:
    name = "punctuation and spaces as a careless writer leaves them"
    assert " ".join(wrapped(name, 44)) == name
    assert all(columns(line) <= 44 for line in wrapped("每二十个字符打错一个" * 20, 44))


def test_tinted_covers_the_text() -> None:
    text = "我的卡 did not arrive"
    parts = tinted(text, [{"text": "我的", "weight": 0.1}, {"text": "not ", "weight": -0.4}])
    assert "".join(part.text for part in parts) == text
    assert [(part.text, part.strength) for part in parts if part.weight is not None] == [
        ("我的", 0.25),
        ("not", 1.0),
    ]


def test_tinted_passes_over_parts_that_are_not_in_the_text() -> None:
    parts = tinted("a b", [{"text": "zz", "weight": 1.0}, {"text": "b", "weight": 0.5}])
    assert "".join(part.text for part in parts) == "a b"


def test_cleaned_leaves_figures_alone() -> None:
    assert cleaned({"a": [1, None, "x\x00"], "b\x01": (True,)}) == {
        "a": [1, None, "x\ufffd"],
        "b\ufffd": [True],
    }


def test_values_and_sayings_are_escaped() -> None:
    assert "<b>" not in both("{x}", "{x}", x="<b>")
    page = said({"en": "`top` <b> `a`", "zh": "{x}"})
    assert "<code>top</code> &lt;b&gt; <code>a</code>" in page
    assert "{x}" in page
    assert term("rung", "<b>") == "&lt;b&gt;"


def test_every_term_has_both_languages() -> None:
    assert all(en and zh for terms in TERMS.values() for en, zh in terms.values())
