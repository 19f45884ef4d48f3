"""Splits kept as JSON in the home, one a day: what the next ones are compared with.

The split of a day is the last that was kept on it. What is to be kept is compared with the newest
of an earlier day, so that asking twice on a day loses nothing; a trial is compared with the newest.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seedbed.home import disk, read_json, write_json
from seedbed.venture.allocate.build import Asked
from seedbed.venture.allocate.interior import Aim
from seedbed.venture.plan import Plan

FORMAT = 2


def folder(plan: Plan) -> Path:
    """Return where the splits of this venture are kept."""
    return plan.home.root / "plans" / plan.venture.name / "splits"


def plain(asked: Asked, aim: Aim) -> bool:
    """Tell whether a split is the plan's own, and no trial; the number of draws does not matter."""
    usual = Asked(scenarios=asked.scenarios)
    return asked == usual and aim.risk == 0


def last(plan: Plan, *, trial: bool) -> Mapping[str, Any] | None:
    """Return the split to compare with; None where there is none that can be read.

    Args:
        plan: The plan; splits in another currency than its own are passed over.
        trial: Whether the split of today counts too.
    """
    for path in sorted(folder(plan).glob("*.json"), reverse=True):
        if not trial and path.stem >= plan.today.isoformat():
            continue
        try:
            found = read_json(path)
        except (OSError, ValueError):
            continue
        known = isinstance(found, dict) and found.get("format") == FORMAT
        if known and found["currency"] == plan.venture.currency:
            return dict(found)
    return None


def keep(plan: Plan, told: Mapping[str, Any]) -> Path:
    """Keep a split as that of today, whole or not at all.

    Raises:
        DiskFull: there is no room.
    """
    path = folder(plan) / f"{plan.today.isoformat()}.json"
    with disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, {"format": FORMAT, **told})
    return path
