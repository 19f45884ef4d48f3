"""SAFEs and priced rounds: published examples, invariants, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.errors import VentureWrong
from seedbed.venture.funding.round import Closed, Round, at_caps, close
from seedbed.venture.funding.safe import Safe
from seedbed.venture.funding.table import POOL, CapTable

TWO = (
    Safe("one", Decimal(200_000), cap=Decimal(4_000_000)),
    Safe("two", Decimal(800_000), cap=Decimal(8_000_000)),
)


def money(value: float) -> Decimal:
    return Decimal(value)


def test_post_money_safes_of_the_user_guide() -> None:
    """T30: Y Combinator, post-money Safe user guide."""
    table = at_caps(CapTable.of({"founders": 9_900_000}, pool=100_000, safes=TWO))
    held = table.by_holder()
    assert (held["one"], held["two"], table.total) == (588_235, 1_176_470, 11_764_705)


def test_the_series_a_of_the_user_guide() -> None:
    """$15M before, $5M of new money, 1,695,000 options more: $1.1144 a share."""
    table = CapTable.of({"founders": 9_900_000}, pool=100_000, safes=TWO)
    agreed = Round("series A", money(5_000_000), money(15_000_000), pool_added=1_695_000)
    closed = close(table, agreed)
    assert float(closed.price) == pytest.approx(1.1144, abs=5e-5)
    assert closed.table.by_holder()["one"] == 588_235
    assert float(closed.table.share("series A investors")) == pytest.approx(0.25, abs=1e-6)


def test_the_pool_is_what_was_agreed_after_the_round() -> None:
    """The guide's 1,695,000 is what a tenth of the company takes, in whole thousands."""
    table = CapTable.of({"founders": 9_900_000}, pool=100_000, safes=TWO)
    agreed = Round("A", money(5_000_000), money(15_000_000), pool=Decimal("0.1"))
    closed = close(table, agreed)
    assert round(closed.pool_added, -3) == 1_695_000
    assert float(closed.table.share(POOL)) == pytest.approx(0.1, abs=1e-6)
    assert float(closed.table.share("A investors")) == pytest.approx(0.25, abs=1e-6)


def test_a_pool_that_is_large_enough_is_left_alone() -> None:
    table = CapTable.of({"founders": 8_000_000}, pool=2_000_000)
    closed = close(table, Round("A", money(1), money(9), pool=Decimal("0.1")))
    assert closed.pool_added == 0
    assert closed.table.pool == 2_000_000


def test_a_discount_takes_its_part_off_the_price() -> None:
    table = CapTable.of(
        {"founders": 1_000_000}, safes=(Safe("d", money(80_000), discount=Decimal("0.2")),)
    )
    closed = close(table, Round("A", money(100_000), money(1_100_000)))
    assert closed.price == 1  # 1,100,000 = p · (1,000,000 + 80,000 / 0.8p) at p = 1
    assert closed.safe_prices["d"] == Fraction(4, 5)
    assert closed.table.by_holder()["d"] == 100_000


def test_cap_and_discount_give_the_better_of_the_two() -> None:
    both = Safe("b", money(100_000), cap=money(2_000_000), discount=Decimal("0.2"))
    table = CapTable.of({"founders": 1_000_000}, safes=(both,))
    low, high = (
        close(table, Round("A", money(500_000), money(pre))) for pre in (2_000_000, 4_000_000)
    )
    assert low.safe_prices["b"] == low.price * Fraction(4, 5)
    assert high.safe_prices["b"] == Fraction(2_000_000) / high.capitalisation
    assert high.safe_prices["b"] < high.price * Fraction(4, 5)


def test_a_round_below_the_cap_converts_at_its_own_price() -> None:
    table = CapTable.of(
        {"founders": 1_000_000}, safes=(Safe("c", money(100_000), money(5_000_000)),)
    )
    closed = close(table, Round("A", money(500_000), money(2_000_000)))
    assert closed.safe_prices["c"] == closed.price


def test_pro_rata_is_bought_out_of_the_new_money() -> None:
    with_right = Safe("p", money(500_000), cap=money(5_000_000), pro_rata=True)
    table = CapTable.of({"founders": 9_000_000}, safes=(with_right,))
    closed = close(table, Round("A", money(2_000_000), money(8_000_000)))
    # A tenth before the round stays a tenth after it: 8 % of the old shares, 2 % bought.
    assert float(closed.table.share("p")) == pytest.approx(0.1, abs=1e-6)
    assert float(closed.table.share("founders")) == pytest.approx(0.72, abs=1e-6)


