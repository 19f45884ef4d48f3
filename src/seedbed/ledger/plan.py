"""A price plan: what a customer pays, and how much may be asked for.

Amounts are read from text such as `"1.20"`, exactly, and are nanos from then on; a float is
refused. Values that make no sense together are refused here, so that whoever prices or admits a
call need not ask again. Each field's description says what it means to the customer's bill.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic import model_validator as _checks

from seedbed.ledger import money
from seedbed.recipe import Name, Part

MICROS = 10**6

Meter = Literal["answers", "tokens", "compute_seconds"]


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (Decimal, str, int, float)):
        raise ValueError(f"a number, and not {value!r}")
    try:
        read = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"a number, and not {value!r}") from None
    if not read.is_finite() or read != round(read, 6):
        raise ValueError(f"a number of at most six decimals, and not {value}")
    return read


def _money(value: Any) -> int:
    return money.to_nanos(value)


def _plain(nanos: int) -> str:
    return money.plain(nanos, "USD")  # at least two decimals, all that there are


def _currency(code: str) -> str:
    money.minor_digits(code)
    return code


def _numeral(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?$", "examples": [example]})


Money = Annotated[
    int, BeforeValidator(_money), Field(ge=0), PlainSerializer(_plain), _numeral("1.20")
]
"""Nanos, written and dumped as a decimal in quotes."""
Number = Annotated[Decimal, BeforeValidator(_decimal), PlainSerializer(str), _numeral("0.5")]
Currency = Annotated[str, AfterValidator(_currency)]


class Words(Part):
    """A text in both languages."""

    en: str = Field(min_length=1, max_length=200, description="In English.")
    zh: str = Field(min_length=1, max_length=200, description="In Chinese.")


class Tax(Part):
    """A tax on everything that the plan charges."""

    name: str = Field("VAT", min_length=1, max_length=40, description="As the invoice names it.")
    percent: Number = Field(ge=0, le=100, description="Such as `20`, or `7.7`.")
    included: bool = Field(
        default=False, description="Whether prices contain the tax, or it comes on top of them."
    )


class Tier(Part):
    """A price, and up to how many billed units it holds."""

    up_to: int | None = Field(
        None, gt=0, description="Last billed unit at this price; included units are not counted."
    )
    price: Money = Field(description="For `per` units.")


class Charge(Part):
    """What the calls of some releases cost."""

    release: str = Field(
        "*", min_length=1, max_length=120, description="Releases it is for: a name, or a pattern."
    )
    meter: Meter = Field(
        "answers", description="What is counted: `answers`, `tokens` or `compute_seconds`."
    )
    per: int = Field(1, gt=0, le=10**9, description="Units that a price is for.")
    included: int = Field(0, ge=0, le=10**12, description="Units of each period that are free.")
    mode: Literal["graduated", "volume"] = Field(
        "graduated",
        description="`graduated`: each unit at its own tier's price; `volume`: all at the price of"
        " the tier that the last one reached.",
    )
    tiers: tuple[Tier, ...] = Field(
        (), strict=False, max_length=50, description="Prices of the units beyond `included`."
    )

    @cached_property
    def scale(self) -> int:
        """Metered units in one unit of the plan: compute is metered in microseconds."""
        return MICROS if self.meter == "compute_seconds" else 1

    def units(self, *, rows: int, tokens: int, compute_us: int) -> int:
        """Return what the meter counts of a call."""
        counted = {"answers": rows, "tokens": tokens, "compute_seconds": compute_us}
        return counted[self.meter]

    def fits(self, release: str) -> bool:
        """Tell whether this charge is for the releases of a name."""
        return fnmatchcase(release, self.release)

    @_checks(mode="after")
    def _tiers_follow(self) -> Self:
        ends = [tier.up_to for tier in self.tiers]
        if ends and ends[-1] is not None:
            raise ValueError("a last tier without up_to, so that every unit has a price")
        bounds = [end for end in ends[:-1] if end is not None]
        if len(bounds) < len(ends) - 1:
            raise ValueError("up_to in every tier but the last")
        if bounds != sorted(set(bounds)):
            raise ValueError("tiers whose up_to grows from each to the next")
        return self


class Rate(Part):
    """How fast calls may come: a bucket of `burst` calls that refills steadily."""

    calls_per_second: Number = Field(gt=0, le=10**6, description="Steady rate; below 1 is fine.")
    burst: int = Field(1, ge=1, le=10**6, description="Calls at once after a pause.")

    @cached_property
    def micro_per_second(self) -> int:
        """The rate in millionths of a call a second, a whole number."""
        return int(self.calls_per_second * MICROS)


class Limits(Part):
    """What a customer of the plan may use; null means no limit."""

    rate: Rate | None = Field(None, description="How fast calls may come.")
    quota: int | None = Field(
        None, ge=0, le=10**12, description="Most units in a period, over all charges together."
    )
    spend: Money | None = Field(None, description="Most that a period's usage may cost.")
    compute_seconds_per_row: Number = Field(
        Decimal(2), gt=0, le=3600, description="Most compute of a row that is held and charged."
    )

    @cached_property
    def compute_us_per_row(self) -> int:
        """The most compute time of a row, in microseconds."""
        return int(self.compute_seconds_per_row * MICROS)


class Plan(Part):
    """A price plan. A published version never changes; a period is billed by one version."""

    name: Name = Field(max_length=80, description="What the plan is called in commands.")
    title: Words | None = Field(None, description="What invoices call it; the name if left out.")
    currency: Currency = Field(description="Code of ISO 4217, such as USD or CNY.")
    period: Literal["day", "month", "year"] = Field(
        "month", description="A period: `day`, `month` or `year`."
    )
    payment: Literal["postpaid", "prepaid"] = Field(
        "postpaid",
        description="`postpaid`: by the invoice; `prepaid`: each call draws on credit at once.",
    )
    fee: Money = Field(0, description="For each period, whatever is used.")
    minimum: Money = Field(
        0, description="Commitment: fee and usage of a period are topped up to it."
    )
    tax: Tax | None = Field(None, description="Left out: no tax is charged or named.")
    charges: tuple[Charge, ...] = Field(
        strict=False, min_length=1, max_length=100, description="The first that fits counts."
    )
    limits: Limits = Field(default_factory=Limits, description="What may be used.")

    def charge_for(self, release: str) -> tuple[int, Charge] | None:
        """Return the first charge that fits a release's name, with its index."""
        found = (pair for pair in enumerate(self.charges) if pair[1].fits(release))
        return next(found, None)

    @property
    def titles(self) -> dict[str, str]:
        """What invoices call the plan, by language."""
        return self.title.model_dump() if self.title else {"en": self.name, "zh": self.name}

    @property
    def quota_units(self) -> int | None:
        """The quota in metered units: microseconds where compute is metered."""
        quota = self.limits.quota
        return None if quota is None else quota * self.charges[0].scale

    @_checks(mode="after")
    def _agree(self) -> Self:
        for wrong in _contradictions(self):
            raise ValueError(wrong)
        return self


