"""Ask buyers what they would pay: the worth of a narrower elasticity, before the price is chosen.

A survey of n answers measures the elasticity with a standard deviation that falls with √n. With
D the share that would buy at a price, and answers spread over prices whose logarithms have standard
deviation s, a logit fit has var(e) ≈ (1 − D) / (n · D · s²): the information of n answers about the
slope, p(1 − p)s² each, and e = (1 − D)·slope. To that comes what a survey never finds out: people
buy otherwise than they say (`STATED`).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import NoOptimum
from seedbed.venture.invest.information import Worth, partial
from seedbed.venture.invest.option import Left, Option
from seedbed.venture.invest.options import price
from seedbed.venture.invest.setting import Setting
from seedbed.venture.result import Said

Floats = NDArray[np.float64]
PATH = "price.elasticity"
BUYS = 0.4
"""Share that would buy in the middle of the prices asked."""
SPREAD = 0.5
"""Standard deviation of the logarithms of the prices asked: from half to twice today's."""
STATED = 0.15
"""What is stated strays from what is paid by this share of the elasticity, however many answer."""
PRICES = 15
TITLE = Said("survey what buyers would pay", "调查客户愿付的价格")


def weigh(setting: Setting) -> Iterator[Option | Left]:
    """Yield the survey: its worth is spread over all draws, for it is an expectation."""
    if setting.has("price.now", PATH) or np.ptp(setting.draws[PATH]) == 0:
        why = f"{PATH} has no range: there is nothing to narrow", f"{PATH} 没有区间：无可收窄"
        yield Left("survey", TITLE, Said(*why))
        return
    cost = setting.priors.draw("survey_cost")
    if cost is None:
        currency = setting.plan.venture.currency
        zh = f"没有以 {currency} 计的调查费用：请填写 invest.survey_cost"
        yield Left("survey", TITLE, Said(f"no cost in {currency}: write invest.survey_cost", zh))
        return
    try:
        worth = evsi(setting)
    except NoOptimum as cause:
        yield Left("survey", TITLE, Said(f"no finite best price: {cause.got}", "没有有限的最优价"))
        return
    yield _option(setting, cost, worth)


def resolved(elasticity: Floats, answers: int) -> float:
    """Return the share of the elasticity's variance that a survey resolves: v / (v + its error)."""
    middle = float(np.median(elasticity))
    sampling = (1 - BUYS) / (answers * BUYS * SPREAD**2)
    error = sampling + (STATED * middle) ** 2
    variance = float(np.var(elasticity))
    return variance / (variance + error)


def evsi(setting: Setting) -> Worth:
    """Return what it is worth to see the survey before choosing the price."""
    case = price.case_of(setting)
    grid = np.unique([*np.geomspace(case.low, case.high, PRICES), case.today])
    worths = np.stack([case.profit(float(one)) for one in grid], axis=1)
    worths -= case.profit(case.today)[:, None]
    elasticity = setting.draws[PATH]
    known = resolved(elasticity, setting.plan.venture.invest.survey_answers)
    source = setting.priors.source("survey")
    return partial(np.asarray(elasticity), worths, np.eye(len(grid)), source, known=known)


def _option(setting: Setting, cost: Floats, worth: Worth) -> Option:
    answers = setting.plan.venture.invest.survey_answers
    share = resolved(setting.draws[PATH], answers)
    low, high, bias = map(setting.told, (worth.low, worth.high, round(worth.bias)))
    flows = np.zeros((setting.n, setting.months))
    flows[:, -1] = worth.value  # when it comes is not known: counted last, so that none is early
    return Option(
        key="survey",
        group="survey",
        title=Said(
            f"ask {answers:,} buyers what they would pay", f"向 {answers:,} 位买家调查愿付价格"
        ),
        cost=cost + setting.work("survey"),
        flows=flows,
        worth=setting.all(worth.value),
        rests=(PATH, "invest.survey_cost", "price.now", "invest.work_hour", "invest.hours_survey"),
        command="seedbed plan price --help",
        notes=(
            Said(
                f"worth of sample information, {low} to {high}, too high by "
                f"{bias} on average: it resolves {share:.0%} of the variance of the "
                "elasticity; an expectation, the same in every draw",
                f"样本信息价值 {low} 至 {high}，平均高估 {bias}："
                f"可消除弹性方差的 {share:.0%}；这是期望值，每次抽样相同",
            ),
        ),
    )
