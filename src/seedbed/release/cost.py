"""The cost sheet: what answers cost on this machine, and what the training cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seedbed.recipe import Value


def sheet(gate: Mapping[str, Any], value: Value, seconds: float) -> dict[str, Any]:
    """Return `cost.json`: money for 1,000 answers at full use, and for the training.

    Args:
        gate: `gate.json`, whose measured speeds are used.
        value: The recipe's `value:`, for what an hour costs and in which currency.
        seconds: How long the whole run took.
    """
    rows = {row["engine"]: row for row in gate["engines"]}
    many = float(rows[gate["throughput"]]["rows_per_second"])
    one = float(rows[gate["latency"]]["p50_ms"])
    second = value.compute_hour / 3600
    return {
        "compute_hour": value.compute_hour,
        "currency": value.currency,
        "per_1000": second * 1000 / many,
        "per_1000_latency": second * one,  # 1,000 rows of p50 milliseconds each
        "rows_per_second": many,
        "training_money": second * seconds,
    }
