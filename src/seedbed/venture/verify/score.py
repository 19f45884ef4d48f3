"""Scores: the CRPS in its three forms, and Wilson's interval, which shares are told with."""

from __future__ import annotations

from functools import partial

import numpy as np

from seedbed.tasks.statistics import wilson
from seedbed.venture.assumption import Array
from seedbed.venture.score import crps
from seedbed.venture.score.frozen import LEVELS
from seedbed.venture.verify.base import Problem

_GNEITING = "Gneiting and Raftery, JASA 102 (2007), equation 21; verification.md T34"
_NEWCOMBE = "Newcombe, Statistics in Medicine 17 (1998), table I, method 3"
_DRAWS = 10_000


def _normal(levels: Array) -> Array:
    from scipy.special import ndtri

    quantiles: Array = ndtri(levels)
    return quantiles


def _by_draws() -> float:
    return crps.empirical(_normal((np.arange(_DRAWS) + 0.5) / _DRAWS), 0.0)


def _by_quantiles() -> float:
    return crps.quantiles(LEVELS, _normal(np.array(LEVELS)), 0.0)


def _low(hits: int, rows: int) -> float:
    return wilson(hits, rows).low


def _high(hits: int, rows: int) -> float:
    return wilson(hits, rows).high


PROBLEMS = (
    Problem(
        "T34",
        "CRPS of N(0, 1) at 0",
        _GNEITING,
        "A",
        0.233695,
        5e-7,
        lambda: crps.normal(0.0, 1.0, 0.0),
    ),
    Problem(
        "T34.draws",
        f"the same by {_DRAWS:,} draws (a ten-thousandth)",
        _GNEITING,
        "A",
        0.233695,
        1e-4,
        _by_draws,
    ),
    Problem(
        "T34.quantiles",
        "the same by the 99 quantiles that are frozen (a thousandth)",
        _GNEITING,
        "A",
        0.233695,
        1e-3,
        _by_quantiles,
    ),
    *(
        Problem(
            f"W{row}.{end}",
            f"Wilson's 95 % interval of {hits} in {rows}: its {end} end",
            _NEWCOMBE,
            "S",
            published,
            5e-5,
            ours,
        )
        for row, (hits, rows, low, high) in enumerate(
            ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (1, 29, 0.0061, 0.1718)), 1
        )
        for end, published, ours in (
            ("low", low, partial(_low, hits, rows)),
            ("high", high, partial(_high, hits, rows)),
        )
    ),
)
