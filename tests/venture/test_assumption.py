"""Assumptions: what may be written, what is drawn of it, and what is refused."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seedbed.venture.assumption import Assumption
from seedbed.venture.belief import AMOUNT, ANY, POSITIVE, SHARE, Impossible, parse, written

ENDS = st.floats(-1e6, 1e6)
PARTS = st.tuples(ENDS, ENDS, ENDS).map(sorted).filter(lambda x: x[0] < x[2])
U = np.linspace(0.001, 0.999, 501)


def at(belief: Assumption, *shares: float) -> list[float]:
    return [float(one) for one in belief.quantile(np.array(shares))]


@given(PARTS)
def test_a_normal_hits_its_three_points(parts: list[float]) -> None:
    low, value, high = parts
    belief = parse({"low": low, "value": value, "high": high, "kind": "normal"})
    assert at(belief, 0.05, 0.5, 0.95) == pytest.approx(parts, rel=1e-9, abs=1e-6)


@given(st.tuples(*[st.floats(1e-6, 1e6)] * 3).map(sorted))
def test_a_lognormal_hits_its_three_points(parts: list[float]) -> None:
    low, value, high = parts
    belief = parse({"low": low, "value": value, "high": high}, POSITIVE)
    assert at(belief, 0.05, 0.5, 0.95) == pytest.approx(parts, rel=1e-9)
    assert (belief.quantile(U) > 0).all()


@given(st.tuples(*[st.floats(1e-6, 1 - 1e-6)] * 3).map(sorted))
def test_a_share_hits_its_three_points_and_stays_one(parts: list[float]) -> None:
    low, value, high = parts
    belief = parse({"low": low, "value": value, "high": high}, SHARE)
    assert belief.kind == "logit"
    assert at(belief, 0.05, 0.5, 0.95) == pytest.approx(parts, rel=1e-7, abs=1e-12)
    drawn = belief.quantile(U)
    assert ((drawn >= 0) & (drawn <= 1)).all()


@given(PARTS, st.sampled_from(["normal", "triangular"]))
@example([0.0, 0.0, 1.0], "triangular")
@example([0.0, 1.0, 1.0], "triangular")
def test_quantiles_never_fall(parts: list[float], kind: str) -> None:
    belief = parse({"low": parts[0], "value": parts[1], "high": parts[2], "kind": kind})
    drawn = belief.quantile(U)
    assert (np.diff(drawn) >= -1e-9 * np.abs(drawn[1:])).all()


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_a_uniform_is_even_between_its_ends(low: float, width: float) -> None:
    high = low + width
    belief = parse({"low": low, "high": high, "kind": "uniform"})
    assert at(belief, 0.25, 0.5, 0.75) == pytest.approx(
        [low + width / 4, low + width / 2, low + 3 * width / 4], rel=1e-6, abs=1e-6
    )


@given(PARTS.filter(lambda x: x[2] - x[0] > 1e-6))
def test_a_triangle_has_the_share_below_its_mode_that_its_sides_say(parts: list[float]) -> None:
    low, mode, high = parts
    belief = parse({"low": low, "value": mode, "high": high, "kind": "triangular"})
    share = (mode - low) / (high - low)
    if 1e-6 < share < 1 - 1e-6:
        near = pytest.approx(mode, rel=1e-6, abs=1e-6 * max(high - low, 1e-3))
        assert at(belief, share)[0] == near
    below = np.mean(belief.quantile(np.linspace(5e-5, 1 - 5e-5, 10_000)) <= belief.median)
    assert below == pytest.approx(0.5, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "three"),
    [
        ("0.2..0.8", (0.4, 0.2, 0.8)),  # high/low above 1.5: the geometric mean
        ("4..5", (4.5, 4, 5)),
        ("-2..4", (1, -2, 4)),
        ("0 .. 4", (2, 0, 4)),
        ("0.3 (0.2..0.4)", (0.3, 0.2, 0.4)),
        ("15,000..60,000", (30_000, 15_000, 60_000)),
        ("15_000..60_000", (30_000, 15_000, 60_000)),
        ("2%..8%", (0.04, 0.02, 0.08)),
        ("1e-4..4e-4", (2e-4, 1e-4, 4e-4)),
        (".5...9", (0.5 * math.sqrt(1.8), 0.5, 0.9)),
    ],
)
def test_ranges_are_read_as_people_write_them(text: str, three: tuple[float, float, float]) -> None:
    read = parse(text)
    assert (read.value, read.low, read.high) == pytest.approx(three)


def test_a_number_alone_is_certain() -> None:
    for raw in (3, 3.0, "3", {"value": 3}):
        read = parse(raw)
        assert (read.value, read.kind, read.certain) == (3.0, "fixed", True)
        assert at(read, 0.01, 0.99) == [3.0, 3.0]


def test_a_mapping_keeps_its_source_date_and_pin() -> None:
    raw = {"value": 3, "low": 2, "high": 5, "source": "a survey", "date": "2026-11-20"}
    read = parse(raw | {"pin": True})
    assert (read.source, read.date, read.pin) == ("a survey", date(2026, 11, 20), True)
    assert parse(written(read)) == read
    assert written(parse(0.3)) == 0.3


@pytest.mark.parametrize(
    ("raw", "domain", "said"),
    [
        ("5..2", ANY, "low at most high"),
        ({"value": 9, "low": 1, "high": 2}, ANY, "within its range"),
        (float("nan"), ANY, "finite"),
        (float("inf"), ANY, "finite"),
        ("nan..2", ANY, "a number or a range"),
        (-5, AMOUNT, "0 or more"),
        ("-5..5", AMOUNT, "0 or more"),
        (0, POSITIVE, "above 0"),
        ("0..4", POSITIVE, "above 0"),
        (1.2, SHARE, "from 0 to 1"),
        ("0.2..1.2", SHARE, "from 0 to 1"),
        ({"low": 1}, ANY, "low and high, or neither"),
        ({}, ANY, "a value, or low and high"),
        ({"low": 0, "high": 2, "kind": "lognormal"}, ANY, "low above 0"),
        ({"low": 0, "high": 0.5, "kind": "logit"}, SHARE, "inside 0..1"),
        ({"value": 1, "kind": "normal"}, ANY, "low and high for the kind"),
        ({"low": 1, "high": 2, "kind": "fixed"}, ANY, "a value alone"),
        ({"value": 1.1, "low": 1, "high": 2, "kind": "uniform"}, ANY, "the middle"),
        ({"value": 1, "lo": 1}, ANY, "one of value, low"),
        ({"low": 1, "high": 2, "kind": "lognorm"}, ANY, "one of lognormal"),
        ({"value": 1, "date": "yesterday"}, ANY, "a date"),
        ({"value": 1, "pin": "yes"}, ANY, "pin: true or false"),
        ("many", ANY, "a number or a range"),
        ("4..6%%", ANY, "a number or a range"),
        ("", ANY, "a number or a range"),
        (True, ANY, "a number for value"),
        ([1, 2], ANY, "a number for value"),
        (10**400, ANY, "that a computer can hold"),
    ],
)
def test_what_cannot_be_is_refused(raw: object, domain: object, said: str) -> None:
    with pytest.raises(Impossible, match=said) as refused:
        parse(raw, domain)  # type: ignore[arg-type]
    assert refused.value.do


def test_a_misspelt_key_names_the_nearest() -> None:
    with pytest.raises(Impossible) as refused:
        parse({"value": 1, "hihg": 2})
    assert "'high'" in refused.value.do


def test_an_amount_whose_range_begins_at_nothing_stands_there_as_often_as_it_says() -> None:
    belief = parse("0..4000", AMOUNT)
    drawn = belief.quantile(U)
    assert drawn.min() == 0
    assert at(belief, 0.05, 0.5, 0.95) == pytest.approx([0, 2000, 4000], abs=1e-6)
    assert belief.outside() == pytest.approx(0.05)
    assert parse("1..4000", AMOUNT).outside() == 0.0
    assert parse({"low": 1, "value": 10, "high": 30, "kind": "normal"}, AMOUNT).outside() > 0.03
