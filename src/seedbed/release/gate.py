"""The gate: which engines may serve, which serves best, measured on this machine.

Each engine answers the same validation rows as the model itself does (torch in float32), and is
kept when it is not worse: `seedbed.release.exam` has the rule. The model itself is always kept: it
is the last to fall back on. Pruned engines are tried where the recipe asks for them.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seedbed import registry
from seedbed.backbones.batches import memory
from seedbed.backbones.pruning import Unprunable
from seedbed.release.engines.base import Engine, Reason, reason
from seedbed.release.engines.batched import Batched
from seedbed.release.engines.processor import threads as all_threads
from seedbed.release.engines.pruned import Pruned
from seedbed.release.exam import (
    Answers,
    Exam,
    Speed,
    marked,
    reference_row,
    refused,
    unavailable,
    unprunable,
)
from seedbed.tasks.base import Floats

__all__ = ["Exam", "Gate", "run"]

log = logging.getLogger(__name__)

FAITHFUL = 0.005
"""Share of rows that an engine may answer otherwise and count as the model itself."""
WORTHWHILE = 2.0
"""How much faster an engine must be that answers more of them otherwise: to compute an answer costs
so little that a third less is worth no answer changed, but twice the load on a machine may be."""

WARM_ROWS = 64
SINGLE_SECONDS = 0.3
SINGLE_MOST = 100


class Loaded(NamedTuple):
    """An engine, and the seconds that it took to load."""

    engine: Engine
    seconds: float


@dataclass(frozen=True)
class Gate:
    """What the gate found.

    Attributes:
        engines: One row an engine, as `report.json` has them.
        latency: The engine for one row.
        throughput: The engine for many.
        rows: Validation rows that were answered.
        metric: What was compared.
        margin: Most of it that an engine may lose.
        seconds: How long the gate took.
    """

    engines: tuple[dict[str, Any], ...]
    latency: str
    throughput: str
    rows: int
    metric: str
    margin: float
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Return it as `gate.json` keeps it."""
        return vars(self) | {"engines": list(self.engines)}


def _log(engine: str, done: int, total: int) -> None:
    log.info("engine %s, %d of %d", engine, done + 1, total)


def run(
    folder: Path,
    exam: Exam,
    *,
    kind: str,
    engines: Sequence[str] | None = None,
    prune: float = 0.0,
    threads: int | None = None,
    tell: Callable[[str, int, int], None] = _log,
) -> Gate:
    """Build, mark and measure the engines of a release in the making; keep those not worse.

    Files of engines that are not kept are removed.

    Args:
        folder: The release in the making, with `model/`.
        exam: The validation rows; at most the task's `exam_rows` are used, drawn by its seed.
        kind: Kind of candidate: `encoder` or `linear`.
        engines: Engines to try; by default all that are installed.
        prune: Share of the neurons that pruned engines do without; 0 leaves those engines out.
        threads: Threads to compute with; by default all that the process may use.
        tell: Called with the name of each engine as its turn comes, how many came before, and how
            many there are.

    Raises:
        KindUnknown: `engines` names one that is not installed.
        MemoryShort: there is no memory for the model itself.
    """
    began = time.perf_counter()
    exam, threads = exam.sample(exam.task.exam_rows), threads or all_threads()
    first, *others = _order(kind, engines, pruned=prune > 0)
    tell(first, 0, 1 + len(others))
    with memory("the model itself", "运行模型本身"):
        model = _loaded(registry.kind("engines", first), folder, exam, threads)
        logits, speed = _measured(model, folder, exam)
    reference = exam.answers(logits)
    rows = [reference_row(first, exam, reference, speed)]
    del model
    if prune:
        Pruned.ask(folder, prune)
    for turn, name in enumerate(others, start=1):
        tell(name, turn, 1 + len(others))
        engine = registry.kind("engines", name)
        if engine.kind == kind:
            rows.append(_tried(engine, folder, exam, threads, reference))
        else:  # asked to prune what is no encoder
            plain = Reason(f"the model is of kind {kind}, no encoder", f"模型（{kind}）不是编码器")
            rows.append(refused(name, unprunable(plain)))
    _clear(folder, [row["engine"] for row in rows if row["kept"]])
    kept = [row for row in rows if row["kept"]]
    latency = fastest(kept, len(exam.texts), lambda row: 1 / row["p50_ms"])
    throughput = fastest(kept, len(exam.texts), lambda row: float(row["rows_per_second"]))
    for row in rows:
        row |= {"latency": row["engine"] == latency, "throughput": row["engine"] == throughput}
        row["pruned"] = prune if _is_pruned(row["engine"]) else None
    seconds = round(time.perf_counter() - began, 2)
    return Gate(
        tuple(rows), latency, throughput, len(exam.texts), exam.metric, exam.margin, seconds
    )


