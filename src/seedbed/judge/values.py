"""The parts of the report that only numbers have: how far off they are, and what is promised."""

from __future__ import annotations

from typing import Any

import numpy as np

from seedbed.data.table import Index
from seedbed.judge.calibration import Calibration
from seedbed.judge.say import Said, count, percent
from seedbed.judge.scored import Mask, Scored
from seedbed.tasks import statistics
from seedbed.tasks.base import Doubles, Floats, Targets

POINTS = 400
"""Rows that the chart of answers against the truth shows, at most."""
BINS = 10


def parts(scored: Scored, calibration: Calibration, logits: Floats) -> dict[str, Any]:
    """Return `values` and `interval` of report.json, in the column's own unit."""
    return {"values": _values(scored), "interval": _interval(scored, calibration)}


def mean(scored: Scored) -> Targets:
    """Return the best answers that look at no row: the mean of the truth."""
    return np.full_like(scored.truth, scored.truth.mean())


def of_group(scored: Scored, rows: Mask) -> dict[str, Any]:
    """Return the mean `error` and `bias` of some rows, in the column's own unit."""
    errors = (scored.answers - scored.truth)[rows].astype(np.float64) * scored.schema.width
    return {
        "error": scored.mean(np.abs(errors)).as_dict(),
        "bias": scored.mean(errors).as_dict(),
    }


def _values(scored: Scored) -> dict[str, Any]:
    """Return the errors' size, bins of equally many rows by their answer, and rows to draw."""
    width, centre = scored.schema.width, scored.schema.centre
    truth = scored.truth.astype(np.float64) * width + centre
    answers = scored.answers.astype(np.float64) * width + centre
    errors = answers - truth
    drawn = np.random.default_rng(scored.seed).permutation(len(truth))[:POINTS]
    return {
        "column": scored.schema.labels[0],
        "mean_absolute_error": float(np.abs(errors).mean()),
        "root_mean_squared_error": float(np.sqrt(np.square(errors).mean())),
        "median_absolute_error": float(np.median(np.abs(errors))),
        "bias": float(errors.mean()),
        "bins": [_bin(truth[rows], answers[rows]) for rows in _by_answer(answers)],
        "points": [[float(truth[i]), float(answers[i])] for i in np.sort(drawn)],
    }


def _by_answer(answers: Doubles) -> list[Index]:
    order = np.argsort(answers, kind="stable")
    return [part for part in np.array_split(order, BINS) if len(part)]


def _bin(truth: Doubles, answers: Doubles) -> dict[str, float]:
    error = float(truth.std(ddof=1) / np.sqrt(len(truth))) if len(truth) > 1 else 0.0
    return {
        "rows": len(truth),
        "answer": float(answers.mean()),
        "truth": float(truth.mean()),
        "standard_error": error,
    }


def _interval(scored: Scored, calibration: Calibration) -> dict[str, Any]:
    """Return whether as many truths as promised lie within the interval of their answer.

    `held` is false where, were the promise true, so few inside would be less probable than
    1 − confidence (one-sided exact binomial test); null where nothing could be promised.
    """
    promised = 1 - calibration.promised_error
    if calibration.half is None:
        said = {
            "en": "Too few held-out rows to promise an interval.",
            "zh": "留出行太少，无法承诺区间。",
        }
        return {"half": None, "promised": promised, "held": None, "said": said}
    inside = int((scored.losses <= calibration.half).sum())
    rows = len(scored)
    share = statistics.clopper_pearson(inside, rows, confidence=scored.settings.confidence)
    found = {
        "half": calibration.half * scored.schema.width,
        "promised": promised,
        "covered": share.value,
        "low": share.low,
        "high": share.high,
        "held": _held(inside, rows, promised, calibration.confidence),
    }
    return found | {"said": _said(found, rows)}


def _held(inside: int, rows: int, promised: float, confidence: float) -> bool:
    from scipy.stats import binom

    return bool(binom.cdf(inside, rows, promised) >= 1 - confidence)


def _said(found: dict[str, Any], rows: int) -> Said:
    half = f"{found['half']:.3g}"
    covered, low, high = (percent(found[key]) for key in ("covered", "low", "high"))
    promised = percent(found["promised"], 0)
    en = (
        f"Of {count(rows)} test rows {covered} ({low} to {high}) lie within ±{half} of the answer;"
        f" {promised} was promised: "
    )
    zh = (
        f"{count(rows)} 条测试行中有 {covered}（{low} 至 {high}）落在回答的 ±{half} 之内；"
        f"承诺为 {promised}："
    )
    if not found["held"]:
        return {"en": en + "the promise is broken.", "zh": zh + "承诺没有兑现。"}
    if found["covered"] < found["promised"]:
        return {
            "en": en + "below it, but by no more than chance allows.",
            "zh": zh + "略低于承诺，但未超出偶然波动的范围。",
        }
    return {"en": en + "the promise holds.", "zh": zh + "承诺得到兑现。"}
