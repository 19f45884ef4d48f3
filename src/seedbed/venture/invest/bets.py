"""The file's staged bets: worth, index, what the next month teaches, and when to stop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.venture.choices import Bet
from seedbed.venture.invest import gittins, gradient, normal
from seedbed.venture.invest.setting import Setting
from seedbed.venture.result import Said

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """A bet with what there is to say of it.

    Attributes:
        bet: As the file has it.
        worth: Expected discounted money, stopping in time.
        blind: The same without stopping.
        index: Gittins index a month in money, less the cost; None for bets of an amount.
        lesson: What the first month teaches, in money: the knowledge gradient of all its months.
        go: Whether to begin at all.
        stop: After which outcome to stop.
        rule: Fewest successes, or least average, after each month, at which to go on.
    """

    bet: Bet
    worth: float
    blind: float
    index: float | None
    lesson: float
    go: bool
    stop: Said
    rule: tuple[float, ...]


def discount(setting: Setting) -> float:
    """Return what one unit of money next month is worth now, at the middle of the discount."""
    yearly = float(np.median(setting.draws.get_or("discount", 0.0)))
    return float((1 + yearly) ** (-1 / 12))


def judge(setting: Setting) -> tuple[Judged, ...]:
    """Return every bet of the file, judged."""
    return tuple(
        _counted(setting, bet) if bet.successes is not None else _measured(setting, bet)
        for bet in setting.plan.venture.bets
    )


def policy(setting: Setting, bet: Bet) -> gittins.Staged:
    """Return when to stop a bet of successes and failures, by the middle of its cost and worth."""
    a, b = _beta(bet)
    worth = setting.plan.value(f"bets.{bet.name}.worth")
    return gittins.staged(
        a, b, cost=_cost(setting, bet), worth=worth, months=_months(setting, bet),
        discount=discount(setting),
    )  # fmt: skip


def normal_policy(setting: Setting, bet: Bet) -> normal.StagedNormal:
    """Return when to stop a bet of an amount, by the middle of its cost and its mean."""
    mean, sd, noise = _normal(setting, bet)
    return normal.staged(
        mean, sd, noise, cost=_cost(setting, bet), months=_months(setting, bet),
        discount=discount(setting),
    )  # fmt: skip


def _counted(setting: Setting, bet: Bet) -> Judged:
    a, b = _beta(bet)
    rule = policy(setting, bet)
    worth, cost, left = setting.plan.value(f"bets.{bet.name}.worth"), _cost(setting, bet), 0.0
    gamma = discount(setting)
    months = _months(setting, bet)
    left = float(np.sum(gamma ** np.arange(1, months)))
    sd = float(np.sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))) / (a + b + 1) ** 0.5
    # One month moves the mean chance by this much (the deviation of the posterior mean).
    index = gittins.index(a, b, gamma) * worth - cost if gamma < 1 else None
    return Judged(
        bet=bet,
        worth=rule.worth,
        blind=rule.blind,
        index=index,
        lesson=_lesson((a / (a + b) * worth - cost) * left, sd * worth * left),
        go=rule.worth > 0,
        stop=_after_failures(rule) if rule.worth > 0 else _never(),
        rule=tuple(map(float, rule.least)),
    )


def _measured(setting: Setting, bet: Bet) -> Judged:
    mean, sd, noise = _normal(setting, bet)
    rule = normal_policy(setting, bet)
    cost, months = _cost(setting, bet), _months(setting, bet)
    left = float(np.sum(discount(setting) ** np.arange(1, months)))
    moved = float(gradient.moved(sd, noise))
    return Judged(
        bet=bet,
        worth=rule.worth,
        blind=rule.blind,
        index=None,
        lesson=_lesson((mean - cost) * left, moved * left),
        go=rule.worth > 0,
        stop=_below(rule) if rule.worth > 0 else _never(),
        rule=rule.average,
    )


def _lesson(ahead: float, moved: float) -> float:
    """Return what seeing one month is worth for the months after it, against stopping."""
    if moved <= 0:
        return 0.0
    return float(moved * gradient.f(-abs(ahead) / moved))


def _beta(bet: Bet) -> tuple[float, float]:
    assert bet.successes is not None
    assert bet.failures is not None
    return bet.successes, bet.failures


def _normal(setting: Setting, bet: Bet) -> tuple[float, float, float]:
    assert bet.sd is not None
    return setting.plan.value(f"bets.{bet.name}.mean"), bet.sd, bet.noise or bet.sd


def _cost(setting: Setting, bet: Bet) -> float:
    return setting.plan.value(f"bets.{bet.name}.cost")


def _months(setting: Setting, bet: Bet) -> int:
    return min(bet.months, setting.months)


def _never() -> Said:
    return Said("do not begin", "不要开始")


def _after_failures(rule: gittins.Staged) -> Said:
    """Say after which outcomes to stop: the months at which one more success is asked for."""
    steps = [
        (month, rule.least[month])
        for month in range(1, len(rule.least))
        if rule.least[month] > rule.least[month - 1]
    ]
    if not steps:
        return Said("go on to its last month, whatever happens", "无论如何都坚持到最后一个月")
    en = "; ".join(
        f"after month {month} with {_fewer(least)}" for month, least in steps if least <= month
    )
    zh = "；".join(
        f"第 {month} 个月后成功不足 {least} 次" for month, least in steps if least <= month
    )
    last = next((month for month, least in steps if least > month), None)
    if last is not None:
        en = "; ".join(filter(None, (en, f"after month {last} in any case")))
        zh = "；".join(filter(None, (zh, f"第 {last} 个月后无论如何")))
    return Said(f"stop {en}", f"在下列情形停止：{zh}")


def _fewer(least: int) -> str:
    return "no success" if least == 1 else f"fewer than {least} successes"


def _below(rule: normal.StagedNormal) -> Said:
    shown = [(m, a) for m, a in enumerate(rule.average) if m and np.isfinite(a)]
    if not shown:
        return Said("it has one month: there is nothing to stop", "只有一个月：无需停止")
    en = "; ".join(f"{a:,.0f} after month {m}" for m, a in shown)
    zh = "；".join(f"第 {m} 个月后 {a:,.0f}" for m, a in shown)
    return Said(f"stop where the average so far is below {en}", f"平均低于以下数值即停止：{zh}")
