"""What the chosen options bring together, and what keeping the money instead is worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from seedbed.venture.invest.option import Effect, Floats, Option
from seedbed.venture.invest.setting import Setting


@dataclass(frozen=True, slots=True)
class Together:
    """The chosen options, done at once.

    Attributes:
        worth: (N,) what they bring, before their cost.
        cost: (N,) what they cost.
        interplay: What they bring at once as a share of what each brings alone, added up.
        ruin: Chance of ruin with them.
    """

    worth: Floats
    cost: Floats
    interplay: float
    ruin: float


@dataclass(frozen=True, slots=True)
class Kept:
    """The same sum, not spent.

    Attributes:
        ruin_now: Chance that cash falls below nothing within the plan, going on as today.
        ruin_without: The same with the sum gone and nothing to show for it.
        worth: (N,) what is earned after the month of a ruin that the sum averts.
    """

    ruin_now: float
    ruin_without: float
    worth: Floats


def together(setting: Setting, taken: Sequence[Option]) -> Together:
    """Return what options bring at once: fewer errors of fewer answers are worth less, say.

    The model is run once with all effects, without delays; the share of what each brings alone is
    then taken of the sum of their worths with delays.
    """
    cost = sum((one.cost for one in taken), np.zeros(setting.n))
    worth = sum((one.worth for one in taken), np.zeros(setting.n))
    flows = sum((one.flows for one in taken), np.zeros_like(setting.base.net))
    effects = [one.effect for one in taken if one.effect is not None]
    interplay = 1.0
    if len(effects) > 1:
        joint = setting.worth(setting.flows(reduce(Effect.with_, effects))).mean()
        alone = sum(float(setting.worth(setting.flows(one)).mean()) for one in effects)
        interplay = float(joint) / alone if alone > 0 else 1.0
    inside = sum((o.worth for o in taken if o.effect is not None), np.zeros(setting.n))
    moved = (interplay - 1) * inside
    flows = flows + moved[:, None] / setting.months
    return Together(worth + moved, cost, interplay, float(setting.ruined(flows, cost).mean()))


def marginal(setting: Setting, taken: Sequence[Option], one: Option) -> Floats:
    """Return (N,) what an option still brings beside the others, before its cost.

    Options change the same answers: after a higher price there are fewer of them to be wrong.
    """
    others = [each.effect for each in taken if each is not one and each.effect is not None]
    if one.effect is None or not others:
        return one.worth
    before = reduce(Effect.with_, others)
    both = setting.worth(setting.flows(before.with_(one.effect)))
    added = both - setting.worth(setting.flows(before))
    alone = setting.worth(setting.flows(one.effect))
    # What it loses by its delay, beside the others as alone.
    late = np.divide(one.worth, alone, out=np.ones_like(alone), where=np.abs(alone) > 0)
    return np.asarray(added * late)


def kept(setting: Setting) -> Kept:
    """Return what holding the sum is worth: the ruins it averts, and what is earned after them."""
    now, without = setting.ruined(), setting.ruined(cost=setting.all(setting.money))
    averted = without & ~now
    cash = setting.base.cash - setting.money
    first = np.where(cash < 0, np.arange(setting.months), setting.months).min(axis=1)
    after = np.arange(setting.months) >= first[:, None]
    later = setting.worth(np.where(after, setting.base.net, 0.0))
    worth = np.where(averted, np.maximum(later, 0.0), 0.0)  # who loses money may stop
    return Kept(float(now.mean()), float(without.mean()), worth)
