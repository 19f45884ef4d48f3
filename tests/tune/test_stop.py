"""The stop rule, a pure function."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from itertools import product
from pathlib import Path

import pytest

from seedbed.recipe import Value
from seedbed.tasks.base import RUNGS
from seedbed.tune import stop
from seedbed.tune.stop import (
    LEAST_GAIN,
    Ahead,
    Decision,
    Standing,
    decide,
    gain,
    passes,
    price,
    worth,
)

WORTH = Value(monthly_requests=100_000, error_cost=0.5, compute_hour=2.0, horizon_months=10)
SILENT = Value(monthly_requests=100_000, compute_hour=2.0, horizon_months=10)
GAINS = {
    "baseline": {"probe": (0.15, 0.6), "full": (0.3, 0.65)},
    "probe": {"top": (0.12, 0.4), "adapter": (0.15, 0.45), "full": (0.2, 0.5)},
    "top": {"adapter": (0.04, 0.2), "full": (0.08, 0.25)},
    "adapter": {"full": (0.04, 0.15)},
}
"""The rule is tested on these, whatever is measured one day."""
PROBE = Standing("probe", 0.80, 0.77, serving=1e-6)
TOP = Ahead("top", 10, 20, 5, serving=1e-6)
FULL = Ahead("full", 1, 100, 3, serving=1e-6)
ADAPTER = Ahead("adapter", 1, 90, 3, serving=1e-6)


@pytest.fixture(autouse=True)
def _gains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop, "_table", lambda *, few: GAINS)


def ask(
    ahead: list[Ahead],
    standing: Standing | None = PROBE,
    *,
    bar: float | None = None,
    left: float = 10_000,
    value: Value = WORTH,
) -> Decision:
    found = decide(standing, ahead, bar=bar, left=left, value=value)
    for said in (found.said, *found.skipped.values()):
        assert set(said) == {"en", "zh"}
        assert all(said.values())
        assert any("\u4e00" <= c <= "\u9fff" for c in said["zh"])
    return found


def test_the_first_is_the_cheapest() -> None:
    found = ask([Ahead("baseline", 1), Ahead("probe", 5)], None)
    assert (found.rung, found.reason) == ("baseline", "first")
    assert "`baseline` is the cheapest" in found.said["en"]


def test_the_top_of_the_ladder() -> None:
    assert ask([]).reason == "top"
    assert ask([], None).rung is None


def test_the_bar_is_met() -> None:
    found = ask([TOP, FULL], bar=0.77)
    assert (found.rung, found.reason) == (None, "bar")
    most = gain(PROBE, "top").most
    money = most * 100_000 * 10 * 0.5
    said = found.said["en"]
    assert "The bar of 0.77 is met with 95 % confidence by `probe` (0.800, at least 0.770)" in said
    assert "`top` would take about 1.8 min and cost 0.0611 USD" in said  # 110 s at 2 an hour
    assert f"at most it could gain {most * 100:.1f} points, worth {money:,.0f} USD" in said
    assert "over 10 months of 100,000 answers" in said
    assert ask([TOP, FULL], bar=0.7701).rung is not None  # not with confidence


def test_no_time_is_left() -> None:
    found = ask([TOP, FULL], left=25)
    assert (found.rung, found.reason) == (None, "budget")
    assert "The budget is spent: 25 s are left" in found.said["en"]
    assert "`top`" in found.said["en"]  # the one that needs the least
    assert ask([TOP, FULL], left=-5).reason == "budget"
    assert "0 s are left" in ask([TOP], left=-5).said["en"]
    assert ask([TOP, FULL], left=30.1).rung == "top"  # one pass fits


def test_the_price_is_above_the_worth() -> None:
    poor = WORTH.model_copy(update={"error_cost": 1e-9})
    found = ask([TOP, FULL], value=poor)
    assert (found.rung, found.reason) == (None, "price")
    assert "No rung above `probe` is worth its price. The best of them: `full`" in found.said["en"]
    cost, most = 301 / 3600 * 2, gain(PROBE, "full").most
    edge = cost / (most * 100_000 * 10)
    alone = WORTH.model_copy(update={"error_cost": edge * 0.999})
    assert ask([FULL], value=alone).reason == "price"
    assert ask([FULL], value=WORTH.model_copy(update={"error_cost": edge * 1.001})).rung == "full"


def test_dearer_answers_count() -> None:
    dear = Ahead("top", 10, 20, 5, serving=0.9)
    assert price(dear, PROBE, 0, WORTH) == pytest.approx((0.9 - 1e-6) * 1e6)
    assert price(TOP, PROBE, 1800, WORTH) == pytest.approx(1.0)
    cheaper = Standing("probe", 0.8, 0.77, serving=5.0)
    assert price(TOP, cheaper, 1800, WORTH) == pytest.approx(1.0)  # cheaper ones are no income
    assert ask([dear]).reason == "price"


def test_without_the_cost_of_an_error() -> None:
    found = ask([TOP, FULL], bar=0.5, value=SILENT)
    most = gain(PROBE, "top").most
    even = 110 / 3600 * 2 / (most * 1e6)
    assert f"pays where a wrong answer costs more than {even:,.4f} USD" in found.said["en"]
    assert "value.error_cost" in found.said["en"]
    assert "value.error_cost" in found.said["zh"]
    assert ask([FULL], value=SILENT).rung == "full"
    nearly = Standing("probe", 1 - LEAST_GAIN, 0.99)
    assert ask([FULL], nearly, value=SILENT).reason == "price"
    assert worth(0.1, SILENT) is None
    assert worth(0.01, WORTH) == pytest.approx(0.01 * 1e6 * 0.5)


def test_passed_over_because_it_crowds_out_a_better_one() -> None:
    assert gain(PROBE, "full").expected > gain(PROBE, "top").expected
    found = ask([TOP, FULL], left=330)  # 110 for the top leave 220: two of three passes
    assert found.rung == "full"
    assert "its 1.8 min would leave `full`" in found.skipped["top"]["en"]
    assert ask([TOP, FULL], left=500).rung == "top"  # both fit


def test_not_passed_over_where_it_should_reach_the_bar_itself() -> None:
    bar = 0.80 + gain(PROBE, "top").expected
    assert ask([TOP, FULL], left=330, bar=bar).rung == "top"
    assert ask([TOP, FULL], left=330, bar=bar + 0.001).rung == "full"


def test_passed_over_because_only_a_later_one_can_reach_the_bar() -> None:
    bar = 0.80 + (gain(PROBE, "top").most + gain(PROBE, "full").most) / 2
    found = ask([TOP, FULL], bar=bar)
    assert found.rung == "full"
    assert "`top` would not reach the bar; `full` may" in found.skipped["top"]["en"]
    beyond = 0.80 + gain(PROBE, "full").most + 0.001
    assert ask([TOP, FULL], bar=beyond).rung == "top"  # none can: as good as pays


def test_what_does_not_fit_or_pay_is_named_too() -> None:
    slow = Ahead("top", 1, 5_000, 2, serving=1e-6)
    found = ask([slow, FULL], left=2_000)
    assert found.rung == "full"
    assert found.skipped["top"]["en"] == "its 83 min do not fit into the 33 min that are left"
    dear = Ahead("top", 10, 20, 5, serving=0.9)
    found = ask([dear, FULL])
    assert found.rung == "full"
    assert found.skipped["top"]["en"].startswith("not worth its price: `top` would take about")


def test_a_rung_without_passes_is_passed_over_only_for_want_of_time() -> None:
    low, bar = (
        Standing("baseline", 0.5, 0.4),
        0.5 + gain(Standing("baseline", 0.5, 0.4), "full").most,
    )
    assert ask([Ahead("probe", 10), FULL], low, bar=bar, left=330).rung == "probe"
    found = ask([Ahead("probe", 100), FULL], low, left=330)  # it would leave two of three passes
    assert found.rung == "full"
    assert "too little time" in found.skipped["probe"]["en"]


def test_passes_that_fit() -> None:
    assert [TOP.epochs(left) for left in (5, 29, 30, 45, 70, 1e9)] == [0, 0, 1, 1.7, 3, 5]
    assert [TOP.seconds(left) for left in (5, 45, 70, 1e9)] == [30, 44, 70, 110]
    many = replace(TOP, least=0.25)  # of very many rows a part is worth learning from
    assert [many.epochs(left) for left in (14, 15, 16, 17)] == [0, 0.25, 0.3, 0.35]
    assert many.seconds(0) == 15
    assert passes(0.0905, 2, 0.01) == 0.09
    assert passes(9, 0.5, 1) == 0.5  # what the recipe asks for


def test_what_is_spared_above_is_not_charged_twice() -> None:
    low = Standing("baseline", 0.5, 0.4)
    assert ask([Ahead("probe", 100), FULL], low, left=330).rung == "full"
    assert ask([Ahead("probe", 100, spares=95), FULL], low, left=330).rung == "probe"


def test_time_is_left_for_a_rung_without_passes() -> None:
    slow = Ahead("top", 0, 100, 3)
    late = Ahead("full", 200)
    assert ask([slow, late], left=400).rung == "full"
    assert ask([slow, late], left=600).rung == "top"
    assert Ahead("probe", 7).epochs(1e9) == 0
    assert Ahead("probe", 7).seconds(0) == 7


def test_the_sentence_of_the_documents() -> None:
    page = Path(__file__).parents[2] / "docs" / "explanation" / "the-ladder.md"
    value = Value(monthly_requests=200_000, error_cost=0.002)
    at = Standing("probe", 0.93, 0.919)
    said = ask([Ahead("top", 40, 30, 4)], at, bar=0.92, left=500, value=value).said["en"]
    assert said in " ".join(page.read_text(encoding="utf-8").replace("\n> ", " ").split())


def test_every_small_case_ends() -> None:
    """A climb by the rule ends after each rung at most once, whatever it is told."""
    lefts, bars, values = (-1.0, 50.0, 330.0, 1e5), (None, 0.7, 0.85, 0.999), (WORTH, SILENT)
    for n, bar, left, value in product(range(4), bars, lefts, values):
        ahead = [TOP, ADAPTER, FULL][:n]
        standing: Standing | None = PROBE
        climbed = []
        while (found := ask(ahead, standing, bar=bar, left=left, value=value)).rung is not None:
            names = [one.rung for one in ahead]
            at = names.index(found.rung)
            assert list(found.skipped) == names[:at]  # each rung below it has its reason
            climbed.append(found.rung)
            left -= ahead[at].seconds(left)
            ahead = ahead[at + 1 :]
            standing = Standing(found.rung, 0.85, 0.83, serving=1e-6)
        assert len(climbed) == len(set(climbed)) <= n
        assert not found.skipped
        assert found.reason in ("bar", "budget", "price", "top")


def test_where_rows_are_few_rungs_gain_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    contrast = Ahead("contrast", 150, serving=1e-6)
    crowded = [contrast, replace(FULL, epoch=38, wanted=10)]
    many = ask(crowded, left=400)
    assert (many.rung, "contrast" in many.skipped) == ("full", True)
    few = ask(crowded, replace(PROBE, few=True), left=400)
    assert few.rung == "contrast"


def test_the_gains_that_ship(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    told = json.loads((files("seedbed.tune") / "gains.json").read_text(encoding="utf-8"))
    # Whoever claims that they were measured names the sets.
    assert told["source"].startswith("measured") == bool(told.get("sets"))
    for i, low in enumerate(RUNGS):
        assert set(told["gains"][low]) == set(RUNGS[i + 1 :])
        for expected, most in told["gains"][low].values():
            assert 0 < expected < most < 1
    at = Standing("probe", 0.9, 0.88)
    expected, most = told["gains"]["probe"]["full"]
    assert gain(at, "full").expected == pytest.approx(0.1 * expected)
    assert gain(at, "full").most == pytest.approx(0.1 * most)
    assert gain(at, "of-an-outsider").most == pytest.approx(0.05)
