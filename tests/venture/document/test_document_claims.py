"""A text is held against the numbers of the plan."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.venture.document import claims, numbers

KNOWN = claims.Known([0.7325, 1234.5678, -52.0])


@pytest.mark.parametrize(
    "text", ["73%", "73.2 %", "1,235", "1234.57", "52", "a drop of 52.0", "0.73"]
)
def test_a_figure_may_be_rounded(text: str) -> None:
    assert claims.unsupported(text, KNOWN) == []


@pytest.mark.parametrize("text", ["74%", "1,236", "53", "73.9%"])
def test_a_number_that_is_no_figure_is_found(text: str) -> None:
    assert len(claims.unsupported(text, KNOWN)) == 1


def test_names_with_digits_are_no_numbers() -> None:
    assert list(claims.numbers("F1, cpu-2, T21 and v5.2")) == []


@given(st.floats(-1e9, 1e9, allow_nan=False), st.sampled_from(["", "USD", "%", "months"]))
def test_what_is_written_of_a_figure_is_found_in_it(value: float, unit: str) -> None:
    text = numbers.written(value, unit, "en")
    if "e" not in text.replace("month", ""):
        assert claims.unsupported(text, claims.Known([value])) == []
