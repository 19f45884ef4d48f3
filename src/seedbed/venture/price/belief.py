"""Which elasticity holds: what customers did, what they said, or what the founder believes.

In this order: an assumption that is pinned; the ledger's history; the survey of `price.survey`; the
assumption. Draws of an estimate take the ranks of the assumption's own draws, so that correlations
with other assumptions stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seedbed.errors import SurveyWrong
from seedbed.venture.assumption import Array, Assumption, Kind
from seedbed.venture.plan import Plan
from seedbed.venture.price import elasticity
from seedbed.venture.price.elasticity import Estimate
from seedbed.venture.price.history import History
from seedbed.venture.result import Caution, Said
from seedbed.venture.survey import conjoint, granger
from seedbed.venture.survey.design import NONE, PRICE
from seedbed.venture.survey.table import Survey, read

PATH = "price.elasticity"
LEAST = 0.01
"""An elasticity below this is no demand at all; draws that would fall there stand at it."""


AWAY = 3.0
"""Today's price so many times beyond the prices of a survey was hardly asked in the same unit."""

TOGETHER = Caution(
    "price.together",
    Said(
        "All customers changed price in the same months: a season, a trend or a new release counts"
        " as if the price had done it.",
        "所有客户在同一时间调价：季节、趋势或新版本的影响都会被算作价格的作用。",
    ),
    PATH,
)


@dataclass(frozen=True, slots=True)
class Held:
    """The elasticity that holds.

    Attributes:
        draws: At today's price (N,).
        origin: `assumption`, or the estimate's `how`.
        estimate: What was estimated, where it was.
        cautions: Why an estimate is not used, or what to beware of in it.
    """

    draws: Array
    origin: str
    estimate: Estimate | None
    cautions: tuple[Caution, ...]


def held(plan: Plan, seen: History) -> Held:
    """Return the elasticity that holds, with what there is to say of it."""
    entry = plan.register.get(PATH)
    if plan.venture.price.demand == "inverse":
        return Held(np.ones(plan.draws.n), "inverse", None, ())
    if entry is not None and entry.now.pin:
        return Held(plan.draws[PATH], "assumption", None, ())
    said: list[Caution] = []
    found = _from_ledger(seen, said) or _from_survey(plan, said)
    if found is None:
        return Held(plan.draws[PATH], "assumption", None, tuple(said))
    believed = _as_assumption(found)
    draws = believed.quantile(_ranks(plan))
    floored = float(np.mean(draws <= LEAST))
    if floored:
        said.append(_floored(floored))
    return Held(draws, found.how, found, (*said, *_weak(found)))


def _from_ledger(seen: History, said: list[Caution]) -> Estimate | None:
    observed = seen.observed()
    if observed is None:
        return None
    found, why = elasticity.from_history(observed)
    if found is None:
        said.append(
            Caution(
                "price.history_short",
                Said(
                    f"The ledger does not tell the elasticity: {why}. The assumption stays.",
                    f"账本还不足以估计需求弹性（{why}），继续采用原假设。",
                ),
                PATH,
            )
        )
    return _usable(found, said)


def _from_survey(plan: Plan, said: list[Caution]) -> Estimate | None:
    named = plan.venture.price.survey
    if named is None:
        return None
    survey, now = read(plan.venture.folder / named), plan.value("price.now")
    found, why = of_survey(survey, now, plan.venture.seed)
    asked = [one for one in _asked(survey) if one > 0]
    if found is not None and not min(asked) / AWAY <= now <= max(asked) * AWAY:
        found, why = (
            None,
            f"it asked {min(asked):g} to {max(asked):g}, and today's price is {now:g}",
        )
    elif found is not None and not min(asked) <= now <= max(asked):
        said.append(_beyond(min(asked), max(asked), now))
    if found is None:
        said.append(
            Caution(
                "price.survey_silent",
                Said(
                    f"The survey {Path(named).name} gives no elasticity: {why}. The assumption"
                    " stays.",
                    f"问卷 {Path(named).name} 无法给出弹性（{why}），继续采用原假设。",
                ),
                PATH,
            )
        )
    return _usable(found, said)


def _asked(survey: Survey) -> list[float]:
    """Return the prices of a survey; rows for taking nothing have none."""
    cells = (cell for cell in survey.cells("price") if cell)
    return [float(cell) for cell in cells]


