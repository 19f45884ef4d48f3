"""Where retention comes from: a table, the ledger, or the range that was assumed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seedbed.errors import MeasurementMissing, VentureWrong
from seedbed.venture import file
from seedbed.venture.plan import Plan
from seedbed.venture.unit import retention, sbg
from seedbed.venture.unit.lives import Lives, lives_of

REGULAR = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1]
MINIMAL = "name: small\ncurrency: USD\ncapital: 1000\ncustomers: {churn: %s}\n"


def plan(churn: str, tmp_path: Path) -> Plan:
    text = MINIMAL % churn if churn else MINIMAL.partition("customers")[0]
    from seedbed.home import Home

    return Plan.of(file.parse(text), home=Home(tmp_path))


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "kept.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("column", "parts"), [("customers", False), ("percent", True), ("share", True)]
)
def test_a_table_is_read_by_its_column(tmp_path: Path, column: str, parts: bool) -> None:
    rows = "".join(f"{month},{alive}\n" for month, alive in enumerate(REGULAR))
    lives, told = retention.read(table(tmp_path, f"month,{column}\n{rows}"))
    assert told is parts
    assert lives.left.tolist() == lives_of(REGULAR).left.tolist()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a column"),
        ("month,users\n0,5\n", "a column"),
        ("customers\n5\nmany\n3\n", "numbers"),
        ("customers\n5\nnan\n3\n", "finite"),
        ("customers\n5\n3\n4\n", "never rises"),
        ("customers\n5\n\n", "three rows"),
    ],
)
def test_a_table_that_cannot_be_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(VentureWrong, match=said):
        retention.read(table(tmp_path, text))


def test_a_table_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VentureWrong, match=r"kept\.csv"):
        retention.read(tmp_path / "kept.csv")


def test_customers_give_an_interval_and_shares_do_not() -> None:
    many = retention.seen(lives_of(REGULAR), parts=False, n=500, seed=0, origin="table")
    shares = retention.seen(lives_of(REGULAR), parts=True, n=500, seed=0, origin="table")
    assert np.ptp(many.alpha) > 0
    assert not many.cautions
    assert np.ptp(shares.alpha) == 0
    assert [one.key for one in shares.cautions] == ["unit.retention.parts"]


def test_draws_are_the_seeds() -> None:
    one, same, other = (
        retention.seen(lives_of(REGULAR), parts=False, n=50, seed=seed, origin="table").alpha
        for seed in (1, 1, 2)
    )
    assert (one == same).all()
    assert (one != other).any()


def test_an_assumed_range_is_the_spread_of_customers(tmp_path: Path) -> None:
    found = retention.assumed(plan("0.02..0.06", tmp_path).draws)
    mean = found.alpha / (found.alpha + found.beta)
    assert np.quantile(mean, [0.05, 0.5, 0.95]) == pytest.approx([0.02, 0.0346, 0.06], rel=0.02)
    together = found.alpha + found.beta
    assert np.ptp(together) < 1e-6
    assert together[0] == pytest.approx(sum(sbg.beta_between(0.02, 0.06)), rel=0.02)
    assert [one.key for one in found.cautions] == ["unit.retention.assumed"]


def test_without_a_range_customers_are_all_alike_and_that_is_said(tmp_path: Path) -> None:
    found = retention.assumed(plan("0.05", tmp_path).draws)
    lasts = sbg.discounted_lifetime(found.alpha, found.beta, 0.01)
    assert lasts[0] == pytest.approx(float(sbg.constant_lifetime(0.05, 0.01)), rel=0.01)
    assert [one.key for one in found.cautions] == ["unit.retention.no_range"]


@pytest.mark.parametrize("churn", ["0", "1"])
def test_a_churn_of_nought_or_all_is_refused(tmp_path: Path, churn: str) -> None:
    with pytest.raises(VentureWrong) as refused:
        retention.assumed(plan(churn, tmp_path).draws)
    assert refused.value.where == "customers.churn"


def test_no_churn_at_all_is_missing(tmp_path: Path) -> None:
    with pytest.raises(MeasurementMissing):
        retention.assumed(plan("", tmp_path).draws)


def test_enough_is_thirty_of_whom_ten_left_and_not_all_at_once() -> None:
    def lives(left: list[float], stayed: list[float]) -> Lives:
        return Lives(np.asarray(left), np.asarray(stayed))

    assert retention.enough(lives([5, 5], [0, 20]))
    assert not retention.enough(lives([5, 4], [0, 30]))
    assert not retention.enough(lives([5, 5], [0, 19]))
    assert not retention.enough(lives([40, 0], [0, 0]))
    assert "9" in retention.too_few(lives([5, 4], [0, 3])).said("en")


def test_a_table_of_one_customer_is_read_with_a_warning() -> None:
    found = retention.seen(lives_of([1, 1, 0]), parts=False, n=500, seed=0, origin="table")
    assert "unit.retention.few" in [one.key for one in found.cautions]
    low, high = np.quantile(found.alpha / (found.alpha + found.beta), (0.05, 0.95))
    assert high - low > 0.5
