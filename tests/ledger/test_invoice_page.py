"""The invoice's page and its tables say what the document says, in both languages."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from books import Books, at

from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.invoice_page import CALL_COLUMNS, as_json, calls_csv, html, lines_csv
from seedbed.ledger.money import NANOS, to_nanos
from seedbed.ledger.page_words import WORDS
from seedbed.ledger.seller import Seller
from seedbed.ledger.usage import Wanted

EVIL = "<script>alert('x')</script> & Söhne"
PLAN = {
    "name": "mixed",
    "title": {"en": "Mixed", "zh": "混合版"},
    "currency": "USD",
    "fee": "10.00",
    "minimum": "40.00",
    "tax": {"name": "VAT", "percent": "20"},
    "charges": [
        {"release": "bank", "per": 1000, "included": 500, "tiers": [{"price": "1.5"}]},
        {"release": "*", "meter": "tokens", "tiers": [{"price": "0.000001"}]},
    ],
}


@pytest.fixture
def books(sqlite: Database, clock: Manual) -> Books:
    clock.set(at("2026-01-01"))
    return Books(sqlite, clock)


@pytest.fixture
def documents(books: Books) -> dict[str, Any]:
    """Give a preview, final invoices of a postpaid and of a prepaid plan, and a credit note."""
    pay = {"en": "IBAN GB00", "zh": "账号 00"}
    books.sellers.set(Seller(name="Seedbed Ltd", address=("1 Lane",), pay_by=pay, tax_id="GB1"))  # type: ignore[arg-type]
    told = {"settings": {"address": "Hauptstr. 1\n10827 Berlin", "tax_id": "DE1"}}
    mixed = books.customer(PLAN, name=EVIL, email="a@b.example", **told)
    prepaid = books.customer("prepaid", language="zh")
    books.credits.top_up(prepaid, 50 * NANOS)
    begun = books.begin(mixed, 900)
    books.answer(mixed, 1234, 266)
    books.answer(mixed, 1_234_567, release="other")
    books.free(mixed, "failed")
    books.answer(prepaid, 1001)
    found: dict[str, Any] = {"preview": books.invoices.preview(mixed)}
    books.clock.set(at("2026-02-01"))
    books.invoices.close_due(grace=0)
    books.end(mixed, begun, 900)
    books.clock.set(at("2026-03-01"))
    books.invoices.close_due(grace=0)
    late, first = books.invoices.list(mixed)
    found |= {"final": first.body, "late": late.body}
    found["prepaid"] = books.invoices.list(prepaid)[0].body
    found["note"] = books.notes.issue(first.id, {1: NANOS}, reason=EVIL).body
    return found


def text(page: str) -> str:
    """Return what a page says, its tags and runs of white space taken out."""
    body = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["preview", "final", "late", "prepaid", "note"])
def test_a_page_needs_nothing_else(documents: dict[str, Any], name: str, language: str) -> None:
    page = html(documents[name], language)
    assert not re.findall(r"(?:src|href)=(?!\"data:)", page)
    assert "<script" not in page
    assert "url(" not in page
    assert f'lang="{"zh-Hans" if language == "zh" else "en"}"' in page
    assert page == html(json.loads(as_json(documents[name])), language)


def test_a_final_invoice_in_english(documents: dict[str, Any]) -> None:
    page = html(documents["final"])
    assert "&lt;script&gt;" in page
    said = text(page)
    for piece in (
        f"Invoice {documents['final']['number']} · Seedbed Ltd",
        "Billed to <script>alert('x')</script> & Söhne Hauptstr. 1 10827 Berlin Tax ID DE1",
        "Issued 1 February 2026 Due by 3 March 2026 Period 1–31 January 2026 Plan Mixed",
        "Amount due $48.00 by 3 March 2026",
        "Mixed: subscription fee $10.00",
        "Answers: bank 2 calls 1,500 answers $1.50",
        "500 answers included $0.00 1,000 answers $1.50 / 1,000 $1.50",
        "Tokens 1 call 1,234,567 tokens $0.000001 $1.23",
        "Top-up to the minimum of $40.00 $27.27",
        "3 answered. Free of charge: 1 failed.",
        "IBAN GB00",
        "Subtotal $40.00 VAT 20% $8.00 Total $48.00 Amount due $48.00",
    ):
        assert piece in said


def test_a_prepaid_invoice_in_chinese(documents: dict[str, Any]) -> None:
    said = text(html(documents["prepaid"]))
    for piece in (
        "账期 2026年1月1日–31日 套餐 预付费",
        "应付金额 ¥0.00 已用余额付清，无需付款。",
        "回答 1 次调用 1,001 条 ¥8.00 / 1,000 ¥8.01",
        "期初 ¥0.00 充值 ¥50.00 调用扣减 −¥8.008 期末 ¥41.992",
        "合计 ¥8.01 其中增值税 6% ¥0.45 不含税金额 ¥7.56 余额支付 −¥8.01 应付金额 ¥0.00",
        "已回答 1 次。",
    ):
        assert piece in said


def test_what_is_not_final_says_so(documents: dict[str, Any]) -> None:
    preview = text(html(documents["preview"]))
    assert "Invoice Preview" in preview
    assert "This is not an invoice yet" in preview
    assert "Due by" not in preview
    assert "Seal" not in preview
    assert "Seal" in text(html(documents["final"]))


def test_late_usage_and_a_credit_note(documents: dict[str, Any]) -> None:
    late = text(html(documents["late"]))
    assert "Answers: bank, counted late, of 1–31 January 2026 1 call $1.35 of it was paid" in late
    note = text(html(documents["note"]))
    assert "Credit note CN-000001" in note
    assert f"For invoice {documents['final']['number']}" in note
    assert "Taken back −$1.20" in note
    assert "Subtotal −$1.00 VAT 20% −$0.20 Total −$1.20" in note


def test_lines_as_a_table(documents: dict[str, Any]) -> None:
    rows = list(csv.DictReader(io.StringIO(lines_csv(documents["final"]))))
    assert [(row["kind"], row["amount"]) for row in rows] == [
        ("fee", "10.00"),
        ("usage", "1.50"),
        ("usage", "1.23"),
        ("minimum", "27.27"),
    ]
    tokens = rows[2]
    assert (tokens["units"], tokens["unit"], tokens["unit_price"], tokens["per"]) == (
        *("1234567", "tokens", "0.000001", "1"),
    )
    assert "最低消费" in lines_csv(documents["final"], "zh")


def test_calls_as_a_table(books: Books, documents: dict[str, Any]) -> None:
    customer = documents["final"]["customer"]["id"]
    wanted = Wanted(customer, invoice_id=documents["final"]["id"])
    table = "".join(calls_csv(books.usage.every(wanted), "USD"))
    rows = list(csv.DictReader(io.StringIO(table)))
    assert tuple(rows[0]) == CALL_COLUMNS
    assert len(rows) == 3
    assert sum(to_nanos(row["price"]) for row in rows) == to_nanos("2.734567")
    assert rows[0]["at"] == "2026-01-01T00:00:00.000000Z"


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-cmd", "@x", "\tx"])
def test_a_text_is_no_formula(books: Books, text: str) -> None:
    customer = books.customer("free")
    books.answer(customer, 1, idempotency_key=text)
    _, row = "".join(calls_csv(books.usage.every(Wanted(customer)), "USD")).splitlines()
    assert f"'{text}" in row


def test_every_word_is_there_in_both_languages() -> None:
    for key, (english, chinese) in WORDS.items():
        assert english, key
        assert chinese, key
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", chinese)), key


@pytest.fixture(scope="module")
def driver() -> Iterator[Any]:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    yield browser
    browser.quit()


@pytest.mark.browser
@pytest.mark.skipif(
    not (Path("/usr/bin/chromium").exists() and shutil.which("chromedriver")),
    reason="needs Debian's chromium and chromium-driver",
)
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs poppler-utils")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_many_lines_are_printed_on_sheets_that_can_be_read_alone(
    driver: Any, documents: dict[str, Any], tmp_path: Path, language: str
) -> None:
    for count in (*range(9, 23), 300):
        document = many(documents["final"], count)
        sheets = printed(driver, html(document, language), tmp_path)
        head, due = ("项目", "应付金额") if language == "zh" else ("Description", "Amount due")
        assert len(sheets) > count // 20
        lines = [re.findall(r"bank line (\d+)", sheet) for sheet in sheets]
        assert [int(n) for one in lines for n in one] == list(range(count))
        for place, sheet in enumerate(sheets):
            assert sheet.count(head) == 1, (count, place)
            assert "Seedbed Ltd · " in sheet
            assert re.search(rf"{place + 1} ?/ ?{len(sheets)}", sheet)
            amounts = re.findall(r"bank line (\d+) .*?\$([\d.]+)\n", sheet)
            assert amounts == [(n, f"{1 + int(n) / 100:.2f}") for n in lines[place]]
        assert lines[-1], f"totals alone, after {count} lines"
        assert due in sheets[-1].rpartition("bank line")[2]


def many(document: dict[str, Any], count: int) -> dict[str, Any]:
    """Return an invoice of so many lines, some of them with tiers; its sums are no matter here."""
    _, usage, *_ = document["lines"]
    lines = []
    for place in range(count):
        said = dict.fromkeys(("en", "zh"), f"bank line {place}")
        line = usage | {"description": said, "amount": f"{1 + place / 100:.2f}"}
        details = dict(usage["details"])
        if place % 4:
            details.pop("tiers")
        lines.append(line | {"position": place + 1, "details": details})
    return document | {"lines": lines}


def printed(driver: Any, page: str, folder: Path) -> list[str]:
    """Return what stands on each sheet of a printed page, laid out as it is there."""
    (folder / "page.html").write_text(page, encoding="utf-8")
    driver.get((folder / "page.html").as_uri())
    made = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    (folder / "page.pdf").write_bytes(b64decode(made["data"]))
    command = ["pdftotext", "-layout", "page.pdf", "-"]
    found = subprocess.run(command, cwd=folder, capture_output=True, check=True, text=True)
    return found.stdout.split("\f")[:-1]


@pytest.mark.browser
@pytest.mark.skipif(
    not (Path("/usr/bin/chromium").exists() and shutil.which("chromedriver")),
    reason="needs Debian's chromium and chromium-driver",
)
def test_pages_fit_a_phone_and_print_on_one_sheet(
    driver: Any, documents: dict[str, Any], tmp_path: Path
) -> None:
    for name, document in documents.items():
        for language in ("en", "zh"):
            path = tmp_path / f"{name}.html"
            path.write_text(html(document, language), encoding="utf-8")
            for width in (320, 390, 820, 1280):
                size = {"width": width, "height": 800, "deviceScaleFactor": 1}
                size["mobile"] = width < 600
                driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
                driver.get(path.as_uri())
                inside = driver.execute_script("return document.documentElement.scrollWidth")
                assert inside <= width, (name, language, width)
            driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
            printed = driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
            assert b"/Count 1" in b64decode(printed["data"])
            assert driver.get_log("browser") == []
