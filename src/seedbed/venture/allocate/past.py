"""What earlier plans left: the last split, kept as JSON, and the scores of past forecasts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seedbed.home import read_json, write_json
from seedbed.venture.plan import Plan

FORMAT = 1


def place(plan: Plan) -> Path:
    """Return where the last split of this venture is kept."""
    return plan.home.root / "plans" / plan.venture.name / "allocation.json"


def last(plan: Plan) -> Mapping[str, Any] | None:
    """Return the last split that was kept; None where there is none that can be read."""
    try:
        found = read_json(place(plan))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("format") == FORMAT else None


def keep(plan: Plan, told: Mapping[str, Any]) -> Path:
    """Keep a split, whole or not at all."""
    path = place(plan)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, {"format": FORMAT, **told})
    return path


def skills(plan: Plan) -> list[float]:
    """Return the skill, 1 − CRPS/CRPS of "same as last month", of each scored forecast."""
    found = []
    for path in sorted((plan.home.root / "plans" / plan.venture.name).glob("score*.json")):
        try:
            told = read_json(path)
        except (OSError, ValueError):
            continue
        rows = told.get("scores", []) if isinstance(told, dict) else []
        found += [float(row["skill"]) for row in rows if row.get("skill") is not None]
    return found
