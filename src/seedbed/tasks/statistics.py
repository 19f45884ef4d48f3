"""How sure a metric is: intervals and tests, in NumPy and SciPy.

Rows enter a metric of labels only by which labels they have and which were answered. So rows are
first tallied into *cells* (distinct pairs of truth and answers); a resample of the rows is then one
multinomial draw over the cells, which is exact and many times faster than drawing rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seedbed.tasks.base import Schema, Targets, Task

Doubles = NDArray[np.float64]

_CHUNK_BYTES = 32 * 2**20
_CELL_COST = 8  # drawing one cell of a multinomial costs about as much as drawing 8 rows


@dataclass(frozen=True)
class Interval:
    """A value and the bounds between which it lies with the confidence asked for."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """Return `value`, `low` and `high`, and what a subclass adds."""
        return {key: float(value) for key, value in asdict(self).items()}


@dataclass(frozen=True)
class Difference(Interval):
    """Ours less theirs on the same rows, with the two-sided p of no difference."""

    p: float


def bootstrap(
    task: Task,
    schema: Schema,
    metric: str,
    truth: Targets,
    answers: Targets,
    *,
    resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return a metric with its percentile bootstrap interval (Efron & Tibshirani 1993, ch. 13).

    Corrected for bias: the resamples are shifted by twice their mean's distance from the metric
    of what they are drawn from (ch. 10). To the n rows are added about z² average ones, half of
    them right, as Agresti & Coull (1998) do for a share: without them all rows right would be
    given the interval from 1 to 1. Of a share of rows (accuracy) the resamples are binomial, and
    `wilson` stands in for them. The interval does not depend on the order of the rows.

    Args:
        task: Gives metrics other than `accuracy`, `macro_f1` and `micro_f1`: from sums over the
            rows where it can (`Task.sums`), else from the rows of each resample, much slower.
        schema: The labels (k of them).
        metric: Name of the metric.
        truth: (n,) label numbers, or (n, k) zeros and ones.
        answers: As `truth`.
        resamples: How many.
        confidence: Of the interval.
        seed: Of the draw.
    """
    value = task.metric(metric, truth, answers, schema)
    if is_share(metric, truth):
        return wilson(value * len(truth), len(truth), confidence=confidence)
    if metric in _MEASURES:
        tally = _tally(truth, [answers], len(schema.labels))
        drawn = _resampled(tally, metric, resamples, _doubt(confidence), seed)[:, 0]
    else:
        drawn = _drawn(task, schema, metric, truth, [answers], resamples, seed)[:, 0]
    return Interval(value, *_percentiles(drawn, value, confidence, _range(metric, 0.0)))


