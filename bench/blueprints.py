"""Every blueprint whose rows come with pip or lie in SEEDBED_DATA, from `new` to a release."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from bench.base import DATA, Figure, command
from seedbed.cli.blueprints import Blueprint, known

BUDGET = "5m"


def run() -> list[Figure]:
    os.environ["SEEDBED_DATA"] = str(DATA)
    return [_one(each) for each in known().values() if _has_rows(each)]


def _has_rows(each: Blueprint) -> bool:
    return bool(each.sample or each.rows or (each.set and each.set.here()))


def _one(each: Blueprint) -> Figure:
    home = Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
    folder = home / each.name
    command(["new", str(folder), "--blueprint", each.name, "--json"], home)
    seconds, _, out = command(["tune", str(folder), "--budget", BUDGET, "--json"], home)
    release = Path(json.loads(out.strip().splitlines()[-1])["folder"])
    report = json.loads((release / "report.json").read_text(encoding="utf-8"))
    metric, verdict = report["metric"], report["verdict"]["say"]
    found = report["metrics"][metric]
    shown = f"{metric} {found['value']:.4f} ({found['low']:.4f} – {found['high']:.4f})"
    return Figure(
        f"blueprint {each.name} ({each.vertical})",
        f"a judged release in {BUDGET}",
        f"{shown} by `{report['rung']}` in {seconds:.0f} s: {verdict}",
        seconds <= 330,
        {"metric": metric, "value": found["value"], "seconds": seconds, "verdict": verdict},
    )
