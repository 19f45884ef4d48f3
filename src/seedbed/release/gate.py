"""The gate: which engines may serve, which serves best, measured on this machine.

Each engine answers the same validation rows as the model itself does (torch in float32). It is
kept when both hold, by the recipe's metric and margin:

1. It loses no more than the margin; or no more than one row, where a row weighs more than that.
2. The lower end of the 95 % interval of the difference (paired bootstrap) is within the margin; or,
   where the rows are too few to show so much of any engine that rounds, within what they can show:
   (1.96 · √(0.02 · rows + 1) + 1) / rows, which is half the width of the interval when 2 rows in
   100 are answered otherwise, as many for the better as for the worse, and one row.

An engine that answers every row as the model does is kept whatever their number. The model itself
is always kept: it is the last to fall back on.
"""

from __future__ import annotations

import gc
import logging
import math
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seedbed import registry
from seedbed.release.engines.base import Engine, said
from seedbed.release.engines.processor import threads as all_threads
from seedbed.tasks.base import Floats, Schema, Targets, Task
from seedbed.tasks.statistics import Difference, paired_bootstrap

log = logging.getLogger(__name__)

Said = dict[str, str]

REFERENCE = {"encoder": "torch-float32", "linear": "linear"}
"""By kind of candidate: the engine that the others are held to."""
MOST_ROWS = 1000
WARM_ROWS = 64
SINGLE_SECONDS = 0.3
SINGLE_MOST = 100
RESAMPLES = 1000
UNLIKE = 0.02
"""Share of rows that an engine may answer otherwise, half of them better, and still be kept where
the rows are too few to tell by the margin."""


class Speed(NamedTuple):
    """What an engine took on this machine; bytes of the files it needs."""

    load_seconds: float
    rows_per_second: float
    p50_ms: float
    p99_ms: float
    bytes: int


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


@dataclass(frozen=True)
class Exam:
    """The rows that engines answer, and how their answers are marked.

    Attributes:
        task: Gives scores, answers and the metric.
        schema: The labels.
        metric: Name of the metric.
        margin: Most of it that an engine may lose.
        texts: Validation rows.
        truth: Their targets.
        seed: Behind the resampling.
    """

    task: Task
    schema: Schema
    metric: str
    margin: float
    texts: Sequence[str]
    truth: Targets
    seed: int = 0

    def answers(self, logits: Floats) -> Targets:
        """Return the answers that logits give."""
        return self.task.decide(self.task.scores(logits, self.schema), self.schema)

    def value(self, answers: Targets) -> float:
        """Return the metric of answers."""
        return self.task.metric(self.metric, self.truth, answers, self.schema)

    def sample(self, most: int) -> Exam:
        """Return the exam on no more rows than that, drawn by the seed."""
        if len(self.texts) <= most:
            return self
        drawn = np.random.default_rng(self.seed).choice(len(self.texts), most, replace=False)
        drawn.sort()
        texts = [self.texts[i] for i in drawn]
        args = (self.task, self.schema, self.metric, self.margin)
        return Exam(*args, texts, self.truth[drawn], self.seed)


