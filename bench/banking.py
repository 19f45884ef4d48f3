"""banking77, from a cold process to a judged release; memory; engines."""

from __future__ import annotations

import json
from typing import Any

from bench.base import Cold, Figure, command, rows, tune


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
    """Compare the fastest engine that the gate kept, and what a judge says of its answers."""
    table = {row["engine"]: row for row in quick.report["engines"]}
    plain = table["torch-float32"]
    best = max((r for r in table.values() if r["kept"]), key=lambda r: r["rows_per_second"])
    chosen = next(row for row in table.values() if row["throughput"])
    ratio, usual = (row["rows_per_second"] / plain["rows_per_second"] for row in (best, chosen))
    judged = {row["engine"]: _judged(quick, row["engine"]) for row in (best, plain)}
    said = {each["verdict"]["say"] for each in judged.values()}
    accuracy = {name: each["metrics"]["accuracy"]["value"] for name, each in judged.items()}
    return Figure(
        "best kept engine against torch float32, many rows",
        "≥ 2.5 times, verdict unchanged",
        f"{ratio:.2f} times ({best['engine']}, {best['rows_per_second']:.0f} rows/s); "
        f"{' and '.join(sorted(said))}, accuracy {accuracy[best['engine']]:.4f} against "
        f"{accuracy[plain['engine']]:.4f}; of itself the gate takes {chosen['engine']}, "
        f"{usual:.2f} times",
        ratio >= 2.5 and len(said) == 1,
        {"engines": list(table.values()), "accuracy": accuracy},
    )


def _judged(quick: Cold, engine: str) -> dict[str, Any]:
    rows_of = ["--data", recipe()["data"]["test"], "--engine", engine, "--json"]
    out = command(["judge", str(quick.release), *rows_of], quick.home)[2]
    report: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
    return report
