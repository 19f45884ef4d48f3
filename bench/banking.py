"""banking77, from a cold process to a judged release; with more time; memory; engines."""

from __future__ import annotations

from bench.base import Cold, Figure, rows, tune


def run() -> list[Figure]:
    folder = rows("banking77")
    recipe = {
        "name": "bank-intents",
        "data": {"train": str(folder / "train.csv"), "test": str(folder / "test.csv")},
        "quality": {"metric": "accuracy"},
    }
    quick = tune(recipe, "--upto", "probe")
    longer = tune(recipe, "--budget", "8m")
    return [*_cold(quick), *_longer(longer), _memory(quick, longer), _engines(quick)]


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


def _longer(longer: Cold) -> list[Figure]:
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
        )
    ]


def _memory(quick: Cold, longer: Cold) -> Figure:
    peak = max(quick.peak_mb, longer.peak_mb)
    return Figure(
        "banking77, peak memory",
        "≤ 1.5 GB",
        f"{quick.peak_mb / 1024:.2f} GB (cold), {longer.peak_mb / 1024:.2f} GB (8m)",
        peak <= 1536,
        {"cold_mb": quick.peak_mb, "longer_mb": longer.peak_mb},
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
