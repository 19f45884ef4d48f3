"""The last split of a venture, kept as JSON in the home, and what has changed since."""

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


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[tuple[str, float, float], ...]:
    """Return (use, before, now): what each gets in all over the months that both splits cover."""
    before, now = old["monthly"], new["monthly"]
    shared = [month for month in new["months"] if month in set(old["months"])]
    found = []
    for name in {**before, **now}:
        was = _over(before.get(name), old["months"], shared)
        found.append((name, was, _over(now.get(name), new["months"], shared)))
    return tuple(found)


def _over(paid: list[float] | None, months: list[str], shared: list[str]) -> float:
    if paid is None:
        return 0.0
    return float(sum(amount for month, amount in zip(months, paid, strict=True) if month in shared))
