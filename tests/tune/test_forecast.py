from __future__ import annotations

import numpy as np
import pytest

from seedbed.tune.forecast import MORE, more_rows


def measured(
    rows: tuple[int, ...], a: float, b: float, c: float, *, sd: float = 0.004, seed: int = 0
) -> list[dict[str, float]]:
    """Return points of the curve error = a + b·n^−c, with noise."""
    draw = np.random.default_rng(seed)
    found = []
    for n in rows:
        value = 1 - (a + b * n**-c) + sd * float(draw.standard_normal())
        found.append({"rows": n, "value": value, "low": value - 2 * sd, "high": value + 2 * sd})
    return [point | {"sd": sd} for point in found]


ROWS = (100, 250, 500, 1000)


def test_more_rows_of_a_steep_curve_are_worth_much_and_of_a_flat_one_little() -> None:
    steep = more_rows(measured(ROWS, 0.02, 3.0, 0.45), "accuracy")
    flat = more_rows(measured(ROWS, 0.10, 0.02, 0.1), "accuracy")
    truth = 3.0 * (1000**-0.45 - 1500**-0.45)
    assert steep["known"]
    assert flat["known"]
    assert steep["gain_low"] < truth < steep["gain_high"]
    assert 0 <= flat["gain_low"] <= flat["gain"] < steep["gain_low"]
    assert steep["gain_high"] > 0.01
    assert f"{100 * steep['gain']:.1f} points" in steep["said"]["en"]
    assert f"{100 * steep['gain']:.1f} 个百分点" in steep["said"]["zh"]


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    truth = 1.2 * (1000**-0.3 - 1500**-0.3)
    held = 0
    for seed in range(40):
        found = more_rows(measured(ROWS, 0.05, 1.2, 0.3, sd=0.008, seed=seed), "accuracy", seed)
        held += found["gain_low"] <= truth <= found["gain_high"]
    assert held >= 35  # 38 of 40 are promised


def test_the_band_goes_on_from_what_was_measured_and_widens() -> None:
    band = more_rows(measured(ROWS, 0.05, 1.2, 0.3), "accuracy")["band"]
    assert (band[0]["rows"], band[-1]["rows"]) == (1000, 2000)
    assert band[0]["value"] == pytest.approx(1 - (0.05 + 1.2 * 1000**-0.3), abs=0.01)
    widths = [point["high"] - point["low"] for point in band]
    assert widths[-1] > widths[0]
    assert all(point["low"] <= point["value"] <= point["high"] for point in band)


@pytest.mark.parametrize(
    ("curve", "why"),
    [
        ([], "no learning curve"),
        (measured((100, 250), 0.05, 1.2, 0.3), "no learning curve"),
        (measured((40, 100, 200, 400), 0.05, 1.2, 0.3), "there are 400 training rows"),
        ([point | {"value": 1.0} for point in measured(ROWS, 0, 1, 0.3)], "no validation row"),
        ([point | {"value": -0.4} for point in measured(ROWS, 0, 1, 0.3)], "below 0"),
        (
            [
                point | {"value": value, "sd": 0.002}
                for point, value in zip(
                    measured(ROWS, 0, 1, 0.3), (0.9, 0.5, 0.9, 0.6), strict=True
                )
            ],
            "do not lie on",
        ),
    ],
)
def test_where_it_cannot_be_known_it_says_so(curve: list[dict[str, float]], why: str) -> None:
    found = more_rows(curve, "accuracy")
    assert not found["known"]
    assert "band" not in found
    assert found["said"]["en"].startswith(f"What {MORE} more rows would bring cannot be known: ")
    assert why in found["said"]["en"]
    assert "无法得知" in found["said"]["zh"]


def test_it_says_what_the_curve_was_measured_with() -> None:
    curve = measured(ROWS, 0.05, 1.2, 0.3)
    told = {rung: more_rows(curve, "accuracy", rung=rung) for rung in ("probe", "baseline")}
    assert [one["rung"] for one in told.values()] == ["probe", "baseline"]
    assert "frozen features" in told["probe"]["said"]["en"]
    assert "linear model" in told["baseline"]["said"]["en"]
    assert "线性模型" in told["baseline"]["said"]["zh"]


def test_where_none_was_measured_it_says_what_one_would_take() -> None:
    found = more_rows([], "entity_f1", rung=None)
    assert (found["known"], found["rung"]) == (False, None)
    for words in found["said"].values():
        assert "`probe`" in words
        assert "`baseline`" in words
