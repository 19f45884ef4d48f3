"""The plan document: from the venture file to HTML, DOCX and Markdown in both languages."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from bench.base import ROOT, Figure, command

REACH = 15
TIMES = 3


def run() -> list[Figure]:
    folder = Path(tempfile.mkdtemp(prefix="seedbed-bench-write-"))
    (folder / "venture.yaml").write_text(example(), encoding="utf-8")
    runs = [once(folder) for _ in range(TIMES)]
    seconds = sorted(taken for taken, _, _ in runs)
    told = runs[-1][2]
    charts = sum(one["format"] == "svg" for one in told["files"])
    return [
        Figure(
            "`plan write`: every section, six files, both languages",
            f"≤ {REACH} s",
            f"{seconds[TIMES // 2]:.1f} s ({charts} charts drawn)",
            seconds[TIMES // 2] <= REACH,
            {
                "seconds": seconds,
                "peak_mb": max(peak for _, peak, _ in runs),
                "not_computed": [one["section"] for one in told["not_computed"]],
            },
        )
    ]


def once(folder: Path) -> tuple[float, float, dict[str, list[dict[str, str]]]]:
    """Write the plan cold, in a process of its own; return seconds, megabytes, what it said."""
    typed = ["plan", "write", str(folder), "--json"]
    seconds, peak, out = command(typed, folder / "home")
    return seconds, peak, json.loads(out.strip().splitlines()[-1])


def example() -> str:
    """Return the venture of the tests: every section filled in, 10,000 draws."""
    text = (ROOT / "tests" / "venture" / "example.py").read_text(encoding="utf-8")
    return text.split('"""')[-2]
