"""Tune the next larger base: fewer errors, and answers that take longer to compute."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot

import numpy as np

from seedbed.venture.assumption import Z95, Assumption
from seedbed.venture.invest.evidence import Evidence
from seedbed.venture.invest.option import Floats, Left, Option
from seedbed.venture.invest.options.quality import better, climbed, lacks, training
from seedbed.venture.invest.options.rung import EPOCHS
from seedbed.venture.invest.setting import Setting
from seedbed.venture.result import Said

TITLE = Said("tune a larger base", "换用更大的基座模型")


def weigh(setting: Setting) -> Iterator[Option | Left]:
    """Yield the option of the next base up; its gain and its price are priors, and said to be.

    Where the release has climbed that rung, its gain is what was measured; where it brought
    nothing, or is what is sold, there is nothing to gain.
    """
    if left := lacks(setting, "larger", TITLE):
        yield left
        return
    if missing := setting.has("unit.answers_per_second"):
        why = f"{missing[0]} has no value", f"缺少 {missing[0]}"
        yield Left("larger", TITLE, Said(*why))
        return
    evidence = setting.evidence
    assert evidence is not None
    reached = evidence.climbed("larger")
    if reached is not None and (evidence.rung == "larger" or reached <= evidence.value()):
        yield Left("larger", TITLE, climbed(evidence, "larger", reached))
        return
    slower = setting.priors.draw("larger_slower")
    if reached is None:
        gain, rests, note = (
            setting.priors.draw("larger_gain"),
            "invest.larger_gain",
            _guess(evidence),
        )
    else:
        gain, rests = _gained(setting, evidence, reached), evidence.name
        note = _measured(evidence, reached)
    if gain is None or slower is None:
        why = (
            "write invest.larger_gain and invest.larger_slower",
            "请填写 invest.larger_gain 和 invest.larger_slower",
        )
        yield Left("larger", TITLE, Said(*why))
        return
    epochs = setting.priors.fixed("invest.rung_passes", EPOCHS, "tune/rungs/deep.py")
    hour = np.broadcast_to(setting.draws.get_or("unit.hour", 0.0), (setting.n,))
    yield better(
        setting,
        key="larger",
        group="larger",
        title=TITLE,
        cost=slower * training(evidence, "full", hour, epochs),
        work="larger",
        factors={"unit.error_rate": 1 - gain, "unit.answers_per_second": 1 / slower},
        delay=0,
        rests=(rests, "invest.larger_slower", "unit.answers_per_second", "unit.hour"),
        command="seedbed models" if reached is None else f"seedbed tune {evidence.recipe}",
        notes=(note,),
    )


def _gained(setting: Setting, evidence: Evidence, reached: float) -> Floats:
    """Return (N,) the share of the errors that the larger base took away on held-out rows."""
    best = evidence.value()
    share = (reached - best) / (1 - best)
    wide = Z95 * hypot(evidence.error_of("larger"), evidence.error_of(evidence.rung)) / (1 - best)
    belief = Assumption(
        share,
        share - wide,
        min(share + wide, 1.0),
        "normal",
        source=f"{evidence.name}, its ladder",
        ceiling=1.0,
    )
    return setting.priors.fixed("gain of larger", belief, evidence.name)


def _measured(evidence: Evidence, reached: float) -> Said:
    said = climbed(evidence, "larger", reached)
    return Said(
        f"{said.en}: the gain is that, with both intervals as if of different rows; how much slower"
        " its answers are stays a prior. The ladder chose by the recipe's own `value`: write the"
        " venture's error_cost there before it is tuned again",
        f"{said.zh}：增益取自这次测量，两个区间按不同数据处理；变慢倍数仍是先验。"
        "阶梯按配方自己的 `value` 选择：再次调优前，请把创业文件中的 error_cost 写进配方",
    )


def _guess(evidence: Evidence) -> Said:
    return Said(
        "gain and slowness are priors, no measurement: tune it once on your rows, and the release's"
        " report says what it gained (`larger: NAME` in the recipe, a name that seedbed models"
        f" lists, then seedbed tune {evidence.recipe})",
        "增益与变慢倍数都是先验，并非实测：请用自己的数据调一次"
        "（在配方中写 `larger: NAME`，名称见 seedbed models，再运行 "
        f"seedbed tune {evidence.recipe}），报告会给出实际增益",
    )