def paired_bootstrap(
    task: Task,
    schema: Schema,
    metric: str,
    truth: Targets,
    ours: Targets,
    theirs: Targets,
    *,
    resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Difference:
    """Return ours − theirs with its percentile interval, both scored on the same resamples.

    About z²/2 rows are added, spread over both right, either right and neither right (Agresti &
    Min 2005). p is twice the smaller share of resamples on either side of zero (Efron & Tibshirani
    1993, ch. 15). Arguments as for `bootstrap`.
    """
    value = task.metric(metric, truth, ours, schema) - task.metric(metric, truth, theirs, schema)
    models = [ours, theirs]
    if metric in _MEASURES:
        tally = _tally(truth, models, len(schema.labels))
        both = _resampled(tally, metric, resamples, _doubt(confidence) / 2, seed)
    else:
        both = _drawn(task, schema, metric, truth, models, resamples, seed)
    drawn = both[:, 0] - both[:, 1]
    ends = _percentiles(drawn, value, confidence, _range(metric, -1.0))
    return Difference(value, *ends, p=_two_sided(drawn))


def unpaired_bootstrap(
    task: Task,
    schema: Schema,
    metric: str,
    ours: tuple[Targets, Targets],
    theirs: tuple[Targets, Targets],
    *,
    resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return a metric on some rows less that on other rows, each resampled by itself.

    Arguments as for `bootstrap`; `ours` and `theirs` are each (truth, answers), as that takes them.
    """
    parts, drawn = (ours, theirs), []
    for place, (truth, answers) in enumerate(parts):
        if metric in _MEASURES:
            tally = _tally(truth, [answers], len(schema.labels))
            each = _resampled(tally, metric, resamples, _doubt(confidence), seed + place)
        else:
            each = _drawn(task, schema, metric, truth, [answers], resamples, seed + place)
        drawn.append(each[:, 0])
    value, other = (task.metric(metric, *part, schema) for part in parts)
    gap, within = drawn[0] - drawn[1], _range(metric, -1.0)
    return Interval(value - other, *_percentiles(gap, value - other, confidence, within))


def mean(
    values: Doubles, *, resamples: int = 2000, confidence: float = 0.95, seed: int = 0
) -> Interval:
    """Return the mean of values (n,) with its percentile bootstrap interval."""
    drawn = _means(values, resamples, seed)
    return Interval(float(values.mean()), *_ends(drawn, confidence))


def paired_mean(
    ours: Doubles,
    theirs: Doubles,
    *,
    resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Difference:
    """Return the mean of values (n,) less that of others of the same rows, drawn together."""
    drawn = _means(ours - theirs, resamples, seed)
    value = float((ours - theirs).mean())
    return Difference(value, *_ends(drawn, confidence), p=_two_sided(drawn))


def paired_share(won: int, lost: int, rows: int, *, confidence: float = 0.95) -> Difference:
    """Return a share of rows less another of the same rows, with `mcnemar`'s p.

    About z²/2 rows are added, spread evenly over both right, either right and neither right
    (Agresti & Min 2005): two models that are never right are not known to be the same.

    Args:
        won: Rows that only the first answers right.
        lost: Rows that only the second answers right.
        rows: In all; at least one.
        confidence: Of the interval.
    """
    value, more = (won - lost) / rows, _doubt(confidence) / 2
    total = rows + more
    centre = (won - lost) / total
    spread = (won + lost + more / 2) / total - centre * centre
    half = quantile(confidence) * math.sqrt(spread / total)
    low, high = max(-1.0, min(value, centre - half)), min(1.0, max(value, centre + half))
    return Difference(value, low, high, p=mcnemar(won, lost))


def mean_difference(
    ours: Doubles,
    theirs: Doubles,
    *,
    resamples: int = 2000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Interval:
    """Return the mean of values less that of other rows' values, each resampled by itself."""
    drawn = _means(ours, resamples, seed) - _means(theirs, resamples, seed + 1)
    return Interval(float(ours.mean() - theirs.mean()), *_ends(drawn, confidence))


def fisher(hits: int, rows: int, other_hits: int, other_rows: int) -> float:
    """Return the one-sided p that a share is as low as it is by chance, against other rows.

    Fisher's exact test (Fisher 1935): given all hits, those among `rows` are hypergeometric.
    """
    from scipy.stats import hypergeom

    return float(hypergeom.cdf(hits, rows + other_rows, hits + other_hits, rows))


def mann_whitney(losses: Doubles, other: Doubles) -> float:
    """Return the one-sided p that losses are as large as they are by chance, against others'."""
    from scipy.stats import mannwhitneyu

    if not len(losses) or not len(other):
        return 1.0
    return float(mannwhitneyu(losses, other, alternative="greater").pvalue)


def mcnemar(won: int, lost: int, *, mid: bool = True) -> float:
    """Return the two-sided p that two models are right equally often, from discordant rows.

    The exact binomial test, by default its mid-p form, which keeps the level and wastes less
    (Fagerland, Lydersen & Laake 2013).

    Args:
        won: Rows that only the first answers right.
        lost: Rows that only the second answers right.
        mid: Count the table seen by half.
    """
    from scipy.stats import binom

    total, least = won + lost, min(won, lost)
    if total == 0:
        return 1.0
    p = 2 * binom.cdf(least, total, 0.5)
    if mid:
        p -= binom.pmf(least, total, 0.5)
    return float(min(1.0, p))


def wilson(hits: float, rows: float, *, confidence: float = 0.95) -> Interval:
    """Return a share with its score interval (Wilson 1927; Newcombe 1998, method 3).

    No rows: nothing is known, from 0 to 1.
    """
    if rows <= 0:
        return Interval(math.nan, 0.0, 1.0)
    z = quantile(confidence)
    share = hits / rows
    centre = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z * math.sqrt(share * (1 - share) / rows + z * z / (4 * rows**2)) / (1 + z * z / rows)
    return Interval(share, min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half)))


