"""Who sends the invoices is read from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from seedbed.errors import RecordConflict
from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.seller import Seller, Sellers, read

TEXT = """
name: Seedbed Ltd
address: [1 Nursery Lane, London]
tax_id: GB123456789
pay_by: {en: "IBAN GB00 0000", zh: "账号 0000"}
terms_days: 14
"""


def test_a_seller_with_a_logo(tmp_path: Path, sqlite: Database, clock: Manual) -> None:
    (tmp_path / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "seller.yaml").write_text(TEXT + "logo: logo.svg\n", encoding="utf-8")
    seller = read(tmp_path / "seller.yaml")
    assert seller.address == ("1 Nursery Lane", "London")
    assert (seller.logo or "").startswith("data:image/svg+xml;base64,")
    store = Sellers(sqlite, clock)
    assert store.get() == Seller()
    store.set(seller)
    assert store.get() == seller


@pytest.mark.parametrize(
    ("text", "expected", "do"),
    [
        ("nam: x", "one of", "'name'"),
        ("- a", "keys and values", "Mend"),
        ("a: [", "YAML", "Mend"),
        ("terms_days: soon", "terms_days", "Mend"),
        ("logo: notes.txt", "a logo of", "Mend"),
        ("logo: none.svg", "YAML", "Mend"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(
    tmp_path: Path, text: str, expected: str, do: str
) -> None:
    path = tmp_path / "seller.yaml"
    path.write_text(text)
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(RecordConflict) as caught:
        read(path)
    assert expected in caught.value.expected
    assert do in caught.value.do
