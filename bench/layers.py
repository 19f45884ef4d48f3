"""The `top` rung over cached activations against `full`, both of our own loop."""

from __future__ import annotations

from bench.base import Figure, rows, tune


def run() -> list[Figure]:
    folder = rows("banking77")
    run = tune(
        {
            "name": "layers",
            "data": {
                "train": str(folder / "train.csv"),
                "test": str(folder / "test.csv"),
                "limit": 4000,
            },
            "ladder": {
                "rungs": ["baseline", "probe", "top", "full"],
                "stop": False,
                "epochs": {"top": 1, "full": 1},
            },
        }
    )
    speed = {row["rung"]: row["rows_per_second"] for row in run.report["ladder"]}
    ratio = speed["top"] / speed["full"]
    return [
        Figure(
            "`top` over cached activations against `full`, after the activations are there",
            "≥ 3 times the rows/s",
            f"{ratio:.2f} times ({speed['top']:.0f} against {speed['full']:.0f} rows/s)",
            ratio >= 3,
            {"rows_per_second": speed},
        )
    ]
