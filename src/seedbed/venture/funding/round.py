"""Closing a round: SAFEs convert, the pool is topped up, new money comes in, at one price.

With C the company's capitalisation (all shares and converting SAFEs), O the increase of the pool,
M the new money on a pre-money valuation of V:

    price p = V / (C + O)                     pool and SAFEs dilute those before, not the new money
    SAFE i:  max(a_i / cap_i · C, a_i / (p · (1 − discount_i)))      its better price
    pool U + O = share · (C + O) · (1 + M / V)

These hold together, so p is where they all do. With Y = p·C, a cap counts where Y is above
cap / (1 − discount), so that Y grows with p and the answer is one; the few cases are solved in
exact fractions. Shares are rounded down, the pool's increase up. Source: Y Combinator, post-money
Safe v1.2 and its user guide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from seedbed.errors import VentureWrong
from seedbed.venture.funding.safe import Safe
from seedbed.venture.funding.table import OPTIONS, POOL, CapTable, Holding


@dataclass(frozen=True, slots=True)
class Round:
    """A priced round.

    Attributes:
        name: Such as `seed`; also what its investors and their shares are called.
        amount: New money, pro-rata money included.
        pre_money: What the company is held to be worth before it.
        pool: Part of the company that unpromised options are after it; None leaves the pool.
        pool_added: Options added, where that was agreed as a number; counts instead of `pool`.

    Raises:
        VentureWrong: money or valuation not positive, or a pool outside 0 to 1.
    """

    name: str
    amount: Decimal
    pre_money: Decimal
    pool: Decimal | None = None
    pool_added: int | None = None

    def __post_init__(self) -> None:
        where = f"rounds, {self.name!r}"
        for what, money in (("amount", self.amount), ("pre_money", self.pre_money)):
            if not money.is_finite() or money <= 0:
                raise VentureWrong(
                    expected=f"{what} above 0",
                    got=f"{money:,}",
                    do="A priced round has new money, and a valuation before it.",
                    where=where,
                )
        if self.pool is not None and not 0 <= self.pool + self.new_share < 1:
            raise VentureWrong(
                expected="a pool of at least 0 that leaves something beside the new money",
                got=str(self.pool),
                do="Write 0.1 for a tenth of the company after the round.",
                where=where,
            )

    @property
    def new_share(self) -> Decimal:
        """What the new money buys of the company: amount / (pre-money + amount)."""
        return self.amount / (self.pre_money + self.amount)


@dataclass(frozen=True, slots=True)
class Closed:
    """A round that closed.

    Attributes:
        table: The cap table after it.
        price: What the new money paid for a share, exactly.
        capitalisation: Shares and converted SAFEs before pool and new money, exactly.
        safe_prices: What each SAFE paid for a share.
        pool_added: Options that the round added.
    """

    table: CapTable
    price: Fraction
    capitalisation: Fraction
    safe_prices: dict[str, Fraction]
    pool_added: int


def close(table: CapTable, agreed: Round) -> Closed:
    """Close a priced round on a table: every SAFE converts.

    Raises:
        VentureWrong: no price satisfies all terms (the pre-money valuation is below what SAFEs
            without a cap are owed).
    """
    price, capital = _price(table, agreed)
    prices = {safe.name: _safe_price(safe, price, capital) for safe in table.safes}
    converted = tuple(
        Holding(
            safe.name, f"{agreed.name} preferred, by SAFE", _down(safe.amount, prices[safe.name])
        )
        for safe in table.safes
    )
    added = ceil(Fraction(agreed.pre_money) / price - capital)
    new = _subscribed(table.safes, agreed, price, prices, capital)
    after = CapTable(table.holdings).with_holdings(
        *converted, Holding(POOL, OPTIONS, max(0, added)), *new
    )
    return Closed(after, price, capital, prices, max(0, added))


def at_caps(table: CapTable) -> CapTable:
    """Return the table as if every SAFE with a cap converted at it; the others stay as they are.

    What founders hold "after the SAFEs": 1 − Σ amount / cap of what there is.
    """
    capped = [safe for safe in table.safes if safe.cap is not None]
    capital = table.total / (1 - sum((safe.least_share for safe in capped), Fraction(0)))
    given = (
        Holding(safe.name, "preferred, by SAFE", floor(safe.least_share * capital))
        for safe in capped
    )
    rest = tuple(safe for safe in table.safes if safe.cap is None)
    return CapTable(table.holdings, rest).with_holdings(*given)


def _down(amount: Decimal, price: Fraction) -> int:
    return floor(Fraction(amount) / price)


def _safe_price(safe: Safe, price: Fraction, capital: Fraction) -> Fraction:
    by_round = price * safe.price_factor
    return by_round if safe.cap is None else min(by_round, Fraction(safe.cap) / capital)


def _subscribed(
    safes: tuple[Safe, ...],
    agreed: Round,
    price: Fraction,
    prices: dict[str, Fraction],
    capital: Fraction,
) -> Iterator[Holding]:
    """Yield who buys the new shares: those with pro-rata rights their part, others the rest."""
    left = Fraction(agreed.amount)
    for safe in safes:
        if safe.pro_rata:
            part = Fraction(safe.amount) / prices[safe.name] / capital
            left -= part * Fraction(agreed.amount)
            bought = floor(part * Fraction(agreed.amount) / price)
            yield Holding(safe.name, f"{agreed.name} preferred", bought)
    yield Holding(f"{agreed.name} investors", f"{agreed.name} preferred", floor(left / price))


def _price(table: CapTable, agreed: Round) -> tuple[Fraction, Fraction]:
    """Return price and capitalisation at which every term holds."""
    turns = sorted({safe.turn for safe in table.safes if safe.turn is not None})
    for limit in (Fraction(0), *turns):
        capped = [safe for safe in table.safes if safe.turn is not None and safe.turn <= limit]
        for price, worth in _cases(table, agreed, capped):
            if price > 0 and _fits(table.safes, capped, worth):
                return price, worth / price
    raise VentureWrong(
        expected="a pre-money valuation that SAFEs and pool leave something of",
        got=f"{agreed.pre_money:,} before {agreed.name!r}",
        do="Raise the valuation, or check the SAFEs that have no cap: they convert at any price.",
        where=f"rounds, {agreed.name!r}",
    )


def _fits(safes: tuple[Safe, ...], capped: list[Safe], worth: Fraction) -> bool:
    """Tell whether exactly the SAFEs that were taken as capped are better off with the cap."""
    return all(
        (safe in capped) == (worth >= safe.turn) or worth == safe.turn
        for safe in safes
        if safe.turn is not None
    )


def _cases(
    table: CapTable, agreed: Round, capped: list[Safe]
) -> Iterator[tuple[Fraction, Fraction]]:
    """Yield (price, worth of the capitalisation) where a set of SAFEs converts at its caps.

    Worth Y = (F·p + owed) / kept is linear in the price, and so is the pre-money value with the
    pool's increase: V = Y + p·O.
    """
    kept = 1 - sum((safe.least_share for safe in capped), Fraction(0))
    uncapped = (safe for safe in table.safes if safe not in capped)
    owed = sum((Fraction(one.amount) / one.price_factor for one in uncapped), Fraction(0))
    value, pool = Fraction(agreed.pre_money), table.pool
    slope, rest = Fraction(table.total) / kept, owed / kept
    if agreed.pool_added is not None:
        price = (value - rest) / (slope + agreed.pool_added)
        yield price, slope * price + rest
        return
    price = (value - rest) / slope
    post = (value + Fraction(agreed.amount)) / price if price > 0 else Fraction(0)
    if agreed.pool is None or pool >= Fraction(agreed.pool) * post:
        yield price, slope * price + rest
        return
    # The pool is topped up: p·(U + O) = share · (V + M), so V = Y + share·(V + M) − p·U.
    aim = Fraction(agreed.pool) * (value + Fraction(agreed.amount))
    price = (value - rest - aim) / (slope - pool)
    yield price, slope * price + rest
