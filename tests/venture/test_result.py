"""What a verb returns: intervals of draws, both languages, JSON that is JSON."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from seedbed.errors import AssumptionWrong, SeedbedError, VentureError, catalogue
from seedbed.venture.result import Said, Section, as_json, figure_of
from seedbed.venture.verify.base import Problem

SAID = Said("a share", "份额")


def test_a_figure_of_draws_is_their_median_and_nine_tenths_of_them() -> None:
    made = figure_of("x", SAID, np.arange(101.0), unit="USD", formula="a + b", inputs=["a", "b"])
    assert (made.value, made.low, made.high) == (50, 5, 95)
    assert made.inputs == ("a", "b")


def test_draws_that_are_all_the_same_have_no_interval() -> None:
    made = figure_of("x", SAID, np.full(10, 3.0))
    assert (made.value, made.low, made.high) == (3, None, None)


def test_everything_becomes_json() -> None:
    told = as_json(
        {
            "said": SAID,
            "money": Decimal("1.20"),
            "day": date(2026, 11, 23),
            "array": np.array([[1.0, np.nan]]),
            "number": np.int64(3),
            "none": float("inf"),
            "figure": figure_of("x", SAID, np.arange(101.0)),
            "set": {"one"},
            "yes": True,
        },
        "zh",
    )
    assert json.loads(json.dumps(told)) == told
    assert told["said"] == "份额"
    assert told["money"] == "1.20"
    assert told["array"] == [[1.0, None]]
    assert told["none"] is None
    assert told["figure"]["title"] == "份额"
    assert told["yes"] is True


def test_an_empty_section_is_an_object() -> None:
    told = Section("x", SAID, SAID).as_dict("en")
    assert told["answer"] == "a share"
    assert told["figures"] == told["charts"] == []


def test_a_problem_holds_to_the_digits_that_were_published() -> None:
    def problem(ours: float) -> Problem:
        return Problem("T0", "one third", "by hand", "A", 0.333, 0.0005, lambda: ours)

    assert problem(1 / 3).holds()
    assert not problem(0.3336).holds()
    assert problem(0.334).difference() == pytest.approx(0.001)


def test_the_errors_of_a_venture_are_one_group() -> None:
    ours = [kind for kind in catalogue() if kind.code.startswith("SB9")]
    assert all(issubclass(kind, VentureError) for kind in ours)
    assert len({kind.code for kind in ours}) == len(ours) == 11
    assert issubclass(AssumptionWrong, SeedbedError)
