"""Van Westendorp's price sensitivity meter: four prices a person, four curves, where they cross.

At a price p the shares of people are: too cheap, those whose `too_cheap` is p or above; cheap
likewise; expensive, those whose `expensive` is p or below; too expensive likewise. Each pair of a
falling and a rising curve crosses once:

    PMC, the lower end of the acceptable range    too cheap and expensive
    OPP, as many find it too cheap as too dear    too cheap and too expensive
    IPP, as many find it cheap as expensive       cheap and expensive
    PME, the upper end                            cheap and too expensive

Source: P. H. van Westendorp, "NSS Price Sensitivity Meter", 29th ESOMAR Congress (1976), 139-167;
the crossings are those that the R package pricesensitivitymeter takes. Between the prices that
people named, curves are joined by straight lines; where two curves lie on each other over a stretch
of prices, its middle is taken and the stretch is said. What the method does not tell is how many
would buy: OPP is no price that earns the most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedbed.errors import SurveyWrong
from seedbed.venture.survey.table import Survey, few, interval, resamples

QUESTIONS = ("too_cheap", "cheap", "expensive", "too_expensive")
PAIRS = {"pmc": (0, 2), "opp": (0, 3), "ipp": (1, 2), "pme": (1, 3)}
"""Which falling curve crosses which rising one, as places in `QUESTIONS`."""
LEAST_PEOPLE = 2


@dataclass(frozen=True, slots=True)
class Point:
    """Where two curves cross.

    Attributes:
        price: The price.
        low: 5 % point over resampled people.
        high: 95 % point.
        stretch: Between which prices the two curves lie on each other; a single price as a rule.
    """

    price: float
    low: float
    high: float
    stretch: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Westendorp:
    """What the four curves say.

    Attributes:
        people: Whose answers were used.
        dropped: Whose answers do not rise from `too_cheap` to `too_expensive`.
        prices: Where the curves are given, ascending (K,).
        curves: Share of people (4, K), in the order of `QUESTIONS`.
        points: `pmc`, `opp`, `ipp` and `pme`.
        same: Whether all who were used gave the same four prices.
    """

    people: int
    dropped: int
    prices: np.ndarray
    curves: np.ndarray
    points: dict[str, Point]
    same: bool


def analyse(survey: Survey, *, times: int = 1000, seed: int = 0) -> Westendorp:
    """Return the four curves, where they cross, and how sure that is.

    Args:
        survey: Columns `too_cheap`, `cheap`, `expensive`, `too_expensive`: prices, a person a row.
        times: Resamples of the people, for the intervals.
        seed: Of the resampling. The order of the rows changes nothing.

    Raises:
        SurveyWrong: a price is no number, fewer than two people are consistent, or all four prices
            are the same for everybody, so that no curves cross.
    """
    asked = np.column_stack([survey.prices(name) for name in QUESTIONS])
    consistent = (np.diff(asked, axis=1) >= 0).all(axis=1)
    kept, dropped = asked[consistent], int((~consistent).sum())
    if len(kept) < LEAST_PEOPLE:
        raise few(survey.path, "the four questions", LEAST_PEOPLE, len(kept), dropped)
    if len(np.unique(kept)) == 1:
        raise SurveyWrong(
            expected="prices that differ from question to question",
            got=f"{kept[0, 0]:g} to every question, from all {len(kept)} people",
            do="Ask at which prices the product is too cheap, cheap, expensive and too expensive.",
            where=survey.path,
        )
    kept = kept[np.lexsort(kept.T)]
    prices, places = np.unique(kept, return_inverse=True)
    places = places.reshape(kept.shape)
    curves = _curves(places, np.ones(len(kept)), len(prices))
    drawn: dict[str, list[float]] = {name: [] for name in PAIRS}
    for weights in resamples(len(kept), times, seed):
        again = _curves(places, weights, len(prices))
        for name, pair in PAIRS.items():
            drawn[name].append(float(np.mean(_crossing(prices, again, pair))))
    points = {}
    for name, pair in PAIRS.items():
        stretch = _crossing(prices, curves, pair)
        points[name] = Point(float(np.mean(stretch)), *interval(drawn[name]), stretch)
    same = bool((kept == kept[0]).all())
    return Westendorp(len(kept), dropped, prices, curves, points, same)


def _curves(places: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """Return the shares at each price (4, count): the first two fall, the last two rise."""
    told = [np.bincount(places[:, i], weights, minlength=count) for i in range(4)]
    shares = np.array(told) / weights.sum()
    falling = shares[:2, ::-1].cumsum(axis=1)[:, ::-1]
    return np.vstack([falling, shares[2:].cumsum(axis=1)])


def _crossing(prices: np.ndarray, curves: np.ndarray, pair: tuple[int, int]) -> tuple[float, float]:
    """Return the prices between which the rising curve less the falling one is nought."""
    gap = np.round(curves[pair[1]] - curves[pair[0]], 12)  # shares are sums of 1/n
    return _first(prices, gap), -_first(-prices[::-1], -gap[::-1])


def _first(prices: np.ndarray, gap: np.ndarray) -> float:
    """Return where a gap that never falls comes to nought; before the first price it is below."""
    above = int(np.argmax(gap >= 0))
    if above == 0 or gap[above] == 0:
        return float(prices[above])
    share = -gap[above - 1] / (gap[above] - gap[above - 1])
    return float(prices[above - 1] + share * (prices[above] - prices[above - 1]))
