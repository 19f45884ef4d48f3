"""What benchmarks share: where the rows lie, a cold run of the product, a line of the table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("SEEDBED_DATA", ROOT.parent / "shared" / "data"))
MODELS = Path(os.environ.get("SEEDBED_MODELS", ROOT.parent / "shared" / "models"))


class Skipped(Exception):
    """The rows or the model of a benchmark are not on this machine."""


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        what: What was measured.
        reach: What it should reach, in words.
        got: What came, in words.
        met: Whether it was reached; None where nothing was asked.
        detail: The numbers behind it.
    """

    what: str
    reach: str
    got: str
    met: bool | None
    detail: dict[str, Any] = field(default_factory=dict)


Benchmark = Callable[[], list[Figure]]
Part = Callable[[], Figure]
"""One of a benchmark's figures that is run, and kept, by itself."""


@dataclass(frozen=True)
class Cold:
    """A run of `seedbed tune` in a process and a home of its own.

    Attributes:
        seconds: Wall clock, from the shell's point of view.
        peak_mb: Largest resident memory of the process.
        report: report.json.
        release: The release's folder.
        home: The home it ran in.
    """

    seconds: float
    peak_mb: float
    report: dict[str, Any]
    release: Path
    home: Path

    def metric(self, name: str) -> float:
        """Return a test metric."""
        return float(self.report["metrics"][name]["value"])


def rows(name: str) -> Path:
    """Return the folder of a set.

    Raises:
        Skipped: it is not here.
    """
    folder = DATA / name
    if not folder.is_dir():
        raise Skipped(f"no {folder}: set SEEDBED_DATA")
    return folder


def model(name: str) -> Path:
    """Return the folder of a base model; see `rows`."""
    folder = MODELS / name
    if not folder.is_dir():
        raise Skipped(f"no {folder}: set SEEDBED_MODELS")
    return folder


def tune(recipe: dict[str, Any], *arguments: str, home: Path | None = None) -> Cold:
    """Run `seedbed tune` cold on a recipe and return what came of it."""
    home = home or Path(tempfile.mkdtemp(prefix="seedbed-bench-"))
    path = home / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    seconds, peak, out = command(["tune", str(path), "--json", *arguments], home)
    folder = Path(json.loads(out.strip().splitlines()[-1])["folder"])
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return Cold(seconds, peak, report, folder, home)


def command(arguments: list[str], home: Path) -> tuple[float, float, str]:
    """Run a verb; return wall seconds, peak megabytes and what it printed."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "seedbed", *arguments],
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        text=True,
        env=os.environ | {"SEEDBED_HOME": str(home)},
    )
    assert process.stdout is not None
    out = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"seedbed {' '.join(arguments)} ended with {process.returncode}: {out}")
    return seconds, used.ru_maxrss / 1024, out


def as_json(figures: list[Figure]) -> list[dict[str, Any]]:
    """Return figures as results.json holds them."""
    return [asdict(figure) for figure in figures]
