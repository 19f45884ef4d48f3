"""Who sends the invoices: name, address, tax number, how to pay, and a logo."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError
from sqlalchemy import Connection, func, select

from seedbed.errors import RecordConflict
from seedbed.ledger import audit
from seedbed.ledger.clock import Clock, System
from seedbed.ledger.database import Database
from seedbed.ledger.plan import Words
from seedbed.ledger.schema.billing import sellers
from seedbed.recipe import Part, nearest

LOGO_BYTES = 200_000
_LOGOS = {".svg": "image/svg+xml", ".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}


class Seller(Part):
    """Who sends the invoices. An invoice keeps what was set when it became final."""

    name: str = Field("", max_length=200, description="Legal name of the company.")
    address: tuple[str, ...] = Field((), strict=False, max_length=8, description="Line by line.")
    email: str = Field("", max_length=200, description="Where customers ask about an invoice.")
    phone: str = Field("", max_length=60, description="As it is to be printed.")
    website: str = Field("", max_length=200, description="As it is to be printed.")
    tax_id: str = Field("", max_length=60, description="VAT number, or 统一社会信用代码.")
    pay_by: Words | None = Field(None, description="How to pay, such as the bank account.")
    terms_days: int = Field(30, ge=0, le=365, description="Days in which an invoice is payable.")
    note: Words | None = Field(None, description="A line at the foot of every invoice.")
    logo: str | None = Field(
        None, max_length=LOGO_BYTES * 2, description="Image file; kept as a `data:` address."
    )
    prefix: str = Field("INV-", max_length=20, description="Before an invoice's number.")
    note_prefix: str = Field("CN-", max_length=20, description="Before a credit note's number.")


class Sellers:
    """Who sends the invoices of a ledger, as set from time to time."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or System()

    def set(self, seller: Seller, *, actor: str = "system") -> Seller:
        """Set who sends the invoices from now on; those that are final keep what they say."""
        with self._database.writing() as connection:
            now = self._clock.now()
            last = connection.execute(select(func.max(sellers.c.version))).scalar() or 0
            body = seller.model_dump(mode="json")
            connection.execute(sellers.insert().values(version=last + 1, body=body, set_at=now))
            told = {"name": seller.name, "version": last + 1}
            audit.append(connection, now, actor, "seller.set", "seller", told)
        return seller

    def get(self) -> Seller:
        """Return who sends the invoices; nobody before the first was set."""
        with self._database.reading() as connection:
            return current(connection)


def current(connection: Connection) -> Seller:
    """Return who sends the invoices, in the caller's transaction."""
    newest = select(sellers.c.body).order_by(sellers.c.version.desc()).limit(1)
    body = connection.execute(newest).scalar()
    return Seller.model_validate(body) if body else Seller()


def read(path: Path | str) -> Seller:
    """Return the seller that a YAML file describes; `logo` names an image beside it.

    Raises:
        RecordConflict: the file cannot be read, or a value in it is wrong.
    """
    path = Path(path)
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        if not isinstance(raw, dict):
            raise _wrong(path, "keys and values, such as 'name: Acme GmbH'", "none")
        if raw.get("logo") and not str(raw["logo"]).startswith("data:"):
            raw["logo"] = _embedded(path.parent / str(raw["logo"]))
        return Seller.model_validate(raw)
    except ValidationError as cause:
        raise _explain(path, cause, raw) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as cause:
        raise _wrong(path, "a YAML file in UTF-8", " ".join(str(cause).split())) from None


def _embedded(path: Path) -> str:
    kind = _LOGOS.get(path.suffix.lower())
    content = path.read_bytes()
    if kind is None or len(content) > LOGO_BYTES:
        raise _wrong(path, f"a logo of {', '.join(_LOGOS)}, at most 200 kB", path.name)
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _explain(path: Path, cause: ValidationError, raw: Mapping[str, Any]) -> RecordConflict:
    error = cause.errors(include_url=False)[0]
    key = ".".join(map(str, error["loc"]))
    if error["type"] != "extra_forbidden":
        return _wrong(path, f"{key}: {error['msg']}", repr(error["input"])[:80])
    near = nearest(str(error["loc"][-1]), Seller.model_fields)
    known = ", ".join(Seller.model_fields)
    return _wrong(path, f"one of {known}", key, f"Did you mean {near!r}?" if near else "")


def _wrong(path: Path, expected: str, got: str, do: str = "") -> RecordConflict:
    return RecordConflict(
        expected=expected, got=got, do=do or "Mend the file and set it again.", where=str(path)
    )
