"""Climb a rung that the ladder left out, by the gains that the stop rule itself reckons with."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedbed.tune.stop import Gain, Standing, gain, measured
from seedbed.venture.assumption import Assumption
from seedbed.venture.invest.evidence import Evidence
from seedbed.venture.invest.option import Left, Option
from seedbed.venture.invest.options.quality import PASSLESS, better, lacks, training
from seedbed.venture.invest.setting import Setting
from seedbed.venture.result import Said

GAINS = "tune/gains.json"
EPOCHS = Assumption(
    4.0, 2.0, 10.0, "triangular", source="2 to 10 passes, by rows and time: tune/rungs/deep.py"
)
"""Passes over the rows that a rung makes: 2 to 10, as `tune/rungs/deep.py` wants them."""
TITLE = Said("climb the next rung", "再上一级阶梯")
FLAWLESS = Said(
    "the release made no error on its test rows, so no rung could be seen to gain",
    "该版本在测试数据上没有出错，更高一级的收益无从衡量",
)


def weigh(setting: Setting) -> Iterator[Option | Left]:
    """Yield one option for each rung above the chosen one that was not climbed."""
    if left := lacks(setting, "rung", TITLE):
        yield left
        return
    evidence = setting.evidence
    assert evidence is not None
    if evidence.value() >= 1:
        yield Left("rung", TITLE, FLAWLESS)
        return
    ahead = evidence.ahead()
    if not ahead:
        yield Left("rung", TITLE, _top(evidence))
        return
    for rung in ahead:
        yield _option(setting, evidence, rung)


def _option(setting: Setting, evidence: Evidence, rung: str) -> Option:
    value = evidence.value()
    standing = Standing(evidence.rung, value, value, few=evidence.few)
    expected, known = gain(standing, rung), measured(standing, rung)
    share = _share(setting, rung, expected, 1 - value)
    epochs = setting.priors.fixed("invest.rung_passes", EPOCHS, "tune/rungs/deep.py")
    hour = np.broadcast_to(setting.draws.get_or("unit.hour", 0.0), (setting.n,))
    return better(
        setting,
        key=f"rung-{rung}",
        group="rung",
        title=Said(f"climb the rung `{rung}`", f"登上 `{rung}` 这一级"),
        cost=training(evidence, rung, hour, epochs),
        work="rung",
        factors={"unit.error_rate": 1 - share},
        delay=0,
        rests=(GAINS, "unit.hour", evidence.name),
        command=f"seedbed tune {evidence.recipe} --upto {rung}{_budget(evidence, rung, epochs)}",
        notes=(_said(evidence, rung, expected, known=known), *_slower(evidence)),
    )


def _share(setting: Setting, rung: str, expected: Gain, errors: float) -> np.ndarray:
    """Return (N,) the share of the errors that go: 0 at least, for the ladder keeps its best."""
    middle, most = expected.expected / errors, expected.most / errors
    belief = Assumption(middle, 0.0, most, "triangular", source=GAINS)
    return setting.priors.fixed(f"gain of {rung}", belief, GAINS)


def _budget(evidence: Evidence, rung: str, epochs: np.ndarray) -> str:
    """Return the --budget that holds the rung's passes nine times in ten, in whole minutes."""
    speed = evidence.forward()
    if speed is None or rung in PASSLESS:
        return ""
    minutes = 3 * evidence.rows * float(np.quantile(epochs, 0.9)) / speed / 60
    return f" --budget {max(5, round(minutes * 1.25 + 2)):d}m"


def _said(evidence: Evidence, rung: str, expected: Gain, *, known: bool) -> Said:
    errors = 1 - evidence.value()
    mean, most = expected.expected / errors, expected.most / errors
    how = (
        Said(
            "measured by bench/gains.py, as the stop rule has it",
            "由 bench/gains.py 实测，与停止规则所用一致",
        )
        if known
        else Said(
            "nobody has measured it; it is what the stop rule assumes",
            "没有实测，是停止规则的假定",
        )
    )
    return Said(
        f"`{rung}` takes away {mean:.0%} of the errors that `{evidence.rung}` leaves, {most:.0%} "
        f"at most: {how.en}",
        f"`{rung}` 通常可减少 `{evidence.rung}` 所余错误的 {mean:.0%}，最多 {most:.0%}：{how.zh}",
    )


def _slower(evidence: Evidence) -> tuple[Said, ...]:
    if evidence.rung != "baseline":
        return ()
    return (
        Said(
            "answers of an encoder take longer to compute than those of words and a linear model; "
            "that is not in this figure: measure it after climbing",
            "编码器的回答比词频线性模型更费计算，本数未计入；登上后请实测",
        ),
    )


def _top(evidence: Evidence) -> Said:
    return Said(
        f"`{evidence.rung}` is the top of the ladder: no rung is left above it",
        f"`{evidence.rung}` 已是阶梯最高一级",
    )