def fastest(
    kept: Sequence[dict[str, Any]], rows: int, speed: Callable[[dict[str, Any]], float]
) -> str:
    """Return the fastest engine; one that answers otherwise must be twice as fast.

    An engine may pass the gate and still answer one row in a hundred otherwise than the model that
    was tuned. That is worth twice the speed, not a part of it.
    """
    best = max(kept, key=speed)
    close = [row for row in kept if row["disagree"] <= FAITHFUL * rows]
    faithful = max(close, key=speed, default=best)
    chosen = best if speed(best) >= WORTHWHILE * speed(faithful) else faithful
    return str(chosen["engine"])


def _order(kind: str, engines: Sequence[str] | None, *, pruned: bool) -> list[str]:
    """Return the engines for a kind of candidate, the reference first.

    Pruned ones are among them for any kind: the table is to say why they cannot be.
    """
    asked = registry.names("engines") if engines is None else list(engines)
    fitting = [
        name
        for name in asked
        if (pruned if _is_pruned(name) else registry.kind("engines", name).kind == kind)
    ]
    return list(dict.fromkeys([reference(kind), *fitting]))


def _is_pruned(name: str) -> bool:
    return issubclass(registry.kind("engines", name), Pruned)


def reference(kind: str) -> str:
    """Return the engine that the others for a kind of candidate are held to: the model itself."""
    engines = ((name, registry.kind("engines", name)) for name in registry.names("engines"))
    return next(name for name, engine in engines if engine.kind == kind and engine.reference)


def _tried(
    engine: type[Engine], folder: Path, exam: Exam, threads: int, reference: Answers
) -> dict[str, Any]:
    if gone := engine.missing():
        return refused(engine.name, unavailable(gone))
    try:
        engine.build(folder, exam.texts[:8])
        logits, speed = _measured(_loaded(engine, folder, exam, threads), folder, exam)
    except Unprunable as cause:
        return refused(engine.name, unprunable(reason(cause)))
    except engine.failures() as cause:
        log.info("engine %s failed", engine.name, exc_info=True)
        return refused(engine.name, unavailable(reason(cause)))
    if not np.isfinite(logits).all():
        return refused(engine.name, Reason("its outputs are not finite", "输出含有非有限数"))
    return marked(engine.name, exam, exam.answers(logits), reference, speed)


def _loaded(engine: type[Engine], folder: Path, exam: Exam, threads: int) -> Loaded:
    """Load an engine and warm it up: what it does first it does slowest."""
    began = time.perf_counter()
    ready = engine(exam.apart or folder, threads)
    if exam.head is not None and isinstance(ready, Batched):
        ready.head = exam.head
    seconds = time.perf_counter() - began
    ready.logits(exam.texts[:WARM_ROWS])
    return Loaded(ready, seconds)


def _measured(loaded: Loaded, folder: Path, exam: Exam) -> tuple[Floats, Speed]:
    """Have an engine answer: all rows at once, then one at a time."""
    began = time.perf_counter()
    logits = loaded.engine.logits(exam.texts)
    asked = exam.task.asks(exam.texts)
    if asked is not exam.texts:
        began = time.perf_counter()
        loaded.engine.logits(asked)
    many = len(asked) / (time.perf_counter() - began)
    p50, p99 = np.percentile(_singles(loaded.engine, asked), [50, 99])
    size = sum((folder / name).stat().st_size for name in loaded.engine.files())
    return logits, Speed(
        round(loaded.seconds, 3), round(many, 3), round(float(p50), 3), round(float(p99), 3), size
    )


def _singles(engine: Engine, texts: Sequence[str]) -> list[float]:
    """Return milliseconds of single rows, after five to warm up, or one that takes long."""
    end = time.perf_counter() + SINGLE_SECONDS
    for text in texts[:5]:
        engine.logits([text])
        if time.perf_counter() > end:  # to write takes seconds
            break
    took: list[float] = []
    end = time.perf_counter() + SINGLE_SECONDS
    while not took or (len(took) < SINGLE_MOST and time.perf_counter() < end):
        text = texts[len(took) % len(texts)]
        began = time.perf_counter()
        engine.logits([text])
        took.append(1000 * (time.perf_counter() - began))
    return took


def _clear(folder: Path, kept: Sequence[str]) -> None:
    """Remove what was written for engines that are not kept."""
    needed = {folder / path for name in kept for path in registry.kind("engines", name).needs}
    root = folder / "engines"
    if not root.is_dir():
        return
    for path in root.iterdir():
        if not any(path in need.parents for need in needed):
            shutil.rmtree(path)
