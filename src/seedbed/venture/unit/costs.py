"""What an answer costs by draw, as the monthly model has it: machine time, fees, wrong answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedbed.venture.unit import cost
from seedbed.venture.unit.numbers import Doubles, at_least_zero, share

if TYPE_CHECKING:
    from seedbed.venture.draws import Draws

MACHINE = ("unit.hour", "unit.answers_per_second", "unit.utilisation")


@dataclass(frozen=True, slots=True)
class Costs:
    """What an answer costs, by draw.

    Attributes:
        machine: Machine time.
        other: Fees and the like.
        wrong: Wrong answers, where what one costs is given.
    """

    machine: Doubles
    other: Doubles
    wrong: Doubles

    @property
    def made(self) -> Doubles:
        """What it costs to make: all but wrong answers."""
        return self.machine + self.other

    @property
    def total(self) -> Doubles:
        """All of it."""
        return self.made + self.wrong


def costs(draws: Draws) -> Costs:
    """Return what an answer costs in each draw, by the formula of the monthly model.

    Raises:
        MeasurementMissing: the hour, the speed or the utilisation has no value.
        VentureWrong: one of them cannot be, such as a speed of zero.
    """
    machine = cost.per_unit(*(draws[path] for path in MACHINE))
    other = at_least_zero(draws.get_or("unit.other_cost", 0.0), "unit.other_cost")
    wrong: Doubles = np.zeros(())
    if "unit.error_rate" in draws and "value.error_cost" in draws:
        wrong = share(draws["unit.error_rate"], "unit.error_rate") * at_least_zero(
            draws["value.error_cost"], "value.error_cost"
        )
    return Costs(machine, *(np.broadcast_to(one, machine.shape) for one in (other, wrong)))
