"""pneumoniamnist: 2,428 X-rays, judged on pictures of another kind than those learnt from."""

from __future__ import annotations

from bench.base import Figure, rows, tune
from bench.pictures import recipe


def run() -> list[Figure]:
    archive = rows("pneumoniamnist") / "pneumoniamnist.npz"
    run = tune(recipe("pneumonia", archive, 5, validation=True))
    value = run.metric("accuracy")
    return [
        Figure(
            "pneumoniamnist, accuracy",
            "≥ 0.90",
            f"{value:.4f} by `{run.report['rung']}` in {run.seconds:.0f} s",
            value >= 0.90,
            {"accuracy": value, "seconds": run.seconds, "ladder": run.report["ladder"]},
        )
    ]