def run(
    folder: Path,
    exam: Exam,
    *,
    kind: str,
    engines: Sequence[str] | None = None,
    threads: int | None = None,
    tell: Callable[[str], None] = log.info,
) -> Gate:
    """Build, mark and measure the engines of a release in the making; keep those not worse.

    Files of engines that are not kept are removed.

    Args:
        folder: The release in the making, with `model/`.
        exam: The validation rows; at most 1,000 of them are used, drawn by its seed.
        kind: Kind of candidate: `encoder` or `linear`.
        engines: Engines to try; by default all that are installed.
        threads: Threads to compute with; by default all that the process may use.
        tell: Called with the name of each engine as its turn comes.

    Raises:
        KindUnknown: `engines` names one that is not installed.
    """
    began = time.perf_counter()
    exam, threads = exam.sample(MOST_ROWS), threads or all_threads()
    reference: Targets | None = None
    rows = []
    for name in _order(kind, engines):
        tell(name)
        row, answers = _tried(registry.kind("engines", name), folder, exam, threads, reference)
        reference = answers if reference is None else reference
        rows.append(row)
    _prune(folder, [row["engine"] for row in rows if row["kept"]])
    kept = [row for row in rows if row["kept"]]
    latency = min(kept, key=lambda row: row["p50_ms"])["engine"]
    throughput = max(kept, key=lambda row: row["rows_per_second"])["engine"]
    for row in rows:
        row |= {"latency": row["engine"] == latency, "throughput": row["engine"] == throughput}
    seconds = round(time.perf_counter() - began, 2)
    return Gate(
        tuple(rows), latency, throughput, len(exam.texts), exam.metric, exam.margin, seconds
    )


def tolerance(margin: float, rows: int) -> float:
    """Return how far below zero the interval of the difference may reach."""
    return max(margin, (1.96 * math.sqrt(UNLIKE * rows + 1) + 1) / rows)


def passes(difference: Difference, *, disagree: int, rows: int, margin: float) -> bool:
    """Tell whether an engine is not worse: the rule at the head of this module."""
    if disagree == 0:
        return True
    least = max(margin, 1 / rows) + 1e-9
    return difference.value >= -least and difference.low >= -tolerance(margin, rows)


def _order(kind: str, engines: Sequence[str] | None) -> list[str]:
    """Return the engines for a kind of candidate, the reference first."""
    asked = registry.names("engines") if engines is None else list(engines)
    fitting = [name for name in asked if registry.kind("engines", name).kind == kind]
    return list(dict.fromkeys([REFERENCE[kind], *fitting]))


def _tried(
    engine: type[Engine], folder: Path, exam: Exam, threads: int, reference: Targets | None
) -> tuple[dict[str, Any], Targets | None]:
    if reference is None:  # the model itself: where it cannot run there is nothing to release
        logits, speed = _measured(engine, folder, exam, threads)
        return _reference_row(engine.name, exam, exam.answers(logits), speed), exam.answers(logits)
    if gone := engine.missing():
        return _refused(engine.name, *_unavailable(gone)), None
    try:
        logits, speed = _measured(engine, folder, exam, threads)
    except engine.failures() as cause:
        log.info("engine %s failed", engine.name, exc_info=True)
        return _refused(engine.name, *_unavailable(said(cause))), None
    if not np.isfinite(logits).all():
        return _refused(engine.name, "its outputs are not finite", "输出含有非有限数"), None
    answers = exam.answers(logits)
    return _marked(engine.name, exam, answers, reference, speed), answers


def _measured(engine: type[Engine], folder: Path, exam: Exam, threads: int) -> tuple[Floats, Speed]:
    """Build and load an engine and have it answer: all rows at once, then one at a time."""
    engine.build(folder, exam.texts[:8])
    began = time.perf_counter()
    ready = engine(folder, threads)
    load = time.perf_counter() - began
    ready.logits(exam.texts[:WARM_ROWS])
    began = time.perf_counter()
    logits = ready.logits(exam.texts)
    many = len(exam.texts) / (time.perf_counter() - began)
    p50, p99 = np.percentile(_singles(ready, exam.texts), [50, 99])
    size = sum((folder / name).stat().st_size for name in engine.needs)
    del ready
    gc.collect()
    return logits, Speed(
        round(load, 3), round(many, 1), round(float(p50), 3), round(float(p99), 3), size
    )


def _singles(engine: Engine, texts: Sequence[str]) -> list[float]:
    """Return milliseconds of single rows, after five to warm up."""
    for text in texts[:5]:
        engine.logits([text])
    took: list[float] = []
    end = time.perf_counter() + SINGLE_SECONDS
    while not took or (len(took) < SINGLE_MOST and time.perf_counter() < end):
        text = texts[len(took) % len(texts)]
        began = time.perf_counter()
        engine.logits([text])
        took.append(1000 * (time.perf_counter() - began))
    return took


