"""What a release would most like to be told: the rows worth a person's label."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from seedbed.data.fingerprints import key
from seedbed.release import seen
from seedbed.release.engines.base import Engine, Outputs
from seedbed.release.predictor import CHUNK, Predictor
from seedbed.release.store import Release
from seedbed.tasks.base import Floats
from seedbed.tune.choose import Index, choose, doubts

WIDTH = 100
"""Dimensions that word counts are brought to where a release has no features."""


class Pool(NamedTuple):
    """Rows without labels.

    Attributes:
        inputs: What the model reads of each.
        texts: What tells them apart, as text: `Task.texts`.
        empty: Which hold nothing to learn from: `Task.blank`.
    """

    inputs: Sequence[Any]
    texts: Sequence[str]
    empty: Sequence[bool]


@dataclass(frozen=True)
class Worth:
    """One row that is worth a label.

    Attributes:
        at: Its place among the rows given.
        answer: What the release says of it.
        doubt: From 0, where it is sure, to 1, where it cannot tell.
    """

    at: int
    answer: Mapping[str, Any]
    doubt: float


@dataclass(frozen=True)
class Left:
    """Rows that are not asked about, by reason."""

    empty: int
    repeated: int
    learnt: int


def worth_labelling(
    release: Release,
    pool: Pool,
    most: int,
    *,
    seed: int = 0,
    told: Callable[[int], None] = lambda _: None,
) -> tuple[list[Worth], Left]:
    """Return the rows most worth labelling, the first pick first, and what was left out.

    Args:
        release: The release that is to learn from them.
        pool: Unlabelled rows; those that are empty, repeat another or were learnt are left out.
        most: How many to return.
        seed: Behind the draws.
        told: Called with the number of rows answered.
    """
    asked, left = _askable(release, pool)
    if not len(asked):
        return [], left
    predictor = Predictor(release)
    wanted = [pool.inputs[i] for i in asked]
    logits, features = outputs(predictor, wanted, [pool.texts[i] for i in asked], told)
    scores = predictor.task.scores(logits, predictor.schema, predictor.temperature)
    several = predictor.schema.multi_label
    doubt = doubts(scores, several=several)
    picked = choose(scores, features, most, several=several, seed=seed)
    answers = predictor.worded(logits[picked], [wanted[i] for i in picked])
    return [
        Worth(int(asked[i]), answer, round(float(doubt[i]), 4))
        for i, answer in zip(picked, answers, strict=True)
    ], left


def _askable(release: Release, pool: Pool) -> tuple[Index, Left]:
    texts, empty = pool.texts, np.array(pool.empty, dtype=bool)
    keys = np.fromiter(map(key, texts), np.uint64, len(texts))
    first = np.zeros(len(texts), dtype=bool)
    first[np.unique(keys, return_index=True)[1]] = True
    known = (release.folder / seen.FILE).is_file()
    learnt = seen.seen(release.folder, texts) & ~empty if known else np.zeros_like(empty)
    asked = np.flatnonzero(~empty & first & ~learnt).astype(np.int64)
    repeated = int((~empty & ~first & ~learnt).sum())
    return asked, Left(int(empty.sum()), repeated, int(learnt.sum()))


def outputs(
    predictor: Predictor,
    inputs: Sequence[Any],
    texts: Sequence[str],
    told: Callable[[int], None],
) -> tuple[Floats, Floats]:
    """Return logits (rows, labels) and features (rows, d): the model's, or of word counts."""
    parts: list[Outputs] = []
    for begin in range(0, len(inputs), CHUNK):
        some = inputs[begin : begin + CHUNK]

        def ask(engine: Engine, some: Sequence[Any] = some) -> Outputs:
            return engine.run(engine.encode(some))

        parts.append(predictor.engines.first(len(some), ask)[1])
        told(len(some))
    logits = np.concatenate([part.logits for part in parts])
    found = [part.features for part in parts if part.features is not None]
    # An engine that was fallen back to in the midst may have features where the others have none.
    features = np.concatenate(found) if len(found) == len(parts) else _words(texts)
    return logits, features


def _words(texts: Sequence[str]) -> Floats:
    """Return word counts as a few dense features (texts, width): latent semantic analysis."""
    from sklearn.decomposition import TruncatedSVD

    from seedbed.backbones.tfidf import Tfidf

    terms = Tfidf.fit(texts).transform(texts)
    width = min(WIDTH, min(terms.shape) - 1)
    if width < 1:
        return np.zeros((len(texts), 1), dtype=np.float32)
    svd = TruncatedSVD(width, random_state=0)
    found: Floats = svd.fit_transform(terms).astype(np.float32)
    return found
