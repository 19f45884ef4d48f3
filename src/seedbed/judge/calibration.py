"""Does a confidence mean what it says, and above which one may errors be promised away.

The promise is made by testing thresholds, from the strictest to the loosest, on held-out rows: a
threshold stands if, were its error rate above the promise, so few errors among the rows it keeps
would be improbable (binomial test; the bound of Clopper & Pearson). This is selection with
guaranteed risk (Geifman & El-Yaniv 2017), but the thresholds are tested in a fixed order ("learn
then test", Angelopoulos et al. 2021) with the fallback rule of Wiens & Dmitrienko (2005): each
start along the order gets its share of the risk of being wrong, and a threshold that stands hands
its share on to the next. A union bound would give every threshold a share and lose it.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.recipe import Judge
from seedbed.tasks.base import Floats, Schema, Targets, Task
from seedbed.tasks.statistics import Doubles

KEEPS_NOTHING = 1.01
"""The threshold where no promise can be made: above every confidence."""

_STEPS = 20
# share of the risk by step: late starts get more, as few errors among the surest stop the early
_SHARES = {0: 0.2, 6: 0.3, 9: 0.5}
_BINS = 15


@dataclass(frozen=True)
class Calibration:
    """What the held-out rows taught.

    Attributes:
        temperature: Divides the logits.
        threshold: Answers of at least this confidence are kept; 1.01 where nothing can be promised.
        promised_error: At most this share of the kept answers is wrong.
        confidence: With which the promise is made.
        coverage: Share of the held-out rows that is kept.
        half: Where answers are values: half the width of what the truth is promised to lie in.
    """

    temperature: float
    threshold: float
    promised_error: float
    confidence: float
    coverage: float
    half: float | None = None

    @property
    def possible(self) -> bool:
        """Whether any answer can be kept under the promise."""
        return self.threshold <= 1.0

    @property
    def rows_needed(self) -> int:
        """Fewest held-out rows, all of them right, on which the promise could be made."""
        return fewest_rows(self.promised_error, self.confidence)

    def as_dict(self) -> dict[str, float | None]:
        """Return the fields by name."""
        return asdict(self)


def calibrate(
    task: Task, schema: Schema, logits: Floats, truth: Targets, settings: Judge
) -> Calibration:
    """Find temperature and reject threshold on held-out rows that no weight was fitted to.

    Args:
        task: Gives scores and answers.
        schema: The labels.
        logits: (n, k) of the held-out rows.
        truth: Their targets.
        settings: `reject_error` and `confidence` are the promise.
    """
    if task.output != "label":
        return _plain(task, schema, logits, truth, settings)
    warmth = temperature(logits, truth)
    scores = task.scores(logits, schema, warmth)
    sure = task.confidence(scores, schema)
    assert sure is not None, "an answer of labels has a confidence"
    wrong = task.losses(truth, task.decide(scores, schema)) > 0
    threshold = reject_threshold(
        sure, wrong, error=settings.reject_error, confidence=settings.confidence
    )
    coverage = float((sure >= threshold).mean()) if len(sure) else 0.0
    return Calibration(warmth, threshold, settings.reject_error, settings.confidence, coverage)


def _plain(
    task: Task, schema: Schema, logits: Floats, truth: Targets, settings: Judge
) -> Calibration:
    """Return what can be promised where an answer has no confidence."""
    half = None
    if task.output == "value":
        answers = task.decide(task.scores(logits, schema), schema)
        half = half_width(np.abs(truth - answers), settings.coverage)
    return Calibration(1.0, 0.0, 1 - settings.coverage, settings.confidence, 1.0, half)


def half_width(errors: Floats, coverage: float) -> float | None:
    """Return what so large a share of new rows' errors does not exceed; None where rows are few.

    Split conformal prediction (Vovk et al. 2005; Lei et al. 2018): the ⌈(n + 1) · coverage⌉-th
    smallest of n held-out errors covers at least that share of new rows, on the average over draws.
    """
    rank = math.ceil((len(errors) + 1) * coverage)
    return float(np.sort(errors)[rank - 1]) if rank <= len(errors) else None


def temperature(logits: Floats, truth: Targets) -> float:
    """Return the T of least negative log likelihood of logits / T (Guo et al. 2017).

    Single-label: softmax; multi-label (truth of two dimensions): each label's sigmoid. The loss
    is convex in 1 / T, which is searched from 1/20 to 20. Of n rows the right answers count as
    (n + 1) / (n + 2) sure (Platt 1999): a few rows that are all answered rightly do not prove that
    every answer is certain.
    """
    from scipy.optimize import minimize_scalar

    if len(logits) == 0:
        return 1.0
    exact = logits.astype(np.float64)
    found = minimize_scalar(
        lambda log: _loss(exact * math.exp(-log), truth),
        bounds=(-math.log(20), math.log(20)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(math.exp(found.x))


def _loss(logits: Doubles, truth: Targets) -> float:
    doubt = 1 / (len(truth) + 2)
    if truth.ndim == 2:
        right = np.where(truth == 1, logits, -logits)
        return float((np.logaddexp(0, -right) + doubt * right).mean())
    top = logits.max(axis=1, keepdims=True)
    whole = np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0]
    right = logits[np.arange(len(truth)), truth]
    others = (logits.sum(axis=1) - right) / max(1, logits.shape[1] - 1)
    return float((whole - (1 - doubt) * right - doubt * others).mean())


def reject_threshold(
    sure: Floats, wrong: NDArray[np.bool_], *, error: float, confidence: float
) -> float:
    """Return the loosest threshold whose kept answers err at most as promised, or 1.01.

    With the confidence given, over draws of the held-out rows, the error rate of kept answers to
    new rows like them is at most `error`, provided that it falls as the threshold rises.

    Args:
        sure: (n,) confidences of held-out rows.
        wrong: (n,) whether each is answered wrong.
        error: Promised share of wrong answers among those kept.
        confidence: Of the promise.
    """
    ranks = _ranks(len(sure), error, confidence)
    if not ranks:
        return KEEPS_NOTHING
    ordered = np.sort(sure)[::-1]
    budget, best = 0.0, KEEPS_NOTHING
    for step, rank in enumerate(ranks):
        budget += (1 - confidence) * _SHARES.get(step, 0.0)
        level = float(ordered[rank - 1])
        kept = sure >= level
        if budget and _passes(int(wrong[kept].sum()), int(kept.sum()), error, budget):
            best = 0.0 if kept.all() else level
        else:
            budget = 0.0
    return best


def fewest_rows(error: float, confidence: float) -> int:
    """Return how many rows, all right, the strictest threshold needs: (1 − error)ⁿ ≤ its risk."""
    return math.ceil(math.log((1 - confidence) * _SHARES[0]) / math.log1p(-error))


def _ranks(rows: int, error: float, confidence: float) -> list[int]:
    """How many rows each threshold keeps, strictest first; fixed before any row is seen."""
    fewest = fewest_rows(error, confidence)
    if rows < fewest:
        return []
    return sorted({round(rank) for rank in np.linspace(fewest, rows, _STEPS)})


def _passes(wrong: int, kept: int, error: float, risk: float) -> bool:
    from scipy.stats import binom

    return bool(binom.cdf(wrong, kept, error) <= risk)


def reliability(
    task: Task, schema: Schema, logits: Floats, truth: Targets, warmth: float
) -> tuple[float, list[dict[str, Any]]]:
    """Return the expected calibration error and its bins, of equal mass (Nixon et al. 2019).

    15 bins hold equally many answers (equal confidences stay together); the error is the mean
    distance of accuracy and confidence, weighed by rows. Where multi-label, each decision about a
    label is an answer of its own.
    """
    scores = task.scores(logits, schema, warmth)
    answers = task.decide(scores, schema)
    if schema.multi_label:
        sure, right = np.maximum(scores, 1 - scores).ravel(), (truth == answers).ravel()
    else:
        sure, right = scores.max(axis=1), truth == answers
    bins = _bins(sure.astype(np.float64), right)
    gaps = [one["rows"] * abs(one["accuracy"] - one["confidence"]) for one in bins]
    return sum(gaps) / max(len(sure), 1), bins


def _bins(sure: Doubles, right: NDArray[np.bool_]) -> list[dict[str, Any]]:
    if not len(sure):
        return []
    edges = np.quantile(sure, np.linspace(0, 1, _BINS + 1)[1:-1])
    place = np.searchsorted(np.unique(edges), sure, side="left")
    rows = np.bincount(place)
    certain = np.bincount(place, weights=sure)
    hits = np.bincount(place, weights=right)
    return [
        {
            "confidence": float(certain[i] / rows[i]),
            "accuracy": float(hits[i] / rows[i]),
            "rows": int(rows[i]),
        }
        for i in np.flatnonzero(rows)
    ]