def _marked(
    name: str, exam: Exam, answers: Targets, reference: Targets, speed: Speed
) -> dict[str, Any]:
    difference = paired_bootstrap(
        exam.task,
        exam.schema,
        exam.metric,
        exam.truth,
        answers,
        reference,
        resamples=RESAMPLES,
        seed=exam.seed,
    )
    unlike = answers != reference
    disagree = int((unlike.any(axis=1) if unlike.ndim == 2 else unlike).sum())
    rows = len(exam.texts)
    kept = passes(difference, disagree=disagree, rows=rows, margin=exam.margin)
    return {
        "engine": name,
        "kept": kept,
        "why": _why(difference, disagree, rows, exam.margin, kept=kept),
        "value": exam.value(answers),
        "difference": difference.value,
        "low": difference.low,
        "high": difference.high,
        "disagree": disagree,
        **speed._asdict(),
    }


def _reference_row(name: str, exam: Exam, answers: Targets, speed: Speed) -> dict[str, Any]:
    why = {
        "en": "the model as it was trained: the others are held to it",
        "zh": "训练所得的模型本身，其他引擎以它为准",
    }
    numbers = {"difference": 0.0, "low": 0.0, "high": 0.0, "disagree": 0}
    value = {"value": exam.value(answers)}
    return {"engine": name, "kept": True, "why": why, **value, **numbers, **speed._asdict()}


def _refused(name: str, en: str, zh: str) -> dict[str, Any]:
    nothing = ("value", "difference", "low", "high", "disagree", *Speed._fields)
    return {
        "engine": name,
        "kept": False,
        "why": {"en": en, "zh": zh},
        **dict.fromkeys(nothing),
    }


def _unavailable(reason: str) -> tuple[str, str]:
    return f"cannot run here: {reason}", f"无法在本机运行：{reason}"


def _why(difference: Difference, disagree: int, rows: int, margin: float, *, kept: bool) -> Said:
    if disagree == 0:
        return {
            "en": f"answers all {rows:,} rows as the model does",
            "zh": f"全部 {rows:,} 行的答案与模型一致",
        }
    change, low = 100 * difference.value, 100 * difference.low
    allowed = 100 * tolerance(margin, rows)
    few = allowed > 100 * margin
    told_en = (
        f"{disagree:,} of {rows:,} rows answered otherwise: {change:+.2f} points, "
        f"{low:+.2f} at worst (95 %)"
    )
    told_zh = (
        f"{rows:,} 行中 {disagree:,} 行答案不同：{change:+.2f} 个百分点，最差 {low:+.2f}（95 %）"
    )
    limit_en = f"{allowed:.2f} that {rows:,} rows can show" if few else f"margin of {allowed:.2f}"
    limit_zh = f"{rows:,} 行所能分辨的 {allowed:.2f}" if few else f"允许的 {allowed:.2f}"
    if kept:
        return {
            "en": f"{told_en}, within the {limit_en}",
            "zh": f"{told_zh}，在{limit_zh}之内",
        }
    if difference.value < -max(margin, 1 / rows) - 1e-9:
        own = 100 * max(margin, 1 / rows)
        return {
            "en": f"{told_en}: loses more than the {own:.2f} allowed",
            "zh": f"{told_zh}：损失超过允许的 {own:.2f}",
        }
    return {
        "en": f"{told_en}, beyond the {limit_en}",
        "zh": f"{told_zh}，超出{limit_zh}",
    }


def _prune(folder: Path, kept: Sequence[str]) -> None:
    """Remove what was written for engines that are not kept."""
    needed = {folder / path for name in kept for path in registry.kind("engines", name).needs}
    root = folder / "engines"
    if not root.is_dir():
        return
    for path in root.iterdir():
        if not any(path in need.parents for need in needed):
            shutil.rmtree(path)
