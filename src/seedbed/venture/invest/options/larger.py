"""Tune the next larger base: fewer errors, and answers that take longer to compute."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedbed.venture.invest.option import Left, Option
from seedbed.venture.invest.options.quality import better, lacks, training
from seedbed.venture.invest.options.rung import EPOCHS
from seedbed.venture.invest.setting import Setting
from seedbed.venture.result import Said

TITLE = Said("tune a larger base", "换用更大的基座模型")


def weigh(setting: Setting) -> Iterator[Option | Left]:
    """Yield the option of the next base up; its gain and its price are priors, and said to be."""
    if left := lacks(setting, "larger", TITLE):
        yield left
        return
    if missing := setting.has("unit.answers_per_second"):
        why = f"{missing[0]} has no value", f"缺少 {missing[0]}"
        yield Left("larger", TITLE, Said(*why))
        return
    evidence = setting.evidence
    gain, slower = setting.priors.draw("larger_gain"), setting.priors.draw("larger_slower")
    assert evidence is not None
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
        rests=(
            "invest.larger_gain",
            "invest.larger_slower",
            "unit.answers_per_second",
            "unit.hour",
        ),
        command="seedbed models",
        notes=(
            Said(
                "gain and slowness are priors, no measurement: tune it once on your rows, and the "
                "release's report replaces both (`larger: NAME` in the recipe, a name that seedbed "
                f"models lists, then seedbed tune {evidence.recipe})",
                "增益与变慢倍数都是先验，并非实测：请用自己的数据调一次"
                "（在配方中写 `larger: NAME`，名称见 seedbed models，再运行 "
                f"seedbed tune {evidence.recipe}），报告会替换这两个数",
            ),
        ),
    )
