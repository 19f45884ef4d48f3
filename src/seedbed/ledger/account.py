"""A customer's account in memory: the period under way, the credit, the bucket of calls.

A call belongs to the period in which it was let in. A period that ends with calls under way is kept
in `earlier`, meters and all, until the last of them has ended: each is priced by its own period,
and the period that follows begins at nought. What is held for them still counts against the credit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from seedbed.ledger.clock import SECOND
from seedbed.ledger.periods import period_of
from seedbed.ledger.plan import MICROS, Charge, Plan, Rate
from seedbed.ledger.pricing import cost, most


@dataclass(slots=True)
class Meter:
    """Units of one charge in one period: of answered calls, and held for calls under way."""

    used: int = 0
    reserved: int = 0


@dataclass(frozen=True, slots=True)
class Subscription:
    """A plan's version that a customer has agreed to, its periods counted from `from_at`."""

    id: str
    plan_id: str
    plan: Plan
    from_at: int
    until_at: int | None = None

    def covers(self, now: int) -> bool:
        """Tell whether it is in force at a moment."""
        return self.from_at <= now and (self.until_at is None or now < self.until_at)


@dataclass(slots=True)
class Period:
    """What a customer has used of one period: meters by the charge's index, and nanos spent.

    `calls` are those of it that have not ended.
    """

    subscription_id: str
    plan_id: str
    plan: Plan
    start: int
    end: int
    meters: dict[int, Meter] = field(default_factory=dict)
    spent: int = 0
    calls: int = 0
    _held: int | None = field(default=None, repr=False, compare=False)

    @property
    def prepaid(self) -> bool:
        """Tell whether calls are drawn from credit."""
        return self.plan.payment == "prepaid"

    @property
    def used(self) -> int:
        """Units of answered calls, over all charges."""
        return sum(meter.used for meter in self.meters.values())

    @property
    def taken(self) -> int:
        """Units of answered calls and those held for calls under way, over all charges."""
        return sum(meter.used + meter.reserved for meter in self.meters.values())

    def held(self) -> int:
        """Return the most that calls under way can cost, in nanos."""
        if self._held is None:
            self._held = self.held_with(0, 0)
        return self._held

    def held_with(self, index: int, more: int) -> int:
        """Return the most that calls under way can cost, with `more` units of one charge."""
        total = 0
        for i in {*self.meters, index}:
            meter = self.meters.get(i, _NOTHING)
            units = meter.reserved + (more if i == index else 0)
            if units:
                total += self._most(i, meter.used, units)
        return total

    def alone(self, index: int, units: int) -> int:
        """Return the most that units of one charge can cost were no other call under way."""
        return self._most(index, self.meters.get(index, _NOTHING).used, units)

    def reserve(self, index: int, units: int) -> None:
        """Reserve units for a call."""
        self.meters.setdefault(index, Meter()).reserved += units
        self.calls += 1
        self._held = None

    def close(self, index: int, units: int, charged: int = 0) -> int:
        """End a call that units were reserved for, and return what it is charged, in nanos."""
        charge, meter = self.plan.charges[index], self.meters[index]
        used = meter.used + min(charged, units)
        price = cost(charge, used) - cost(charge, meter.used) if charged else 0
        meter.used, meter.reserved = used, meter.reserved - units
        self.spent += price
        self.calls -= 1
        self._held = None
        return price

    def take_back(self, index: int, units: int) -> int:
        """Charge fewer units, and return what they came to, in nanos."""
        charge, meter = self.plan.charges[index], self.meters[index]
        price = cost(charge, meter.used) - cost(charge, meter.used - units)
        meter.used -= units
        self.spent -= price
        self._held = None
        return price

    def _most(self, index: int, used: int, units: int) -> int:
        charge = self.plan.charges[index]
        return most(charge, used, used + units) - cost(charge, used)


_NOTHING = Meter()


