"""Rows a second over HTTP against a plain FastAPI server and LitServe, on the same release.

LitServe lies in an environment of its own, which `SEEDBED_RIVALS` names; without it that line says
so.
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median

from bench import load
from bench.base import ROOT, Figure
from bench.serving import (
    CALLERS,
    free_port,
    home,
    predicts,
    process,
    rate,
    release,
    served,
    texts,
)
from seedbed.serve.replica import Replica

ROUNDS = 3
SECONDS = 3.0


def run() -> list[Figure]:
    asked, found = texts(), release()
    replica = Replica(found)
    rows = replica.encode(asked)
    sizes, engine = [row.size for row in rows], replica.run(rows[:8]).engine
    return [
        against("a plain FastAPI server", 3.0, asked, sizes, fastapi(found.folder)),
        against("LitServe", 1.5, asked, sizes, litserve(found.folder, engine)),
    ]


Started = tuple[int, AbstractContextManager[object]]
"""The port of a rival, and what starts it."""


def fastapi(folder: Path) -> Started:
    port = free_port()
    command = [sys.executable, "-m", "bench.twin_fastapi", str(folder), str(port)]
    return port, process(command, port, "/health")


def litserve(folder: Path, engine: str) -> Started | None:
    python = rival()
    if python is None:
        return None
    port = free_port()
    command = [str(python), "-m", "bench.twin_litserve", str(folder), engine, str(port)]
    return port, process(command, port, "/health", env={"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"})


def rival() -> Path | None:
    """Return the interpreter of the environment that has the rivals, if there is one."""
    folder = Path(os.environ.get("SEEDBED_RIVALS", ROOT.parent / "rivals")).absolute()
    python = folder / "bin" / "python"
    return python if python.exists() else None


def against(
    who: str, reach: float, asked: Sequence[str], sizes: Sequence[int], started: Started | None
) -> Figure:
    """Measure both in turn, each while the other is idle."""
    what = f"rows/s over HTTP with {CALLERS} callers, against {who}"
    if started is None:
        return Figure(what, f"≥ {reach} times", "not here: set SEEDBED_RIVALS", None)
    port, starting = started
    ours: list[float] = []
    theirs: list[float] = []
    with home() as made, served(made) as server, starting:
        sides = (
            (server.port, predicts(asked, server.keys[0]), ours),
            (port, predicts(asked, path="/predict"), theirs),
        )
        failed = 0
        for _ in range(ROUNDS):
            for where, requests, rates in sides:
                calls = load.run(
                    load.closed(where, requests, callers=CALLERS, seconds=SECONDS, settle=1.0)
                )
                failed += len(load.failed(calls))
                rates.append(rate(calls, sizes, SECONDS) or math.nan)
    per_row = sum(sizes) / len(sizes)
    ratio = median(one / other for one, other in zip(ours, theirs, strict=True))
    return Figure(
        what,
        f"≥ {reach} times",
        f"{ratio:.2f} times ({median(ours) / per_row:.0f} against "
        f"{median(theirs) / per_row:.0f} rows/s; ours metered, {failed} failed)",
        ratio >= reach and not failed,
        {"tokens_per_second": {"ours": ours, "theirs": theirs}},
    )


__all__ = ["rival", "run"]
