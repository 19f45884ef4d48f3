"""Label more rows: the learning curve of the release, carried on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedbed.venture.invest.evidence import Evidence
from seedbed.venture.invest.learning import EXPONENT, FEW, Curve, fit
from seedbed.venture.invest.option import Left, Option
from seedbed.venture.invest.options.quality import better, lacks
from seedbed.venture.invest.setting import Setting
from seedbed.venture.result import Said

DELAY = 1
"""Months until the rows are labelled and learnt from."""
CURVE = "learning curve exponent"
CHOOSES = "text-classification"
"""The task whose rows `seedbed label` chooses whatever else the recipe says."""


def weigh(setting: Setting) -> Iterator[Option | Left]:
    """Yield one option for each number of rows that the file names."""
    title = Said("label more rows", "多标注一些数据")
    if left := lacks(setting, "label", title):
        yield left
        return
    assert setting.evidence is not None
    price = setting.priors.draw("label_cost")
    if price is None:
        yield Left("label", title, _unpriced(setting))
        return
    curve = curve_of(setting, setting.evidence)
    for rows in setting.plan.venture.invest.label_rows:
        if rows > 0:
            yield _option(setting, setting.evidence, curve, rows, price)


def curve_of(setting: Setting, evidence: Evidence) -> Curve:
    """Return the release's learning curve, with as many draws as the setting has."""
    curve = fit(evidence.curve(), setting.n, setting.priors.source("learning curve"))
    setting.priors.keep(CURVE, curve.c)
    return curve


def _option(
    setting: Setting, evidence: Evidence, curve: Curve, rows: int, price: np.ndarray
) -> Option:
    factor = curve.factor(evidence.rows, evidence.rows + rows)
    return better(
        setting,
        key=f"label-{rows}",
        group="label",
        title=Said(f"label {rows:,} more rows", f"再标注 {rows:,} 行数据"),
        cost=rows * price,
        work="label",
        factors={"unit.error_rate": factor},
        delay=DELAY,
        rests=("invest.label_cost", CURVE, evidence.name),
        command=_command(evidence, rows),
        notes=(*notes(evidence, curve, factor, rows), *_before(evidence)),
    )


def _command(evidence: Evidence, rows: int) -> str:
    """Return what to type: the rows most worth it, back once labelled, and the tuning."""
    recipe = evidence.recipe
    if evidence.task == CHOOSES:
        choose = f"seedbed label {recipe} --rows unlabelled.csv --most {rows} --out queue.csv"
        back = f"seedbed label {recipe} --read queue.csv --out train.csv"
        return f"{choose} && {back} && seedbed tune {recipe}"
    name = evidence.name.split("/")[0]
    asked = f"seedbed predict {name} --file unlabelled.csv --out answers.csv"
    return f"{asked} && seedbed tune {recipe}"


def _before(evidence: Evidence) -> tuple[Said, ...]:
    if evidence.task != CHOOSES:
        return ()
    return (
        Said(
            "label the rows of queue.csv before they are read back, and name train.csv as "
            "`data.train` in the recipe before it is tuned again",
            "先给 queue.csv 中的行标注，再读回；重新调优前，把配方的 `data.train` 改为 train.csv",
        ),
    )


def notes(evidence: Evidence, curve: Curve, factor: np.ndarray, rows: int) -> tuple[Said, ...]:
    """Return what the curve says and what it rests on."""
    low, middle, high = np.quantile(1 - factor, (0.05, 0.5, 0.95))
    c_low, c, c_high = np.quantile(curve.c, (0.05, 0.5, 0.95))
    points = len(curve.points)
    takes = Said(
        f"{rows:,} rows more than the {evidence.rows:,} take away {middle:.1%} of the errors "
        f"({low:.1%} to {high:.1%}): error(n) = a + b·n^−c, c {c:.2f} "
        f"({c_low:.2f} to {c_high:.2f})",
        f"在现有 {evidence.rows:,} 行之外再加 {rows:,} 行，可减少 {middle:.1%} 的错误"
        f"（{low:.1%} 至 {high:.1%}）：error(n) = a + b·n^−c，c 为 {c:.2f}"
        f"（{c_low:.2f} 至 {c_high:.2f}）",
    )
    prior = f"{EXPONENT[0]:g} to {EXPONENT[2]:g}"
    rough = Said(
        "the fit is rough: the measured points hardly lie on a curve of this form",
        "拟合较粗：实测点与该形式的曲线不太相符",
    )
    if points < 2:
        return takes, Said(
            f"the curve has one measured point: its steepness is a prior, c {prior} (Hestness et "
            "al. 2017; 0.5 by theory)",
            f"学习曲线只有一个实测点：其陡度取自先验，c 为 {EXPONENT[0]:g} 至 {EXPONENT[2]:g}"
            "（Hestness 等 2017；理论值 0.5）",
        )
    doubt = (rough,) if curve.effective < FEW else ()
    return (
        takes,
        *doubt,
        Said(
            f"fitted to {points} measured points of `{evidence.curve_rung}` ({evidence.metric}), "
            f"with the prior c {prior} (Hestness et al. 2017); the errors of `{evidence.rung}` are "
            "taken to fall by the same share",
            f"由 `{evidence.curve_rung}` 的 {evidence.metric} 的 {points} 个实测点拟合，先验 c 为 "
            f"{EXPONENT[0]:g} 至 {EXPONENT[2]:g}（Hestness 等 2017）；假定 `{evidence.rung}` 的"
            "错误按同一比例下降",
        ),
    )


def _unpriced(setting: Setting) -> Said:
    currency = setting.plan.venture.currency
    return Said(
        f"no price of a label in {currency}: write invest.label_cost",
        f"没有以 {currency} 计的标注单价：请填写 invest.label_cost",
    )
