"""`plan price`: the best price on a bounded range, what today's forgoes, and plans compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from seedbed.venture.assumption import Array
from seedbed.venture.ledger_facts import opened
from seedbed.venture.plan import Plan
from seedbed.venture.price import charts, history, offers, said
from seedbed.venture.price.belief import PATH, Held, held
from seedbed.venture.price.compare import Change, Month, Offer, change
from seedbed.venture.price.demand import Demand
from seedbed.venture.price.history import History
from seedbed.venture.price.optimum import Best, Case, bounds, optimise
from seedbed.venture.result import Caution, Figure, Said, Section, Table, figure_of

COST = "hour / (answers_per_second · 3600 · utilisation) + other_cost + error_rate · error_cost"


@dataclass(frozen=True, slots=True)
class Found:
    """All that `plan price` finds.

    Attributes:
        case: What the price was chosen for.
        best: The price.
        held: The elasticity that held.
        seen: What the ledger told.
    """

    case: Case
    best: Best
    held: Held
    seen: History


def find(plan: Plan) -> Found:
    """Return the price that maximises expected profit.

    Raises:
        MeasurementMissing: price, elasticity, unit cost or volume has no value.
        NoOptimum: profit rises for ever in some draws and there is no price.high, or no price that
            is allowed covers what an answer costs.
        SurveyWrong: price.survey cannot be used.
    """
    seen = history.read(plan)
    believed = held(plan, seen)
    draws, price = plan.draws, plan.venture.price
    share = np.broadcast_to(np.asarray(draws.get_or("market.share", 0.0), float), (draws.n,))
    demand = Demand(price.demand, draws["price.now"], believed.draws, share)
    cost = cost_of_answer(plan)
    low, high = bounds(demand, cost, price.low, price.high)
    volume = draws["customers.now"] * draws["customers.answers"]
    case = Case(demand, cost, volume, plan.value("price.now"), low, high)
    return Found(case, optimise(case), believed, seen)


def cost_of_answer(plan: Plan) -> Array:
    """Return what one more answer costs in every draw (N,): machines, payment, errors."""
    draws = plan.draws
    cost = plan.model.cost_of_answer(draws) + draws.get_or("unit.other_cost", 0.0)
    if "unit.error_rate" in draws and "value.error_cost" in draws:
        cost = cost + draws["unit.error_rate"] * draws["value.error_cost"]
    return np.asarray(cost)


def section(plan: Plan, compare: Sequence[str] = ()) -> Section:
    """Return what `plan price` says.

    Args:
        plan: The plan.
        compare: Names of further billing plans of the ledger to set beside today's.

    Raises:
        As `find`; RecordMissing: the ledger has no plan of a name.
    """
    found = find(plan)
    case, best = found.case, found.best
    currency = plan.venture.currency
    usage = found.seen.months or tuple(offers.assumed(plan))
    sets = _sets(plan, compare, best.price, usage)
    middle = float(np.median(case.demand.at(case.today)))
    tables = [said.formulas(case, middle, float(np.median(case.cost)))]
    pictures = [charts.profit(case, best, currency)]
    if usage:
        tables += _compared(sets, usage, plan.venture.seed, currency)
        pictures.append(charts.plans(sets, usage, currency))
    told = said.seen(found.seen)
    return Section(
        key="price",
        title=Said("What an answer should cost", "一次回答该卖多少钱"),
        answer=said.answer(case, best, currency),
        figures=tuple(_figures(found, currency)),
        tables=tuple(tables),
        charts=tuple(pictures),
        cautions=(*said.cautions(plan, case, best), *found.held.cautions, *_usage(found, sets)),
        notes=(*((told,) if told else ()), *said.NOTES),
        data=_data(found, sets),
    )


def _figures(found: Found, currency: str) -> Iterator[Figure]:
    case, best = found.case, found.best
    each = f"{currency}/answer"
    monthly = f"{currency}/month"
    yield Figure(
        "price.best",
        Said("Best price of an answer", "最优价（每次回答）"),
        best.price,
        each,
        *_ends(best.each),
        "the P between price.low and price.high with the highest mean of V · D(P) · (P - C)",
        ("price.now", PATH, "customers.now", "customers.answers"),
    )
    now = Said("Today's price", "现价")
    yield Figure("price.now", now, case.today, each, inputs=("price.now",))
    cost = Said("What an answer costs", "每次回答的单位成本")
    yield figure_of("price.cost", cost, case.cost, unit=each, formula=COST)
    yield figure_of(
        "price.elasticity",
        Said("Elasticity at today's price", "现价处的需求弹性"),
        case.demand.at(case.today),
        formula=found.held.estimate.source if found.held.estimate else "",
        inputs=(PATH,),
    )
    yield _mean(
        "price.profit", Said("Profit at the best price", "最优价下的利润"), best.profit, monthly
    )
    yield _mean(
        "price.profit_now", Said("Profit at today's price", "现价下的利润"), best.now, monthly
    )
    yield Figure(
        "price.regret",
        Said("What today's price forgoes", "维持现价放弃的利润"),
        best.regret,
        monthly,
        *_ends(best.profit - best.now),
        formula="mean profit at the best price - mean profit at today's",
    )
    yield Figure(
        "price.known",
        Said("What knowing demand and cost would add", "若完全了解需求与成本可再增加"),
        best.known,
        monthly,
        formula="mean over the draws of each one's best profit - mean profit at the best price",
    )
    on = Said("Draws whose best price lies on a bound", "最优价落在边界上的抽样占比")
    yield Figure("price.on_bound", on, best.at_low + best.at_high, "%")


def _mean(key: str, title: Said, draws: Array, unit: str) -> Figure:
    formula = "mean of V · D(P) · (P - C)"
    return Figure(key, title, float(np.mean(draws)), unit, *_ends(draws), formula=formula)


def _ends(draws: Array) -> tuple[float, float]:
    low, high = np.quantile(draws, (0.05, 0.95))
    return float(low), float(high)


def _sets(plan: Plan, compare: Sequence[str], price: float, usage: Sequence[Month]) -> list[Offer]:
    """Return today's plan first, then those named, then three made at the best price."""
    if not usage:
        return []
    names = [*dict.fromkeys((*plan.venture.about.plans, *compare))]
    with opened(plan.venture, plan.home) as database:
        known = offers.named(database, names, usage)
    if not known:
        known = [offers.flat("today", plan.value("price.now"), plan.venture.currency, usage)]
    return [*known, *offers.made(price, plan.venture.currency, usage)]


