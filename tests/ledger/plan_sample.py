"""Plans for tests: drawn by hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from seedbed.ledger import money
from seedbed.ledger.plan import Charge, Plan
from seedbed.ledger.plan_file import read

PRICES = st.integers(0, 5 * money.NANOS).map(lambda nanos: money.plain(nanos, "USD"))


@st.composite
def tiers(draw: Any) -> list[dict[str, Any]]:
    count = draw(st.integers(1, 4))
    ends = draw(st.lists(st.integers(1, 5000), min_size=count - 1, max_size=count - 1, unique=True))
    bounded = [{"up_to": end, "price": draw(PRICES)} for end in sorted(ends)]
    return [*bounded, {"price": draw(PRICES)}]


@st.composite
def raw_charges(draw: Any, mode: str | None = None, release: str = "*") -> dict[str, Any]:
    return {
        "release": release,
        "meter": draw(st.sampled_from(["answers", "tokens", "compute_seconds"])),
        "per": draw(st.sampled_from([1, 3, 7, 1000])),
        "included": draw(st.sampled_from([0, 1, 10, 1000])),
        "mode": mode or draw(st.sampled_from(["graduated", "volume"])),
        "tiers": draw(tiers()),
    }


def charges(mode: str | None = None) -> st.SearchStrategy[Charge]:
    return raw_charges(mode).map(Charge.model_validate)


@st.composite
def plans(draw: Any) -> Plan:
    payment = draw(st.sampled_from(["prepaid", "postpaid"]))
    prepaid = payment == "prepaid"
    mode = "graduated" if prepaid else None
    tax = {"percent": draw(st.sampled_from(["0", "6", "7.7", "20", "19.6"]))}
    tax["included"] = True if prepaid else draw(st.booleans())
    fee = draw(st.integers(0, 5000))
    return read(
        {
            "name": "drawn",
            "currency": draw(st.sampled_from(["USD", "CNY", "KWD"])),
            "period": draw(st.sampled_from(["day", "month", "year"])),
            "payment": payment,
            "fee": f"{fee}.{draw(st.integers(0, 99)):02d}",
            "minimum": "0" if prepaid else draw(st.sampled_from(["0", "6000.00"])),
            "tax": draw(st.sampled_from([None, tax])),
            "charges": [draw(raw_charges(mode, "bank-*")), draw(raw_charges(mode))],
            "limits": {"spend": draw(st.sampled_from([None, "12.34"]))},
        }
    )
