"""`plan price`: the best price on a bounded range, what today's forgoes, and plans compared."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from seedbed.venture.assumption import Array
from seedbed.venture.elasticity_facts import PATH
from seedbed.venture.plan import Plan
from seedbed.venture.price import charts, offers, plans, said
from seedbed.venture.price.compare import Offer, thinned
from seedbed.venture.price.find import Found, find
from seedbed.venture.result import Figure, Said, Section, figure_of

COST = "hour / (answers_per_second · 3600 · utilisation) + other_cost + error_rate · error_cost"


def section(plan: Plan, compare: Sequence[str] = ()) -> Section:
    """Return what `plan price` says.

    Args:
        plan: The plan.
        compare: Names of further billing plans of the ledger to set beside today's.

    Raises:
        As `find`; RecordMissing: the ledger has no plan of a name; VentureWrong: there is no
            ledger, or a plan is in another currency.
    """
    found = find(plan)
    case, best = found.case, found.best
    currency = plan.venture.currency
    usage = thinned(found.seen.months or offers.assumed(plan))
    sets = plans.sets(plan, compare, best.price, usage)
    middle = float(np.median(case.demand.at(case.today)))
    tables = [
        said.distribution(best, currency),
        said.formulas(case, middle, float(np.median(case.cost)), currency),
    ]
    pictures = [charts.profit(case, best, currency)]
    if usage:
        tables += plans.compared(sets, usage, plan.venture.seed, currency)
        pictures.append(charts.plans(sets, usage, currency))
    told = said.seen(found.seen)
    return Section(
        key="price",
        title=Said("What an answer should cost", "一次回答该卖多少钱"),
        answer=said.answer(case, best, currency),
        figures=tuple(_figures(found, currency)),
        tables=tuple(tables),
        charts=tuple(pictures),
        cautions=(
            *((said.ALONE,) if found.alone else ()),
            *said.cautions(plan, case, best),
            *found.held.cautions,
            *plans.cautions(found, sets),
        ),
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
    better = Said("Draws in which that beats today's price", "优于现价的抽样占比")
    yield Figure("price.better", better, float(np.mean(best.profit >= best.now)), "%")
    on = Said("Draws whose best price lies on a bound", "最优价落在边界上的抽样占比")
    yield Figure("price.on_bound", on, best.at_low + best.at_high, "%")


def _mean(key: str, title: Said, draws: Array, unit: str) -> Figure:
    formula = "mean of V · D(P) · (P - C)"
    return Figure(key, title, float(np.mean(draws)), unit, *_ends(draws), formula=formula)


def _ends(draws: Array) -> tuple[float, float]:
    low, high = np.quantile(draws, (0.05, 0.95))
    return float(low), float(high)


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
        "at_a_loss": float(np.mean(case.cost >= best.price)),
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
