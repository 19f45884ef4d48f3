"""Put more into a use that the file has a curve for: marketing, research, data, or its own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from seedbed.venture.invest.option import Effect, Floats, Left, Option
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
        if use.hire is not None:
            yield _hire(setting, name, float(use.hire), title)
            continue
        for share in SHARES:
            yield _more(setting, name, setting.money * share)


def _more(setting: Setting, name: str, money: float) -> Option:
    months = min(MONTHS, setting.months)
    extra = np.zeros(setting.months)
    extra[:months] = money / months
    title = Said(
        f"put {setting.told(money)} more into {name}, over {months} months",
        f"在 {months} 个月内对 {name} 追加 {setting.told(money)}",
    )
    return _option(setting, name, f"use-{name}-{money:.0f}", title, extra)


def _hire(setting: Setting, name: str, salary: float, title: Said) -> Option | Left:
    """Return one whole hire, who stays until the plan ends: what comes in whole hires has no half.

    All the salary is laid out at once, as what is put to any other use is.
    """
    lag = setting.plan.venture.limits.hiring_lag
    months = setting.months - lag
    if months < 1:
        why = (
            f"nobody hired today would begin within the plan: limits.hiring_lag is {lag} months",
            f"现在招聘的人在计划期内无法到岗：limits.hiring_lag 为 {lag} 个月",
        )
        return Left(f"use-{name}", title, Said(*why))
    extra = np.zeros(setting.months)
    extra[lag:] = salary
    each, whole = setting.told(salary), setting.told(salary * months)
    told = Said(
        f"one more hire for {name}, {each} a month for {months} months",
        f"为 {name} 多招一人，每月 {each}，共 {months} 个月",
    )
    note = Said(
        f"{name} comes in whole hires: the {whole} are the salary from month {lag + 1} to the end"
        " of the plan, set aside at once",
        f"{name} 只能整人招聘：{whole} 是从第 {lag + 1} 个月到计划期末的工资，一次备足",
    )
    return _option(setting, name, f"use-{name}-hire", told, extra, note)


def _option(
    setting: Setting, name: str, key: str, title: Said, extra: Floats, *notes: Said
) -> Option:
    effect = Effect(extra={name: extra})
    flows = setting.flows(effect)
    path = f"spending.{name}.gives"
    rests = tuple(
        p for p in setting.plan.register if p.startswith((path, f"spending.{name}.carry"))
    )
    return Option(
        key=key,
        group=f"use-{name}",
        title=title,
        cost=setting.all(float(extra.sum())),
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
            *notes,
        ),
    )