def clopper_pearson(hits: int, rows: int, *, confidence: float = 0.95) -> Interval:
    """Return a share with its exact interval (Clopper & Pearson 1934), never too narrow.

    For a one-sided bound of confidence c ask for 2c − 1.
    """
    if rows == 0:
        return Interval(math.nan, 0.0, 1.0)
    tail = (1 - confidence) / 2
    high = 1 - _exact_low(rows - hits, rows, tail)
    return Interval(hits / rows, _exact_low(hits, rows, tail), high)


def holm(ps: Sequence[float]) -> list[float]:
    """Return p values corrected for their number (Holm 1979), in the order given."""
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    corrected, most = [0.0] * len(ps), 0.0
    for rank, i in enumerate(order):
        most = max(most, min(1.0, ps[i] * (len(ps) - rank)))
        corrected[i] = most
    return corrected


def quantile(confidence: float) -> float:
    """Return z such that a standard normal lies within ±z with the confidence: 1.96 for 0.95."""
    from scipy.special import ndtri

    return float(ndtri((1 + confidence) / 2))


def is_share(metric: str, truth: Targets) -> bool:
    """Return whether a metric is the share of rows that are right."""
    return metric == "accuracy" or (metric == "micro_f1" and truth.ndim == 1)


def _exact_low(hits: int, rows: int, tail: float) -> float:
    from scipy.special import betaincinv

    return float(betaincinv(hits, rows - hits + 1, tail)) if hits else 0.0


def _doubt(confidence: float) -> int:
    """z², to the nearest even number: 4 at 95 %."""
    return max(2, 2 * round(quantile(confidence) ** 2 / 2))


def _range(metric: str, least: float) -> tuple[float, float]:
    """Return what resamples that were shifted are kept within; those of other metrics were not."""
    return (least, 1.0) if metric in _MEASURES else (-math.inf, math.inf)


def _percentiles(
    drawn: Doubles, value: float, confidence: float, within: tuple[float, float]
) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail]).clip(*within)
    return min(float(low), value), max(float(high), value)


def _two_sided(drawn: Doubles) -> float:
    """Return twice the smaller share of resampled differences on either side of zero."""
    fewer = min(int((drawn <= 0).sum()), int((drawn >= 0).sum()))
    return min(1.0, 2 * (fewer + 1) / (len(drawn) + 1))


