"""The runway of a venture: 100,000 paths of cash, from the venture file to the result."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from bench.base import Figure
from seedbed.home import Home

PATHS = 100_000
RUNS = 7
SECONDS = 2.0

VENTURE = """
name: runway
currency: USD
start: 2026-12
months: 24
capital: 400000
discount: 0.15..0.30
unit: {hour: 0.08..0.20, answers_per_second: 150..400, utilisation: 0.15..0.40,
       error_rate: 0.08..0.14, other_cost: 0.00002}
market: {population: 20000..60000, share: 0.01..0.06, analogy: business-software}
customers: {now: 5, answers: 15000..60000, churn: 0.02..0.06, acquisition_cost: 150..400,
            pays_after: 1}
price: {now: 0.0008, elasticity: 1.3..2.6}
spending:
  compute: {monthly: 400}
  talent: {monthly: 12000, hire: 6000}
  research: {monthly: 3000, gives: {curve: log, a: 4000..12000, b: 6000}, carry: 0.6, lag: 2}
  data: {monthly: 800, gives: {curve: power, a: 40, r: 0.4..0.6}, carry: 0.8, lag: 1}
  marketing: {monthly: 2500, gives: {curve: saturating, a: 9000, k: 0.0002}, carry: 0.3}
costs: [{name: rent and accounts, monthly: 1800}]
income: [{name: setup projects, monthly: 0..4000, chance: 0.3}]
limits: {least_cash: 40000, hiring_lag: 2}
rounds:
  - {name: seed, month: 9, amount: 800000..1500000, chance: 0.35, delay: 0..4, pre_money: 6000000}
  - {name: series A, month: 20, amount: 3000000..6000000, chance: 0.3, pre_money: 20000000}
correlations: [{between: [market.share, price.elasticity], rank: -0.3}]
"""
"""Lumpy income, money a month late, two rounds that may fail or be late."""


def run() -> list[Figure]:
    from seedbed.venture.plan import Plan
    from seedbed.venture.runway.section import section
    from seedbed.venture.runway.study import Study

    with tempfile.TemporaryDirectory(prefix="seedbed-bench-") as folder:
        path, home = Path(folder) / "venture.yaml", Home(Path(folder) / "home")
        path.write_text(VENTURE, encoding="utf-8")

        def ruin() -> object:
            return Study(Plan.read(path, home=home), paths=PATHS).ruin.intervals()

        def whole() -> object:
            return section(Plan.read(path, home=home), paths=PATHS)

        actions = len(section(Plan.read(path, home=home), paths=1000).data["effects"])

        alone, all_of_it = _seconds(ruin), _seconds(whole)
    typical = statistics.median(all_of_it)
    return [
        Figure(
            f"runway, {PATHS:,} paths of 24 months, from the venture file to the result",
            f"≤ {SECONDS:.0f} s",
            f"{typical:.2f} s with ruin by month, break-even and {actions} actions"
            f" ({statistics.median(alone):.2f} s for ruin by month alone)",
            typical <= SECONDS,
            {"whole": all_of_it, "ruin": alone},
        )
    ]


def _seconds(what: object) -> list[float]:
    """Return how long it takes, time after time, once everything is imported."""
    assert callable(what)
    what()
    took = []
    for _ in range(RUNS):
        began = time.perf_counter()
        what()
        took.append(time.perf_counter() - began)
    return took
