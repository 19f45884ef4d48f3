"""banking77 with eight minutes: what climbing further brings, and what it takes of memory."""

from __future__ import annotations

from bench.banking import memory, recipe
from bench.base import Figure, tune


def run() -> list[Figure]:
    longer = tune(recipe(), "--budget", "8m")
    accuracy = longer.metric("accuracy")
    return [
        Figure(
            "banking77, `--budget 8m`",
            "accuracy ≥ 0.940",
            f"{accuracy:.4f} by `{longer.report['rung']}` in {longer.seconds:.0f} s",
            accuracy >= 0.940,
            {
                "accuracy": accuracy,
                "seconds": longer.seconds,
                "ladder": longer.report["ladder"],
            },
        ),
        memory(longer, "8m"),
    ]