def _means(values: Doubles, resamples: int, seed: int) -> Doubles:
    rng = np.random.default_rng(seed)
    step = max(1, _CHUNK_BYTES // (8 * len(values)))
    parts = [
        values[rng.integers(len(values), size=(min(step, resamples - start), len(values)))].mean(1)
        for start in range(0, resamples, step)
    ]
    means: Doubles = np.concatenate(parts)
    return means


def _ends(drawn: Doubles, confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


class _Tally(NamedTuple):
    """Distinct rows, how many of each, and what one of each adds; one entry a model in lists."""

    counts: NDArray[np.int64]  # (cells,)
    has: Any  # sparse (cells, labels): labels in the truth
    said: list[Any]  # sparse (cells, labels): labels answered
    hits: list[Any]  # sparse (cells, labels): both
    right: list[Doubles]  # (cells,): all of the row right


def _tally(truth: Targets, models: Sequence[Targets], labels: int) -> _Tally:
    rows, counts = _distinct([truth, *models], labels)
    has, *said = (_hot(part, labels) for part in rows)
    hits = [has.multiply(one).tocsr() for one in said]
    right = [_right(has, one, hit) for one, hit in zip(said, hits, strict=True)]
    return _Tally(counts, has, said, hits, right)


def _distinct(parts: list[Targets], labels: int) -> tuple[list[Targets], NDArray[np.int64]]:
    if parts[0].ndim == 1:
        shape = (labels,) * len(parts)
        keys = np.ravel_multi_index(tuple(part.astype(np.int64) for part in parts), shape)
        found, counts = np.unique(keys, return_counts=True)
        return list(np.unravel_index(found, shape)), counts
    stacked = np.stack(parts, axis=1).astype(np.uint8)
    packed = np.packbits(stacked.reshape(len(stacked), -1), axis=1)
    words = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    _, first, counts = np.unique(words, return_index=True, return_counts=True)
    return [stacked[first, i] for i in range(len(parts))], counts


def _hot(part: Targets, labels: int) -> Any:
    from scipy.sparse import csr_array

    if part.ndim == 2:
        return csr_array(part.astype(float))
    shape = (len(part), labels)
    return csr_array((np.ones(len(part)), part, np.arange(len(part) + 1)), shape=shape)


def _right(has: Any, said: Any, hits: Any) -> Doubles:
    hit = hits.sum(axis=1)
    right: Doubles = ((hit == has.sum(axis=1)) & (hit == said.sum(axis=1))).astype(float)
    return right


def _with_doubt(tally: _Tally, doubt: float) -> tuple[_Tally, Doubles]:
    """Add average rows, one for each way the models can be right or wrong; return the weights."""
    from scipy.sparse import csr_array, vstack

    models = len(tally.right)
    ways = [[bool(way >> i & 1) for i in range(models)] for way in range(2**models)]
    average = tally.counts @ tally.has / tally.counts.sum()
    rows = csr_array(np.tile(average, (len(ways), 1)))
    right = [np.array([way[i] for way in ways], dtype=float) for i in range(models)]
    grown = _Tally(
        np.concatenate([tally.counts, np.zeros(len(ways), np.int64)]),
        vstack([tally.has, rows]).tocsr(),
        [vstack([one, rows]).tocsr() for one in tally.said],
        [
            vstack([hit, csr_array(good[:, None] * average)]).tocsr()
            for hit, good in zip(tally.hits, right, strict=True)
        ],
        [np.concatenate([old, new]) for old, new in zip(tally.right, right, strict=True)],
    )
    return grown, np.concatenate([tally.counts, np.full(len(ways), doubt / len(ways))])


def _resampled(tally: _Tally, metric: str, resamples: int, doubt: float, seed: int) -> Doubles:
    """Return the metric of each resample (resamples, models)."""
    grown, weights = _with_doubt(tally, doubt)
    rng = np.random.default_rng(seed)
    parts = [
        _measure(grown, part, metric)
        for part in _draws(weights, list(_chunks(grown, resamples)), rng)
    ]
    drawn: Doubles = np.concatenate(parts)
    if metric == "accuracy":
        return drawn  # a mean has no bias
    bias: Doubles = drawn.mean(axis=0) - _measure(grown, weights[None, :], metric)[0]
    return drawn - 2 * bias


def _draws(weights: Doubles, sizes: list[int], rng: np.random.Generator) -> Iterator[Doubles]:
    """Yield how often each cell was drawn (size, cells), by whichever way is quicker."""
    rows = round(float(weights.sum()))
    if len(weights) * _CELL_COST <= rows:
        for size in sizes:
            yield rng.multinomial(rows, weights / weights.sum(), size=size).astype(float)
        return
    # weights are multiples of a quarter row, so a cell is drawn by drawing a quarter evenly
    cells = np.repeat(np.arange(len(weights)), np.rint(4 * weights).astype(np.int64))
    for size in sizes:
        drawn = np.empty((size, len(weights)))
        for i in range(size):
            picked = cells[rng.integers(len(cells), size=rows)]
            drawn[i] = np.bincount(picked, minlength=len(weights))
        yield drawn


def _chunks(tally: _Tally, resamples: int) -> Iterator[int]:
    cells, labels = tally.has.shape
    step = max(1, _CHUNK_BYTES // (8 * (2 * cells + 6 * labels)))
    for start in range(0, resamples, step):
        yield min(step, resamples - start)


def _measure(tally: _Tally, drawn: Doubles, metric: str) -> Doubles:
    """Return the metric for each draw of cells (draws, cells) and each model (draws, models)."""
    has = drawn @ tally.has
    measure = _MEASURES[metric]
    columns = [
        measure(drawn @ right / drawn.sum(axis=1), drawn @ hits, has + drawn @ said)
        for right, hits, said in zip(tally.right, tally.hits, tally.said, strict=True)
    ]
    return np.stack(columns, axis=1)


def _accuracy(right: Doubles, hits: Doubles, total: Doubles) -> Doubles:
    return right


def _macro_f1(right: Doubles, hits: Doubles, total: Doubles) -> Doubles:
    # total: rows that have the label and rows answered with it; below 1 it is only doubt
    occurs = total >= 1
    f1 = np.divide(2 * hits, total, out=np.zeros_like(hits), where=occurs)
    mean: Doubles = f1.sum(axis=1) / np.maximum(occurs.sum(axis=1), 1)
    return mean


def _micro_f1(right: Doubles, hits: Doubles, total: Doubles) -> Doubles:
    every = total.sum(axis=1)
    f1: Doubles = np.divide(2 * hits.sum(axis=1), every, out=np.zeros(len(every)), where=every > 0)
    return f1


_MEASURES: dict[str, Callable[[Doubles, Doubles, Doubles], Doubles]] = {
    "accuracy": _accuracy,
    "macro_f1": _macro_f1,
    "micro_f1": _micro_f1,
}


def _drawn(
    task: Task,
    schema: Schema,
    metric: str,
    truth: Targets,
    models: list[Targets],
    resamples: int,
    seed: int,
) -> Doubles:
    """Return the metric of each resample and model (resamples, models)."""
    sums = [task.sums(metric, truth, one, schema) for one in models]
    known = [one for one in sums if one is not None]
    if len(known) < len(models):
        return _by_row(task, schema, metric, truth, models, resamples, seed)
    rows, rng = len(truth), np.random.default_rng(seed)
    joined = np.hstack(known)
    drawn = np.empty((resamples, joined.shape[1]))
    step = max(1, _CHUNK_BYTES // (8 * rows))
    for start in range(0, resamples, step):
        size = min(step, resamples - start)
        # How often each row is drawn: all that a resample of sums needs to know.
        picked = rng.integers(rows, size=(size, rows)) + rows * np.arange(size)[:, None]
        counts = np.bincount(picked.ravel(), minlength=size * rows).reshape(size, rows)
        drawn[start : start + size] = counts @ joined
    width = known[0].shape[1]
    parts = [drawn[:, i * width : (i + 1) * width] for i in range(len(models))]
    return np.stack([task.of_sums(metric, part) for part in parts], axis=1)


def _by_row(
    task: Task,
    schema: Schema,
    metric: str,
    truth: Targets,
    models: list[Targets],
    resamples: int,
    seed: int,
) -> Doubles:
    rng = np.random.default_rng(seed)
    scored = np.empty((resamples, len(models)))
    for i in range(resamples):
        rows = rng.integers(len(truth), size=len(truth))
        scored[i] = [task.metric(metric, truth[rows], one[rows], schema) for one in models]
    return scored
