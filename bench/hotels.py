"""chnsenticorp_hotel: Chinese reviews with a Chinese-English encoder."""

from __future__ import annotations

from bench.base import Figure, model, rows, tune


def run() -> list[Figure]:
    folder = rows("chnsenticorp_hotel")
    run = tune(
        {
            "name": "hotels",
            "data": {"train": str(folder / "train.csv"), "test": str(folder / "test.csv")},
            "base": str(model("e5-small-zh-en")),
            "budget": {"minutes": 30},
        }
    )
    value = run.metric("accuracy")
    return [
        Figure(
            "chnsenticorp_hotel with e5-small-zh-en, accuracy",
            "≥ 0.925",
            f"{value:.4f} by `{run.report['rung']}` in {run.seconds:.0f} s",
            value >= 0.925,
            {"accuracy": value, "seconds": run.seconds, "ladder": run.report["ladder"]},
        )
    ]
