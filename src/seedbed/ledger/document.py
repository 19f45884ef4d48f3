"""The document that an invoice is: one JSON body, from which the page and the tables are made.

Amounts in it are decimals in quotes, times are µs. It is a function of the rows that it was made
from, and nothing else, so the same rows give the same bytes; a final one keeps their SHA-256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from seedbed.ledger import money, words
from seedbed.ledger.audit import canonical
from seedbed.ledger.lines import Line, Totals, totals
from seedbed.ledger.periods import DAY, Period
from seedbed.ledger.plan import Plan, Tax
from seedbed.ledger.seller import Seller

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Credit:
    """A prepaid customer's credit over a period, in nanos."""

    opening: int
    added: int
    drawn: int

    @property
    def closing(self) -> int:
        """What was left at its end."""
        return self.opening + self.added - self.drawn


@dataclass(frozen=True, slots=True)
class Content:
    """What an invoice is made from.

    Attributes:
        id: The invoice's, or the empty text in a preview.
        customer: `id`, `name`, `email`, `language`, `address`, `tax_id`.
        plan_id: The plan's version.
        version: Its number.
        credit: The credit's movements, under a prepaid plan.
        available: Nanos of credit that a postpaid invoice may be paid from.
        calls: How many calls of the period ended in which way.
    """

    id: str
    seller: Seller
    customer: Mapping[str, Any]
    plan_id: str
    version: int
    plan: Plan
    period: Period
    lines: Sequence[Line]
    credit: Credit | None
    available: int
    calls: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Sums:
    """What an invoice asks for and what of it is paid already, in nanos."""

    totals: Totals
    paid: int

    @property
    def due(self) -> int:
        """What is left to pay."""
        return self.totals.total - self.paid


def sums(content: Content) -> Sums:
    """Return what an invoice comes to.

    Under a prepaid plan its usage is paid: each call was drawn from credit. A postpaid invoice is
    paid from credit as far as that goes, in whole minor units.
    """
    plan = content.plan
    found = totals((line.amount for line in content.lines), plan.tax, plan.currency)
    if plan.payment == "prepaid":
        drawn = sum(line.amount for line in content.lines if line.kind in ("usage", "late"))
        return Sums(found, drawn)
    whole = content.available - content.available % money.minor_step(plan.currency)
    return Sums(found, max(0, min(found.total, whole)))


def body(content: Content, *, number: int | None = None, at: int | None = None) -> dict[str, Any]:
    """Return the document: a draft, or with its number and the moment that it became final."""
    plan, seller, found = content.plan, content.seller, sums(content)
    due_at = None if at is None else at + seller.terms_days * DAY
    return {
        **{"format": FORMAT, "kind": "invoice", "id": content.id},
        "number": None if number is None else f"{seller.prefix}{number:06d}",
        "status": "draft" if number is None else "final",
        "issued_at": at,
        "due_at": due_at if found.due > 0 else None,
        "seller": seller.model_dump(mode="json"),
        "customer": dict(content.customer),
        "plan": {
            **{"id": content.plan_id, "name": plan.name, "version": content.version},
            **{"title": plan.titles, "period": plan.period, "payment": plan.payment},
        },
        "period": {"start": content.period[0], "end": content.period[1]},
        "currency": plan.currency,
        "lines": [line(i, one, plan) for i, one in enumerate(content.lines, 1)],
        **summed(found.totals, plan.tax, plan.currency),
        "paid_from_credit": money.plain(found.paid, plan.currency),
        "due": money.plain(found.due, plan.currency),
        "credit": _credit(content),
        "calls": dict(sorted(content.calls.items())),
    }


def line(position: int, one: Line, plan: Plan) -> dict[str, Any]:
    """Return a line as the document has it."""
    scale = 1 if one.charge is None else plan.charges[one.charge].scale
    price = one.unit_price
    return {
        **{"position": position, "kind": one.kind, "description": dict(one.description)},
        "charge": one.charge,
        "units": None if one.units is None else words.number(one.units, scale),
        "unit_price": None if price is None else money.plain(price, plan.currency),
        "amount": money.plain(one.amount, plan.currency),
        "details": dict(one.details),
    }


def summed(found: Totals, tax: Tax | None, currency: str) -> dict[str, Any]:
    """Return the totals as documents have them."""
    named = None
    if tax is not None:
        named = {"name": tax.name, "percent": f"{tax.percent:f}", "included": tax.included}
    amounts = {key: money.plain(value, currency) for key, value in asdict(found).items()}
    return {"tax_rate": named, **amounts}


def sealed(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document's one spelling."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def _credit(content: Content) -> dict[str, str] | None:
    credit, currency = content.credit, content.plan.currency
    if credit is None:
        return None
    moved = {"opening": credit.opening, "added": credit.added, "drawn": credit.drawn}
    moved["closing"] = credit.closing
    return {key: money.plain(value, currency) for key, value in moved.items()}
