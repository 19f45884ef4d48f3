"""Bets in stages: tried month by month, stopped when what was seen says so."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from seedbed.venture.choices import Bet
from seedbed.venture.invest.bets import normal_policy, policy
from seedbed.venture.invest.option import Left, Option
from seedbed.venture.invest.setting import Setting
from seedbed.venture.result import Said

Floats = NDArray[np.float64]


def weigh(setting: Setting) -> Iterator[Option | Left]:
    """Yield the file's bets, each played in every draw by its own stopping rule."""
    for bet in setting.plan.venture.bets:
        yield _option(setting, bet)


def _option(setting: Setting, bet: Bet) -> Option:
    counted = bet.successes is not None
    spent, flows = _counted(setting, bet) if counted else _measured(setting, bet)
    cost, worth = setting.worth(spent), setting.worth(flows)
    tried = float((spent > 0).sum(axis=1).mean())
    gain = float((worth - cost).mean())
    return Option(
        key=f"bet-{bet.name}",
        group=f"bet-{bet.name}",
        title=Said(f"the bet “{bet.name}”, in stages", f"分阶段下注：“{bet.name}”"),
        cost=cost,
        flows=flows,
        worth=worth,
        rests=tuple(f"bets.{bet.name}.{key}" for key in ("cost", "worth" if counted else "mean")),
        command=f"seedbed plan invest {setting.file}",
        notes=(
            Said(
                f"its cost is what is spent until it is stopped: {tried:.1f} of {bet.months} "
                f"months on average; on average it leaves {setting.told(gain)}, in most draws less",
                f"成本为停止之前的花费：平均 {tried:.1f} 个月（最多 {bet.months} 个月）；平均净得 "
                f"{setting.told(gain)}，多数抽样低于此数",
            )
            if gain > float(np.median(worth - cost))
            else Said(
                f"its cost is what is spent until it is stopped: {tried:.1f} of {bet.months} "
                "months",
                f"成本为停止之前的花费：平均 {tried:.1f} 个月（最多 {bet.months} 个月）",
            ),
        ),
    )


def _counted(setting: Setting, bet: Bet) -> tuple[Floats, Floats]:
    """Return (N, T) money spent on a bet and money it brings, month by month."""
    rule = policy(setting, bet)
    source = setting.priors.source(f"bets.{bet.name}")
    chance = source.beta(bet.successes or 1.0, bet.failures or 1.0, setting.n)
    seen, going = np.zeros(setting.n), np.ones(setting.n, dtype=bool)
    spent, brought = np.zeros((2, setting.n, setting.months))
    for month, least in enumerate(rule.least):
        going = going & (seen >= least)
        succeeded = going & (source.random(setting.n) < chance)
        spent[:, month] = np.where(going, setting.draws[f"bets.{bet.name}.cost"], 0.0)
        brought[:, month] = np.where(succeeded, setting.draws[f"bets.{bet.name}.worth"], 0.0)
        seen += succeeded
    return spent, brought


def _measured(setting: Setting, bet: Bet) -> tuple[Floats, Floats]:
    rule = normal_policy(setting, bet)
    source = setting.priors.source(f"bets.{bet.name}")
    sd = bet.sd or 1.0
    truth = setting.draws[f"bets.{bet.name}.mean"] + sd * source.standard_normal(setting.n)
    total, going = np.zeros(setting.n), np.ones(setting.n, dtype=bool)
    spent, brought = np.zeros((2, setting.n, setting.months))
    if rule.worth <= 0:
        return spent, brought
    for month, least in enumerate(rule.average):
        going = going & (total / max(month, 1) >= least) if month else going
        came = truth + (bet.noise or sd) * source.standard_normal(setting.n)
        spent[:, month] = np.where(going, setting.draws[f"bets.{bet.name}.cost"], 0.0)
        brought[:, month] = np.where(going, came, 0.0)
        total += came
    return spent, brought
