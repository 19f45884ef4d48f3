"""The gate's exam: how an engine's answers are marked against the model's own.

Each engine answers the same validation rows as the model itself does (torch in float32), and is
marked by the 95 % interval of the difference between the two on the same rows (paired bootstrap),
by the recipe's metric and margin:

1. The interval is within the margin: it is not worse, and is kept.
2. It was seen to lose more than the margin, and more than one row: it is refused.
3. Else the rows are too few to say. It is kept where its interval is within what an engine that
   rounds would have on so many rows, (1.96 · √(0.02 · rows + 1) + 1) / rows: half the width of the
   interval when 2 rows in 100 are answered otherwise, as many for the better as for the worse, and
   one row. The report says of it that it is kept without being shown to be not worse.

An engine that answers every row as the model does is kept whatever their number. The model itself
is always kept: it is the last to fall back on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from seedbed.backbones.head import Linear
from seedbed.release.engines.base import Reason
from seedbed.tasks.base import Floats, Schema, Targets, Task
from seedbed.tasks.statistics import Difference, paired_bootstrap

Said = dict[str, str]

RESAMPLES = 1000
UNLIKE = 0.02
"""Share of rows that an engine may answer otherwise, half of them better, and still be kept where
the rows are too few to say."""


class Answers(NamedTuple):
    """What logits say: the answers, and what the metric looks at."""

    decided: Targets
    judged: Targets


class Mark(NamedTuple):
    """Whether an engine may serve, and whether the rows show it not to be worse by the margin."""

    kept: bool
    sure: bool


class Speed(NamedTuple):
    """What an engine took on this machine; bytes of the files it needs."""

    load_seconds: float
    rows_per_second: float
    p50_ms: float
    p99_ms: float
    bytes: int


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
        head: Answers in the place of the release's head, where that one learnt from these rows:
            what a model has learnt it is too sure of for rounding to show.
        apart: A folder whose `model/` is examined in the place of the release's, for that reason.
    """

    task: Task
    schema: Schema
    metric: str
    margin: float
    texts: Sequence[str]
    truth: Targets
    seed: int = 0
    head: Linear | None = None
    apart: Path | None = None

    def answers(self, logits: Floats) -> Answers:
        """Return the answers that logits give."""
        scores = self.task.scores(logits, self.schema)
        judged = self.task.judged(self.metric, scores, self.schema)
        return Answers(self.task.decide(scores, self.schema), judged)

    def value(self, answers: Answers) -> float:
        """Return the metric of answers."""
        return self.task.metric(self.metric, self.truth, answers.judged, self.schema)

    def sample(self, most: int) -> Exam:
        """Return the exam on no more rows than that, drawn by the seed."""
        if len(self.texts) <= most:
            return self
        drawn = np.random.default_rng(self.seed).choice(len(self.texts), most, replace=False)
        drawn.sort()
        texts = [self.texts[i] for i in drawn]
        return replace(self, texts=texts, truth=self.truth[drawn])


def tolerance(rows: int) -> float:
    """Return how far below zero the interval may reach where the rows are too few to say."""
    return (1.96 * math.sqrt(UNLIKE * rows + 1) + 1) / rows


def mark(difference: Difference, *, disagree: int, rows: int, margin: float) -> Mark:
    """Mark an engine by the rule at the head of this module."""
    sure = difference.low >= -margin
    if disagree == 0:
        return Mark(kept=True, sure=sure)
    lost = -difference.value > max(margin, 1 / rows) + 1e-9
    kept = sure or (not lost and difference.low >= -tolerance(rows))
    return Mark(kept, sure)


