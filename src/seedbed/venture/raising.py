"""The parts of the venture file about funding: rounds to come, SAFEs sold, who holds what."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field
from pydantic import model_validator as _checks

from seedbed.recipe import Part
from seedbed.venture.belief import Amount, Positive, Share
from seedbed.venture.fields import Money, Title, counted


class Round(Part):
    """A funding round that may fail."""

    name: Title = Field(description="Such as `seed`.")
    month: int = Field(ge=1, le=120, description="When the money would come.")
    amount: Positive = Field(description="How much.", json_schema_extra=counted("money"))
    chance: Share = Field(description="That it closes, where those before it closed.")
    delay: Amount | None = Field(
        None, description="Months that it may come later.", json_schema_extra=counted("months")
    )
    kind: Literal["priced", "post-money", "discount"] = Field(
        "priced", description="A priced round, or a SAFE: `post-money` cap, or `discount`."
    )
    pre_money: Positive | None = Field(
        None, description="Valuation before it, where priced.", json_schema_extra=counted("money")
    )
    cap: Positive | None = Field(
        None, description="Of a post-money SAFE.", json_schema_extra=counted("money")
    )
    discount: Share | None = Field(None, description="Of a discount SAFE, such as 0.2.")
    pool: Share | None = Field(None, description="Share of options after it, where it grows.")


class Safe(Part):
    """A SAFE that was sold."""

    name: Title = Field(description="Who holds it.")
    amount: Money = Field(gt=0, description="What was paid.")
    kind: Literal["post-money", "discount"] = Field("post-money", description="Which kind.")
    cap: Money | None = Field(None, gt=0, description="Post-money valuation cap.")
    discount: float | None = Field(None, gt=0, lt=1, description="Such as 0.2.")
    pro_rata: bool = Field(default=False, description="Whether its holder buys its part of rounds.")

    @_checks(mode="after")
    def _whole(self) -> Self:
        needed = "cap" if self.kind == "post-money" else "discount"
        if getattr(self, needed) is None:
            raise ValueError(f"{needed} for a SAFE of the kind {self.kind!r}")
        return self


class CapTable(Part):
    """Who holds what today."""

    holders: dict[str, Annotated[int, Field(gt=0)]] = Field(
        default_factory=dict, description="Shares by holder."
    )
    pool: int = Field(0, ge=0, description="Options set aside and not granted.")
    safes: tuple[Safe, ...] = Field((), strict=False, description="SAFEs not yet converted.")
