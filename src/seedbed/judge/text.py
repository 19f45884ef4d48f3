"""The parts of the report that only written answers have: perplexity, and a look at answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from seedbed.judge.calibration import Calibration
from seedbed.judge.rouge import rouge_l, words
from seedbed.judge.scored import LONGEST, Scored, clipped
from seedbed.tasks.base import Doubles, Floats, Targets
from seedbed.tasks.statistics import Interval
from seedbed.tasks.text_generation import TextGeneration

SHOWN = 20
NEVER = 700.0
"""Negative log likelihood a token of what is as good as impossible; exp(−700) is not 0 yet."""

Write = Callable[[Sequence[Any]], Floats]


def parts(scored: Scored, calibration: Calibration, logits: Floats) -> dict[str, Any]:
    """Return `written` of report.json: perplexity, and some answers against the truth."""
    found = scored.interval("token_likelihood", scored.everything())
    told: dict[str, Any] = {
        "tokens": int(scored.scores[:, 1].sum()),
        "perplexity": _turned(found),
        "rows": 0,
    }
    rows = _chosen(scored)
    if len(rows):
        told |= _compared(scored, rows)
    return {"written": told}


def silence(scored: Scored) -> Targets:
    """Return the answers of a model that holds the truth for as good as impossible."""
    found = np.array(scored.scores, copy=True)
    found[:, 0], found[:, 2] = NEVER * found[:, 1], 0
    return found


def _chosen(scored: Scored) -> list[int]:
    most = min(scored.settings.written_rows, len(scored))
    return sorted(np.random.default_rng(scored.seed).permutation(len(scored))[:most].tolist())


def _compared(scored: Scored, rows: Sequence[int]) -> dict[str, Any]:
    """Return exact match and ROUGE-L of some rows' answers, and the answers themselves."""
    truths = [scored.inputs[row].answer for row in rows]
    ours = _answers(scored, rows, scored.predict)
    told = {"rows": len(rows), **_measured(scored, truths, ours)}
    theirs: list[str] = []
    if scored.untuned is not None:
        theirs = _answers(scored, rows, scored.untuned)
        told["untuned"] = _measured(scored, truths, theirs)
        gain = _rouge(truths, ours) - _rouge(truths, theirs)
        told["gain"] = scored.mean(gain).as_dict()
    told["shown"] = [
        {
            "row": int(scored.numbers[row]),
            "prompt": clipped(scored.texts[row], LONGEST),
            "truth": clipped(truths[i], LONGEST),
            "answer": clipped(ours[i], LONGEST),
            "untuned": clipped(theirs[i], LONGEST) if theirs else None,
            "rouge_l": rouge_l(truths[i], ours[i]),
        }
        for i, row in enumerate(rows[:SHOWN])
    ]
    return told


def _answers(scored: Scored, rows: Sequence[int], write: Write) -> list[str]:
    assert isinstance(scored.task, TextGeneration), "only this task's answers are written"
    asked = [scored.inputs[row].asked() for row in rows]
    return [scored.task.words(one) for one in write(asked)]


def _measured(scored: Scored, truths: Sequence[str], answers: Sequence[str]) -> dict[str, Any]:
    same = [words(truth) == words(answer) for truth, answer in zip(truths, answers, strict=True)]
    return {
        "exact_match": scored.mean(np.array(same, dtype=np.float64)).as_dict(),
        "rouge_l": scored.mean(_rouge(truths, answers)).as_dict(),
    }


def _rouge(truths: Sequence[str], answers: Sequence[str]) -> Doubles:
    pairs = zip(truths, answers, strict=True)
    return np.array([rouge_l(truth, answer) for truth, answer in pairs])


def _turned(likelihood: Interval) -> dict[str, float]:
    """Return perplexity of what is its inverse; the ends change places."""
    value, low, high = (1 / max(one, 1e-300) for one in vars(likelihood).values())
    return {"value": value, "low": high, "high": low}