def _beyond(low: float, high: float, now: float) -> Caution:
    return Caution(
        "price.survey_beyond",
        Said(
            f"The survey asked prices from {low:g} to {high:g}; elasticity at {now:g} is an"
            " extrapolation.",
            f"问卷询问的价格为 {low:g} 至 {high:g}；{now:g} 处的弹性属于外推。",
        ),
        PATH,
    )


def of_survey(survey: Survey, price: float, seed: int) -> tuple[Estimate | None, str]:
    """Return the elasticity at a price that a survey tells, or None and why it does not.

    Columns `buys` and `price` make a Gabor-Granger survey, `chosen` and `price` a conjoint one
    (elasticity of a buyer against taking nothing, so it needs rows of the alternative `none`).

    Raises:
        SurveyWrong: it is neither, or cannot be used.
    """
    if "buys" in survey.columns:
        asked = granger.analyse(survey, seed=seed)
        told = asked.elasticity(price)
        if told is None:
            return None, asked.why
        source = f"a Gabor-Granger survey of {asked.people} people"
        return Estimate(*told, "granger", asked.people, len(asked.prices), source), ""
    if "chosen" in survey.columns:
        return _of_conjoint(survey, price)
    if "too_cheap" in survey.columns:
        return None, "van Westendorp's questions do not ask who would buy"
    raise SurveyWrong(
        expected="columns `price` and `buys`, or `price` and `chosen`",
        got=", ".join(survey.columns),
        do="See the columns in: seedbed plan price --help.",
        where=survey.path,
    )


def _of_conjoint(survey: Survey, price: float) -> tuple[Estimate | None, str]:
    chosen = conjoint.analyse(survey)
    if NONE not in [one.name for one in chosen.columns]:
        return None, "nobody could take nothing, so it tells what is preferred, not who buys"
    if chosen.price_weight >= 0:
        return None, "people did not mind a higher price"
    weight = next(one for one in chosen.worths if one.name == PRICE)
    share = chosen.bought(price)
    scale = price * (1 - share)
    value, half = -weight.weight * scale, conjoint.Z * weight.error * scale
    source = f"a conjoint survey of {chosen.people} people"
    told = Estimate(value, value - half, value + half, "conjoint", chosen.questions, 0, source)
    return told, ""


def _usable(found: Estimate | None, said: list[Caution]) -> Estimate | None:
    if found is None or found.value > LEAST:
        return found
    said.append(
        Caution(
            "price.rises",
            Said(
                f"By {found.source}, demand rises with the price (elasticity {found.value:.2f}):"
                " something else moved with it. The assumption stays.",
                f"数据显示价格越高用量反而越大（弹性 {found.value:.2f}），说明另有因素同时变化；"
                "继续采用原假设。",
            ),
            PATH,
        )
    )
    return None


def _as_assumption(found: Estimate) -> Assumption:
    kind: Kind = "lognormal" if found.low > LEAST else "normal"
    return Assumption(found.value, found.low, found.high, kind, found.source, floor=LEAST)


def _ranks(plan: Plan) -> Array:
    """Return quantiles (N,) in the order of the assumption's draws, or by the plan's seed."""
    n = plan.draws.n
    if plan.has(PATH) and not plan.register[PATH].now.certain:
        order = np.argsort(np.argsort(plan.draws[PATH], kind="stable"), kind="stable")
    else:
        order = np.random.default_rng([plan.venture.seed, 0x0E]).permutation(n)
    return np.asarray((order + 0.5) / n)


def _floored(share: float) -> Caution:
    return Caution(
        "price.elasticity_floored",
        Said(
            f"In {share:.1%} of the draws the estimated elasticity would be 0 or less; they stand"
            f" at {LEAST:g}.",
            f"有 {share:.1%} 的抽样中估计弹性为零或负，按 {LEAST:g} 计。",
        ),
        PATH,
    )


def _weak(found: Estimate) -> tuple[Caution, ...]:
    if found.how == "within" and found.together:
        return (TOGETHER,)
    if found.how != "between":
        return ()
    return (
        Caution(
            "price.between",
            Said(
                "The elasticity compares versions of the plan with each other: what else changed"
                " between them, or who chose which, counts as if the price had done it.",
                "这一弹性来自不同版本之间的比较：版本之间其他变化、或客户自行选择版本的影响，"
                "都会被算作价格的作用。",
            ),
            PATH,
        ),
    )
