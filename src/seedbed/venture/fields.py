"""Kinds of values that the parts of the venture file share: exact money, names, units."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (Decimal, str, int, float)):
        raise ValueError(f"an amount of money, and not {value!r}")
    try:
        read = Decimal(str(value).replace("_", ""))
    except InvalidOperation:
        raise ValueError(f"an amount of money, and not {value!r}") from None
    if not read.is_finite():
        raise ValueError(f"a finite amount of money, and not {value}")
    return read


def _title(name: str) -> str:
    if not name.strip():
        raise ValueError("a name")
    return name.strip()


Money = Annotated[
    Decimal, BeforeValidator(_decimal), PlainSerializer(str), WithJsonSchema({"type": "number"})
]
"""An exact amount in the venture's currency."""
Title = Annotated[str, Field(max_length=120), AfterValidator(_title)]


def counted(unit: str) -> dict[str, Any]:
    """Return what a field's number counts, as its schema keeps it."""
    return {"unit": unit}