def _compared(
    sets: Sequence[Offer], usage: Sequence[Month], seed: int, currency: str
) -> list[Table]:
    changes = [change(sets[0], one, usage, seed=seed) for one in sets]
    first = Table(
        "price.plans",
        Said(
            f"Plans on the same {len(usage)} customer-months, {currency} before tax",
            f"同一批 {len(usage)} 个客户月下的方案比较（{currency}，税前）",
        ),
        (
            Said("plan", "方案"),
            Said("income a customer-month", "每客户月收入"),
            Said("5 %", "5%"),
            Said("95 %", "95%"),
            Said("spread between customers", "客户间差异（标准差）"),
            Said("who pays less", "少付者"),
            Said("who pays more", "多付者"),
            Said("income at risk", "有流失风险的收入"),
        ),
        tuple(_row(one, told) for one, told in zip(sets, changes, strict=True)),
    )
    second = Table(
        "price.bills",
        Said("A month's bill by how much is used", "按用量百分位的月账单"),
        (
            Said("percentile", "百分位"),
            Said("answers", "回答次数"),
            *(Said(o.name, o.name) for o in sets),
        ),
        tuple(
            (percent, answers, *(round(told.at[i][3], 2) for told in changes))
            for i, (percent, answers, _, _) in enumerate(changes[0].at)
        ),
    )
    return [first, second]


def _row(one: Offer, told: Change) -> tuple[object, ...]:
    money = (round(value, 2) for value in (told.mean, told.low, told.high, told.spread))
    shares = (told.winners, told.losers, told.at_risk)
    return (one.name, *money, *(f"{share:.0%}" for share in shares))


def _usage(found: Found, sets: Sequence[Offer]) -> Iterator[Caution]:
    if not found.seen.months:
        yield Caution(
            "price.usage_assumed",
            Said(
                "The plans are compared on an assumed usage: the range of customers.answers is"
                " taken as the spread between customers, which it need not be.",
                "方案比较使用假设用量：以 customers.answers 的区间代替客户之间的差异，未必如此。",
            ),
            "customers.answers",
        )
    for one in sets:
        if one.refused or one.unpriced:
            yield Caution(
                "price.not_billed",
                Said(
                    f"{one.name}: its quota would refuse {one.refused:,} units, and"
                    f" {one.unpriced} customer-months call releases that it has no price for;"
                    " neither is billed.",
                    f"{one.name}：配额将拒绝 {one.refused:,} 个计量单位，另有 {one.unpriced}"
                    " 个客户月调用了未定价的发布；均未计费。",
                ),
            )


def _data(found: Found, sets: Sequence[Offer]) -> dict[str, object]:
    case, best = found.case, found.best
    return {
        "best": best.price,
        "bound": best.bound or None,
        "regret": best.regret,
        "elasticity_from": found.held.origin,
        "elasticity": found.held.estimate,
        "bounds": [case.low, case.high],
        "at_low": best.at_low,
        "at_high": best.at_high,
        "at_or_below_one": best.endless,
        "curve": {
            "price": best.prices,
            "mean": best.mean,
            "low": best.bands[0],
            "high": best.bands[1],
        },
        "plans": [
            {"name": one.name, "mean": one.mean, "plan": one.plan.model_dump(mode="json")}
            for one in sets
        ],
    }
