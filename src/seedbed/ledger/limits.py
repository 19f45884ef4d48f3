"""What is left to a customer of its plan's limits, as an answer's headers tell it."""

from __future__ import annotations

from dataclasses import dataclass

from seedbed.ledger.account import Account, Ask, Period, filled, until
from seedbed.ledger.clock import SECOND
from seedbed.ledger.plan import MICROS


@dataclass(frozen=True, slots=True)
class Limits:
    """What is left to a customer after a call was let in or refused; None where is no limit.

    Attributes:
        calls: Calls that may come at once; `calls_left` of them now, all after `calls_reset` s.
        per_second: How fast calls come back.
        units: The period's quota; `units_left` of it, and all of it after `units_reset` s.
        credit_left: Nanos of credit that no call holds.
        spend_left: Nanos until the lowest spending cap, less what calls under way may cost.
    """

    calls: int | None
    calls_left: int | None
    calls_reset: float
    per_second: float | None
    units: int | None
    units_left: int | None
    units_reset: float
    credit_left: int | None
    spend_left: int | None
    currency: str
    meter: str


def limits(account: Account, period: Period, ask: Ask, clock: int) -> Limits:
    """Return what is left of a period after a call was let in or refused."""
    plan = period.plan
    rate, quota, caps = plan.limits.rate, plan.quota_units, ask.caps(plan)
    level = filled(account, rate, clock)[0] if rate else 0
    return Limits(
        calls=rate.burst if rate else None,
        calls_left=level // MICROS if rate else None,
        calls_reset=until(rate, level, rate.burst * MICROS) if rate else 0.0,
        per_second=float(rate.calls_per_second) if rate else None,
        units=quota,
        units_left=None if quota is None else quota - period.taken,
        units_reset=(period.end - account.last_at) / SECOND,
        credit_left=account.credit - account.held if period.prepaid else None,
        spend_left=min(caps) - period.spent - period.held() if caps else None,
        currency=plan.currency,
        meter=plan.charges[0].meter,
    )