def _contradictions(plan: Plan) -> Iterator[str]:
    """Yield what a plan would have to be where its values are at odds with each other."""
    step = money.minor_step(plan.currency)
    if plan.fee % step or plan.minimum % step:
        yield f"fee and minimum in whole units of what {plan.currency} is paid in"
    if 0 < plan.minimum <= plan.fee:
        yield "a minimum above the fee, or none: the fee alone would reach it"
    if plan.limits.quota is not None and len({charge.meter for charge in plan.charges}) > 1:
        yield "one meter in all charges where there is a quota: it counts over all of them"
    yield from _unpriced(plan.charges, plan.limits.quota)
    yield from _unreached(plan.charges)
    if plan.payment == "prepaid":
        yield from _not_prepaid(plan)


def _unpriced(charges: Sequence[Charge], quota: int | None) -> Iterator[str]:
    for charge in charges:
        if not charge.tiers and (quota is None or quota > charge.included):
            yield (
                f"tiers for {charge.release!r}, or a limits.quota of no more than what is included:"
                " units beyond would have no price"
            )


def _unreached(charges: Sequence[Charge]) -> Iterator[str]:
    for i, charge in enumerate(charges):
        earlier = next((one for one in charges[:i] if one.fits(charge.release)), None)
        if earlier:
            yield (
                f"{charge.release!r} before {earlier.release!r}, which fits the same releases and"
                " comes first"
            )


def _not_prepaid(plan: Plan) -> Iterator[str]:
    if any(charge.mode == "volume" for charge in plan.charges):
        yield "graduated tiers: a call's price under volume tiers is known at the period's end only"
    if plan.minimum:
        yield "no minimum: credit is drawn call by call"
    if plan.tax and not plan.tax.included:
        yield "tax.included: true, for what a call draws from credit must contain its tax"
