"""What bodies and answers are made of: kinds of fields, examples, records as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from seedbed.ledger.clock import SECOND
from seedbed.ledger.key import Scopes
from seedbed.ledger.money import to_decimal
from seedbed.release.store import Release

MOST_MOMENT = 253_402_300_799_999_999
"""The last microsecond of the year 9999."""

NULL = "\0null"
"""Stands for null in the examples of answers: FastAPI leaves out of its document what is None, and
`openapi.py` puts it back."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONEY = ("amount", "price", "spend_cap", "subtotal", "tax", "total", "due", "credit", "held")


class Strict(BaseModel):
    """A body: unknown fields are errors, and nothing is taken for what it is not."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("text without the character NUL")
    return text


Text = Annotated[str, AfterValidator(_no_nul)]
"""Text that every database takes."""
Id = Annotated[Text, Field(min_length=1, max_length=120)]
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
Money = Annotated[str, Field(pattern=r"^\d{1,9}(\.\d{1,9})?$", examples=["100.00"])]
"""An amount in main units, in words."""
Moment = Annotated[int, Field(ge=0, le=MOST_MOMENT)]
"""Microseconds since the epoch."""
Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most.")]


def example(value: Any) -> ConfigDict:
    """Return the settings of a model whose documented example is this."""
    return ConfigDict(json_schema_extra={"examples": [value]})


def answers_with(value: Any, about: str = "Answered.") -> dict[int | str, dict[str, Any]]:
    """Return FastAPI's `responses` with an example of the answer."""
    shown_as = {"example": replaced(value, None, NULL)}
    return {200: {"description": about, "content": {"application/json": shown_as}}}


def replaced(told: Any, old: Any, new: Any) -> Any:
    """Return JSON with one value replaced by another, however deep it stands."""
    if isinstance(told, dict):
        return {name: replaced(value, old, new) for name, value in told.items()}
    if isinstance(told, list):
        return [replaced(value, old, new) for value in told]
    return new if told == old else told


def several(release: Release) -> bool:
    """Tell whether a release gives several labels a text."""
    return bool(release.read("answer.json")["schema"]["multi_label"])


def written(moment: int | None) -> str | None:
    """Return a moment in µs as ISO 8601."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment // SECOND, UTC).strftime(
        f"%Y-%m-%dT%H:%M:%S.{moment % SECOND:06d}Z"
    )


def read_moment(told: datetime | None) -> int | None:
    """Return a moment in µs; one without a time zone is taken for UTC."""
    if told is None:
        return None
    aware = told if told.tzinfo else told.replace(tzinfo=UTC)
    return (aware - _EPOCH) // timedelta(microseconds=1)


def amount(nanos: int | None) -> str | None:
    """Return nanos as a decimal in words, such as `"0.0012"`."""
    return None if nanos is None else f"{to_decimal(nanos).normalize() + 0:f}"


def shown(record: Any) -> dict[str, Any]:
    """Return a record as JSON tells it: moments in ISO 8601, money as decimals in words."""
    told = dict(record) if isinstance(record, Mapping) else _fields(record)
    return {name: _shown(name, value) for name, value in told.items()}


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _shown(name: str, value: Any) -> Any:
    if name in _MONEY:
        return amount(value)
    if name == "at" or name.endswith("_at") or name in ("period_start", "period_end"):
        return written(value)
    return value.as_dict() if isinstance(value, Scopes) else value
