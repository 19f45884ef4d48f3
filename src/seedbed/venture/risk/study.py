"""Everything that `plan risk` finds: risks, the tornado, Sobol indices and what flips decisions."""

from __future__ import annotations

from dataclasses import dataclass

from seedbed.venture.invest.option import Option
from seedbed.venture.invest.setting import Setting
from seedbed.venture.invest.study import SHARE, weigh_all
from seedbed.venture.plan import Plan
from seedbed.venture.risk.cube import Cube
from seedbed.venture.risk.decisions import Turned, turns
from seedbed.venture.risk.joint import Joint
from seedbed.venture.risk.register import Entry, entries, joint
from seedbed.venture.risk.sobol import Index, Indices, indices
from seedbed.venture.risk.tornado import Tornado, tornado

ROWS = 1 << 14
"""Base rows of the Sobol design."""


@dataclass(frozen=True)
class Study:
    """What was found."""

    plan: Plan
    setting: Setting
    options: tuple[Option, ...]
    risks: tuple[Entry, ...]
    joint: Joint | None
    tornado: Tornado
    sobol: Indices
    turns: tuple[Turned, ...]

    @property
    def first(self) -> float:
        """ΣS1: what assumptions explain one by one; at most 1, but for the sampling error."""
        return sum(one.first for one in self.sobol.each)

    @property
    def whole(self) -> float:
        """ΣST: at least 1, but for the sampling error."""
        return sum(one.whole for one in self.sobol.each)

    def index(self, name: str) -> Index | None:
        """Return the indices of an assumption."""
        return next((one for one in self.sobol.each if one.name == name), None)


def study(plan: Plan, *, rows: int = ROWS) -> Study:
    """Return what may go wrong and what the plan hangs on.

    Args:
        plan: The plan.
        rows: Base rows of the Sobol design, a power of two.

    Raises:
        MeasurementMissing: the model lacks a value.
    """
    weighed = weigh_all(plan, float(plan.venture.capital * SHARE))
    setting, options = weighed.setting, weighed.options
    cube = Cube(plan)
    risks = entries(plan, setting)
    return Study(
        plan=plan,
        setting=setting,
        options=options,
        risks=risks,
        joint=joint(plan, risks),
        tornado=tornado(cube.paths, cube.average),
        sobol=indices(cube.names, cube.worth, rows=rows, seed=plan.venture.seed),
        turns=tuple(turns(setting, options, weighed.knowledge, cube.paths)),
    )
