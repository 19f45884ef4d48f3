"""How good a forecast was: CRPS, coverage, and against the two forecasts that cost nothing.

Only the months after the one in which a forecast was frozen are scored: of those before it, and of
the one that was under way, it could know what came. "Same as last month" says that every month will
be as that one was; "straight line" goes on with the line through the months up to it. Both are
single numbers, whose CRPS is their absolute error. Skill = 1 − CRPS / CRPS of the reference: 1 is
perfect, 0 no better.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from seedbed.errors import ForecastMissing
from seedbed.tasks.statistics import wilson
from seedbed.venture.assumption import Array
from seedbed.venture.months import month_of_day, months_from
from seedbed.venture.result import HIGH, LOW
from seedbed.venture.score import crps
from seedbed.venture.score.frozen import Forecast
from seedbed.venture.score.truth import Truth

LEAST = 6
"""Months below which nothing is said of skill."""
LINE = 6
"""Months before the forecast that the straight line goes through."""
LAST, STRAIGHT = "same as last month", "straight line"
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Against:
    """A forecast against a reference.

    Attributes:
        name: Of the reference.
        crps: Its mean score.
        skill: 1 − ours / its; None where its score is 0.
        low: 2.5 % point of the skill over resampled months; None where too few to say.
        high: 97.5 % point.
        verdict: `better`, `worse`, or `too few to say`.
    """

    name: str
    crps: float
    skill: float | None
    low: float | None
    high: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class Scored:
    """A quantity's forecast, scored.

    Attributes:
        quantity: Such as `income`.
        months: That are known, and were still to come when they were forecast.
        truth: What came.
        bands: What was forecast at 5, 50 and 95 %, (3, months).
        scores: CRPS month by month.
        covered: Share of the months inside the 90 % interval, with Wilson's 95 % interval.
        against: Per reference.
    """

    quantity: str
    months: tuple[str, ...]
    truth: Array
    bands: Array
    scores: Array
    covered: tuple[float, float, float]
    against: tuple[Against, ...] = field(default=())

    @property
    def crps(self) -> float:
        """Mean score, in the quantity's unit."""
        return float(self.scores.mean())


def compare(forecast: Forecast, truth: Truth, *, seed: int = 0) -> list[Scored]:
    """Score every quantity of a forecast that the truth holds.

    Raises:
        ForecastMissing: the truth has no month that was still to come when it was frozen.
    """
    found = [
        _scored(forecast, truth, quantity, seed)
        for quantity in forecast.quantities
        if any(truth.at(quantity, month) is not None for month in forecast.ahead)
    ]
    if not found:
        raise _nothing(forecast, truth)
    return found


def _nothing(forecast: Forecast, truth: Truth) -> ForecastMissing:
    ahead = forecast.ahead
    if not ahead:
        return ForecastMissing(
            expected="a month that was still to come when the forecast was frozen",
            got=f"{forecast.months[0]} to {forecast.months[-1]}, frozen on {forecast.frozen}",
            do="Name another forecast, or move start and capital and write the plan again.",
            where=forecast.path.name,
        )
    return ForecastMissing(
        expected=f"months from {ahead[0]} to {ahead[-1]}",
        got=f"{truth.months[0]} to {truth.months[-1]} from {truth.source}",
        do="Wait until a month that was forecast is over, or name another forecast.",
        where=forecast.path.name,
    )


def _scored(forecast: Forecast, truth: Truth, quantity: str, seed: int) -> Scored:
    pairs = [(i, truth.at(quantity, month)) for i, month in enumerate(forecast.months)]
    known = [(i, came) for i, came in pairs if came is not None and forecast.leads[i] >= 1]
    rows = [i for i, _ in known]
    came = np.array([value for _, value in known])
    quantiles, levels = forecast.quantiles(quantity)[rows], forecast.levels
    scores = np.array(
        [crps.quantiles(levels, q, value) for q, value in zip(quantiles, came, strict=True)]
    )
    bands = np.array([[np.interp(p, levels, q) for q in quantiles] for p in (LOW, 0.5, HIGH)])
    inside = int(np.count_nonzero((came >= bands[0]) & (came <= bands[2])))
    covered = wilson(inside, len(came))
    against = tuple(
        _against(name, scores, np.abs(came - guess[rows]), seed)
        for name, guess in references(forecast, truth, quantity).items()
    )
    months = tuple(forecast.months[i] for i in rows)
    share = (covered.value, covered.low, covered.high)
    return Scored(quantity, months, came, bands, scores, share, against)


def references(forecast: Forecast, truth: Truth, quantity: str) -> Mapping[str, Array]:
    """Return the references' forecasts, as far as what was known then gives them, (months,)."""
    leads = np.array(forecast.leads)
    before = truth.before(quantity, months_from(month_of_day(forecast.frozen), 2)[1])
    last = before[-1] if before else forecast.known(quantity)
    found: dict[str, Array] = {}
    if last is not None:
        found[LAST] = np.full(len(leads), last)
    if len(before) >= 2:
        found[STRAIGHT] = _line(before[-LINE:], leads)
    return found


def _line(before: Sequence[float], leads: Array) -> Array:
    """Return the least-squares line through some months, so many months after the last of them."""
    x = np.arange(len(before), dtype=np.float64)
    slope, start = np.polyfit(x, before, 1)
    return np.asarray(start + slope * (len(before) - 1 + leads))


def _against(name: str, ours: Array, theirs: Array, seed: int) -> Against:
    reference = float(theirs.mean())
    skill = 1 - float(ours.mean()) / reference if reference > 0 else None
    if skill is None or len(ours) < LEAST:
        return Against(name, reference, skill, None, None, "too few to say")
    low, high = interval(ours, theirs, seed=seed)
    verdict = "better" if low > 0 else "worse" if high < 0 else "too few to say"
    return Against(name, reference, skill, low, high, verdict)


def interval(ours: Array, theirs: Array, *, seed: int = 0) -> tuple[float, float]:
    """Return the 95 % interval of the skill by a paired bootstrap over blocks of months.

    Months that follow each other err alike, so that blocks of about n^(1/3) are drawn, around the
    end to the beginning (Politis and Romano 1992).
    """
    n = len(ours)
    block = max(1, round(n ** (1 / 3)))
    starts = np.random.default_rng(seed).integers(0, n, size=(RESAMPLES, math.ceil(n / block)))
    rows = ((starts[:, :, None] + np.arange(block)) % n).reshape(RESAMPLES, -1)[:, :n]
    below = theirs[rows].mean(axis=1)
    drawn = 1 - ours[rows].mean(axis=1)[below > 0] / below[below > 0]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)
