"""Batches for learning to retrieve, in which wrong answers are hard to tell from right ones.

Every other answer of a batch is a wrong one to a question. Where batches are drawn by chance most
are told apart at a glance; so rows are put together whose answers the model, as it stands, likes
nearly as well: mined hard negatives that cost nothing to encode.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seedbed.backbones.batches import Index
from seedbed.backbones.index import unit
from seedbed.tasks.base import Floats, Targets

NEAR = 16
"""Hard rows that are remembered of a row."""
TOGETHER = 4
"""Rows of a batch that are near one another."""
SAME = 0.97
"""Answers whose vectors are as alike as that say the same: one is not wrong where the other is
right."""
POOL = 20_000
"""Rows among which a row's hard ones are looked for."""
_BLOCK = 1024


def near(questions: Floats, answers: Floats, truth: Targets, seed: int) -> Index:
    """Return the rows (n, NEAR) whose answers are likest to each row's question; -1 for none.

    Args:
        questions: Vectors (n, width).
        answers: Vectors of the rows' answers (n, width).
        truth: Right answers of each row (n, most), its own first.
        seed: Behind the draw of the pool, where there are more rows.
    """
    asked, told = unit(questions), unit(answers)
    rows = np.random.default_rng(seed).permutation(len(asked))[:POOL]
    pool, own = told[rows], truth[rows, 0]
    found = np.full((len(asked), NEAR), -1, dtype=np.int64)
    most = min(NEAR, len(rows))
    for start in range(0, len(asked), _BLOCK):
        part = slice(start, start + _BLOCK)
        likes = asked[part] @ pool.T
        likes[told[part] @ pool.T > SAME] = -np.inf
        for column in truth[part].T:
            likes[column[:, None] == own[None, :]] = -np.inf
        order = np.argsort(-likes, axis=1, kind="stable")[:, :most]
        wrong = np.take_along_axis(likes, order, axis=1) > -np.inf
        found[part, :most] = np.where(wrong, rows[order], -1)
    return found


def batches(hard: Index, rows: int, seed: Sequence[int]) -> list[Index]:
    """Return one epoch's batches: every row once, by chance, beside some that are hard for it.

    Args:
        hard: What `near` found (n, NEAR).
        rows: To a batch.
        seed: Behind the draw.
    """
    draw = np.random.default_rng(list(seed))
    free = np.ones(len(hard), dtype=bool)
    order: list[int] = []
    for row in draw.permutation(len(hard)):
        if not free[row]:
            continue
        beside = [other for other in hard[row] if other >= 0 and free[other] and other != row]
        group = [int(row), *map(int, beside[: TOGETHER - 1])]
        free[group] = False
        order += group
    parts = [np.array(order[at : at + rows], dtype=np.int64) for at in range(0, len(order), rows)]
    return [parts[i] for i in draw.permutation(len(parts))]
