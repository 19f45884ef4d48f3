"""banking77, from a cold process to a judged release; memory; engines."""

from __future__ import annotations

from typing import Any

from bench.base import Cold, Figure, rows, tune


def run() -> list[Figure]:
    quick = tune(recipe(), "--upto", "probe")
    return [*_cold(quick), memory(quick, "cold"), _engines(quick)]


def recipe() -> dict[str, Any]:
    folder = rows("banking77")
    return {
        "name": "bank-intents",
        "data": {"train": str(folder / "train.csv"), "test": str(folder / "test.csv")},
        "quality": {"metric": "accuracy"},
    }


def _cold(quick: Cold) -> list[Figure]:
    accuracy = quick.metric("accuracy")
    return [
        Figure(
            "banking77, cold process to judged release",
            "accuracy ≥ 0.930 in ≤ 60 s",
            f"{accuracy:.4f} in {quick.seconds:.0f} s",
            accuracy >= 0.930 and quick.seconds <= 60,
            {"accuracy": accuracy, "seconds": quick.seconds, "rung": quick.report["rung"]},
        )
    ]


def memory(run: Cold, name: str) -> Figure:
    return Figure(
        f"banking77, peak memory ({name})",
        "≤ 1.5 GB",
        f"{run.peak_mb / 1024:.2f} GB",
        run.peak_mb <= 1536,
        {"peak_mb": run.peak_mb},
    )


def _engines(quick: Cold) -> Figure:
    table = {row["engine"]: row for row in quick.report["engines"]}
    plain = table["torch-float32"]["rows_per_second"]
    best = max((r for r in table.values() if r["kept"]), key=lambda r: r["rows_per_second"])
    ratio = best["rows_per_second"] / plain
    return Figure(
        "best kept engine against torch float32, many rows",
        "≥ 2.5 times",
        f"{ratio:.2f} times ({best['engine']}, {best['rows_per_second']:.0f} rows/s)",
        ratio >= 2.5,
        {"engines": list(table.values())},
    )
