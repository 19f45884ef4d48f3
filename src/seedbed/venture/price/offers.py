"""The plans that are set side by side: today's, those named, and three made at the best price.

The three bring in the same on the usage at hand, what pay per use brings at that price, and differ
in who pays it: a subscription with the middle customer's usage included, or graduated tiers that
fall to half. So what is compared is spread, fairness and risk, not the level of the price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from seedbed.errors import VentureWrong
from seedbed.ledger.database import Database
from seedbed.ledger.money import minor_digits
from seedbed.ledger.plan import Plan
from seedbed.ledger.plan_file import read
from seedbed.ledger.plans import Plans
from seedbed.venture.bills import Month, Used, answers_of
from seedbed.venture.plan import Plan as Venture
from seedbed.venture.price.compare import Offer, offer
from seedbed.venture.price.publish import rounded
from seedbed.venture.result import Said

TODAY, EVEN, FEE, FALLING = "today", "new-pay-per-use", "new-subscription", "new-tiers"
TITLES = {
    TODAY: Said("today's price", "现价"),
    EVEN: Said("new: pay per use", "新：按量付费"),
    FEE: Said("new: subscription", "新：订阅"),
    FALLING: Said("new: tiers", "新：阶梯价"),
}
PER = 1000
FALL = (Decimal(1), Decimal("0.75"), Decimal("0.5"))
"""Prices of the graduated tiers, as parts of the first one's."""
WIDE = 4
"""The second tier ends at so many times the middle usage."""
SPREAD = 400
"""Customer-months that stand for an assumed spread of usage."""


def sold(plan: Venture) -> str:
    """Return the name of the release that is sold, without its number or alias."""
    release = plan.measured.sold
    return "release" if release is None else release.name


def assumed(plan: Venture) -> list[Month]:
    """Return customer-months as `customers.answers` believes them: quantiles of its range."""
    release = sold(plan)
    spread = np.quantile(plan.draws["customers.answers"], (np.arange(SPREAD) + 0.5) / SPREAD)
    tokens = plan.value("unit.tokens_per_answer") if plan.has("unit.tokens_per_answer") else 0.0
    speed = plan.value("unit.answers_per_second") if plan.has("unit.answers_per_second") else 0.0
    seconds = 1 / speed if speed else 0.0
    return [
        (Used(release, *(round(answers * each) for each in (1.0, tokens, seconds * 1e6))),)
        for answers in spread.tolist()
    ]


def named(
    database: Database | None, names: Sequence[str], currency: str, usage: Sequence[Month]
) -> list[Offer]:
    """Return the newest version of each billing plan on the usage.

    Raises:
        RecordMissing: there is no plan of a name.
        VentureWrong: there is no ledger to look a name up in, or a plan is in another currency.
    """
    if not names:
        return []
    if database is None:
        raise _refused("a ledger, in which the plans are", "none in this home", names[0])
    store = Plans(database)
    plans = [store.get(name).plan for name in names]
    for plan in plans:
        if plan.currency != currency:
            raise _refused(f"a plan in {currency}", f"one in {plan.currency}", plan.name)
    return [offer(plan, usage) for plan in plans]


def flat(name: str, price: float, currency: str, usage: Sequence[Month]) -> Offer:
    """Return pay per use at a price, under a name of `TITLES`."""
    return offer(_plan(name, currency, [{"price": _thousand(price)}]), usage, TITLES[name])


def made(price: float, currency: str, usage: Sequence[Month]) -> list[Offer]:
    """Return pay per use at a price, and a subscription and tiers that bring in the same."""
    even = flat(EVEN, price, currency, usage)
    middle = int(np.median([answers_of(month) for month in usage]))
    included = int(rounded(Decimal(middle)).quantize(Decimal(1))) if middle else 0
    fee = _subscription(even, price, currency, included, usage)
    return [even, *fee, _tiers(even, price, usage)]


def _subscription(
    even: Offer, price: float, currency: str, included: int, usage: Sequence[Month]
) -> list[Offer]:
    """Return a fee with the middle usage included; none where the fee would be nothing."""
    tiers = [{"price": _thousand(price)}]
    beyond = offer(_plan(FEE, currency, tiers, included=included), usage)
    step = Decimal(1).scaleb(-minor_digits(currency))
    fee = Decimal(str(even.mean - beyond.mean)).quantize(step)
    if fee <= 0:
        return []
    plan = _plan(FEE, currency, tiers, included=included, fee=fee)
    return [offer(plan, usage, TITLES[FEE])]


def _tiers(even: Offer, price: float, usage: Sequence[Month]) -> Offer:
    middle = max(1, int(np.median([answers_of(month) for month in usage])))
    ends = (middle, WIDE * middle, None)

    def at(first: float) -> Offer:
        tiers = [
            {"up_to": end, "price": _thousand(first * float(part))}
            for end, part in zip(ends, FALL, strict=True)
        ]
        return offer(_plan(FALLING, even.plan.currency, tiers), usage, TITLES[FALLING])

    once = at(price)
    return at(price * even.mean / once.mean) if once.mean > 0 else once


def _refused(expected: str, got: str, name: str) -> VentureWrong:
    return VentureWrong(
        expected=expected,
        got=got,
        do="Name billing plans of this ledger, in the venture's currency.",
        where=f"plan {name}",
    )


def _thousand(price: float) -> str:
    return f"{rounded(Decimal(str(price)) * PER):f}"


def _plan(
    name: str,
    currency: str,
    tiers: Sequence[Mapping[str, Any]],
    *,
    included: int = 0,
    fee: Decimal = Decimal(0),
) -> Plan:
    charge = {"per": PER, "included": included, "tiers": list(tiers)}
    return read({"name": name, "currency": currency, "fee": f"{fee:f}", "charges": [charge]})