def marked(
    name: str, exam: Exam, answers: Answers, reference: Answers, speed: Speed
) -> dict[str, Any]:
    """Return the report's row of an engine that answered."""
    difference = paired_bootstrap(
        exam.task,
        exam.schema,
        exam.metric,
        exam.truth,
        answers.judged,
        reference.judged,
        resamples=RESAMPLES,
        seed=exam.seed,
    )
    disagree = int(exam.task.differ(answers.decided, reference.decided).sum())
    rows = len(exam.texts)
    found = mark(difference, disagree=disagree, rows=rows, margin=exam.margin)
    return {
        "engine": name,
        **found._asdict(),
        "why": _why(difference, disagree, rows, exam.margin, found),
        "value": exam.value(answers),
        "difference": difference.value,
        "low": difference.low,
        "high": difference.high,
        "disagree": disagree,
        **speed._asdict(),
    }


def reference_row(name: str, exam: Exam, answers: Answers, speed: Speed) -> dict[str, Any]:
    """Return the report's row of the model itself."""
    why = {
        "en": "the model as it was trained: the others are held to it",
        "zh": "训练所得的模型本身，其他引擎以它为准",
    }
    numbers = {"difference": 0.0, "low": 0.0, "high": 0.0, "disagree": 0}
    value = {"value": exam.value(answers)}
    return {
        "engine": name,
        "kept": True,
        "sure": True,
        "why": why,
        **value,
        **numbers,
        **speed._asdict(),
    }


def refused(name: str, why: Reason) -> dict[str, Any]:
    """Return the report's row of an engine that gave no answers."""
    nothing = ("sure", "value", "difference", "low", "high", "disagree", *Speed._fields)
    return {
        "engine": name,
        "kept": False,
        "why": why._asdict(),
        **dict.fromkeys(nothing),
    }


def unavailable(why: Reason) -> Reason:
    """Return the sentence that an engine cannot run."""
    return Reason(f"cannot run here: {why.en}", f"无法在本机运行：{why.zh}")


def unprunable(why: Reason) -> Reason:
    """Return the sentence that a pruned engine has nothing to prune."""
    return Reason(f"cannot be pruned: {why.en}", f"无法剪枝：{why.zh}")


def _why(difference: Difference, disagree: int, rows: int, margin: float, found: Mark) -> Said:
    if disagree == 0:
        en, zh = (
            ("", "") if found.sure else ("; too few rows to say more", "；行数太少，无法断定更多")
        )
        return {
            "en": f"answers all {rows:,} rows as the model does{en}",
            "zh": f"全部 {rows:,} 行的答案与模型一致{zh}",
        }
    change, low = 100 * difference.value, 100 * difference.low
    ends = _end(difference, rows, margin, found)
    return {
        "en": f"{disagree:,} of {rows:,} rows answered otherwise: {change:+.2f} points, "
        f"{low:+.2f} at worst (95 %){ends['en']}",
        "zh": f"{rows:,} 行中 {disagree:,} 行答案不同：{change:+.2f} 个百分点，"
        f"最差 {low:+.2f}（95 %）{ends['zh']}",
    }


def _end(difference: Difference, rows: int, margin: float, found: Mark) -> Said:
    """Return what follows from the numbers."""
    own, least, limit = (100 * share for share in (margin, max(margin, 1 / rows), tolerance(rows)))
    if found.sure:
        return {"en": f", within the margin of {own:.2f}", "zh": f"，在允许的 {own:.2f} 之内"}
    if -100 * difference.value > least + 1e-7:
        return {
            "en": f": loses more than the {least:.2f} allowed",
            "zh": f"：损失超过允许的 {least:.2f}",
        }
    if found.kept:
        return {
            "en": f": too few rows to say whether it loses more than the margin of {own:.2f}; "
            f"kept, for it is within the {limit:.2f} that so many rows leave open",
            "zh": f"：行数太少，无法断定损失是否超过允许的 {own:.2f}；"
            f"未超出这些行所不能分辨的 {limit:.2f}，予以保留",
        }
    most = max(own, limit)
    return {
        "en": f": at worst beyond the {most:.2f} that so many rows allow",
        "zh": f"：最差时超出这些行所容许的 {most:.2f}",
    }
