"""Every blueprint whose rows come with pip or lie in SEEDBED_DATA: `new`, `tune`, `predict`."""

from __future__ import annotations

import json
import os
import tempfile
from itertools import islice
from pathlib import Path
from typing import Any

from bench.base import DATA, Figure, command
from seedbed import recipe as recipes
from seedbed.data import read
from seedbed.recipe.blueprints import Blueprint, known

BUDGET = "5m"
ASKED = 3
"""Rows of its own that each release is then asked about, as a file."""


def run() -> list[Figure]:
    os.environ["SEEDBED_DATA"] = str(DATA)
    return [first_minutes(each, BUDGET) for each in known().values() if has_rows(each)]


def has_rows(each: Blueprint) -> bool:
    return bool(each.sample or each.rows or (each.set and each.set.here()))


def first_minutes(each: Blueprint, budget: str) -> Figure:
    """Go the way of a user's first minutes: a folder, a judged release, answers in a file."""
    home = Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
    folder = home / each.name
    command(["new", str(folder), "--blueprint", each.name, "--json"], home)
    seconds, _, out = command(["tune", str(folder), "--budget", budget, "--json"], home)
    release = Path(json.loads(out.strip().splitlines()[-1])["folder"])
    report = json.loads((release / "report.json").read_text(encoding="utf-8"))
    metric, verdict = report["metric"], report["verdict"]["say"]
    found = report["metrics"][metric]
    answers = asked(folder, home)
    shown = f"{metric} {found['value']:.4f} ({found['low']:.4f} – {found['high']:.4f})"
    return Figure(
        f"blueprint {each.name} ({each.vertical})",
        f"a judged release in {budget}, {ASKED} answers",
        f"{shown} by `{report['rung']}` in {seconds:.0f} s: {verdict}; "
        f"{len(answers)} answers, the first: {said(answers[0])}",
        seconds <= 330 and len(answers) == ASKED,
        {"metric": metric, "value": found["value"], "seconds": seconds, "verdict": verdict},
    )


def asked(folder: Path, home: Path) -> list[Any]:
    """Return what the release answers to the first of its own rows."""
    train = recipes.load(folder).data.train
    lines = [json.dumps(row.cells) for row in islice(read.rows(Path(train)), ASKED)]
    (folder / "asked.jsonl").write_text("\n".join(lines), encoding="utf-8")
    given, out = str(folder / "asked.jsonl"), folder / "answers.jsonl"
    command(["predict", folder.name, "--file", given, "--out", str(out)], home)
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def said(answer: dict[str, Any]) -> str:
    """Return the gist of an answer of any task."""
    if "entities" in answer:
        return ", ".join(f"{one['type']} {one['text']}" for one in answer["entities"]) or "no span"
    if "answers" in answer:
        return f"“{' '.join(answer['answers'][0]['text'].split())[:60]}…”"
    if "finish" in answer:
        return f"“{' '.join(answer['text'].split())[:60]}…”"
    return f"{answer['value']:.3g}" if "value" in answer else str(answer["label"])
