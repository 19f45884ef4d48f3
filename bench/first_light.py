"""`seedbed up --once` on a fresh home: what a newcomer waits for."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from bench.base import Figure, command

TIMES = 5


def run() -> list[Figure]:
    home = Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
    seconds, peak, _ = command(["up", "--once", "--json"], home)
    path = next(home.glob("releases/*/1/report.json"))
    report = json.loads(path.read_text(encoding="utf-8"))
    rival = next(one for one in report["compared"] if one["with"] == "baseline")
    value = report["metrics"]["macro_f1"]["value"]
    return [
        Figure(
            "`make up` after the install, to the answer",
            "≤ 240 s, macro-F1 significantly above TF-IDF on the same rows",
            f"{seconds:.0f} s; {value:.4f} by `{report['rung']}`, {rival['difference']:+.4f} "
            f"({rival['low']:+.4f} to {rival['high']:+.4f}) against words",
            seconds <= 240 and rival["low"] > 0,
            {"seconds": seconds, "peak_mb": peak, "compared": rival, "ladder": report["ladder"]},
        ),
        _help(home),
    ]


def _help(home: Path) -> Figure:
    """Return how long `seedbed --help` takes, at the median of some."""
    took = sorted(command(["--help"], home)[0] for _ in range(TIMES))
    middle = took[TIMES // 2]
    return Figure(
        "`seedbed --help`", "≤ 0.5 s", f"{middle:.2f} s", middle <= 0.5, {"seconds": took}
    )
