"""The parts of the report that only labels have: calibration, rejecting, confusion, each label."""

from __future__ import annotations

from typing import Any

from seedbed.judge.calibration import Calibration, reliability
from seedbed.judge.confusion import by_label, commonest, confusion
from seedbed.judge.reject import reject
from seedbed.judge.scored import Scored
from seedbed.tasks.base import Floats

__all__ = ["commonest", "parts"]


def parts(scored: Scored, calibration: Calibration, logits: Floats) -> dict[str, Any]:
    """Return `calibration`, `reject`, `confusion` and `labels` of report.json."""
    return {
        "calibration": _calibration(scored, calibration.temperature, logits),
        "reject": reject(scored, calibration),
        "confusion": confusion(scored),
        "labels": by_label(scored),
    }


def _calibration(scored: Scored, warmth: float, logits: Floats) -> dict[str, Any]:
    task, schema, truth = scored.task, scored.schema, scored.truth
    before, bins_before = reliability(task, schema, logits, truth, 1.0)
    after, bins_after = reliability(task, schema, logits, truth, warmth)
    return {
        "temperature": float(warmth),
        "ece_before": before,
        "ece_after": after,
        "bins_before": bins_before,
        "bins_after": bins_after,
    }
