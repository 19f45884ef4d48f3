"""mnist: 60,000 digits, a small network from nothing, within ten minutes in all."""

from __future__ import annotations

from bench.base import Figure, rows, tune
from bench.pictures import recipe


def run() -> list[Figure]:
    run = tune(recipe("mnist", rows("mnist") / "mnist.npz", 9, validation=False))
    value = run.metric("accuracy")
    return [
        Figure(
            "mnist, accuracy",
            "≥ 0.993 in ≤ 10 minutes",
            f"{value:.4f} by `{run.report['rung']}` in {run.seconds:.0f} s",
            value >= 0.993 and run.seconds <= 600,
            {"accuracy": value, "seconds": run.seconds, "ladder": run.report["ladder"]},
        )
    ]
