"""What the plan hangs on and what to do next: Sobol indices of the whole plan, risk and invest."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.base import Figure
from bench.venture_runway import VENTURE
from seedbed.home import Home

RUNS = 5
SECONDS = 10.0
MORE = """
value: {error_cost: 0.0005..0.002}
risks:
  - {name: a bigger vendor gives it away, kind: competition, chance: 0.1..0.3, cost: 50000..200000}
bets: [{name: partners, cost: 1500..2500, months: 6, successes: 1, failures: 3, worth: 9000}]
"""


def run() -> list[Figure]:
    from seedbed.venture.invest.section import section as invest
    from seedbed.venture.plan import Plan
    from seedbed.venture.risk.cube import Cube
    from seedbed.venture.risk.section import section as risk
    from seedbed.venture.risk.sobol import indices
    from seedbed.venture.risk.study import ROWS

    with tempfile.TemporaryDirectory(prefix="seedbed-bench-") as folder:
        path, home = Path(folder) / "venture.yaml", Home(Path(folder) / "home")
        path.write_text(VENTURE + MORE, encoding="utf-8")

        def plan() -> Plan:
            return Plan.read(path, home=home)

        def sobol() -> object:
            cube = Cube(plan())
            return indices(cube.names, cube.worth, rows=ROWS, seed=0)

        cube = Cube(plan())
        alone = _seconds(sobol)
        risks = _seconds(lambda: risk(plan()))
        list_ = _seconds(lambda: invest(plan(), 5000))
    took = statistics.median(alone)
    runs = ROWS * (len(cube.names) + 2)
    return [
        Figure(
            f"Sobol indices of a whole plan of 24 months, {len(cube.names)} assumptions",
            f"≤ {SECONDS:.0f} s",
            f"{took:.1f} s for {runs:,} runs of the model, with intervals",
            took <= SECONDS,
            {"seconds": alone},
        ),
        Figure(
            "`plan risk` and `plan invest`, from the venture file to the result",
            "–",
            f"{statistics.median(risks):.1f} s and {statistics.median(list_):.1f} s",
            None,
            {"risk": risks, "invest": list_},
        ),
    ]


def _seconds(what: Callable[[], object]) -> list[float]:
    """Return how long it takes, time after time, once everything is imported."""
    what()
    took = []
    for _ in range(RUNS):
        began = time.perf_counter()
        what()
        took.append(time.perf_counter() - began)
    return took
