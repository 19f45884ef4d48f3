"""From today's cap table through the planned rounds: who owns what at each stage.

Every stage is as if all rounds before it had closed, at the central amounts and valuations; the
founders' part is computed over draws too. Whether rounds close is the runway's question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial

import numpy as np

from seedbed.errors import VentureWrong
from seedbed.venture.assumption import Array
from seedbed.venture.funding.round import Closed, Round, at_caps, close
from seedbed.venture.funding.safe import Safe
from seedbed.venture.funding.table import CapTable
from seedbed.venture.parts import Round as Planned
from seedbed.venture.parts import Safe as Sold
from seedbed.venture.plan import Plan
from seedbed.venture.result import Said

DRAWN = 500
"""Draws over which the founders' part is computed, in exact fractions each."""
Value = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Stage:
    """The cap table at one moment.

    Attributes:
        key: For programs: `today`, `safes`, or a round's name.
        title: In words.
        table: Who holds what.
        closed: The round that led to it, where one did.
    """

    key: str
    title: Said
    table: CapTable
    closed: Closed | None = None


def today(plan: Plan) -> CapTable:
    """Return the cap table that the venture file holds.

    Raises:
        VentureWrong: nobody holds a share, or a SAFE makes no sense.
    """
    held = plan.venture.cap_table
    safes = tuple(_sold(one) for one in held.safes)
    return CapTable.of(held.holders, pool=held.pool, safes=safes)


def stages(plan: Plan) -> list[Stage]:
    """Return the cap table today, with the SAFEs at their caps, and after each round.

    Raises:
        VentureWrong: a table, SAFE or round that cannot be.
        MeasurementMissing: a round lacks its valuation or cap.
    """
    table = today(plan)
    found = [Stage("today", Said("today", "目前"), table)]
    if any(safe.cap is not None for safe in table.safes):
        title = Said("SAFEs at their caps", "SAFE 按估值上限转换")
        found.append(Stage("safes", title, at_caps(table)))
    for one in ordered(plan.venture.rounds):
        table, closed = _after(table, one, plan.value)
        title = Said(f"after {one.name}", f"“{one.name}”轮之后")
        found.append(Stage(one.name, title, table, closed))
    return found


def ordered(rounds: tuple[Planned, ...]) -> list[Planned]:
    """Return rounds by month, in the file's order where two have one month."""
    return sorted(rounds, key=lambda one: one.month)


def founders_share(plan: Plan, stage: Stage) -> Fraction:
    """Return the part of the company that today's holders have at a stage."""
    held = stage.table.by_holder()
    shares = sum(held.get(name, 0) for name in plan.venture.cap_table.holders)
    return Fraction(shares, stage.table.total)


def founders_drawn(plan: Plan) -> tuple[Array, int]:
    """Return the founders' part after all rounds over draws, and how many draws made no sense.

    A draw makes no sense where a SAFE's amount reaches its cap, or no price satisfies all terms;
    it is left out and counted.
    """
    rounds = ordered(plan.venture.rounds)
    many = min(DRAWN, plan.draws.n)
    paths = [path for path in plan.register if path.startswith("rounds.")]
    drawn = {path: plan.draws[path][:many] for path in paths}
    shares, refused = [], 0
    for row in range(many):
        table = today(plan)
        try:
            for one in rounds:
                table, _ = _after(table, one, partial(_at, drawn, row))
        except VentureWrong:
            refused += 1
            continue
        shares.append(float(founders_share(plan, Stage("", Said("", ""), table))))
    return np.array(shares), refused


def _after(table: CapTable, one: Planned, value: Value) -> tuple[CapTable, Closed | None]:
    path = f"rounds.{one.name}"
    amount = whole(value(f"{path}.amount"))
    if one.kind != "priced":
        safe = Safe(
            f"{one.name} investors",
            amount,
            whole(value(f"{path}.cap")) if one.kind == "post-money" else None,
            part(value(f"{path}.discount")) if one.discount is not None else Decimal(0),
        )
        return table.with_safe(safe), None
    agreed = Round(
        one.name,
        amount,
        whole(value(f"{path}.pre_money")),
        part(value(f"{path}.pool")) if one.pool is not None else None,
    )
    closed = close(table, agreed)
    return closed.table, closed


def _at(drawn: Mapping[str, Array], row: int, path: str) -> float:
    return float(drawn[path][row])


def whole(money: float) -> Decimal:
    """Return money in whole units: nobody raises cents."""
    return Decimal(round(money))


def part(share: float) -> Decimal:
    """Return a share to a hundredth of a point."""
    return round(Decimal(share), 4)


def _sold(one: Sold) -> Safe:
    discount = Decimal(str(one.discount)) if one.discount is not None else Decimal(0)
    return Safe(one.name, one.amount, one.cap, discount, one.pro_rata)
