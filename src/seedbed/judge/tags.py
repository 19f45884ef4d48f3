"""The parts of the report that only tags have: each type of span, and what is taken for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from seedbed.judge.calibration import Calibration
from seedbed.judge.confusion import bounds, f1_interval, most, share
from seedbed.judge.scored import Mask, Scored
from seedbed.tasks.base import Doubles, Floats, Targets
from seedbed.tasks.spans import Entity, entities

NONE = "–"


def parts(scored: Scored, calibration: Calibration, logits: Floats) -> dict[str, Any]:
    """Return `labels` (one a type) and `confusion` (pairs of spans alone) of report.json.

    A span that is answered where another is, or part of one, is taken for it; one that is answered
    where there is none, or missed, has "–" on the other side.
    """
    types, pairs = _types(scored), Counter[tuple[str, str]]()
    for there, said in _rows(scored, scored.everything()):
        pairs.update(_taken(there, said, types))
    return {
        "labels": _by_type(scored, scored.everything()),
        "confusion": {
            "labels": [],
            "matrix": [],
            "shown_of": len(types),
            "pairs": most(pairs),
        },
    }


def nothing(scored: Scored) -> Targets:
    """Return the best answers that look at no row: no span anywhere."""
    return np.zeros_like(scored.truth)


def of_group(scored: Scored, rows: Mask) -> dict[str, Any]:
    """Return `labels`, one a type, of some rows."""
    return {"labels": _by_type(scored, rows)}


def _types(scored: Scored) -> list[str]:
    return [label[2:] for label in scored.schema.labels[1::2]]


def _by_type(scored: Scored, rows: Mask) -> list[dict[str, Any]]:
    types = _types(scored)
    counts = np.zeros((len(types), 3))
    for there, said in _rows(scored, rows):
        for i, spans in enumerate((there & said, there, said)):
            np.add.at(counts[:, i], [span[0] for span in spans], 1)
    return [_type(kind, row, scored) for kind, row in zip(types, counts, strict=True)]


def _rows(scored: Scored, rows: Mask) -> Iterator[tuple[set[Entity], set[Entity]]]:
    width = min(scored.truth.shape[1], scored.answers.shape[1])
    for truth, answer in zip(scored.truth[rows], scored.answers[rows], strict=True):
        ours = np.where(truth[:width] < 0, 0, answer[:width])
        yield set(entities(truth)), set(entities(ours))


def _taken(there: set[Entity], said: set[Entity], types: list[str]) -> Iterator[tuple[str, str]]:
    missed, added = there - said, said - there
    for kind, first, last in missed:
        over = [one for one in added if one[1] < last and one[2] > first]
        if not over:
            yield types[kind], NONE
        for other, *_ in over:
            same = other == kind
            yield types[kind], f"{types[other]} (other ends)" if same else types[other]
    for kind, first, last in added:
        if not any(one[1] < last and one[2] > first for one in missed):
            yield NONE, types[kind]


def _type(kind: str, counts: Doubles, scored: Scored) -> dict[str, Any]:
    hits, has, said = map(float, counts)
    found = f1_interval(hits, has, said, scored.settings.confidence)
    return {
        "label": kind,
        "rows": int(has),
        "precision": share(hits, said),
        "recall": share(hits, has),
        "f1": share(2 * hits, has + said),
    } | bounds(found)
