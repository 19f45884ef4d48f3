"""The invoice for people: one HTML page that prints on A4, and tables for spreadsheets.

Everything here is made from the document alone, so a final invoice gives the same page for ever.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from seedbed.ledger import money, words
from seedbed.ledger.document import sealed
from seedbed.ledger.page_words import say
from seedbed.ledger.periods import moment

LINE_COLUMNS = (
    *("invoice", "position", "kind", "description", "units", "unit", "unit_price", "per"),
    *("calls", "amount", "currency"),
)
CALL_COLUMNS = (
    *("id", "at", "release", "number", "verb", "status", "reason", "rows", "tokens"),
    *("compute_us", "units", "price", "latency_us", "key_id", "idempotency_key", "invoice_id"),
)
_PACE = {1: "second", 60: "minute", 3600: "hour"}


def html(document: Mapping[str, Any], language: str | None = None) -> str:
    """Return an invoice, a preview or a credit note as one page that needs nothing else.

    Args:
        document: Its body.
        language: `en` or `zh`; by default the customer's.
    """
    spoken = language or document["customer"]["language"]
    view = _View(document, "zh" if spoken == "zh" else "en")
    style = (files("seedbed.ledger") / "templates" / "invoice.css").read_text(encoding="utf-8")
    template = _environment().get_template("invoice.html.j2")
    return template.render(d=document, v=view, t=view.say, style=Markup(style))


def as_json(document: Mapping[str, Any]) -> str:
    """Return a document as JSON that people can read; its spelling is always the same."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def lines_csv(document: Mapping[str, Any], language: str | None = None) -> str:
    """Return the lines as a table for spreadsheets, with a heading."""
    spoken = language or document["customer"]["language"]
    rows = (_line_row(document, line, spoken) for line in document["lines"])
    return "".join(_table(LINE_COLUMNS, rows))


def calls_csv(calls: Iterable[Mapping[str, Any]], currency: str) -> Iterator[str]:
    """Yield calls as lines of a table, the heading first; times in ISO 8601, prices exact."""
    return _table(CALL_COLUMNS, (_call_row(call, currency) for call in calls))


class _View:
    """What the template asks for, in one language."""

    def __init__(self, document: Mapping[str, Any], language: str) -> None:
        self.document = document
        self.language = language
        self.say = partial(say, language)
        self.currency: str = document["currency"]

    @property
    def note(self) -> bool:
        """Whether it is a credit note."""
        return bool(self.document["kind"] == "credit_note")

    @property
    def status(self) -> str | None:
        """What is said of a document that is not final."""
        return None if self.document["status"] == "final" else self.say(self.document["status"])

    @property
    def title(self) -> str:
        """What the page is called."""
        number = self.document["number"] or self.status
        return f"{self.say(self.document['kind'])} {number}"

    @property
    def running(self) -> Markup:
        """What stands at the foot of each sheet, as a string of CSS."""
        told = " · ".join(filter(None, (self.document["seller"]["name"], self.title)))
        # Nothing but letters and digits is left as it is: a name may hold any sign.
        signs = (each if each.isalnum() else f"\\{ord(each):06x}" for each in told)
        return Markup(f'"{"".join(signs)}"')

    @property
    def seal(self) -> str:
        """The document's SHA-256 in groups that can be read out."""
        digest = sealed(self.document)
        return " ".join(digest[i : i + 8] for i in range(0, len(digest), 8))

    def words(self, both: Mapping[str, str]) -> str:
        """Return a text that the document has in both languages."""
        return both[self.language]

    def some(self, decimal: str) -> bool:
        """Tell whether an amount is not nought."""
        return money.to_nanos(decimal) != 0

    def amount(self, decimal: str) -> str:
        """Return an amount rounded to the minor unit."""
        return money.shown(money.to_nanos(decimal), self.currency, self.language)

    def exact(self, decimal: str) -> str:
        """Return an amount with all its decimals."""
        return money.shown_exact(money.to_nanos(decimal), self.currency, self.language)

    def date(self, at: int) -> str:
        """Return a date in UTC."""
        return words.date(at, self.language)

    def period(self) -> str:
        """Return the period as people say it."""
        told = self.document["period"]
        return words.span((told["start"], told["end"]), self.language)

    def units(self, line: Mapping[str, Any], units: str | None = None) -> str:
        """Return metered units with their name."""
        whole, point, rest = (units or line["units"]).partition(".")
        number = f"{int(whole):,}{point}{rest}"
        meter = line["details"].get("meter")
        name = words.UNITS[meter][self.language] if meter else ""
        return f"{number} {name}".rstrip()

    def rate(self, line: Mapping[str, Any], price: str) -> str:
        """Return a price and what it is for."""
        details = line["details"]
        per = details.get("per", 1)
        if details.get("meter") == "compute_seconds" and per in _PACE:
            said = self.say(_PACE[per])
        else:
            said = "" if per == 1 else self.say("per", count=f"{per:,}")
        return f"{self.exact(price)} {said}".rstrip()

    def calls(self, line: Mapping[str, Any]) -> str:
        """Return how many calls a line is made of."""
        count = line["details"].get("calls")
        if not count:
            return ""
        return self.say("one_call") if count == 1 else self.say("many_calls", count=f"{count:,}")

    def tiers(self, line: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the tiers that explain a line, where there is more than one to tell."""
        tiers = line["details"].get("tiers", [])
        return tiers if len(tiers) > 1 else []

    def price(self, line: Mapping[str, Any]) -> str:
        """Return a line's one price, where it has one and its tiers do not say it."""
        told = line["unit_price"]
        return "" if told is None or self.tiers(line) else self.rate(line, told)

    def tax(self) -> str:
        """Return what the tax is called."""
        rate = self.document["tax_rate"]
        key = "of_it_tax" if rate["included"] else "tax"
        return self.say(key, name=rate["name"], percent=rate["percent"])

    def endings(self) -> str:
        """Return how the period's calls ended: those answered, and those that cost nothing."""
        counts = {name: f"{count:,}" for name, count in self.document["calls"].items()}
        answered = self.say("answered", count=counts.pop("answered", "0"))
        if not counts:
            return answered
        told = self.say("comma").join(self.say(name, count=n) for name, n in counts.items())
        return f"{answered} {self.say('free', told=told)}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("seedbed.ledger"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _line_row(document: Mapping[str, Any], line: Mapping[str, Any], spoken: str) -> dict[str, Any]:
    details = line["details"]
    meter = details.get("meter")
    return {
        **{key: line[key] for key in ("position", "kind", "units", "unit_price", "amount")},
        "invoice": document["number"] or document["status"],
        "description": line["description"]["zh" if spoken == "zh" else "en"],
        "unit": words.UNITS[meter]["en"] if meter else None,
        "per": details.get("per"),
        "calls": details.get("calls"),
        "currency": document["currency"],
    }


def _call_row(call: Mapping[str, Any], currency: str) -> dict[str, Any]:
    told = {name: call[name] for name in CALL_COLUMNS}
    at = moment(call["at"]).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return told | {"at": at, "price": money.plain(call["price"], currency)}


def _table(columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield _joined(columns)
    for row in rows:
        yield _joined(_cell(row[name]) for name in columns)


def _joined(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cell(value: Any) -> str:
    """Return a cell; a text that a spreadsheet would run as a formula is quoted."""
    text = "" if value is None else str(value)
    risky = isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r")
    return f"'{text}" if risky and not text.removeprefix("-").replace(".", "").isdigit() else text
