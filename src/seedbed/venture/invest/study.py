"""Everything that `plan invest` finds: options, their order, the sum filled, what to find out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from seedbed.errors import VentureWrong
from seedbed.venture.invest.bets import Judged, judge
from seedbed.venture.invest.fill import Filled, fill
from seedbed.venture.invest.know import Knowledge, knowledge
from seedbed.venture.invest.option import Left, Option
from seedbed.venture.invest.options import weigh
from seedbed.venture.invest.rank import Ranked, rank
from seedbed.venture.invest.setting import Setting
from seedbed.venture.invest.together import Kept, Together, kept, marginal, together
from seedbed.venture.plan import Plan

SHARE = Decimal("0.01")
"""Of the capital: the sum that is thought of where none is named."""


@dataclass(frozen=True)
class Study:
    """What was found.

    Attributes:
        setting: The plan as it stands, and the sum.
        ranked: The options in order.
        left: Those that could not be weighed.
        filled: What the sum is put to.
        crowded: Keys of the options that pay alone, and not beside what is done.
        together: What is done, at once.
        kept: The sum, not spent.
        knowledge: What it is worth to know.
        bets: The file's bets.
    """

    setting: Setting
    ranked: tuple[Ranked, ...]
    left: tuple[Left, ...]
    filled: Filled
    crowded: frozenset[str]
    together: Together
    kept: Kept
    knowledge: Knowledge
    bets: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """What can be done with a sum: what the list and the risks both rest on."""

    setting: Setting
    options: tuple[Option, ...]
    left: tuple[Left, ...]
    knowledge: Knowledge


def weigh_all(plan: Plan, money: float) -> Weighed:
    """Return every option for a sum and what it is worth to know; computed once a plan.

    Raises:
        MeasurementMissing: the model lacks a value.
    """

    def make() -> Weighed:
        setting = Setting.of(plan, money)
        options, left = weigh(setting)
        return Weighed(setting, options, left, knowledge(setting, options))

    return plan.once(("invest", money), make)


def study(plan: Plan, money: Decimal | float | None = None) -> Study:
    """Return what to do with a sum.

    Args:
        plan: The plan.
        money: The sum; by default a hundredth of the capital.

    Raises:
        VentureWrong: the sum is not above nought.
        MeasurementMissing: the model lacks a value.
    """
    amount = float(plan.venture.capital * SHARE if money is None else money)
    if not 0 < amount < float("inf"):
        raise VentureWrong(
            expected="a sum above 0",
            got=f"{amount:g}",
            do="Give --money what you could spend, such as --money 5000.",
            where="--money",
        )
    weighed = weigh_all(plan, amount)
    setting, options, left = weighed.setting, weighed.options, weighed.left
    filled, crowded = _filled(setting, options)
    return Study(
        setting=setting,
        ranked=rank(options),
        left=left,
        filled=filled,
        crowded=crowded,
        together=together(setting, filled.taken),
        kept=kept(setting),
        knowledge=weighed.knowledge,
        bets=judge(setting),
    )


def _filled(setting: Setting, options: tuple[Option, ...]) -> tuple[Filled, frozenset[str]]:
    """Fill the sum; leave out, one by one, what does not pay beside the rest, and fill again."""
    crowded: set[str] = set()
    while True:
        filled = fill([one for one in options if one.key not in crowded], setting.money)
        beside = {
            one.key: float(np.median(marginal(setting, filled.taken, one) - one.cost))
            for one in filled.taken
        }
        worst = min(beside, key=lambda key: (beside[key], key), default=None)
        if worst is None or beside[worst] > 0:
            return filled, frozenset(crowded)
        crowded.add(worst)
