"""Gabor and Granger: who would buy at which price, so demand, income and elasticity by price.

Each person says yes or no to some prices. A yes at a price is a yes at every lower one, a no is a
no at every higher one; what nobody asked and nothing implies stays unknown and is counted. Income
at a price is price times the share that buys, for each person asked. Elasticity comes of a logit of
buying on the price's logarithm, in which it is slope · (1 - share) at a price.

Source: A. Gabor and C. W. J. Granger, "Price as an indicator of quality", Economica 33 (1966),
43-70; the intervals resample people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedbed.errors import SurveyWrong
from seedbed.venture.survey import logit
from seedbed.venture.survey.table import Survey, few, interval, resamples

LEAST_PEOPLE = 2


@dataclass(frozen=True, slots=True)
class Granger:
    """What people said they would buy at, price by price.

    Attributes:
        people: Whose answers were used.
        dropped: Those who would buy at a price, and not at a lower one.
        prices: Prices that were asked, ascending (K,).
        asked: How many people's answer is known at each (K,).
        demand: Share that would buy (K,).
        demand_low: 5 % points (K,).
        demand_high: 95 % points (K,).
        income: Price times share: income for each person asked (K,).
        income_low: 5 % points (K,).
        income_high: 95 % points (K,).
        best: The price with the most income among those asked.
        best_share: Of the resamples, how many find it best too.
        unknown: Answers that were neither given nor implied.
        slope: Of the logit of buying on the price's logarithm, with its interval; None where the
            answers give none (see `why`).
        why: Why there is no slope.
    """

    people: int
    dropped: int
    prices: np.ndarray
    asked: np.ndarray
    demand: np.ndarray
    demand_low: np.ndarray
    demand_high: np.ndarray
    income: np.ndarray
    income_low: np.ndarray
    income_high: np.ndarray
    best: float
    best_share: float
    unknown: int
    slope: tuple[float, float, float] | None
    why: str
    level: float

    def elasticity(self, price: float) -> tuple[float, float, float] | None:
        """Return elasticity at a price (value, 5 %, 95 % point): slope times those who do not buy.

        The interval is the slope's; how sure the share is matters less, and is left out.
        """
        if self.slope is None:
            return None
        share = 1 / (1 + np.exp(-(self.level - self.slope[0] * np.log(price))))
        value, low, high = (float(one * (1 - share)) for one in self.slope)
        return value, low, high


def analyse(survey: Survey, *, times: int = 1000, seed: int = 0) -> Granger:
    """Return demand and income by price, with intervals.

    Args:
        survey: Columns `respondent`, `price`, `buys` (yes or no): a row for each price asked.
        times: Resamples of the people.
        seed: Of the resampling. The order of the rows changes nothing.

    Raises:
        SurveyWrong: a price is no number or not above 0, only one price was asked, a person
            answered twice at one price, or fewer than two people are consistent.
    """
    prices, known = _answers(survey)
    sure = np.where(np.isnan(known), 0, known)
    highest = np.where(sure == 1, np.arange(len(prices)), -1).max(axis=1)
    lowest = np.where(known == 0, np.arange(len(prices)), len(prices)).min(axis=1)
    consistent = highest < lowest
    dropped = int((~consistent).sum())
    if consistent.sum() < LEAST_PEOPLE:
        raise few(survey.path, "the prices", LEAST_PEOPLE, int(consistent.sum()), dropped)
    places = np.arange(len(prices))
    yes = places[None] <= highest[consistent, None]
    no = places[None] >= lowest[consistent, None]
    order = np.lexsort((lowest[consistent], highest[consistent]))
    return _told(prices, yes[order], no[order], dropped, times, seed)


def _answers(survey: Survey) -> tuple[np.ndarray, np.ndarray]:
    """Return the prices asked (K,), and who would buy at each (people, K): 1, 0 or NaN."""
    asked, buys = survey.prices("price"), survey.answers("buys")
    if (asked <= 0).any() or len(np.unique(asked)) < 2:
        raise SurveyWrong(
            expected="two or more prices, each above 0",
            got="a price of 0" if (asked <= 0).any() else f"{asked[0]:g} alone",
            do="Ask each person at several prices.",
            where=survey.path,
        )
    people, row = np.unique(survey.people(), return_inverse=True)
    prices, column = np.unique(asked, return_inverse=True)
    known = np.full((len(people), len(prices)), np.nan)
    for i, (person, price, bought) in enumerate(zip(row, column, buys, strict=True)):
        if not np.isnan(known[person, price]):
            raise SurveyWrong(
                expected="one answer of a person at a price",
                got=f"a second one of {str(people[person])!r} at {prices[price]:g},"
                f" on line {survey.lines[i]}",
                do="Name people apart, or take the second answer out.",
                where=survey.path,
            )
        known[person, price] = bought
    return prices, known


def _told(
    prices: np.ndarray, yes: np.ndarray, no: np.ndarray, dropped: int, times: int, seed: int
) -> Granger:
    ones = np.ones(len(yes))
    asked, demand = _demand(yes, no, ones)
    drawn, slopes = [], []
    fit, why = _slope(prices, yes, no, ones)
    for weights in resamples(len(yes), times, seed):
        drawn.append(_demand(yes, no, weights)[1])
        if fit is not None:
            again, _ = _slope(prices, yes, no, weights)
            slopes.append(np.nan if again is None else again[1])
    ends = np.array([interval(column) for column in np.array(drawn).T]).T
    income = prices * demand
    best = int(np.nanargmax(income))
    found = np.array([np.nanargmax(prices * one) for one in drawn if not np.isnan(one).all()])
    slope = None if fit is None else (fit[1], *interval(slopes))
    return Granger(
        people=len(yes),
        dropped=dropped,
        prices=prices,
        asked=asked.astype(int),
        demand=demand,
        demand_low=ends[0],
        demand_high=ends[1],
        income=income,
        income_low=prices * ends[0],
        income_high=prices * ends[1],
        best=float(prices[best]),
        best_share=float(np.mean(found == best)),
        unknown=int((~(yes | no)).sum()),
        slope=slope,
        why=why,
        level=0.0 if fit is None else fit[0],
    )


def _demand(yes: np.ndarray, no: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return at each price how many answers are known, and the share of them that is yes."""
    buy, known = weights @ yes, weights @ (yes | no)
    share = np.divide(buy, known, out=np.full(len(buy), np.nan), where=known > 0)
    return known, share


def _slope(
    prices: np.ndarray, yes: np.ndarray, no: np.ndarray, weights: np.ndarray
) -> tuple[tuple[float, float] | None, str]:
    """Return level a and slope b of ln(share / (1 - share)) = a - b ln(price), or why not."""
    buy, known = weights @ yes, weights @ (yes | no)
    return logit.of_counts(np.log(prices), buy, known)