@dataclass(slots=True)
class Account:
    """A customer's account: one row of `accounts`.

    Attributes:
        period: The period under way; None without a subscription.
        earlier: Periods that have ended with calls still under way.
        credit: Nanos; what calls under way may cost is still in it.
        bucket_level: Calls that may come at once, in millionths of a call.
        last_at: The last moment (µs) at which anything happened; it never goes back.
        version: How often the row was written.
        changed: Whether the row must be written again.
    """

    customer_id: str
    period: Period | None = None
    earlier: list[Period] = field(default_factory=list)
    credit: int = 0
    bucket_level: int = 0
    bucket_at: int = 0
    last_at: int = 0
    version: int = 0
    changed: bool = False

    @property
    def held(self) -> int:
        """Nanos of credit that calls under way may cost."""
        return sum(period.held() for period in self.periods if period.prepaid)

    @property
    def in_flight(self) -> int:
        """Calls that have not ended."""
        return sum(period.calls for period in self.periods)

    @property
    def held_before(self) -> int:
        """Nanos of credit that calls let in by periods that have ended may cost."""
        return sum(period.held() for period in self.earlier if period.prepaid)

    @property
    def periods(self) -> list[Period]:
        """The periods with calls under way, and the one under way itself."""
        return [*self.earlier, *self._current]

    @property
    def _current(self) -> list[Period]:
        return [] if self.period is None else [self.period]

    def of(self, hold: Hold) -> Period:
        """Return the period that a call was let in by."""
        begun = (one for one in self.periods if one.subscription_id == hold.subscription_id)
        return max((one for one in begun if one.start <= hold.at), key=_start)

    def advance(self, clock: int) -> int:
        """Return the account's time: the clock's, or the last that it has seen if that is later."""
        self.last_at = max(self.last_at, clock)
        return self.last_at


@dataclass(frozen=True, slots=True)
class Ask:
    """What a call asks for; `cap` is the customer's own spending cap for a period, in nanos."""

    release: str
    rows: int
    tokens: int = 0
    cap: int | None = None

    def caps(self, plan: Plan) -> list[int]:
        """Return the spending caps that the call must keep, in nanos."""
        return [cap for cap in (plan.limits.spend, self.cap) if cap is not None]

    def most_units(self, plan: Plan, charge: Charge) -> int:
        """Return the most units that the call can be charged."""
        longest = self.rows * plan.limits.compute_us_per_row
        return charge.units(rows=self.rows, tokens=self.tokens, compute_us=longest)


@dataclass(frozen=True, slots=True)
class Hold:
    """What is reserved for a call: units of a charge, in the period it was let in."""

    subscription_id: str
    plan_id: str
    charge: int
    units: int
    at: int


def needs_roll(account: Account, now: int) -> bool:
    """Tell whether the account's period is over, or it has none."""
    return account.period is None or now >= account.period.end


def roll(account: Account, subscriptions: Sequence[Subscription], now: int) -> None:
    """Begin the period that a moment lies in, by the latest subscription in force.

    The period that was under way is kept while calls of it are.
    """
    over, account.period = account.period, None
    account.changed |= over is not None
    if over is not None and over.calls:
        account.earlier.append(over)
    current = max((one for one in subscriptions if one.covers(now)), key=_begun, default=None)
    if current is None:
        return
    account.changed = True
    start, end = period_of(current.from_at, current.plan.period, now)
    if current.until_at is not None:
        end = min(end, current.until_at)
    account.period = Period(current.id, current.plan_id, current.plan, start, end)


def _start(period: Period) -> int:
    return period.start


def _begun(subscription: Subscription) -> tuple[int, str]:
    return subscription.from_at, subscription.id


def filled(account: Account, rate: Rate, clock: int) -> tuple[int, int]:
    """Return the bucket's level at a moment, and since when it has not been credited (µs)."""
    gained, rest = divmod(max(0, clock - account.bucket_at) * rate.micro_per_second, SECOND)
    level = min(account.bucket_level + gained, rate.burst * MICROS)
    return level, clock - rest // rate.micro_per_second


def until(rate: Rate, level: int, wanted: int) -> float:
    """Return the seconds until a bucket has filled up to a level."""
    return max(0, wanted - level) / rate.micro_per_second
