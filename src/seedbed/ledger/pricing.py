"""What units cost: the cumulative price of a charge within one period, in nanos.

Everything that is charged is a difference of one function, the cumulative price C: a call that
takes the period from a to b units is charged C(b) - C(a). Such differences telescope, so whatever
the order in which calls end, what was charged adds up to C of what was answered. C is rounded once,
half up, to whole nanos; no error adds up over calls.

With graduated tiers C never falls. With volume tiers it can: past a tier's end all units become
cheaper, and the call that crosses is charged less than nothing. Two rules keep that safe:

- Volume tiers are postpaid only (a plan that breaks this is refused), so no credit is involved.
- A spending cap is compared with `most`, the highest value of C between the units settled and all
  those held, not with C at the far end. Whichever calls under way are answered, the units end
  somewhere in between, so the period's price cannot pass the cap.

Tiers count billed units, those beyond what is included: with 1,000 included, a first tier up to
10,000 prices the units 1,001 to 11,000.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seedbed.ledger.money import half_up
from seedbed.ledger.plan import Charge


@dataclass(frozen=True, slots=True)
class TierLine:
    """What the units of one tier cost.

    Attributes:
        units: Metered units priced here.
        price: Nanos for `per` units of the plan; None for what is included.
        amount: Nanos; the amounts of a charge's lines add up to its cost.
    """

    units: int
    price: int | None
    amount: int


def cost(charge: Charge, units: int) -> int:
    """Return C(units), the price of that many metered units in a period, in nanos."""
    return _whole(charge, _exact(charge, units))


def most(charge: Charge, low: int, high: int) -> int:
    """Return the highest price of any number of units from `low` to `high`, in nanos."""
    if charge.mode == "graduated":
        return cost(charge, high)
    free = charge.included * charge.scale
    ends = (free + tier.up_to * charge.scale for tier in charge.tiers if tier.up_to)
    reached = {low, high, *(end for end in ends if low < end < high)}
    return max(cost(charge, units) for units in reached)


def explained(charge: Charge, units: int) -> list[TierLine]:
    """Return how a price comes about: what is included, then tier by tier."""
    free = min(units, charge.included * charge.scale)
    lines = [TierLine(free, None, 0)] if free else []
    told = exact = 0
    for taken, price in _parts(charge, units - free):
        exact += taken * price
        amount = _whole(charge, exact) - told
        told += amount
        lines.append(TierLine(taken, price, amount))
    return lines


def _exact(charge: Charge, units: int) -> int:
    """Return the price times what prices are for, which is always whole."""
    billed = max(0, units - charge.included * charge.scale)
    return sum(taken * price for taken, price in _parts(charge, billed))


def _whole(charge: Charge, exact: int) -> int:
    return half_up(exact, charge.per * charge.scale)


def _parts(charge: Charge, billed: int) -> Iterator[tuple[int, int]]:
    """Yield (units, price) of the tiers that so many billed units reach."""
    begun = 0
    for tier in charge.tiers:
        end = billed if tier.up_to is None else min(billed, tier.up_to * charge.scale)
        if charge.mode == "volume":
            if end == billed and billed:
                yield billed, tier.price
                return
        elif end > begun:
            yield end - begun, tier.price
            begun = end
