"""What winning a customer costs, when it has come back, and how likely it never does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedbed.venture.result import Caution, Figure, Said, figure_of
from seedbed.venture.unit import worth
from seedbed.venture.unit.numbers import Doubles, at_least_zero
from seedbed.venture.unit.pieces import Piece, stepped

if TYPE_CHECKING:
    from seedbed.venture.plan import Plan
    from seedbed.venture.unit.retention import Retention

INPUTS = (
    *("customers.answers", "price.now", "unit.hour", "unit.answers_per_second"),
    *("customers.churn", "customers.acquisition_cost"),
)


def show(plan: Plan, kept: Retention, margin: Doubles, ltv: Doubles) -> Piece:
    """Return acquisition cost, payback, and the chances that a customer never pays.

    Args:
        plan: The venture's plan.
        kept: How customers leave.
        margin: Money a month while a customer stays, by draw.
        ltv: What a new customer is worth, by draw.
    """
    if "customers.acquisition_cost" not in plan.draws:
        return Piece(cautions=(Caution("unit.cac.missing", NO_CAC, "customers.acquisition_cost"),))
    cac = at_least_zero(plan.draws["customers.acquisition_cost"], "customers.acquisition_cost")
    months = worth.payback(margin, cac, kept.alpha, kept.beta)
    middle = float(np.quantile(months, 0.5, method="inverted_cdf"))
    never, loss = float(np.isinf(months).mean()), float((ltv < cac).mean())
    return Piece(
        figures=(_cost(plan, cac), *_payback(months, never), *_against(cac, ltv, loss)),
        cautions=(Caution("unit.cac.loss", LOSS, INPUTS[-1]),) if loss > 0.5 else (),
        data={"payback": {"median": middle, "never": never, "loss": loss}},
    )


def _cost(plan: Plan, cac: Doubles) -> Figure:
    return figure_of(
        "unit.cac",
        Said("Cost of winning a customer (CAC)", "获客成本（CAC）"),
        cac,
        unit=plan.venture.currency,
        formula="customers.acquisition_cost",
        inputs=INPUTS[-1:],
    )


def _payback(months: Doubles, never: float) -> tuple[Figure, Figure]:
    first = stepped(
        "unit.payback",
        Said("Months until a customer has paid what it cost to win", "回本月数"),
        months,
        unit="months",
        formula="the least n with margin · (S(0) + … + S(n-1)) ≥ acquisition_cost; ∞: never",
        inputs=INPUTS,
    )
    chance = Figure(
        "unit.payback_never",
        Said("Chance that it never comes back", "永远收不回的概率"),
        never,
        "%",
        formula=f"share of draws not paid back within {worth.LONGEST} months",
        inputs=INPUTS,
    )
    return first, chance


def _against(cac: Doubles, ltv: Doubles, loss: float) -> list[Figure]:
    title = "Chance that a customer is worth less than it costs to win"
    inputs = (*INPUTS, "discount")
    found = [
        Figure(
            "unit.worth_below_cac",
            Said(title, "LTV 低于 CAC 的概率"),
            loss,
            "%",
            formula="P(LTV < acquisition_cost)",
            inputs=inputs,
        )
    ]
    if (cac > 0).all():
        found.append(
            figure_of(
                "unit.worth_over_cac",
                Said("LTV / CAC", "LTV / CAC"),
                ltv / cac,
                formula="LTV / acquisition_cost",
                inputs=inputs,
            )
        )
    return found


NO_CAC = Said(
    "customers.acquisition_cost has no value, so that payback cannot be told.",
    "customers.acquisition_cost 没有值，无法给出回本期。",
)
LOSS = Said(
    "In more than half of the draws a customer is worth less than it costs to win: more marketing"
    " makes the loss larger.",
    "超过一半的抽样中，客户价值低于获客成本：加大营销只会扩大亏损。",
)
