"""How many machines the promise at the peak needs, and how much load one machine takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seedbed.errors import MeasurementMissing
from seedbed.venture.result import Caution, Figure, Said, Table, figure_of
from seedbed.venture.unit import cost, erlang
from seedbed.venture.unit.pieces import Piece, cell, stepped
from seedbed.venture.unit.words import count, percent

if TYPE_CHECKING:
    from seedbed.venture.parts import Peak
    from seedbed.venture.plan import Plan

PEAK, SPEED = "unit.peak.answers_per_second", "unit.answers_per_second"
INPUTS = (PEAK, SPEED, "unit.peak.wait_seconds", "unit.peak.share")
LATE = "P(wait > s) = C(c, a) · exp(-(c - a) · answers_per_second · s)"


def show(plan: Plan) -> Piece:
    """Return how many machines are needed, and what each number of them keeps.

    Raises:
        MeasurementMissing: no peak or no speed is given.
    """
    peak = _peak(plan)
    arrivals, rate = plan.draws[PEAK], plan.draws[SPEED]
    told = {"seconds": peak.wait_seconds, "promised": peak.share}
    needed = erlang.servers_for(arrivals, rate, **told)
    alone = erlang.arrivals_for(1, rate, **told)
    safe = int(np.quantile(needed, 0.95))
    figures = (
        _load(arrivals / rate),
        _machines(needed),
        figure_of(
            "unit.load_of_one",
            Said("Answers a second that one machine takes", "单台机器可承受的速率"),
            alone,
            unit="answers/s",
            formula=f"the most arrivals with {LATE} ≤ 1 - share, c = 1",
            inputs=INPUTS[1:],
        ),
        *_idle(plan, arrivals, rate, safe),
    )
    low, high = (int(np.quantile(needed, q)) for q in (0.05, 0.95))
    answer = Said(
        f"For {percent(peak.share)} of calls to wait at most {count(peak.wait_seconds)} s at the"
        f" peak, {_some(low, high)} needed.",
        f"要让峰值时 {percent(peak.share)} 的请求等待不超过 {count(peak.wait_seconds)} 秒，需要"
        f" {low if low == high else f'{low} 到 {high}'} 台机器。",
    )
    return Piece(
        figures=figures,
        tables=(_table(plan, peak, int(np.median(needed)), safe),),
        cautions=tuple(_cautions(plan, arrivals, rate, safe)),
        notes=(ASSUMES,),
        data={
            "capacity": {"machines": {"low": low, "median": int(np.median(needed)), "high": high}}
        },
        answer=answer,
    )


def _peak(plan: Plan) -> Peak:
    if plan.venture.unit.peak is None:
        raise MeasurementMissing(
            expected="unit.peak: the calls at the busiest, and how long one may wait",
            got="none in the venture file",
            do="Write `peak: {answers_per_second: 20, wait_seconds: 0.2, share: 0.95}` under unit.",
            where="unit.peak",
        )
    return plan.venture.unit.peak


def _load(load: np.ndarray) -> Figure:
    return figure_of(
        "unit.load",
        Said(
            "Load at the peak, in machines that it keeps busy", "峰值负载（折合持续繁忙的机器数）"
        ),
        load,
        unit="machines",
        formula="a = peak.answers_per_second / answers_per_second",
        inputs=INPUTS[:2],
    )


def _machines(needed: np.ndarray) -> Figure:
    return stepped(
        "unit.machines",
        Said("Machines that keep the promise", "满足承诺所需机器数"),
        needed,
        unit="machines",
        formula=f"the fewest c with {LATE} ≤ 1 - share",
        inputs=INPUTS,
    )


def _idle(plan: Plan, arrivals: np.ndarray, rate: np.ndarray, machines: int) -> tuple[Figure, ...]:
    busy = figure_of(
        "unit.peak_utilisation",
        Said(f"Utilisation of {_many(machines)} at the peak", f"{machines} 台机器的峰值利用率"),
        arrivals / rate / machines,
        unit="%",
        formula="a / c",
        inputs=INPUTS[:2],
    )
    if "unit.hour" not in plan.draws:
        return (busy,)
    monthly = figure_of(
        "unit.machines_monthly",
        Said(f"Price of {_many(machines)} for a month", f"{machines} 台机器的月费用"),
        plan.draws["unit.hour"] * (machines * 24 * 365 / 12),
        unit=f"{plan.venture.currency}/month",
        formula="c · hour · 730",
        inputs=("unit.hour",),
    )
    return (busy, monthly)


def _table(plan: Plan, peak: Peak, middle: int, safe: int) -> Table:
    """Return what one machine less, this many, and some more keep, at the medians."""
    arrivals, rate = (float(np.median(plan.draws[path])) for path in (PEAK, SPEED))
    load = arrivals / rate
    rows = []
    for machines in range(max(1, middle - 1), max(safe, middle) + 3)[:8]:
        most = float(
            erlang.arrivals_for(machines, rate, seconds=peak.wait_seconds, promised=peak.share)
        )
        late = float(erlang.late(machines, arrivals, rate, peak.wait_seconds))
        rows.append(
            (
                machines,
                cell(min(load / machines, 1.0), "%"),
                cell(round(float(erlang.waiting(machines, load)), 4), "%"),
                cell(round(late, 4), "%"),
                float(erlang.mean_wait(machines, arrivals, rate)),
                cell(round(float(erlang.blocked(machines, load)), 4), "%"),
                most,
                _cost_at(plan, most / rate / machines),
            )
        )
    return Table(
        "unit.capacity",
        Said("What so many machines keep", "不同机器数的表现"),
        COLUMNS,
        tuple(rows),
    )


def _cost_at(plan: Plan, busy: float) -> Figure | None:
    if "unit.hour" not in plan.draws:
        return None
    hour, rate = (float(np.median(plan.draws[path])) for path in ("unit.hour", SPEED))
    return cell(float(cost.per_unit(hour, rate, busy)), plan.venture.currency)


def _cautions(plan: Plan, arrivals: np.ndarray, rate: np.ndarray, machines: int) -> list[Caution]:
    if "unit.utilisation" not in plan.draws:
        return []
    believed = float(np.median(plan.draws["unit.utilisation"]))
    at_peak = float(np.median(arrivals / rate / machines))
    if believed <= at_peak:
        return []
    text = Said(
        f"Utilisation is taken as {percent(believed)}, but with {_many(machines)}, which the"
        f" promise needs, it is {percent(at_peak)} even at the peak: an answer costs more than is"
        " said above, unless machines do other work or are switched off.",
        f"假设利用率为 {percent(believed)}，但满足承诺的 {machines} 台机器即使在峰值也只有"
        f" {percent(at_peak)} 的时间在忙：除非关停部分机器，单位成本会高于上面的数字。",
    )
    return [Caution("unit.capacity.utilisation", text, "unit.utilisation")]


def _some(low: int, high: int) -> str:
    if low == high:
        return f"{_many(low)} {'is' if low == 1 else 'are'}"
    return f"{low} to {_many(high)} are"


def _many(machines: int) -> str:
    return "1 machine" if machines == 1 else f"{machines:,} machines"


COLUMNS = (
    Said("machines", "机器数"),
    Said("busy", "繁忙"),
    Said("wait (C)", "需等待（C）"),
    Said("too long", "等待过久"),
    Said("mean wait, s", "平均等待，秒"),
    Said("lost without a queue (B)", "无队列时被拒（B）"),
    Said("most answers/s", "最大速率"),
    Said("machine time then", "此时机器成本"),
)
ASSUMES = Said(
    "Erlang's formulas take calls to come at random and independently, the time of one to be"
    " exponential, and each machine to answer one call at a time at its measured speed. Steady"
    " times wait about half as long; bursts, such as a batch at nine o'clock, wait longer.",
    "Erlang 公式假定请求随机独立到达、单次处理时间服从指数分布、每台机器按实测速度逐个处理。"
    "处理时间稳定时等待约减半；突发流量（例如九点的批量任务）等待更久。",
)
