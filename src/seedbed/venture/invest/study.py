"""Everything that `plan invest` finds: options, their order, the sum filled, what to find out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from seedbed.errors import VentureWrong
from seedbed.venture.invest.bets import Judged, judge
from seedbed.venture.invest.fill import Filled, fill
from seedbed.venture.invest.know import Knowledge, knowledge
from seedbed.venture.invest.option import Left
from seedbed.venture.invest.options import weigh
from seedbed.venture.invest.rank import Ranked, rank
from seedbed.venture.invest.setting import Setting
from seedbed.venture.invest.together import Kept, Together, kept, together
from seedbed.venture.plan import Plan

SHARE = Decimal("0.01")
"""Of the capital: the sum that is thought of where none is named."""


@dataclass(frozen=True)
class Study:
    """What was found."""

    setting: Setting
    ranked: tuple[Ranked, ...]
    left: tuple[Left, ...]
    filled: Filled
    together: Together
    kept: Kept
    knowledge: Knowledge
    bets: tuple[Judged, ...]


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
    setting = Setting.of(plan, amount)
    options, left = weigh(setting)
    filled = fill(options, amount)
    return Study(
        setting=setting,
        ranked=rank(options),
        left=left,
        filled=filled,
        together=together(setting, filled.taken),
        kept=kept(setting),
        knowledge=knowledge(setting, options),
        bets=judge(setting),
    )
