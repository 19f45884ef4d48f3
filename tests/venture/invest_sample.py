"""A release with the figures of the quick start (November 2026), and a venture on it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from example import EXAMPLE

from seedbed.home import Home, write_json, write_text
from seedbed.release import store
from seedbed.venture import file
from seedbed.venture.plan import Plan

TODAY = date(2026, 11, 23)
LADDER = (("baseline", 0.6924), ("probe", 0.7085), ("top", None), ("adapter", None), ("full", None))
CURVE = ((648, 0.5896), (1620, 0.6612), (3240, 0.6749), (6480, 0.7214))
BETS = """
bets:
  - {name: partners, cost: 1500..2500, months: 6, successes: 1, failures: 3, worth: 9000}
  - {name: reseller, cost: 900, months: 8, mean: 1100, sd: 500, noise: 1200}
"""


def release(home: Home, rung: str = "probe", **changes: Any) -> store.Release:
    """Make a release whose ladder ends at a rung; `changes` replace parts of its report."""
    ladder = [
        {"rung": name, "value": value, "chosen": name == rung, "state": "climbed"}
        for name, value in LADDER
    ]
    report = {
        "task": "text-classification",
        "metric": "macro_f1",
        "rung": rung,
        "data": {"train": 6480, "validation": 720, "test": 1800},
        "metrics": {
            "macro_f1": {"value": 0.7015, "low": 0.6803, "high": 0.7216},
            "accuracy": {"value": 0.7617, "low": 0.7414, "high": 0.7808},
        },
        "learning_curve": [
            {"rows": rows, "value": value, "low": value - 0.036, "high": value + 0.036}
            for rows, value in CURVE
        ],
        "ladder": ladder,
        "engines": [{"engine": "torch-float32", "rows_per_second": 172.4, "kept": True}],
        "verdict": {"say": "ship", "reasons": []},
    }
    with store.writing(home, "first-light") as draft:
        write_json(draft.folder / "report.json", report | changes)
        write_json(draft.folder / "cost.json", {"rows_per_second": 409.3})
        write_json(draft.folder / "gate.json", {"throughput": "onnx-int8"})
        write_text(draft.folder / "recipe.yaml", "name: first-light\ndata: {train: rows.csv}\n")
        return draft.commit({"task": "text-classification", "rung": rung, "run": "first-light-1"})


def text(extra: str = BETS, draws: int = 2000, **replaced: str) -> str:
    """Return the contract's venture, about the release; `replaced` are lines by their key."""
    told = EXAMPLE.replace("releases: []", "releases: [first-light]")
    told = told.replace("draws: 10000", f"draws: {draws}")
    for key, value in replaced.items():
        old = next(line for line in told.splitlines() if line.strip().startswith(f"{key}:"))
        indent = old[: len(old) - len(old.lstrip())]
        told = told.replace(old, f"{indent}{key}: {value}")
    return told + extra


def plan(folder: Path, extra: str = BETS, *, rung: str = "probe", **replaced: str) -> Plan:
    """Return the plan of the venture, with its release in a home of its own."""
    home = Home(folder)
    if not (home.releases / "first-light").exists():
        release(home, rung)
    return Plan.of(file.parse(text(extra, **replaced)), home=home, today=TODAY)
