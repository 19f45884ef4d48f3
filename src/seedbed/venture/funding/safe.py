"""A SAFE: money now, shares at the next priced round.

Source: Y Combinator, post-money Safe v1.2 (valuation cap; discount; both). `Safe Price` is the cap
by the company's capitalisation, which counts every share, option and converting security but
neither the new money nor the increase of the pool that comes with it. The SAFE converts at the
price that gives its holder more shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from seedbed.errors import VentureWrong


@dataclass(frozen=True, slots=True)
class Safe:
    """A simple agreement for future equity.

    Attributes:
        name: Its investor.
        amount: Money paid.
        cap: Most that the company counts for, after all SAFEs and before the new money; None
            where only a discount was agreed.
        discount: What it takes off the round's price: 0.2 is a fifth.
        pro_rata: Whether its holder buys its share of the next round too.

    Raises:
        VentureWrong: an amount that is not positive, a cap not above it, a discount outside 0 to 1.
    """

    name: str
    amount: Decimal
    cap: Decimal | None = None
    discount: Decimal = Decimal(0)
    pro_rata: bool = False

    def __post_init__(self) -> None:
        where = f"cap_table.safes, {self.name!r}"
        if not self.amount.is_finite() or self.amount <= 0:
            raise VentureWrong(
                expected="an amount above 0", got=str(self.amount), do="Say what was paid.",
                where=where,
            )  # fmt: skip
        if self.cap is not None and not (self.cap.is_finite() and self.cap > self.amount):
            raise VentureWrong(
                expected=f"a cap above the amount of {self.amount:,}",
                got=f"{self.cap:,}",
                do="A post-money SAFE sells amount / cap, which is less than the whole company.",
                where=where,
            )
        if not (self.discount.is_finite() and 0 <= self.discount < 1):
            raise VentureWrong(
                expected="a discount of at least 0 and below 1",
                got=str(self.discount),
                do="Write 0.2 for a fifth off the round's price.",
                where=where,
            )

    @property
    def least_share(self) -> Fraction:
        """The part of the company that it holds at the least, before the new money."""
        return Fraction(self.amount) / Fraction(self.cap) if self.cap is not None else Fraction(0)

    @property
    def price_factor(self) -> Fraction:
        """What its holder pays of the round's price where the cap does not count."""
        return 1 - Fraction(self.discount)

    @property
    def turn(self) -> Fraction | None:
        """The worth of the capitalisation at the round's price above which the cap is better."""
        return None if self.cap is None else Fraction(self.cap) / self.price_factor