MONEY = st.integers(10_000, 900_000).map(Decimal)
CAPS = st.integers(6_000_000, 30_000_000).map(Decimal)
DISCOUNTS = st.integers(0, 40).map(lambda part: Decimal(part) / 100)


@st.composite
def many_safes(draw: st.DrawFn) -> tuple[Safe, ...]:
    count = draw(st.integers(0, 4))
    return tuple(
        Safe(
            f"safe {i}",
            draw(MONEY),
            draw(st.none() | CAPS),
            draw(DISCOUNTS),
            pro_rata=draw(st.booleans()),
        )
        for i in range(count)
    )


@st.composite
def closed_rounds(draw: st.DrawFn) -> tuple[CapTable, Round, Closed]:
    table = CapTable.of(
        {"Ada": draw(st.integers(10**6, 10**7)), "Bo": draw(st.integers(1, 10**7))},
        pool=draw(st.integers(0, 10**6)),
        safes=draw(many_safes()),
    )
    agreed = Round(
        "A",
        Decimal(draw(st.integers(100_000, 10**7))),
        Decimal(draw(st.integers(8_000_000, 10**8))),
        pool=draw(st.none() | st.integers(0, 20).map(lambda part: Decimal(part) / 100)),
    )
    return table, agreed, close(table, agreed)


@given(closed_rounds())
def test_shares_add_up_and_every_term_holds(drawn: tuple[CapTable, Round, Closed]) -> None:
    table, agreed, closed = drawn
    after = closed.table
    assert sum(after.share(name) for name in after.by_holder()) == 1
    assert closed.price * (closed.capitalisation + closed.pool_added) == pytest.approx(
        float(agreed.pre_money), rel=1e-6
    )
    for safe in table.safes:
        paid = closed.safe_prices[safe.name]
        assert paid <= closed.price * safe.price_factor
        assert safe.cap is None or paid * closed.capitalisation <= safe.cap
    new = sum(one.shares for one in after.holdings if one.security == "A preferred")
    assert new / after.total == pytest.approx(float(agreed.new_share), abs=1e-5)
    if agreed.pool is not None:
        assert after.pool / after.total >= float(agreed.pool) - 1e-5


@given(closed_rounds(), st.randoms())
def test_the_order_of_the_safes_means_nothing(
    drawn: tuple[CapTable, Round, Closed], dice: object
) -> None:
    table, agreed, closed = drawn
    turned = list(table.safes)
    dice.shuffle(turned)  # type: ignore[attr-defined]
    again = close(CapTable(table.holdings, tuple(turned)), agreed)
    assert again.table.by_holder() == closed.table.by_holder()
    assert again.price == closed.price


@given(closed_rounds())
def test_nobody_but_who_pays_gains_by_a_round(drawn: tuple[CapTable, Round, Closed]) -> None:
    table, _, closed = drawn
    for founder in ("Ada", "Bo"):
        assert closed.table.share(founder) <= table.share(founder)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: CapTable.of({}), "at least one holder"),
        (lambda: CapTable.of({"Ada": 0}), "whole number of shares"),
        (lambda: CapTable.of({"Ada": 1}, pool=-1), "whole number of shares"),
        (lambda: Safe("x", Decimal(5), cap=Decimal(5)), "cap above the amount"),
        (lambda: Safe("x", Decimal(-5)), "amount above 0"),
        (lambda: Safe("x", Decimal(5), discount=Decimal(1)), "discount of at least 0"),
        (lambda: Safe("x", Decimal("NaN")), "amount above 0"),
        (lambda: Round("A", Decimal(1), Decimal(-1)), "pre_money above 0"),
        (lambda: Round("A", Decimal(0), Decimal(1)), "amount above 0"),
        (lambda: Round("A", Decimal(1), Decimal(1), pool=Decimal("0.5")), "pool"),
        (lambda: CapTable.of({"Ada": 1}, safes=(TWO[0], TWO[0])), "name of its own"),
        (
            lambda: CapTable.of(
                {"Ada": 1}, safes=tuple(Safe(str(i), Decimal(3), cap=Decimal(5)) for i in range(2))
            ),
            "less than the whole company",
        ),
    ],
)
def test_what_cannot_be_is_refused(make: object, said: str) -> None:
    with pytest.raises(VentureWrong) as caught:
        make()  # type: ignore[operator]
    assert said in caught.value.expected
    assert caught.value.do


def test_a_valuation_that_the_safes_use_up_is_refused() -> None:
    table = CapTable.of({"Ada": 10}, safes=(Safe("d", money(900), discount=Decimal("0.1")),))
    with pytest.raises(VentureWrong, match="pre-money valuation"):
        close(table, Round("A", money(100), money(1000)))
