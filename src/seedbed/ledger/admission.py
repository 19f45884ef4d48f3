"""Whether a call may be answered, and what it costs: pure arithmetic on an account in memory.

C is the price of a charge's first units in a period (`pricing.cost`). A claim of n units is let in
if what may still be drawn, the sum over all charges of C(used + reserved + n) - C(used), is covered
by the credit. Settling u ≤ n units draws C(used + u) - C(used), then `used` grows by u and
`reserved` shrinks by n. The sum telescopes: whatever the order in which calls end, what was drawn
is C(units answered), and the credit always covers what is still held. So nothing overshoots and
nothing is refused for want of credit that is there. Quota and spending caps are kept in the same
way.

A clock that goes back changes nothing: an account's time never does, but for its bucket, which goes
on filling from the clock's new time.
"""

from __future__ import annotations

from seedbed.errors import (
    CreditHeld,
    CreditSpent,
    QuotaSpent,
    RateExceeded,
    Refused,
    ScopeMissing,
    SpendCapReached,
)
from seedbed.ledger.account import Account, Ask, Hold, Period, filled, until
from seedbed.ledger.clock import SECOND
from seedbed.ledger.money import to_decimal
from seedbed.ledger.plan import MICROS, Charge, Rate

SOON = 1.0
"""Seconds after which to try again where only calls under way stand in the way."""


def decide(account: Account, ask: Ask, clock: int) -> Hold:
    """Let a call in and reserve what it may cost, in an account whose period is the clock's.

    Raises:
        ScopeMissing: the customer has no plan, or one that does not sell this release.
        RateExceeded, QuotaSpent, SpendCapReached, CreditSpent, CreditHeld: a limit is reached.
    """
    now, period = account.advance(clock), account.period
    if clock < account.bucket_at:
        account.bucket_at, account.changed = clock, True
    period, index, charge = _sold(period, ask.release)
    units = ask.most_units(period.plan, charge)
    bucket = _bucket(account, period.plan.limits.rate, clock)
    _check_quota(period, units, now)
    if caps := ask.caps(period.plan):
        _check_cap(period, index, units, min(caps), now)
    if period.prepaid:
        _check_credit(account, period, index, units)
    account.bucket_level, account.bucket_at = bucket
    period.reserve(index, units)
    account.changed = True
    return Hold(period.subscription_id, period.plan_id, index, units, now)


def settle(account: Account, hold: Hold, units: int) -> int:
    """End a call that was answered, and return what it is charged, in nanos.

    Args:
        account: The account that the call was let in by.
        hold: What `decide` reserved.
        units: Units to charge; more than were reserved are not charged.
    """
    return _end(account, hold, units)


def release(account: Account, hold: Hold) -> None:
    """End a call that was not answered: what was reserved for it is free again."""
    _end(account, hold, 0)


def undo(account: Account, hold: Hold) -> int | None:
    """Take back a settling of `hold.units`, and return what it gives back, in nanos.

    A period without calls under way is gone once the next has begun; then nothing is taken back.
    """
    period = next((one for one in account.periods if one.start <= hold.at < one.end), None)
    if period is None or period.subscription_id != hold.subscription_id:
        return None
    price = period.take_back(hold.charge, hold.units)
    if period.prepaid:
        account.credit += price
    account.changed = True
    return price


def _end(account: Account, hold: Hold, charged: int) -> int:
    period = account.of(hold)
    price = period.close(hold.charge, hold.units, charged)
    if period.prepaid:
        account.credit -= price
    if account.earlier:
        account.earlier = [one for one in account.earlier if one.calls]
    account.changed = True
    return price


def _sold(period: Period | None, release: str) -> tuple[Period, int, Charge]:
    found = period.plan.charge_for(release) if period else None
    if period is not None and found is not None:
        return period, *found
    got = f"plan {period.plan.name!r}" if period else "none in force"
    raise ScopeMissing(
        expected=f"a plan of this customer that sells {release!r}",
        got=got,
        do="Ask whoever gave you the key to put you on a plan with this release.",
    )


def _bucket(account: Account, rate: Rate | None, clock: int) -> tuple[int, int]:
    """Return the bucket without one call: its level, and since when it has not been credited."""
    if rate is None:
        return account.bucket_level, account.bucket_at
    level, since = filled(account, rate, clock)
    if level >= MICROS:
        return level - MICROS, since
    wait = until(rate, level, MICROS)
    raise _refused(
        RateExceeded,
        expected=f"at most {rate.calls_per_second} calls a second, {rate.burst} at once",
        got="more",
        do=f"Try again in {wait:.3f} s.",
        retry_after=wait,
    )


def _check_quota(period: Period, units: int, now: int) -> None:
    quota = period.plan.quota_units
    if quota is None or period.taken + units <= quota:
        return
    left = quota - period.used
    raise _refused(
        QuotaSpent,
        expected=f"at most {left} of {quota} units that are left of this period",
        got=f"{units}",
        do=_when(held=units <= left),
        retry_after=_reset(period, now, held=units <= left, ever=units <= quota),
    )


def _check_cap(period: Period, index: int, units: int, cap: int, now: int) -> None:
    if period.spent + period.held_with(index, units) <= cap:
        return
    price = period.alone(index, units)
    held = period.spent + price <= cap
    raise _refused(
        SpendCapReached,
        expected=f"to spend at most {to_decimal(cap):f} {period.plan.currency} in this period",
        got=f"{to_decimal(period.spent):f} spent, and a call of up to {to_decimal(price):f}",
        do=_when(held=held),
        retry_after=_reset(period, now, held=held, ever=True),
    )


def _check_credit(account: Account, period: Period, index: int, units: int) -> None:
    if account.credit >= account.held_before + period.held_with(index, units):
        return
    price = period.alone(index, units)
    enough = account.credit >= price
    raise _refused(
        CreditHeld if enough else CreditSpent,
        expected=f"credit of {to_decimal(price):f} {period.plan.currency}",
        got=f"{to_decimal(account.credit):f}" + (", held for calls under way" if enough else ""),
        do="Try again in a second." if enough else "Top up the credit.",
        retry_after=SOON if enough else None,
    )


def _when(*, held: bool) -> str:
    if held:
        return "Calls under way hold what is left: try again in a second."
    return "Wait for the next period, or have the limit raised."


def _reset(period: Period, now: int, *, held: bool, ever: bool) -> float | None:
    if held:
        return SOON
    return (period.end - now) / SECOND if ever else None


def _refused(
    kind: type[Refused], *, expected: str, got: str, do: str, retry_after: float | None
) -> Refused:
    error = kind(expected=expected, got=got, do=do)
    error.retry_after = retry_after
    return error
