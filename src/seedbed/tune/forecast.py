"""What more rows would bring: the learning curve carried on, with its doubt, or why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seedbed.tune.power_law import FEW, Curve, Point, fit

MORE = 500
"""Rows that it is asked for."""
REACH = 2
"""Times the rows at hand beyond which the curve is not carried on."""
MOST_ROWS = 50_000
"""Rows of a table from which on no curve is measured: it would take minutes, and some hundred rows
more are nothing beside so many."""
DRAWS = 4000
GRID = 12
NOTHING = 0.0005
"""A gain that nobody would notice: a twentieth of a point."""

Said = dict[str, str]
_FROZEN = {
    "en": "Measured with frozen features; a rung that tunes the encoder may gain more or less.",
    "zh": "按冻结特征测得；微调编码器的方法增益可能更大或更小。",
}
MEASURED_WITH: dict[str, Said] = {
    "probe": _FROZEN,
    "twin": _FROZEN,
    "baseline": {
        "en": "Measured with the linear model of the baseline; trees may gain more or less.",
        "zh": "按基线的线性模型测得；树模型的增益可能更大或更小。",
    },
}
"""What the curve was measured with, by the rung, and what that means for the others."""
METRICS = {"accuracy": "准确率", "macro_f1": "宏平均 F1", "micro_f1": "微平均 F1", "r2": "R²"}


def more_rows(
    curve: Sequence[Mapping[str, Any]], metric: str, seed: int = 0, *, rung: str | None = "probe"
) -> dict[str, Any]:
    """Return what `MORE` rows like those at hand would bring, with a 95 % interval.

    A power law error(n) = a + b·n^−c is fitted to the points and their doubt (see `power_law`),
    and its draws are carried on. The gain is that of the expected metric; it cannot be known where
    there are too few points, where so many rows are a doubling or more, where nothing is left to
    gain, or where the points do not lie on such a curve.

    Args:
        curve: Points with `rows`, `value`, `low`, `high` and `sd`, such as `learning_curve` gives.
        metric: Whose values they are; one where more is better and 1 is perfect.
        seed: Behind the draws.
        rung: What they were measured with, one of `MEASURED_WITH`; None where there are none.

    Returns:
        `rows`, `rung`, `said` and `known`; where it is known `now`, `gain`, `gain_low`,
        `gain_high`, and `band`, the curve carried on to `REACH` times the rows (`rows`, `value`,
        `low`, `high`).
    """
    points = [_point(one) for one in curve if one["value"] is not None]
    told: dict[str, Any] = {"rows": MORE, "rung": rung, "known": False}
    if rung is None:
        return told | {"said": _no_curve()}
    why = _unknown(points)
    if why:
        return told | {"said": why}
    fitted = fit(points, DRAWS, np.random.default_rng(seed))
    if fitted.effective < FEW:
        return told | {"said": _not_on_a_curve()}
    now = int(points[-1].rows)
    gains = fitted.error(now) - fitted.error(now + MORE)
    low, gain, high = (float(x) for x in np.percentile(gains, (2.5, 50, 97.5)))
    return told | {
        "known": True,
        "now": now,
        "gain": gain,
        "gain_low": low,
        "gain_high": high,
        "band": _band(fitted, now),
        "said": _said(now, metric, gain, low, high, MEASURED_WITH[rung]),
    }


def _point(one: Mapping[str, Any]) -> Point:
    # Half a point: no row of validation answered wrongly is no proof that none ever would be.
    return Point(float(one["rows"]), 1 - float(one["value"]), max(float(one["sd"]), 0.005))


def _unknown(points: Sequence[Point]) -> Said | None:
    if len(points) < 3 or points[0].rows >= points[-1].rows:
        return _cannot("no learning curve was measured", "没有测得学习曲线")
    now = int(points[-1].rows)
    if now * (REACH - 1) < MORE:
        return _cannot(
            f"there are {now:,} training rows, and a curve says little beyond {REACH} times what"
            " was measured",
            f"目前只有 {now:,} 行训练数据，而曲线外推到 {REACH} 倍以上就靠不住了",
        )
    if not all(0 <= point.error <= 1 for point in points):
        return _cannot(
            "a measured point lies below 0, worse than an answer that looks at nothing",
            "有测点低于 0，比什么都不看的回答还差",
        )
    if points[-1].error <= 0:
        return _cannot("no validation row is answered wrongly", "验证集没有答错的行")
    return None


def _no_curve() -> Said:
    return _cannot(
        "no learning curve was measured, which takes the rung `probe` or `twin`, or of a table of"
        f" at most {MOST_ROWS:,} training rows `baseline`, and this run has none of them",
        "没有测得学习曲线：曲线要靠 `probe` 或 `twin` 来测，"
        f"表格（不超过 {MOST_ROWS:,} 行训练数据）则靠 `baseline`，而这次运行都没有",
    )


def _not_on_a_curve() -> Said:
    return _cannot("the measured points do not lie on a learning curve", "各测点不在一条学习曲线上")


def _cannot(why: str, zh: str) -> Said:
    return {
        "en": f"What {MORE:,} more rows would bring cannot be known: {why}.",
        "zh": f"再加 {MORE:,} 行数据能带来什么，无法得知：{zh}。",
    }


def _band(fitted: Curve, now: int) -> list[dict[str, float]]:
    found = []
    for rows in np.unique(np.geomspace(now, REACH * now, GRID).round().astype(int)):
        low, middle, high = np.percentile(1 - fitted.error(float(rows)), (2.5, 50, 97.5))
        found.append(
            {"rows": int(rows), "value": float(middle), "low": float(low), "high": float(high)}
        )
    return found


def _said(now: int, metric: str, gain: float, low: float, high: float, measured: Said) -> Said:
    name = {"r2": "R²"}.get(metric, metric.replace("_", "-").replace("f1", "F1"))
    zh = METRICS.get(metric, metric)
    digits = 1 if high >= 0.01 else 2
    middle, least, most = (f"{100 * share:.{digits}f}" for share in (gain, low, high))
    if high < NOTHING:
        return {
            "en": f"{MORE:,} more rows like the {now:,} at hand would bring nearly nothing: less"
            f" than {100 * NOTHING:g} points of {name}.",
            "zh": f"在现有 {now:,} 行之外再加 {MORE:,} 行同类数据，几乎没有帮助："
            f"{zh}提高不到 {100 * NOTHING:g} 个百分点。",
        }
    return {
        "en": f"{MORE:,} more rows like the {now:,} at hand would raise {name} by about"
        f" {middle} points (95 % interval {least} – {most}). {measured['en']}",
        "zh": f"在现有 {now:,} 行之外再加 {MORE:,} 行同类数据，预计{zh}提高约 {middle}"
        f" 个百分点（95 % 区间 {least} – {most}）。{measured['zh']}",
    }
