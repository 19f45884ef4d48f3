"""Elasticity out of history: what was put in is found, and where it cannot be, that is said."""

from __future__ import annotations

import numpy as np
import pytest

from seedbed.venture.elasticity import Observed, from_history


def history(
    customers: int = 40,
    months: int = 12,
    e: float = 1.6,
    *,
    prices: tuple[float, ...] = (1.0, 1.3, 0.8),
    each: bool = True,
    seed: int = 0,
) -> Observed:
    """Return usage of customers of different size; prices change by time, or by customer."""
    chance = np.random.default_rng(seed)
    who, when = (one.ravel() for one in np.mgrid[:customers, :months])
    size = chance.lognormal(8, 1.5 if each else 0.1, customers)
    at = when * len(prices) // months if each else who % len(prices)
    price = np.array(prices)[at]
    noise = chance.normal(0, 0.1, len(who))
    return Observed(who, when, price, size[who] * price**-e * np.exp(noise))


def test_each_customer_against_itself_finds_what_was_put_in() -> None:
    found, why = from_history(history())
    assert found is not None
    assert why == ""
    assert found.how == "within"
    assert found.value == pytest.approx(1.6, abs=0.1)
    assert 0.02 < found.high - found.low < 0.3


def test_intervals_hold_the_truth_nine_times_in_ten() -> None:
    held = 0
    for seed in range(200):
        found, _ = from_history(history(12, 6, seed=seed))
        assert found is not None
        held += found.low <= 1.6 <= found.high
    assert 165 <= held <= 195


def test_versions_are_compared_where_nobody_has_seen_two_prices() -> None:
    found, _ = from_history(history(each=False))
    assert found is not None
    assert found.how == "between"
    assert found.value == pytest.approx(1.6, abs=0.4)


def test_another_currency_or_unit_of_usage_changes_nothing() -> None:
    one = history()
    other = Observed(one.customer, one.month, one.price * 7, one.answers * 1000)
    mine, theirs = from_history(one)[0], from_history(other)[0]
    assert mine is not None
    assert theirs is not None
    assert theirs.value == pytest.approx(mine.value)
    assert theirs.low == pytest.approx(mine.low)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (history(prices=(1.0, 1.2)), "2 price(s) in the ledger, and 3 are needed"),
        (history(prices=(1.0,)), "1 price(s)"),
        (history(1, 3), "3 customer-months"),
        (history(3, 1, each=False), "3 customer-months"),
        (history(9, 1, each=False), "3 months of a price"),
    ],
)
def test_too_few_prices_or_months_say_so(seen: Observed, said: str) -> None:
    found, why = from_history(seen)
    assert found is None
    assert said in why
