"""Put more into a use that the file has a curve for: marketing, research, data, or its own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedbed.venture.invest.option import Effect, Left, Option
from seedbed.venture.invest.setting import Setting
from seedbed.venture.result import Said

SHARES = (0.25, 0.5, 1.0)
"""How much of the sum is thought of."""
MONTHS = 3
"""Months over which it is spent."""


def weigh(setting: Setting) -> Iterator[Option | Left]:
    """Yield options for every use with a curve; name those that have none."""
    for name, use in setting.plan.venture.spending.items():
        title = Said(f"more {name}", f"加大投入：{name}")
        if use.gives is None:
            why = (
                f"spending.{name} has no `gives`: nobody has said what it brings",
                f"spending.{name} 没有 `gives`：未说明它带来什么",
            )
            yield Left(f"use-{name}", title, Said(*why))
            continue
        least = float(use.hire or 0) * setting.months
        for share in SHARES:
            money = setting.money * share
            if money > 0 and not least:
                yield _option(setting, name, money)


def _option(setting: Setting, name: str, money: float) -> Option:
    months = min(MONTHS, setting.months)
    extra = np.zeros(setting.months)
    extra[:months] = money / months
    effect = Effect(extra={name: extra})
    flows = setting.flows(effect)
    path = f"spending.{name}.gives"
    rests = tuple(
        p for p in setting.plan.register if p.startswith((path, f"spending.{name}.carry"))
    )
    return Option(
        key=f"use-{name}-{money:.0f}",
        group=f"use-{name}",
        title=Said(
            f"put {setting.told(money)} more into {name}, over {months} months",
            f"在 {months} 个月内对 {name} 追加 {setting.told(money)}",
        ),
        cost=setting.all(money),
        flows=flows,
        worth=setting.worth(flows),
        rests=rests,
        command=f"seedbed plan allocate {setting.file}",
        effect=effect,
        notes=(
            Said(
                f"by the curve that the file gives for {name}, on top of what is put to it today",
                f"依文件给出的 {name} 曲线，在现有投入之上计算",
            ),
        ),
    )
