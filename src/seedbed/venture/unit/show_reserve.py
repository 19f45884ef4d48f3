"""How many machines to reserve, where a reserved hour is cheaper than one on demand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedbed.errors import MeasurementMissing
from seedbed.venture.result import Caution, Figure, Said, Table
from seedbed.venture.unit import erlang
from seedbed.venture.unit.newsvendor import critical, reserve
from seedbed.venture.unit.numbers import Doubles
from seedbed.venture.unit.pieces import Piece, cell
from seedbed.venture.unit.words import amount

if TYPE_CHECKING:
    from seedbed.venture.plan import Plan

HOURS = 24 * 365 / 12
IMAGINED = 2000
INPUTS = ("unit.hour", "unit.answers_per_second", "unit.peak.answers_per_second")


def show(plan: Plan, price: float, measured: Doubles) -> Piece:
    """Return how many machines to reserve at a price an hour.

    Args:
        plan: The venture's plan.
        price: Money an hour of a reserved machine.
        measured: Answers a second of each hour in the ledger; empty where there are none.

    Raises:
        MeasurementMissing: no peak, no price of the hour, or nothing that tells the load.
        VentureWrong: a reserved hour is no cheaper.
    """
    on_demand = plan.value("unit.hour")
    critical(price, on_demand)  # before all that it takes to know the need
    needed = _needed(plan, measured if measured.size else _imagined(plan))
    best = reserve(needed, reserved=price, on_demand=on_demand)
    currency = plan.venture.currency
    monthly = (best.on_demand - best.cost) * HOURS
    figures = (
        Figure(
            "unit.reserve",
            Said("Machines to reserve", "应预留的机器数"),
            best.machines,
            "machines",
            formula="the need's quantile at 1 - reserved / hour (newsvendor)",
            inputs=INPUTS,
        ),
        Figure(
            "unit.reserve_saves",
            Said("Saved against none reserved", "相比不预留的节省"),
            monthly,
            f"{currency}/month",
            formula="730 · (hour · E[need] - cost with the reserve)",
            inputs=INPUTS,
        ),
    )
    return Piece(
        figures=figures,
        tables=(_table(plan, needed, price, on_demand),),
        cautions=() if measured.size else (Caution("unit.reserve.assumed", ASSUMED, INPUTS[2]),),
        answer=_answer(best.machines, price, monthly, currency),
    )


def _answer(machines: int, price: float, saved: float, currency: str) -> Said:
    hour = amount(price, currency)
    if machines == 0:
        return Said(
            f"At {hour} a reserved hour no machine is worth reserving.",
            f"预留价每小时 {hour} 时，不值得预留。",
        )
    return Said(
        f"At {hour} a reserved hour it is best to reserve {machines}, which saves"
        f" {amount(saved, currency)} a month.",
        f"预留价每小时 {hour} 时，预留 {machines} 台最划算，每月节省 {amount(saved, currency)}。",
    )


def _needed(plan: Plan, arrivals: Doubles) -> Doubles:
    """Return the machines that each hour's arrivals need; none for an hour without any."""
    peak = plan.venture.unit.peak
    if peak is None:
        raise MeasurementMissing(
            expected="unit.peak: how long one may wait",
            got="none in the venture file",
            do="Write `peak: {answers_per_second: 20, wait_seconds: 0.2, share: 0.95}` under unit.",
            where="unit.peak",
        )
    needed = np.zeros(len(arrivals))
    some = arrivals > 0
    rate = plan.value("unit.answers_per_second")
    told = erlang.servers_for(arrivals[some], rate, seconds=peak.wait_seconds, promised=peak.share)
    needed[some] = told
    return needed


def _imagined(plan: Plan) -> Doubles:
    """Return hours spread log-normally, with today's mean and the peak as their 99 % point."""
    from scipy.special import ndtri

    month = HOURS * 3600
    mean = plan.value("customers.now") * plan.value("customers.answers") / month
    peak = plan.value("unit.peak.answers_per_second")
    if not 0 < mean < peak:
        raise MeasurementMissing(
            expected="a peak above the mean of all hours, or hours in the ledger",
            got=f"a peak of {peak:g} answers/s and a mean of {mean:g}",
            do="Correct unit.peak.answers_per_second.",
            where="unit.peak.answers_per_second",
        )
    z = float(ndtri(0.99))
    far = 2 * np.log(peak / mean)
    sigma = z - np.sqrt(max(z * z - far, 0.0))  # of ln(peak) = ln(mean) - σ²/2 + zσ
    points = ndtri((np.arange(IMAGINED) + 0.5) / IMAGINED)
    return np.asarray(mean * np.exp(sigma * points - sigma * sigma / 2))


def _table(plan: Plan, needed: Doubles, price: float, on_demand: float) -> Table:
    currency, rows = plan.venture.currency, []
    best = reserve(needed, reserved=price, on_demand=on_demand).machines
    for machines in range(max(0, best - 2), best + 3):
        short = np.maximum(needed - machines, 0)
        cost = (machines * price + on_demand * float(short.mean())) * HOURS
        idle = float((needed < machines).mean())
        rows.append((machines, cell(cost, currency), cell(idle, "%")))
    columns = (
        Said("reserved", "预留"),
        Said("a month in all", "每月总费用"),
        Said("hours with some idle", "有闲置的小时"),
    )
    return Table(
        "unit.reserves", Said("What reserves cost", "不同预留数的费用"), columns, tuple(rows)
    )


ASSUMED = Said(
    "The ledger has no hours to learn from: hours are taken to spread log-normally around today's"
    " mean, with the peak as the busiest in a hundred.",
    "账本中没有可用的小时数据：假定各小时负载服从对数正态分布，均值为当前均值，峰值为最忙的百分之一。",
)
