"""Find this out first: what it is worth to know each assumption before the sum is spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seedbed.venture.invest.information import Floor, Worth, floor, partial, total
from seedbed.venture.invest.option import Floats, Option
from seedbed.venture.invest.sets import choices
from seedbed.venture.invest.setting import Setting
from seedbed.venture.result import Said


@dataclass(frozen=True, slots=True)
class Known:
    """What knowing one assumption is worth, in money.

    Attributes:
        path: The assumption.
        worth: Its EVPI.
        clear: Whether it is above what something irrelevant would seem to be worth.
    """

    path: str
    worth: Worth
    clear: bool


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What knowing is worth.

    Attributes:
        total: EVPI of everything at once.
        each: Of each assumption, the most first.
        sets: How many sets of options were compared.
        floor: The noise that an EVPI must rise above.
    """

    total: float
    each: tuple[Known, ...]
    sets: int
    floor: Floor


def knowledge(setting: Setting, options: Sequence[Option]) -> Knowledge:
    """Return EVPI of each assumption that any option rests on through the model."""
    if not options:
        return Knowledge(0.0, (), 0, Floor(0.0, 0.0))
    nets = np.stack([one.net for one in options], axis=1)
    sets = choices(options, setting.money)
    used = np.flatnonzero(sets.any(axis=0))
    nets, sets = nets[:, used], sets[:, used]
    noise = floor(nets, sets, setting.priors.source("know nothing"))
    found = []
    for path, values in drawn(setting).items():
        worth = partial(values, nets, sets, setting.priors.source(f"know {path}"))
        found.append(Known(path, worth, worth.value > noise.high))
    found.sort(key=lambda one: (-one.worth.value, one.path))
    return Knowledge(total(nets @ sets.T), tuple(found), len(sets), noise)


def drawn(setting: Setting) -> Mapping[str, Floats]:
    """Return the draws of every assumption with a range that the options can rest on."""
    register = setting.plan.register
    aside = ("rounds.", "risks.", "factors.", "unit.peak", "limits.", "value.right_answer")
    found = {
        path: np.asarray(setting.draws[path])
        for path in register
        if not (register[path].now.certain or register[path].apart or path.startswith(aside))
    }
    return found | setting.priors.values


HOW: tuple[tuple[str, str, Said], ...] = (
    (
        "price.elasticity",
        "plan price",
        Said("a survey, or prices tried in turn", "调查，或轮换试价"),
    ),
    ("price.", "plans", Said("the price list", "查价目表")),
    (
        "unit.error_rate",
        "judge",
        Said("judge it on more labelled rows", "用更多已标注数据再评一次"),
    ),
    ("unit.", "plan unit", Said("serve for a month and measure it", "上线一个月并实测")),
    (
        "value.error_cost",
        "usage",
        Said("ask five customers what a wrong answer costs", "问五位客户一次错误的损失"),
    ),
    ("customers.", "usage", Said("count it in the ledger, month by month", "在账本中逐月统计")),
    (
        "market.",
        "plan market",
        Said("count the buyers segment by segment", "按细分市场自下而上统计"),
    ),
    (
        "spending.",
        "plan allocate",
        Said("spend a little more for two months and compare", "多花一点，两个月后对比"),
    ),
    ("invest.label_cost", "plan invest", Said("ask two vendors for a price", "向两家供应商询价")),
    (
        "invest.",
        "plan invest",
        Said("write your own figure under invest", "在 invest 下填写自己的数"),
    ),
    ("bets.", "plan invest", Said("begin it, and stop in time", "先开始，及时停止")),
    ("gain of ", "tune", Said("climb it: the report measures it", "登上去：报告会给出实测")),
    (
        "learning curve",
        "tune",
        Said("tune on half of the rows, and compare", "用一半数据调优再对比"),
    ),
    ("discount", "plan check", Said("ask who lends you money", "问出资人要求的回报")),
)
"""Prefix of a path -> the verb that helps, and how to find it out."""


def how(path: str) -> tuple[str, Said]:
    """Return the command and the way to find an assumption out."""
    for prefix, verb, way in HOW:
        if path.startswith(prefix):
            return f"seedbed {verb} --help", way
    way = Said("look for a source, and write it beside the value", "找到来源，写在数值旁")
    return "seedbed plan check --help", way
