"""Does the promise about the answers that are kept hold on the test rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from seedbed.judge.calibration import Calibration
from seedbed.judge.say import Said, count, percent
from seedbed.judge.scored import Mask, Scored
from seedbed.tasks import statistics
from seedbed.tasks.base import Floats

_POINTS = 50


def reject(scored: Scored, calibration: Calibration) -> dict[str, Any]:
    """Return coverage and error of the kept answers on the test rows, and the whole curve.

    `held` is false where, were the promise true, so many errors would be less probable than
    1 − confidence (one-sided exact binomial test): a promise that just holds is called broken no
    more often than that, and one kept with room almost never. It is null where none was made.
    """
    assert scored.sure is not None, "an answer of labels has a confidence"
    kept = scored.sure >= calibration.threshold
    wrong, rows = int((kept & ~scored.right).sum()), int(kept.sum())
    error = statistics.clopper_pearson(wrong, rows, confidence=scored.settings.confidence)
    found = {
        "threshold": float(calibration.threshold),
        "promised_error": float(calibration.promised_error),
        "confidence": float(calibration.confidence),
        "coverage": rows / max(len(scored), 1),
        "error": error.value if rows else None,
        "error_low": error.low if rows else None,
        "error_high": error.high if rows else None,
        "curve": _curve(scored.sure, scored.right),
        "held": _held(wrong, rows, calibration) if calibration.possible else None,
    }
    return found | {"said": _said(found, calibration, rows)}


def _held(wrong: int, rows: int, calibration: Calibration) -> bool:
    from scipy.stats import binom

    chance = binom.sf(wrong - 1, rows, calibration.promised_error)
    return bool(chance >= 1 - calibration.confidence)


def _curve(sure: Floats, right: Mask) -> list[dict[str, float]]:
    """Error of the surest answers, for coverages in even steps; equal confidences go together."""
    n = len(sure)
    if n == 0:
        return []
    order = np.argsort(-sure, kind="stable")
    ordered, wrong = sure[order], np.cumsum(~right[order])
    ranks = np.unique(np.linspace(1, n, min(n, _POINTS)).round().astype(int))
    kept = np.unique(np.searchsorted(-ordered, -ordered[ranks - 1], side="right"))
    return [{"coverage": float(rows / n), "error": float(wrong[rows - 1] / rows)} for rows in kept]


def _said(found: dict[str, Any], calibration: Calibration, rows: int) -> Said:
    promise, sure = percent(calibration.promised_error), percent(calibration.confidence, 0)
    if not calibration.possible:
        need = count(calibration.rows_needed)
        return {
            "en": f"No threshold keeps errors at or below {promise} with {sure} confidence on the"
            f" held-out rows, so no answer counts as sure; it takes at least {need} held-out rows,"
            " and hardly an error among the surest.",
            "zh": f"在留出行上，没有任何阈值能以 {sure} 的置信度把错误率控制在 {promise} 以内，"
            f"因此没有答案算作有把握；至少需要 {need} 条留出行，且最有把握的答案几乎不能出错。",
        }
    if rows == 0:
        return {
            "en": "No test row reaches the threshold, so the promise could not be tested.",
            "zh": "没有测试行达到阈值，因此无法检验该承诺。",
        }
    error, low, high = (percent(found[key]) for key in ("error", "error_low", "error_high"))
    en = (
        f"Of the {count(rows)} answers kept ({percent(found['coverage'])} of the test rows),"
        f" {error} are wrong ({low} to {high}); at most {promise} was promised, with {sure}"
        " confidence: "
    )
    zh = (
        f"保留的 {count(rows)} 个答案（占测试行的 {percent(found['coverage'])}）中有 {error}"
        f" 是错的（{low} 至 {high}）；承诺以 {sure} 的置信度不超过 {promise}："
    )
    if not found["held"]:
        return {"en": en + "the promise is broken.", "zh": zh + "承诺没有兑现。"}
    if found["error"] > calibration.promised_error:
        return {
            "en": en + "above it, but by no more than chance allows.",
            "zh": zh + "略高于承诺，但未超出偶然波动的范围。",
        }
    return {"en": en + "the promise holds.", "zh": zh + "承诺得到兑现。"}
