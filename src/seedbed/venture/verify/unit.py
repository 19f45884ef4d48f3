"""Unit cost, capacity and customers: problems with published answers (verification.md).

CDNOW's table is that of the `lifetimes` package, which a plain installation lacks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from seedbed.errors import ExtraMissing
from seedbed.venture.unit import bg_nbd, cost, erlang, gamma_gamma, newsvendor, sbg, sbg_fit
from seedbed.venture.unit.lives import lives_of
from seedbed.venture.unit.numbers import Doubles
from seedbed.venture.verify.base import Problem

REGULAR = (100.0, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1)
HIGH_END = (100.0, 86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1)
_END = "19970930"  # the calibration of the published fits: the first 39 weeks

_SBG = "Fader and Hardie, How to project customer retention, J. Interactive Marketing 21 (2007)"
_DEL = "Fader and Hardie, Customer-base valuation in a contractual setting, Mkt. Sci. 29 (2010)"
_BG = "Fader, Hardie and Lee, Counting your customers the easy way, Marketing Science 24 (2005)"
_GG = "Fader and Hardie, The Gamma-Gamma model of monetary value, note 025 (2013)"
_ERLANG = "Cooper, Introduction to Queueing Theory (1981), ch. 3; verification.md"


def cdnow(name: str) -> Path:
    """Return a file of CDNOW's purchases.

    Raises:
        ExtraMissing: the package that brings it is not installed.
    """
    found = find_spec("lifetimes")
    if found is None or found.origin is None:
        raise ExtraMissing(
            expected="CDNOW's table, which the package lifetimes brings",
            got="a Python without it",
            do="Skipped. To run this problem too: pip install lifetimes.",
            where="seedbed verify",
        )
    return Path(found.origin).parent / "datasets" / name


@cache
def buyers() -> bg_nbd.Buyers:
    """Return CDNOW's 2,357 customers: repeats, weeks to the last, weeks seen."""
    path = cdnow("cdnow_customers_summary.csv")
    table = np.genfromtxt(path, delimiter=",", skip_header=1)
    return bg_nbd.Buyers.of(*table[:, 1:4].T)


@cache
def spenders() -> tuple[Doubles, Doubles]:
    """Return the 946 who bought again: how often, and the mean they spent, not rounded to cents.

    The table of means in `lifetimes` is rounded, which moves v by 0.004; so they are taken from
    the purchases. Purchases of one day count as one.
    """
    days: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for line in cdnow("CDNOW_sample.txt").read_text(encoding="ascii").splitlines():
        if fields := line.split():
            days[fields[1]][fields[2]] += float(fields[4])
    spent = [
        [money for day, money in sorted(one.items())[1:] if day <= _END] for one in days.values()
    ]
    repeats = [one for one in spent if one]
    return np.asarray([len(one) for one in repeats], float), np.asarray([*map(np.mean, repeats)])


@cache
def _bg() -> bg_nbd.Fit:
    return bg_nbd.fit(buyers())


@cache
def _gg() -> gamma_gamma.Fit:
    return gamma_gamma.fit(*spenders())


@cache
def _sbg(alive: tuple[float, ...]) -> sbg_fit.Fit:
    return sbg_fit.fit(lives_of(alive))


def _next_39_weeks() -> float:
    one = bg_nbd.Buyers.of([2], [30.43], [38.86])
    return float(bg_nbd.expected(one, _bg(), 39)[0])


def _lifetime() -> float:
    told = _sbg(REGULAR)
    return float(sbg.discounted_lifetime(told.alpha, told.beta, 0.1))


def _per_million(hour: float, speed: float) -> Callable[[], float]:
    return lambda: float(cost.per_million_tokens(hour, speed, 1.0))


def _blocked(servers: int, load: float) -> Callable[[], float]:
    return lambda: float(erlang.blocked(servers, load))


def _waiting(servers: int, load: float) -> Callable[[], float]:
    return lambda: float(erlang.waiting(servers, load))


