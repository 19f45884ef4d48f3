"""What drove an answer: leave out each part of the text and see what the score does.

Occlusion (Zeiler & Fergus 2014; Li, Monroe & Jurafsky 2016) needs only answers, no gradients, so
it is the same for every rung and every engine, and it explains the model that will serve rather
than a float32 twin of it. Each weight is a score measured on a real text.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from seedbed.judge import pictures
from seedbed.judge.reasons import top
from seedbed.judge.scored import Scored, clipped
from seedbed.judge.texts import parts
from seedbed.tasks.base import Floats

_MOST_PARTS = 24
_LONGEST_PART = 120
_MOST_COLUMNS = 8


def explained(scored: Scored) -> list[dict[str, Any]]:
    """Return rows with their parts, each with the weight that it has in the answer.

    A part's weight is the answer's score less its score without the part: above 0 the part spoke
    for the answer. Where multi-label, it is the score of the likeliest label.
    """
    if scored.task.reads == "table":
        return _by_column(scored)
    if scored.pictures:
        return _pictures(scored)
    if scored.task.reads != "text" or scored.task.output == "rank":
        return []
    rows = _chosen(scored)
    split = [parts(scored.inputs[row], _MOST_PARTS) for row in rows]
    texts = [_without(pieces, i) for pieces in split for i in range(len(pieces))]
    answered = scored.ask(texts)
    shown, start = [], 0
    for row, pieces in zip(rows, split, strict=True):
        variants = answered[start : start + len(pieces)]
        start += len(pieces)
        shown.append(scored.shown(row) | {"parts": _weighed(scored.scores[row], pieces, variants)})
    return shown


def _by_column(scored: Scored) -> list[dict[str, Any]]:
    """Return rows with the columns that weigh most in their answer."""
    rows = _chosen(scored)
    inputs = [scored.inputs[row] for row in rows]
    reasons = scored.reasons(inputs) if scored.reasons and rows else None
    if reasons is None:
        return []
    values = scored.task.output == "value"
    weights = reasons.towards(scored.scores[rows], scored.schema, values=values)
    found = []
    for row, given, weight in zip(rows, inputs, weights, strict=True):
        parts = [
            {
                "text": clipped(f"{one['column']}: {one['cell']}", _LONGEST_PART),
                "weight": one["weight"],
            }
            for one in top(given, reasons.columns, weight, _MOST_COLUMNS)
        ]
        text = " · ".join(part["text"] for part in parts)
        found.append(scored.shown(row) | {"text": text, "parts": parts})
    return found


def _pictures(scored: Scored) -> list[dict[str, Any]]:
    """Return pictures with what each of their windows weighs, row by row."""
    shown = []
    for row in _chosen(scored):
        variants = scored.ask(pictures.covered(scored.inputs[row]))
        found = pictures.weighed(scored.inputs[row], scored.scores[row], variants)
        shown.append(scored.shown(row) | found)
    return shown


def _chosen(scored: Scored) -> list[int]:
    """Half the worst answers, the rest drawn from the others; in order of number."""
    most = scored.settings.explained_rows
    wrong, right = np.flatnonzero(~scored.right), np.flatnonzero(scored.right)
    surest = scored.worst_first(wrong)
    take = min(len(surest), max(most // 2, most - len(right)))
    drawn = np.random.default_rng(scored.seed).permutation(right)[: most - take]
    return sorted(int(row) for row in (*surest[:take], *drawn))


def _without(pieces: list[str], i: int) -> str:
    return "".join(pieces[:i] + pieces[i + 1 :])


def _weighed(whole: Floats, pieces: list[str], variants: Floats) -> list[dict[str, Any]]:
    label = int(whole.argmax())
    return [
        {"text": clipped(piece, _LONGEST_PART), "weight": float(whole[label] - one[label])}
        for piece, one in zip(pieces, variants, strict=True)
    ]


def importance(scored: Scored) -> list[dict[str, Any]]:
    """Return how much each column of a table weighs in answers on the whole, the most first.

    It is the mean size of a column's reasons over some test rows, as a share of all columns'.
    """
    if scored.reasons is None:
        return []
    drawn = np.random.default_rng(scored.seed).permutation(len(scored))
    rows = np.sort(drawn[: scored.settings.robustness_rows])
    reasons = scored.reasons([scored.inputs[row] for row in rows])
    if reasons is None:
        return []
    values = scored.task.output == "value"
    sizes = np.abs(reasons.towards(scored.scores[rows], scored.schema, values=values)).mean(axis=0)
    total = float(sizes.sum()) or 1.0
    order = np.argsort(-sizes, kind="stable")
    return [{"column": reasons.columns[i], "share": float(sizes[i]) / total} for i in order]
