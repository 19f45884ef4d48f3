"""The monthly model that runway, risk, invest and the document share.

For draw n and month t = 1..T (month 1 is the venture's `start`):

    m            = share · population
    F            = adopters / m, moved by a month of Bass's diffusion (exactly; `diffusion.step`)
    new_t        = m · (F_t − F_(t−1)), or customers_t · (growth + churn) where `growth` is given
    customers_1  = customers.now;  customers_(t+1) = customers_t · (1 − churn) + new_t
    answers_t    = customers_t · answers each · D(price) / D(price.now)
    income_t     = answers_t · price, paid `pays_after` months later, + income besides answers
    serving_t    = answers_t · (hour / (answers_per_second · 3600 · utilisation) + other_cost
                   + error_rate · error_cost) + customers_t · support_cost
    acquiring_t  = acquisition_cost · new_t
    gains_t      = Σ over uses: curve(carried-over spending, lagged)
    fixed_t      = Σ over costs
    net_t        = received_t + gains_t − serving_t − acquiring_t − spending_t − fixed_t + flows_t
    cash_t       = capital + net_1 + … + net_t
    worth        = Σ net_t · (1 + discount)^(−t/12)

Before month 1 everything was as it is today: what was sold in the last `pays_after` months is paid
in the first ones, and spending has been what it is. Customers who left may not come back. What a
plan earns after its last month is not in `worth`. Rounds are not in the model: the runway adds
them. Lumps are drawn by seed, month and name: the same for every decision (common random numbers).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from seedbed.errors import VentureWrong
from seedbed.recipe import nearest
from seedbed.venture import demand, diffusion, gains
from seedbed.venture.assumption import Array
from seedbed.venture.draws import Draws
from seedbed.venture.file import Venture
from seedbed.venture.parts import Cost, Income

SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Decision:
    """What is up to us; None: as it is today.

    Attributes:
        price: Of an answer, in all months.
        spend: Use -> (T,) money a month, or (N, T); uses left out go on as today.
        flows: (T,) or (N, T) further cash flows; what is positive comes in.
        changes: Path -> factor on its draws, such as `{"unit.error_rate": 0.8}`.
    """

    price: float | None = None
    spend: Mapping[str, Array] | None = None
    flows: Array | None = None
    changes: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of it: arrays (N, T) in answers and money a month, and `worth` (N,).

    Attributes:
        customers: Who are served in the month.
        new: Who are won in the month; they are served from the next on.
        answers: Answers sold.
        income: What was earned in the month, paid or not.
        received: What was paid in the month.
        gains: What spending gives.
        serving: What answers and customers cost.
        acquiring: What new customers cost.
        spending: What is put to the uses.
        fixed: What is paid whatever is decided.
        flows: Further cash flows of the decision.
        net: What the month changes in cash.
        cash: Cash at the month's end.
        worth: The discounted sum of `net`, without capital and rounds.
    """

    customers: Array
    new: Array
    answers: Array
    income: Array
    received: Array
    gains: Array
    serving: Array
    acquiring: Array
    spending: Array
    fixed: Array
    flows: Array
    net: Array
    cash: Array
    worth: Array


TODAY = Decision()
"""Go on as today."""


