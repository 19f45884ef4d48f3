"""Published problems on the size of a market, diffusion and surveys."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import as_file, files

import numpy as np

from seedbed.venture.market import bass, size
from seedbed.venture.survey import conjoint, westendorp
from seedbed.venture.survey.conjoint import Conjoint
from seedbed.venture.survey.table import Survey, read
from seedbed.venture.verify.base import Problem

BASS = "F. M. Bass, Management Science 15 (1969), 215-227"
GREENE = (
    "W. H. Greene, Econometric Analysis, 5th ed. (2003), p. 729: travel mode choice, 210 people"
    " (the table F18-2 is in the public domain; R's mlogit and Stata agree in statsmodels' tests)"
)
VERIFICATION = "verification.md"

PEAKS = (
    ("clothes-dryers", 0.017206, 0.35688, 8.1),
    ("electric-bed-coverings", 0.005876, 0.24387, 14.9),
    ("coffee-makers", 0.017135, 0.30145, 9.0),
    ("steam-irons", 0.028632, 0.32791, 6.8),
    ("record-players", 0.024796, 0.65410, 4.8),
)
"""Product, p, q by year, and the year of the peak as Bass prints it."""


def _peak(p: float, q: float) -> Callable[[], float]:
    return lambda: float(bass.peak(p, q))


@cache
def _travel() -> Conjoint:
    with as_file(files("seedbed.venture.survey") / "travel-modes.csv") as path:
        return conjoint.analyse(read(path))


def _weight(name: str, minus: str = "") -> Callable[[], float]:
    """Return a weight of the travel modes, less another; the base of the modes is by air."""

    def ours() -> float:
        found = {one.name: one.weight for one in _travel().worths}
        return found.get(name, 0.0) - found.get(minus, 0.0)

    return ours


def _error(name: str) -> Callable[[], float]:
    def ours() -> float:
        found = _travel()
        at = [one.name for one in found.columns].index(name)
        return float(np.sqrt(found.fit.covariance[at, at]))

    return ours


def _crossing(name: str) -> Callable[[], float]:
    """Return where two straight curves of nine people cross."""

    def ours() -> float:
        rows = tuple(tuple(str(i + more) for more in (0, 2, 4, 6)) for i in range(1, 10))
        survey = Survey("nine people", westendorp.QUESTIONS, rows, tuple(range(2, 11)))
        return westendorp.analyse(survey, times=1).points[name].price

    return ours


PROBLEMS: tuple[Problem, ...] = (
    Problem(
        "F2",
        "Market D = k·S, k = 0.1, S = 100",
        f"{VERIFICATION}, formula 2",
        "S",
        10.0,
        1e-9,
        lambda: float(size.cap(0.1, 100.0)),
    ),
    Problem(
        "T33.peak",
        "Bass, room air conditioners: years to the peak",
        f"{VERIFICATION}, T33; {BASS}",
        "R",
        8.61,
        0.005,
        _peak(0.0104, 0.4186),
    ),
    Problem(
        "T33.sales",
        "Bass, room air conditioners: sales at the peak, millions a year",
        f"{VERIFICATION}, T33; {BASS}",
        "R",
        1.86,
        0.005,
        lambda: 16.9 * float(bass.highest(0.0104, 0.4186)),
    ),
    *(
        Problem(
            f"B69.{name}",
            f"Bass, {name.replace('-', ' ')}: years to the peak",
            f"{BASS}, whose table cuts digits off",
            "M",
            year,
            0.1,
            _peak(p, q),
        )
        for name, p, q, year in PEAKS
    ),
    *(
        Problem(f"MNL.{name}", f"Conditional logit: {title}", GREENE, "S", published, digits, ours)
        for name, title, published, digits, ours in (
            ("gc", "weight of cost", -0.01550, 5e-6, _weight("price")),
            ("gc-error", "its standard error", 0.00441, 5e-6, _error("price")),
            ("ttme", "weight of waiting", -0.09612, 5e-6, _weight("ttme")),
            ("ttme-error", "its standard error", 0.01044, 5e-6, _error("ttme")),
            ("hinc", "weight of income, by air", 0.01329, 5e-6, _weight("hinc_air")),
            ("hinc-error", "its standard error", 0.01026, 5e-6, _error("hinc_air")),
            ("air", "air against car", 5.2074, 5e-5, _weight("", "mode = car")),
            ("air-error", "its standard error", 0.7791, 5e-5, _error("mode = car")),
            ("train", "train against car", 3.8690, 5e-5, _weight("mode = train", "mode = car")),
            ("bus", "bus against car", 3.1632, 5e-5, _weight("mode = bus", "mode = car")),
            ("likelihood", "log likelihood", -199.1284, 5e-5, lambda: _travel().fit.likelihood),
        )
    ),
    *(
        Problem(
            f"VW.{name}",
            f"Van Westendorp, straight curves: {name.upper()}",
            "crossings of straight lines",
            "A",
            price,
            1e-9,
            _crossing(name),
        )
        for name, price in (("pmc", 7.0), ("opp", 8.0), ("ipp", 8.0), ("pme", 9.0))
    ),
)
