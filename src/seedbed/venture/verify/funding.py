"""Funding: the examples of Y Combinator's guide to its post-money Safe."""

from __future__ import annotations

from decimal import Decimal

from seedbed.venture.funding.round import Closed, Round, at_caps, close
from seedbed.venture.funding.safe import Safe
from seedbed.venture.funding.table import POOL, CapTable
from seedbed.venture.verify.base import Problem

_GUIDE = "Y Combinator, Post-Money Safe User Guide; verification.md T30"


def _table() -> CapTable:
    safes = (
        Safe("first", Decimal(200_000), cap=Decimal(4_000_000)),
        Safe("second", Decimal(800_000), cap=Decimal(8_000_000)),
    )
    return CapTable.of({"others": 9_900_000}, pool=100_000, safes=safes)


def _series_a(*, added: int | None = None, pool: Decimal | None = None) -> Closed:
    agreed = Round("series A", Decimal(5_000_000), Decimal(15_000_000), pool=pool, pool_added=added)
    return close(_table(), agreed)


PROBLEMS = (
    Problem(
        "T30.first",
        "200,000 by a post-money SAFE at 4 M, beside 10 M shares: its shares",
        _GUIDE,
        "S",
        588_235,
        0.5,
        lambda: at_caps(_table()).by_holder()["first"],
    ),
    Problem(
        "T30.second",
        "800,000 at 8 M: its shares",
        _GUIDE,
        "S",
        1_176_470,
        0.5,
        lambda: at_caps(_table()).by_holder()["second"],
    ),
    Problem(
        "T30.all", "all shares then", _GUIDE, "S", 11_764_705, 0.5, lambda: at_caps(_table()).total
    ),
    Problem(
        "T30.price",
        "5 M of new money on 15 M, 1,695,000 options more: the price of a share",
        _GUIDE,
        "S",
        1.1144,
        5e-5,
        lambda: float(_series_a(added=1_695_000).price),
    ),
    Problem(
        "T30.pool",
        "the same, options to a tenth of the company: how many more, in whole thousands",
        _GUIDE,
        "S",
        1_695_000,
        500,
        lambda: _series_a(pool=Decimal("0.1")).pool_added,
    ),
    Problem(
        "T30.pool_share",
        "and what part of the company they are",
        _GUIDE,
        "A",
        0.1,
        1e-6,
        lambda: float(_series_a(pool=Decimal("0.1")).table.share(POOL)),
    ),
)