class Model:
    """The model of a venture."""

    def __init__(self, venture: Venture) -> None:
        self.venture = venture
        self.months = venture.months

    def run(self, draws: Draws, decision: Decision = TODAY) -> Outcome:
        """Return what comes of a decision in every draw.

        Raises:
            MeasurementMissing: a value that the model needs is not there.
            VentureWrong: the decision spends on what is no use of the venture.
        """
        for path, by in decision.changes.items():
            draws = draws.scaled(path, by)
        customers, new = self.customers(draws)
        answers = self.answers(draws, customers, decision.price)
        income, received = self._income(draws, answers, decision.price)
        serving = self._serving(draws, customers, answers)
        acquiring = new * draws.get_or("customers.acquisition_cost", 0.0)
        given, spending = self._uses(draws, decision.spend or {})
        fixed = self._fixed(draws)
        flows = self._flows(draws, decision.flows)
        net = received + given
        for out in (serving, acquiring, spending, fixed):
            net -= out
        net += flows
        cash = np.cumsum(net, axis=0)
        cash += float(self.venture.capital)
        worth = self.discounting(draws, net)
        monthly = {
            **{"customers": customers, "new": new, "answers": answers, "income": income},
            **{"received": received, "gains": given, "serving": serving, "acquiring": acquiring},
            **{"spending": spending, "fixed": fixed, "flows": flows, "net": net, "cash": cash},
        }
        return Outcome(worth=worth, **{name: one.T for name, one in monthly.items()})

    def customers(self, draws: Draws) -> tuple[Array, Array]:
        """Return customers and new customers, (T, N) each."""
        now = draws["customers.now"]
        served, won = self._empty(draws), self._empty(draws)
        served[0] = now
        stay = 1 - draws.get_or("customers.churn", 0.0)
        grown = "customers.growth" in draws
        come = draws["customers.growth"] + 1 - stay if grown else self._diffusion(draws, now)
        for month in range(self.months):
            won[month] = served[month] * come if grown else come[month]
            if month + 1 < self.months:
                np.multiply(served[month], stay, out=served[month + 1])
                served[month + 1] += won[month]
        return served, won

    def _diffusion(self, draws: Draws, now: Array) -> Array:
        """Return who adopts in each month, (T, N)."""
        market = draws["market.share"] * draws["market.population"]
        p, q = draws["market.innovation"], draws["market.imitation"]
        room = market > now  # where today's customers are all that there are, nobody comes
        adopted = np.divide(now, market, out=np.ones_like(market), where=room)
        come = self._empty(draws)
        for month in range(self.months):
            later = diffusion.step(adopted, p, q)
            np.multiply(later - adopted, market, out=come[month])
            adopted = later
        return come

    def answers(self, draws: Draws, customers: Array, price: float | None) -> Array:
        """Return the answers sold, (T, N)."""
        each = draws["customers.answers"]
        if price is not None:
            each = each * self.demand(draws, price)
        return customers * each

    def demand(self, draws: Draws, price: float) -> Array:
        """Return answers at a price as a multiple of those at today's, (N,)."""
        kind = self.venture.price.demand
        relative = price / draws["price.now"]
        elasticity = 1.0 if kind == "inverse" else draws["price.elasticity"]
        share = draws.get_or("market.share", 0.0) if kind == "logit" else 0.0
        return demand.ratio(kind, relative, elasticity, share)

    def cost_of_answer(self, draws: Draws) -> Array:
        """Return what an answer costs to compute, (N,)."""
        speed = draws["unit.answers_per_second"] * SECONDS * draws["unit.utilisation"]
        return draws["unit.hour"] / speed

    def _income(self, draws: Draws, answers: Array, price: float | None) -> tuple[Array, Array]:
        income = answers * (draws["price.now"] if price is None else price)
        received = np.empty_like(income)
        late = min(self.venture.customers.pays_after, self.months)
        owed = draws["customers.now"] * draws["customers.answers"] * draws["price.now"]
        received[:late] = owed
        received[late:] = income[: self.months - late]
        besides = self._besides(draws)
        return income + besides, received + besides

    def _besides(self, draws: Draws) -> Array:
        total = np.zeros((self.months, draws.n))
        for one in self.venture.income:
            path = f"income.{one.name}"
            amounts = self._regular(draws, path, one)
            chance = draws.get_or(f"{path}.chance", 1.0)
            for month in range(self.months):
                comes = draws.chance(path, month) < chance
                total[month] += np.where(comes, amounts[month], 0.0)
        return total

    def _fixed(self, draws: Draws) -> Array:
        total = np.zeros((self.months, draws.n))
        for one in self.venture.costs:
            total += self._regular(draws, f"costs.{one.name}", one)
        return total

    def _regular(self, draws: Draws, path: str, one: Cost | Income) -> Array:
        """Return amounts by month, (T, N): from its first month to its last, growing."""
        first, last = one.since - 1, min(one.until or self.months, self.months)
        amounts = np.zeros((self.months, draws.n))
        amount = draws[f"{path}.monthly"]
        rate = 1 + draws.get_or(f"{path}.growth", 0.0)
        for month in range(first, last):
            amounts[month] = amount
            amount = amount * rate
        return amounts

    def _serving(self, draws: Draws, customers: Array, answers: Array) -> Array:
        each = self.cost_of_answer(draws) + draws.get_or("unit.other_cost", 0.0)
        if "unit.error_rate" in draws and "value.error_cost" in draws:
            each = each + draws["unit.error_rate"] * draws["value.error_cost"]
        serving = answers * each
        if "customers.support_cost" in draws:
            serving += customers * draws["customers.support_cost"]
        return serving

    def _uses(self, draws: Draws, spend: Mapping[str, Array]) -> tuple[Array, Array]:
        """Return what the uses give and what is put to them, (T, N) each."""
        for name in spend:
            if name not in self.venture.spending:
                near = nearest(name, self.venture.spending)
                raise VentureWrong(
                    expected=f"one of {', '.join(self.venture.spending) or 'no uses at all'}",
                    got=repr(name),
                    do=f"Did you mean {near!r}?" if near else "Add it under spending.",
                    where="spending",
                )
        given, paid = np.zeros((self.months, draws.n)), np.zeros((self.months, draws.n))
        for name, use in self.venture.spending.items():
            today = np.full(self.months, float(use.monthly))
            money = np.asarray(spend.get(name, today), dtype=np.float64)
            paid += money[:, None] if money.ndim == 1 else money.T
            for month, gain in enumerate(gains.monthly(draws, name, use, money)):
                given[month] += gain
        return given, paid

    def _flows(self, draws: Draws, flows: Array | None) -> Array:
        total = np.zeros((self.months, draws.n))
        if flows is not None:
            total += flows[:, None] if flows.ndim == 1 else flows.T
        return total

    def discounting(self, draws: Draws, net: Array) -> Array:
        """Return the discounted sum of monthly flows (T, N), each counted at its month's end."""
        factor = (1 + draws.get_or("discount", 0.0)) ** (-1 / 12)
        worth = np.zeros(draws.n)
        for month in reversed(range(self.months)):
            worth += net[month]
            worth *= factor
        return worth

    def _empty(self, draws: Draws) -> Array:
        return np.empty((self.months, draws.n))
