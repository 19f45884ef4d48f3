"""twitter_financial_news: three sentiments, noisy."""

from __future__ import annotations

from bench.base import Figure, rows, tune


def run() -> list[Figure]:
    folder = rows("twitter_financial_news")
    run = tune(
        {
            "name": "finance",
            "data": {"train": str(folder / "train.csv"), "test": str(folder / "test.csv")},
            "budget": {"minutes": 7},
        }
    )
    value = run.metric("accuracy")
    return [
        Figure(
            "twitter_financial_news, accuracy",
            "≥ 0.87",
            f"{value:.4f} by `{run.report['rung']}` in {run.seconds:.0f} s",
            value >= 0.87,
            {"accuracy": value, "seconds": run.seconds, "ladder": run.report["ladder"]},
        )
    ]
