"""The parts of the venture file. Any number that is a belief is an assumption wherever it stands.

Each field's description is what `docs/reference/venture.md` shows; `unit` is what its number counts
(`money` is the venture's currency).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field
from pydantic import model_validator as _checks

from seedbed.recipe import Name, Part
from seedbed.venture.belief import Amount, Belief, Growth, Positive, Share, ShareAbove
from seedbed.venture.fields import Money, Title, counted
from seedbed.venture.raising import CapTable, Round, Safe


class About(Part):
    """What the venture sells: releases, blueprints and billing plans of this home."""

    releases: tuple[str, ...] = Field(
        (),
        strict=False,
        description="Releases: `name`, `name/3`, or a folder as seen from this file; the first is"
        " the one that is sold.",
    )
    blueprints: tuple[str, ...] = Field(
        (),
        strict=False,
        description="What is planned: names that `seedbed blueprints` lists. The document's chapter"
        " on the product tells of them; no figure rests on them.",
    )
    plans: tuple[str, ...] = Field(
        (), strict=False, description="Billing plans of the ledger; the first is today's price."
    )
    ledger: str | None = Field(
        None, description="A database's URL or path. Left out: this home's, where there is one."
    )


class Peak(Part):
    """The busiest that the service must bear."""

    answers_per_second: Positive = Field(
        description="Calls that come, at the peak.", json_schema_extra=counted("answers/s")
    )
    wait_seconds: float = Field(0.2, ge=0, description="Longest wait that is fine.")
    share: float = Field(0.95, gt=0, lt=1, description="Share of calls that wait no longer.")


class Unit(Part):
    """What an answer costs to make."""

    machine: str | None = Field(
        None, description="A row of the price table; gives `hour` where that is left out."
    )
    hour: Amount | None = Field(
        None, description="Price of a machine's hour.", json_schema_extra=counted("money/h")
    )
    answers_per_second: Positive | None = Field(
        None,
        description="Answers of a machine at full use. Left out: measured from the release.",
        json_schema_extra=counted("answers/s"),
    )
    tokens_per_answer: Positive | None = Field(
        None,
        description="Tokens of an answer. Left out: measured from the ledger.",
        json_schema_extra=counted("tokens"),
    )
    utilisation: ShareAbove | None = Field(
        None, description="Share of the paid time in which answers are computed."
    )
    error_rate: Share | None = Field(
        None, description="Share of wrong answers. Left out: measured by the release's report."
    )
    other_cost: Amount | None = Field(
        None,
        description="Of an answer besides: payment fees, support.",
        json_schema_extra=counted("money"),
    )
    peak: Peak | None = Field(None, description="For the count of machines.")


class Segment(Part):
    """A part of the market, counted from below."""

    name: Title = Field(description="Who they are.")
    count: Amount = Field(description="How many there are.", json_schema_extra=counted("customers"))
    share: Share = Field(description="Share of them that would buy.")
    answers: Amount | None = Field(
        None,
        description="Answers of each a month. Left out: `customers.answers`.",
        json_schema_extra=counted("answers/month"),
    )


class Market(Part):
    """How many could buy, and how fast they come."""

    population: Amount | None = Field(
        None, description="S: who could buy at all.", json_schema_extra=counted("customers")
    )
    share: Share | None = Field(None, description="k: the share of them that will.")
    innovation: Amount | None = Field(
        None,
        description="Bass p, a month. Left out: by `analogy`.",
        json_schema_extra=counted("1/month"),
    )
    imitation: Amount | None = Field(
        None,
        description="Bass q, a month. Left out: by `analogy`.",
        json_schema_extra=counted("1/month"),
    )
    analogy: str | None = Field(
        None, description="A row of the table of analogies, such as `business-software`."
    )
    segments: tuple[Segment, ...] = Field(
        (), strict=False, description="The market counted from below."
    )


class Customers(Part):
    """Those who buy: how many, how much, how long."""

    now: Amount | None = Field(
        None,
        description="Customers today. Left out: counted in the ledger.",
        json_schema_extra=counted("customers"),
    )
    answers: Amount | None = Field(
        None,
        description="Answers of each a month. Left out: from the ledger.",
        json_schema_extra=counted("answers/month"),
    )
    churn: Share | None = Field(
        None,
        description="Share that leaves in a month. Left out: from the ledger.",
        json_schema_extra=counted("1/month"),
    )
    acquisition_cost: Amount | None = Field(
        None, description="Of a new customer.", json_schema_extra=counted("money")
    )
    growth: Growth | None = Field(
        None,
        description="Net growth a month; used instead of the market's diffusion where given.",
        json_schema_extra=counted("1/month"),
    )
    pays_after: int = Field(0, ge=0, le=24, description="Months between answer and money.")
    support_cost: Amount | None = Field(
        None, description="Of a customer, a month.", json_schema_extra=counted("money/month")
    )


class Price(Part):
    """What an answer sells for, and what another price would do."""

    now: Positive | None = Field(
        None,
        description="Of an answer. Left out: by the first of `about.plans`, or else what answers"
        " of the last whole months brought.",
        json_schema_extra=counted("money"),
    )
    demand: Literal["isoelastic", "linear", "logit", "inverse"] = Field(
        "isoelastic", description="How answers follow the price."
    )
    elasticity: Positive | None = Field(
        None, description="At today's price, as a positive number: 2 loses 2 % for 1 % more."
    )
    low: float | None = Field(None, gt=0, description="Least price that is thought of.")
    high: float | None = Field(None, gt=0, description="Greatest price that is thought of.")
    survey: str | None = Field(None, description="A CSV of answers to a survey on prices.")

    @_checks(mode="after")
    def _follow(self) -> Self:
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError("a low below high")
        return self


class Gives(Part):
    """What money put to a use gives a month, beyond what customers pay by themselves."""

    curve: Literal["log", "power", "saturating", "logistic", "hill"] = Field(
        description="`log` a·ln(1 + x/b); `power` a·x^r; `saturating` a·(1 − e^(−k·x));"
        " `logistic` a·(1 − e^(−k·x))/(1 + e^(−k·(x − middle)));"
        " `hill` a·x^slope/(half^slope + x^slope)."
    )
    a: Positive = Field(
        description="Scale; of `saturating`, `logistic` and `hill` the most that it can give.",
        json_schema_extra=counted("money/month"),
    )
    b: Positive | None = Field(
        None,
        description="`log`: spending from which returns fall clearly.",
        json_schema_extra=counted("money/month"),
    )
    r: ShareAbove | None = Field(None, description="`power`: the exponent, at most 1.")
    k: Positive | None = Field(
        None,
        description="`saturating` and `logistic`: how fast it fills.",
        json_schema_extra=counted("1/money"),
    )
    middle: Positive | None = Field(
        None,
        description="`logistic`: spending at which it rises fastest, for what begins slowly; left"
        " out, it rises fastest at 0.",
        json_schema_extra=counted("money/month"),
    )
    half: Positive | None = Field(
        None,
        description="`hill`: spending that gives half of a.",
        json_schema_extra=counted("money/month"),
    )
    slope: Positive | None = Field(None, description="`hill`: steepness; 1 is the plain curve.")

    @_checks(mode="after")
    def _whole(self) -> Self:
        needs, may = NEEDS[self.curve], MAY.get(self.curve, ())
        names = {key for keys in (*NEEDS.values(), *MAY.values()) for key in keys}
        given = {key for key in names if getattr(self, key) is not None}
        for key in needs:
            if key not in given:
                raise ValueError(f"{key} for the curve {self.curve!r}")
        for key in sorted(given - {*needs, *may}):
            has = ", ".join(("a", *needs, *may))
            raise ValueError(f"no {key}: the curve {self.curve!r} has {has}")
        return self


NEEDS = {
    "log": ("b",),
    "power": ("r",),
    "saturating": ("k",),
    "logistic": ("k",),
    "hill": ("half", "slope"),
}
"""What each curve needs besides its scale."""
MAY = {"logistic": ("middle",)}
"""What a curve may have as well."""


class Use(Part):
    """Something that money is put to."""

    monthly: Money = Field(Decimal(0), ge=0, description="What is put to it today, a month.")
    hire: Money | None = Field(None, gt=0, description="It comes in whole steps of this, a month.")
    least: Money | None = Field(None, ge=0, description="Least a month.")
    most: Money | None = Field(None, ge=0, description="Most a month.")
    gives: Gives | None = Field(None, description="What it brings. Left out: nothing by itself.")
    carry: Share | None = Field(None, description="Share of the effect that lives on, by month.")
    lag: int = Field(0, ge=0, le=60, description="Months until the effect begins.")

    @_checks(mode="after")
    def _agree(self) -> Self:
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError("least at most most")
        return self


class Cost(Part):
    """What is paid whatever is decided."""

    name: Title = Field(description="What it is.")
    monthly: Amount = Field(description="A month.", json_schema_extra=counted("money/month"))
    since: int = Field(1, ge=1, alias="from", description="First month.")
    until: int | None = Field(None, ge=1, alias="to", description="Last month.")
    growth: Growth | None = Field(
        None, description="Growth a month.", json_schema_extra=counted("1/month")
    )


class Income(Part):
    """What comes in besides answers."""

    name: Title = Field(description="What it is.")
    monthly: Amount = Field(
        description="In a month in which it comes.", json_schema_extra=counted("money/month")
    )
    chance: Share | None = Field(None, description="That it comes in a month. Left out: 1.")
    since: int = Field(1, ge=1, alias="from", description="First month.")
    until: int | None = Field(None, ge=1, alias="to", description="Last month.")
    growth: Growth | None = Field(
        None, description="Growth a month.", json_schema_extra=counted("1/month")
    )


class Limits(Part):
    """What no plan may break."""

    least_cash: Money = Field(Decimal(0), description="Cash that must be left in every month.")
    hiring_lag: int = Field(0, ge=0, le=24, description="Months until somebody hired begins.")
    most_share: dict[str, Annotated[float, Field(gt=0, le=1)]] = Field(
        default_factory=dict, description="Most of a month's spending for a use, by its name."
    )


class Factors(Part):
    """The factors of R = C·η·α·β·γ. Left out: measured where they can be."""

    allocation: Amount | None = Field(None, description="η: how near spending came to the best.")
    insight: Amount | None = Field(None, description="α: how good past forecasts were.")
    innovation: Amount | None = Field(None, description="β: quality gained a month against plan.")
    earning: Amount | None = Field(None, description="γ: income per value delivered.")
    bar_months: Positive | None = Field(
        None,
        description="For β: months from the first release in which the recipe's bar was to be met."
        " Left out: the plan's `months`.",
        json_schema_extra=counted("months"),
    )
    raise_cost: dict[Literal["allocation", "insight", "innovation", "earning"], Money] = Field(
        default_factory=dict, description="What raising a factor by a tenth costs, by its name."
    )


class Value(Part):
    """What an answer is worth to who buys it."""

    error_cost: Amount | None = Field(
        None,
        description="What a wrong answer costs, in refunds and customers lost.",
        json_schema_extra=counted("money"),
    )
    right_answer: Amount | None = Field(
        None,
        description="What a right answer saves or earns who buys it: the value delivered, for γ.",
        json_schema_extra=counted("money"),
    )


class Risk(Part):
    """Something that may go wrong."""

    name: Title = Field(description="What may happen.")
    kind: Literal["technical", "market", "competition", "money", "law", "ethics", "people"] = Field(
        description="Of which kind."
    )
    chance: Share = Field(description="That it happens within the horizon.")
    cost: Amount = Field(description="What it would cost.", json_schema_extra=counted("money"))
    watches: str = Field("", description="Who watches it.")
    sign: str = Field("", description="What would show it first, and how often one looks.")


class Correlation(Part):
    """Two assumptions that tend to be wrong together."""

    between: tuple[str, str] = Field(strict=False, description="Paths of two assumptions.")
    rank: float = Field(ge=-1, le=1, description="Rank correlation, from −1 to 1.")

    @_checks(mode="after")
    def _two(self) -> Self:
        if self.between[0] == self.between[1]:
            raise ValueError("two different assumptions")
        return self


__all__ = [
    "NEEDS", "About", "Belief", "CapTable", "Correlation", "Cost", "Customers", "Factors", "Gives",
    "Income", "Limits", "Market", "Money", "Name", "Part", "Peak", "Price", "Risk", "Round", "Safe",
    "Segment", "Title", "Unit", "Use", "Value",
]  # fmt: skip
