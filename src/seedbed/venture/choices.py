"""The parts of the venture file that `plan invest` alone reads: its own costs, and staged bets."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field
from pydantic import model_validator as _checks

from seedbed.venture.belief import Amount, Belief, Positive, Share
from seedbed.venture.fields import counted
from seedbed.venture.parts import Part, Title

_MONEY = counted("money")
_MONTHLY = counted("money/month")
_HOURS = counted("hours")


class Lever(Part):
    """What one believes of a lever of the recipe that nobody has measured on one's rows."""

    gain: Share = Field(description="Share of the errors left that it takes away.")
    cost: Amount = Field(
        description="Machine time and what is bought for it; your own work comes to it.",
        json_schema_extra=_MONEY,
    )


class Invest(Part):
    """What the things that `plan invest` weighs cost and do. Left out: the table of options."""

    work_hour: Amount | None = Field(
        None,
        description="What an hour of your own work is worth; 0 leaves it out.",
        json_schema_extra=_MONEY,
    )
    label_cost: Amount | None = Field(
        None, description="Of one more labelled row.", json_schema_extra=_MONEY
    )
    label_rows: tuple[int, ...] = Field(
        (500, 2000), strict=False, description="How many more rows to think of."
    )
    larger_gain: Share | None = Field(
        None, description="Share of the errors left that the next larger base takes away."
    )
    larger_slower: Positive | None = Field(
        None, description="How many times longer its answers take to compute."
    )
    survey_cost: Amount | None = Field(
        None, description="Of a survey of prices.", json_schema_extra=_MONEY
    )
    hours_label: Amount | None = Field(
        None, description="Your work on more labels, besides their cost.", json_schema_extra=_HOURS
    )
    hours_rung: Amount | None = Field(
        None, description="Your work to climb a rung.", json_schema_extra=_HOURS
    )
    hours_larger: Amount | None = Field(
        None, description="Your work to try a larger base.", json_schema_extra=_HOURS
    )
    hours_price: Amount | None = Field(
        None, description="Your work to change a price.", json_schema_extra=_HOURS
    )
    hours_survey: Amount | None = Field(
        None, description="Your work on a survey, besides its cost.", json_schema_extra=_HOURS
    )
    levers: dict[Literal["unlabeled", "distill", "pretrain", "search", "transfer"], Lever] = Field(
        default_factory=dict,
        description="Keys of the recipe that the ladder does not climb by itself, each with what"
        " you believe of it. Left out: not weighed before a release has tried it.",
    )
    survey_answers: int = Field(100, gt=0, le=100_000, description="Answers to such a survey.")


class Bet(Part):
    """Something that is tried month by month, and stopped when it does not go well.

    It is either a matter of success or failure (`successes` and `failures` are what is believed,
    counted like months seen), or of an amount (`mean` and `sd` are what is believed of it).
    """

    name: Title = Field(description="What is tried.")
    cost: Amount = Field(description="A month.", json_schema_extra=_MONTHLY)
    months: int = Field(ge=1, le=120, description="Most months that it is tried.")
    successes: float | None = Field(None, gt=0, description="Prior successes, as if seen.")
    failures: float | None = Field(None, gt=0, description="Prior failures, as if seen.")
    worth: Amount | None = Field(
        None, description="What a month's success brings.", json_schema_extra=_MONEY
    )
    mean: Belief | None = Field(
        None, description="What a month brings, as believed.", json_schema_extra=_MONTHLY
    )
    sd: float | None = Field(None, gt=0, description="Standard deviation of that belief.")
    noise: float | None = Field(
        None, gt=0, description="By how much a month strays from the truth. Left out: as `sd`."
    )

    @_checks(mode="after")
    def _one_kind(self) -> Self:
        counted = (self.successes, self.failures, self.worth)
        measured = (self.mean, self.sd)
        if None not in counted and measured == (None, None) and self.noise is None:
            return self
        if None not in measured and counted == (None, None, None):
            return self
        raise ValueError("successes, failures and worth, or mean and sd, and not parts of both")
