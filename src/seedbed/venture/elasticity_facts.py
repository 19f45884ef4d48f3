"""The elasticity that the ledger's price history or a survey tells, for the register.

In this order: what customers did, then what they said (`price.survey`). Where neither tells it, the
assumption stays, and why neither does is told. One value holds for every verb: the register's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from seedbed.errors import SurveyWrong
from seedbed.venture import elasticity
from seedbed.venture.assumption import Assumption, Kind
from seedbed.venture.elasticity import Estimate
from seedbed.venture.file import Venture
from seedbed.venture.price_history import History
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
class Told:
    """What was found out about the elasticity.

    Attributes:
        origin: Whether customers did it (`measured`) or said it (`survey`).
        belief: For the register; None: nothing tells it.
        where: The months of the ledger, or the file of the survey.
        estimate: What was estimated.
        cautions: Why nothing tells it, or what to beware of in what does.
    """

    origin: Literal["measured", "survey"] = "measured"
    belief: Assumption | None = None
    where: str = ""
    estimate: Estimate | None = None
    cautions: tuple[Caution, ...] = ()


def tell(venture: Venture, seen: History, now: float | None) -> Told:
    """Return what history and survey tell of the elasticity at today's price.

    Args:
        venture: Whose `price.survey` is read.
        seen: The ledger's price history.
        now: Today's price of an answer; None: it is not known, and no survey can be asked.

    Raises:
        SurveyWrong: `price.survey` cannot be used.
    """
    said: list[Caution] = []
    if venture.price.demand == "inverse":
        return Told()
    if (found := _from_ledger(seen, said)) is not None:
        return _told("measured", found, f"ledger, {seen.span}", seen.last, said)
    if (found := _from_survey(venture, now, said)) is not None:
        return _told("survey", found, str(venture.price.survey), None, said)
    return Told(cautions=tuple(said))


def _told(
    origin: Literal["measured", "survey"],
    found: Estimate,
    where: str,
    day: date | None,
    said: list[Caution],
) -> Told:
    kind: Kind = "lognormal" if found.low > LEAST else "normal"
    belief = Assumption(found.value, found.low, found.high, kind, found.source, day, floor=LEAST)
    if floored := belief.outside():
        said.append(_floored(floored))
    return Told(origin, belief, where, found, (*said, *_weak(found)))


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


def _from_survey(venture: Venture, now: float | None, said: list[Caution]) -> Estimate | None:
    named = venture.price.survey
    if named is None or now is None:
        return None
    survey = read(venture.folder / named)
    found, why = of_survey(survey, now, venture.seed)
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