_TOKENS = tuple(
    Problem(
        f"T29.{hour:g}",
        f"$ per million tokens at {hour:g} $/h and {speed:,} tokens/s, full use",
        "verification.md, by the formula given",
        "S",
        published,
        0.0005,
        _per_million(hour, speed),
    )
    for hour, speed, published in ((2.5, 700, 0.992), (2.0, 85, 6.536), (10.0, 3400, 0.817))
)

_QUEUES = tuple(
    Problem(
        f"T28.{letter}.{servers}",
        f"Erlang {letter}: {servers} machines, a load of {load}",
        _ERLANG,
        "R",
        published,
        digits,
        ours(servers, load),
    )
    for servers, load, b, c in (
        (2, 1, (0.2, 5e-7), (0.3333, 5e-5)),
        (5, 3, (0.110054, 5e-7), (0.236152, 5e-7)),
        (10, 8, (0.121661, 5e-7), (0.409180, 5e-7)),
    )
    for letter, (published, digits), ours in (("B", b, _blocked), ("C", c, _waiting))
)

PROBLEMS: tuple[Problem, ...] = (
    Problem("T11.r", "BG/NBD on CDNOW: r", _BG, "S", 0.243, 5e-4, lambda: _bg().r),
    Problem("T11.alpha", "BG/NBD on CDNOW: α", _BG, "S", 4.414, 5e-4, lambda: _bg().alpha),
    Problem("T11.a", "BG/NBD on CDNOW: a", _BG, "S", 0.793, 5e-4, lambda: _bg().a),
    Problem("T11.b", "BG/NBD on CDNOW: b", _BG, "S", 2.426, 5e-4, lambda: _bg().b),
    Problem(
        "T11.expected",
        "BG/NBD on CDNOW: E[Y(39) | x = 2, t_x = 30.43, T = 38.86]",
        _BG,
        "S",
        1.226,
        5e-4,
        _next_39_weeks,
    ),
    Problem("T12.p", "Gamma-Gamma on CDNOW: p", _GG, "S", 6.25, 5e-3, lambda: _gg().p),
    Problem("T12.q", "Gamma-Gamma on CDNOW: q", _GG, "S", 3.74, 5e-3, lambda: _gg().q),
    Problem("T12.v", "Gamma-Gamma on CDNOW: v", _GG, "S", 15.44, 5e-3, lambda: _gg().v),
    Problem(
        "T14.alpha", "sBG, regular customers: α", _SBG, "S", 0.704, 5e-4,
        lambda: _sbg(REGULAR).alpha,
    ),
    Problem(
        "T14.beta", "sBG, regular customers: β", _SBG, "S", 1.182, 5e-4,
        lambda: _sbg(REGULAR).beta,
    ),
    Problem(
        "T14.lifetime", "sBG, regular customers: discounted lifetime at 10 %", _DEL, "R",
        3.695, 5e-4, _lifetime,
    ),
    Problem(
        "T14.constant", "the same by a constant churn rate α/(α+β)", _DEL, "R", 2.324, 5e-4,
        lambda: float(sbg.constant_lifetime(_sbg(REGULAR).mean, 0.1)),
    ),
    Problem(
        "T14.high.alpha", "sBG, high-end customers: α", _SBG, "M", 0.668, 5e-4,
        lambda: _sbg(HIGH_END).alpha,
    ),
    Problem(
        "T14.high.beta", "sBG, high-end customers: β", _SBG, "M", 3.806, 5e-4,
        lambda: _sbg(HIGH_END).beta,
    ),
    Problem(
        "T23", "newsvendor: mean 3,192, sd 1,181, critical ratio 0.8",
        "Cachon and Terwiesch, Matching Supply with Demand, ch. 12; verification.md", "M",
        4185.95, 5e-3, lambda: float(newsvendor.normal(3192, 1181, 0.8)),
    ),
    *_QUEUES,
    *_TOKENS,
)  # fmt: skip
