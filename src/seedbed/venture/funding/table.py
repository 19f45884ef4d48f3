"""The cap table: who holds how many shares, fully diluted, and which SAFEs wait to become shares.

Shares are whole numbers and money is `Decimal`; shares of the company are exact fractions, made
into decimals where they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Self

from seedbed.errors import VentureWrong
from seedbed.venture.funding.safe import Safe

POOL = "option pool"
"""Who holds the options that are promised to nobody yet."""
COMMON, OPTIONS = "common", "options"


@dataclass(frozen=True, slots=True)
class Holding:
    """Shares of one security in one hand.

    Attributes:
        holder: Who has them.
        security: What they are: `common`, `options`, or what a round or a SAFE gave.
        shares: How many.
    """

    holder: str
    security: str
    shares: int


@dataclass(frozen=True, slots=True)
class CapTable:
    """All holdings, fully diluted, and the SAFEs that are outstanding.

    Attributes:
        holdings: Shares, each in one hand.
        safes: Money taken for shares to come.
    """

    holdings: tuple[Holding, ...]
    safes: tuple[Safe, ...] = ()

    @classmethod
    def of(cls, holders: Mapping[str, int], *, pool: int = 0, safes: tuple[Safe, ...] = ()) -> Self:
        """Return the table of founders, a pool of options and SAFEs.

        Raises:
            VentureWrong: nobody holds a share, a number of shares is not whole and positive, two
                SAFEs have one name, or the post-money SAFEs sell the whole company.
        """
        _check_shares(holders, pool)
        _check_safes(safes)
        held = [Holding(name, COMMON, shares) for name, shares in holders.items()]
        held += [Holding(POOL, OPTIONS, pool)] if pool else []
        return cls(tuple(held), safes)

    @property
    def total(self) -> int:
        """All shares, fully diluted, before any SAFE converts."""
        return sum(one.shares for one in self.holdings)

    @property
    def pool(self) -> int:
        """Options that are promised to nobody yet."""
        return sum(one.shares for one in self.holdings if one.holder == POOL)

    def by_holder(self) -> dict[str, int]:
        """Return the shares of each holder, all securities together, in the table's order."""
        held: dict[str, int] = {}
        for one in self.holdings:
            held[one.holder] = held.get(one.holder, 0) + one.shares
        return held

    def share(self, holder: str) -> Fraction:
        """Return a holder's part of the company, exactly."""
        return Fraction(self.by_holder().get(holder, 0), self.total)

    def with_safe(self, safe: Safe) -> CapTable:
        """Return the table after one more SAFE was signed."""
        _check_safes((*self.safes, safe))
        return replace(self, safes=(*self.safes, safe))

    def with_holdings(self, *more: Holding) -> CapTable:
        """Return the table with more holdings; those without shares are left out."""
        return replace(self, holdings=(*self.holdings, *(one for one in more if one.shares)))


def shown(part: Fraction, places: int = 4) -> Decimal:
    """Return a part of the whole as a decimal of so many places, rounded half to even."""
    return round(Decimal(part.numerator) / Decimal(part.denominator), places)


def _check_shares(holders: Mapping[str, int], pool: int) -> None:
    where = "cap_table"
    if not holders:
        raise VentureWrong(
            expected="at least one holder of shares",
            got="none",
            do="Name who holds how many under cap_table.holders, such as {Ada: 5000000}.",
            where=where,
        )
    for name, shares in (*holders.items(), ("pool", pool)):
        least = 0 if name == "pool" else 1
        if isinstance(shares, bool) or not isinstance(shares, int) or shares < least:
            raise VentureWrong(
                expected=f"a whole number of shares of at least {least} for {name!r}",
                got=repr(shares),
                do="Shares are counted one by one; write 5000000.",
                where=where,
            )


def _check_safes(safes: tuple[Safe, ...]) -> None:
    names = [safe.name for safe in safes]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise VentureWrong(
            expected="each SAFE under a name of its own",
            got=f"{twice[0]!r} twice",
            do="Name the second one after its investor.",
            where="cap_table.safes",
        )
    sold = sum((safe.least_share for safe in safes), Fraction(0))
    if sold >= 1:
        raise VentureWrong(
            expected="SAFEs that sell less than the whole company at their caps",
            got=f"{float(sold):.0%} sold by {', '.join(names)}",
            do="Check amounts and caps: a post-money SAFE sells amount / cap.",
            where="cap_table.safes",
        )
