"""The parts of the report that only written answers have: perplexity, and a look at answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from seedbed.judge.calibration import Calibration
from seedbed.judge.rouge import rouge_l, words
from seedbed.judge.scored import LONGEST, Mask, Scored, clipped
from seedbed.tasks import statistics
from seedbed.tasks.base import Doubles, Floats, Targets
from seedbed.tasks.text_generation import NEVER, TextGeneration

SHOWN = 20

Write = Callable[[Sequence[Any]], Floats]
Measures = dict[str, dict[str, float]]
"""`perplexity`, `exact_match`, `rouge_l` → a value with its interval, and p of a difference."""


class Marks(NamedTuple):
    """How near some answers are to the truth.

    Attributes:
        same: (n,) whether the words are those of the truth.
        rouge: (n,) ROUGE-L.
    """

    same: Mask
    rouge: Doubles


def parts(scored: Scored, calibration: Calibration, logits: Floats) -> dict[str, Any]:
    """Return `written` of report.json: perplexity, and some answers against the truth.

    Beside each measure stands that of the untuned model, where there is one, and the difference on
    the same rows.
    """
    rows = _chosen(scored)
    ours, untuned, difference = _likely(scored)
    shown: list[dict[str, Any]] = []
    if rows:
        truths = [scored.inputs[row].answer for row in rows]
        said = _answers(scored, rows, scored.predict)
        marks, theirs = _marked(truths, said), None
        ours |= _measured(scored, marks)
        if scored.untuned is not None:
            theirs = _answers(scored, rows, scored.untuned)
            others = _marked(truths, theirs)
            untuned |= _measured(scored, others)
            difference |= _gained(scored, marks, others)
        shown = _shown(scored, rows, said, theirs, marks)
    told = {"tokens": int(scored.scores[:, 1].sum()), "rows": len(rows), **ours}
    return {"written": told | {"untuned": untuned, "difference": difference, "shown": shown}}


def silence(scored: Scored) -> Targets:
    """Return the answers of a model that holds the truth for as good as impossible."""
    found = np.array(scored.scores, copy=True)
    found[:, 0], found[:, 2] = NEVER * found[:, 1], 0
    return found


def _likely(scored: Scored) -> tuple[Measures, Measures, Measures]:
    """Return the perplexity of the true answers: ours, the untuned model's, the difference."""
    name, truth, theirs = "perplexity", scored.truth, scored.untuned_scores
    ours = {name: scored.interval(name, scored.everything()).as_dict()}
    if theirs is None:
        return ours, {}, {}
    gap = scored.difference(truth, scored.answers, theirs, name)
    return (
        ours,
        {name: scored.interval_of(name, truth, theirs).as_dict()},
        {name: gap.as_dict()},
    )


def _chosen(scored: Scored) -> list[int]:
    most = min(scored.settings.written_rows, len(scored))
    return sorted(np.random.default_rng(scored.seed).permutation(len(scored))[:most].tolist())


def _answers(scored: Scored, rows: Sequence[int], write: Write) -> list[str]:
    assert isinstance(scored.task, TextGeneration), "only this task's answers are written"
    asked = [scored.inputs[row].asked() for row in rows]
    return [scored.task.words(one) for one in write(asked)]


def _marked(truths: Sequence[str], answers: Sequence[str]) -> Marks:
    pairs = list(zip(truths, answers, strict=True))
    same = np.array([words(truth) == words(answer) for truth, answer in pairs])
    return Marks(same, np.array([rouge_l(truth, answer) for truth, answer in pairs]))


def _measured(scored: Scored, marks: Marks) -> Measures:
    same, confidence = marks.same, scored.settings.confidence
    share = statistics.wilson(int(same.sum()), len(same), confidence=confidence)
    return {"exact_match": share.as_dict(), "rouge_l": scored.mean(marks.rouge).as_dict()}


def _gained(scored: Scored, ours: Marks, theirs: Marks) -> Measures:
    settings = scored.settings
    won, lost = (int(part.sum()) for part in (ours.same & ~theirs.same, theirs.same & ~ours.same))
    share = statistics.paired_share(won, lost, len(ours.same), confidence=settings.confidence)
    rouge = statistics.paired_mean(
        ours.rouge,
        theirs.rouge,
        resamples=settings.bootstrap,
        confidence=settings.confidence,
        seed=scored.seed,
    )
    return {"exact_match": share.as_dict(), "rouge_l": rouge.as_dict()}


def _shown(
    scored: Scored,
    rows: Sequence[int],
    ours: Sequence[str],
    theirs: Sequence[str] | None,
    marks: Marks,
) -> list[dict[str, Any]]:
    return [
        {
            "row": int(scored.numbers[row]),
            "prompt": clipped(scored.texts[row], LONGEST),
            "truth": clipped(scored.inputs[row].answer, LONGEST),
            "answer": clipped(ours[i], LONGEST),
            "untuned": clipped(theirs[i], LONGEST) if theirs else None,
            "rouge_l": float(marks.rouge[i]),
        }
        for i, row in enumerate(rows[:SHOWN])
    ]
