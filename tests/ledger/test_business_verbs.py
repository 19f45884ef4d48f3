"""The verbs of the business: plans, customers, keys, usage, invoices, the audit log."""

from __future__ import annotations

import csv
import inspect
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from books import Books, at

from seedbed.cli import main, verb
from seedbed.home import Home
from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.feedback import Feedback

GROUPS = ("plans", "customers", "keys", "invoice", "audit", "traffic")


class Told:
    """What a command said, and how it ended."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *typed: str, code: int = 0) -> str:
        """Run a command, and return what it printed on stdout."""
        with pytest.raises(SystemExit) as caught:
            main(typed)
        said = self.capsys.readouterr()
        assert int(caught.value.code or 0) == code, said.err
        return said.out if code == 0 or said.out else said.err

    def json(self, *typed: str, code: int = 0) -> Any:
        """Run a command with `--json`, and return what it gave."""
        return json.loads(self(*typed, "--json", code=code))


@pytest.fixture
def run(home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Told:
    monkeypatch.delenv("SEEDBED_DB", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    return Told(capsys)


@pytest.fixture
def acme(run: Told, tmp_path: Path) -> str:
    """Give the id of a customer on the starter plan."""
    (tmp_path / "starter.yaml").write_text(run("plans", "examples", "starter"))
    run("plans", "publish", str(tmp_path / "starter.yaml"))
    made = run.json("customers", "create", "Acme GmbH", "--plan", "starter", "--email", "a@b.c")
    return str(made["id"])


@pytest.mark.parametrize("name", GROUPS)
def test_every_action_speaks_json_and_shows_examples(name: str) -> None:
    for action, command in verb(name).commands.items():  # type: ignore[attr-defined]
        options = [option for param in command.params for option in param.opts]
        assert "--json" in options
        assert all(getattr(param, "help", None) for param in command.params), action
        about = inspect.cleandoc(command.help)
        assert re.search(rf"^Examples:\s+seedbed {name} {action}", about, re.MULTILINE), action


@pytest.mark.parametrize("name", [*GROUPS, "usage", "feedback"])
def test_an_empty_ledger_is_no_failure(run: Told, name: str) -> None:
    run(name)
    assert run.json(name) == []


def test_plans_are_published_listed_and_shown(run: Told, acme: str, tmp_path: Path) -> None:
    again = run.json("plans", "publish", str(tmp_path / "starter.yaml"))
    assert again["version"] == 1
    (tmp_path / "dearer.yaml").write_text(run("plans", "show", "starter").replace("29.00", "39.00"))
    assert "starter: version 2" in run("plans", "publish", str(tmp_path / "dearer.yaml"))
    assert [one["version"] for one in run.json("plans", "list", "--name", "starter")] == [2, 1]
    assert run.json("plans", "show", "starter", "--version", "1")["plan"]["fee"] == "29.00"
    assert "20,000 answers free, then $1.50 / 1,000" in run("plans")
    assert len(run.json("plans", "examples")) == 8
    assert "starter" in run("plans", "examples")
    error = run.json("plans", "show", "startr", code=1)["error"]
    assert (error["code"], error["do"]) == ("SB703", "Did you mean 'starter'?")


def test_a_wrong_plan_says_where(run: Told, tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("name: a\ncurrency: USD\nfees: 3\ncharges: []\n")
    error = run.json("plans", "publish", str(tmp_path / "plan.yaml"), code=1)["error"]
    assert error["code"] == "SB705"
    assert "plan.yaml" in error["where"]


def test_customers_are_made_and_changed(run: Told, acme: str) -> None:
    made = run.json("customers", "show", "Acme GmbH")
    assert made == run.json("customers", "show", acme)
    assert (made["plan"]["name"], made["currency"], made["email"]) == ("starter", "USD", "a@b.c")
    changed = run.json(
        *("customers", "change", acme, "--spend-cap", "250.00", "--keep-texts", "30"),
        *("--address", "Hauptstr. 1; Berlin", "--tax-id", "DE1", "--language", "zh"),
    )
    assert (changed["spend_cap"], changed["keep_texts_days"]) == ("250.00", 30)
    assert changed["settings"] == {"address": ["Hauptstr. 1", "Berlin"], "tax_id": "DE1"}
    changed = run.json("customers", "change", acme, "--spend-cap", "none", "--name", "Acme")
    assert (changed["spend_cap"], changed["name"], changed["language"]) == (None, "Acme", "zh")
    assert "Acme" in run("customers")
    error = run.json("customers", "show", "Acmee", code=1)["error"]
    assert error["do"] == "Did you mean 'Acme'?"
    run("customers", "create", "Acme")
    assert run.json("customers", "show", "Acme", code=1)["error"]["code"] == "SB704"


def test_a_plan_is_changed_and_ended(run: Told, acme: str, tmp_path: Path) -> None:
    (tmp_path / "v.yaml").write_text(run("plans", "examples", "volume"))
    run("plans", "publish", str(tmp_path / "v.yaml"))
    made = run.json("customers", "subscribe", acme, "volume", "--when", "now")
    assert made["until_at"] is None
    assert run.json("customers", "show", acme)["plan"]["name"] == "volume"
    assert "no plan from" in run("customers", "cancel", acme, "--when", "now")
    assert run.json("customers", "show", acme)["plan"] is None
    other = run.json("customers", "create", "Other")["id"]
    begun = run.json("customers", "subscribe", other, "starter", "--start", "2024-09-01")
    assert begun["from_at"] == "2024-09-01T00:00:00.000000Z"


def test_credit_is_entered_once_for_each_reference(run: Told, acme: str) -> None:
    for _ in range(2):
        run("customers", "credit", acme, "100.00", "--reference", "pay-1")
    run("customers", "credit", acme, "25", "--kind", "grant", "--note", "welcome")
    found = run.json("customers", "credit", acme)
    assert found["balance"] == {"credit": "125.00", "held": "0.00", "free": "125.00"}
    assert [entry["kind"] for entry in found["entries"]] == ["grant", "top_up"]
    error = run.json("customers", "credit", acme, "101", "--reference", "pay-1", code=1)["error"]
    assert error["code"] == "SB704"
    for wrong in ("ten", "1.0000000001"):
        run("customers", "credit", acme, wrong, code=2)


def test_keys_are_made_rotated_and_revoked(run: Told, acme: str) -> None:
    made = run.json(
        "keys", "create", acme, "--release", "bank-*", "--verb", "predict", "--name", "x"
    )
    assert made["secret"].startswith("sb_live_")
    assert made["scopes"] == {"verbs": ["predict"], "releases": ["bank-*"]}
    secret = run("keys", "create", acme, "--expires", "90").strip()
    assert re.fullmatch(r"sb_live_\S{43}", secret)
    rotated = run.json("keys", "rotate", made["id"], "--overlap", "0")
    assert rotated["scopes"] == made["scopes"]
    assert run.json("keys", "revoke", rotated["id"])["revoked_at"]
    states = {key["id"]: key["revoked_at"] for key in run.json("keys", "list", acme)}
    assert states[rotated["id"]]
    table = run("keys")
    assert "expired" in table
    assert "until" in table
    assert made["secret"] not in table
    admin = run.json("keys", "create", "--admin")
    assert (admin["customer_id"], admin["scopes"]["verbs"]) == (None, ["admin"])
    run("keys", "create", code=2)
    run("keys", "create", acme, "--admin", code=2)
    assert run.json("keys", "revoke", "key_x", code=1)["error"]["code"] == "SB703"


def test_a_misplaced_json_is_wrong_use(run: Told) -> None:
    error = json.loads(run("keys", "--json", "list", code=2))["error"]
    assert "behind list" in error["got"]


@pytest.fixture
def billed(run: Told, home: Home) -> str:
    """Give the id of a customer whose plan began in September 2024, with usage in two months."""
    database = Database.open(home)
    books = Books(database, Manual(at("2024-09-01")))
    customer = books.customer("starter", name="Beispiel AG")
    for month in ("2024-09-10", "2024-10-10"):
        books.clock.set(at(month))
        books.answer(customer, 21_000, 1_000, rows=7)
    database.close()
    return customer


def test_usage_by_day_by_call_and_as_a_file(run: Told, billed: str, tmp_path: Path) -> None:
    days = run.json("usage", "Beispiel AG")
    assert [(row["day"], row["units"], row["price"]) for row in days] == [
        ("2024-09-10", 22_000, "3.00"),
        ("2024-10-10", 22_000, "3.00"),
    ]
    october = run.json("usage", billed, "--since", "2024-10-01", "--by", "release")
    assert [(row["release"], row["calls"]) for row in october] == [("bank", 2)]
    calls = run.json("usage", billed, "--calls", "--limit", "3")
    assert len(calls) == 3
    assert calls[0]["at"] == "2024-10-10T00:00:00.000000Z"
    assert "2024-09-10" in run("usage")
    assert "answered" in run("usage", "--calls", "--status", "answered", "--until", "2024-10-01")
    run("usage", billed, "--csv", str(tmp_path / "calls.csv"))
    with (tmp_path / "calls.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["release"] for row in rows] == ["bank"] * 4
    run("usage", "--by", "price", code=2)
    run("usage", "nobody", code=1)


def test_invoices_are_closed_shown_and_corrected(run: Told, billed: str, tmp_path: Path) -> None:
    (tmp_path / "us.yaml").write_text("name: Seedbed Ltd\nprefix: S-\n")
    assert run.json("invoice", "seller", str(tmp_path / "us.yaml"))["prefix"] == "S-"
    assert "name: Seedbed Ltd" in run("invoice", "seller")
    made = run.json("invoice", "close", "--now")
    assert [one["number"] for one in made] == list(range(1, len(made) + 1))
    first = made[0]
    assert (first["total"], first["customer"]) == ("38.40", "Beispiel AG")  # (29 + 3) x 1.2
    assert len(run.json("invoice", "list", billed)) == len(made)
    assert "S-000001" in run("invoice", "list", "Beispiel AG")
    assert run.json("invoice", "show", "1") == run.json("invoice", "show", first["id"])
    shown = run("invoice", "show", "1")
    for piece in ("S-000001 · Beispiel AG · USD", "Answers", "22000", "38.40"):
        assert piece in shown
    page, lines, calls = tmp_path / "i.html", tmp_path / "l.csv", tmp_path / "c.csv"
    typed = ("--html", str(page), "--csv", str(lines), "--calls", str(calls), "--language", "zh")
    run("invoice", "show", "1", *typed)
    assert "账单 S-000001" in page.read_text(encoding="utf-8")
    assert len(lines.read_text().splitlines()) == 3
    assert len(calls.read_text().splitlines()) == 3
    note = run.json("invoice", "note", "1", "--line", "2=1.50", "--reason", "errors", "--to-credit")
    assert (note["number"], note["total"]) == ("CN-000001", "-1.80")
    assert run.json("customers", "show", billed)["credit"]["credit"] == "1.80"
    assert run.json("invoice", "show", note["id"]) == note
    (listed,) = run.json("invoice", "notes")
    assert (listed["id"], listed["amount"], listed["customer"]) == (
        note["id"],
        "1.80",
        "Beispiel AG",
    )
    assert run.json("invoice", "notes", billed, "--invoice", "1") == [listed]
    assert run.json("invoice", "notes", "--invoice", "2") == []
    assert "CN-000001" in run("invoice", "notes")
    run("invoice", "note", "1", "--line", "2:1", "--reason", "x", code=2)
    assert run.json("invoice", "show", "999", code=1)["error"]["code"] == "SB703"
    assert run.json("invoice", "close") == []


def test_a_draft_is_made_final_by_hand(run: Told, billed: str) -> None:
    (draft,) = run.json("invoice", "draft", billed, "--at", "2024-09-05")
    assert (draft["number"], draft["status"]) == (None, "draft")
    (made,) = run.json("invoice", "finalize", draft["id"])
    assert (made["number"], made["status"]) == (1, "final")
    log = run.json("audit", "list", "--subject", draft["id"])
    assert [entry["action"] for entry in log] == ["invoice.final", "invoice.draft"]


def test_feedback_is_listed(run: Told, billed: str, home: Home) -> None:
    call = run.json("usage", billed, "--calls", "--limit", "1")[0]["id"]
    database = Database.open(home)
    said = Feedback(database, Manual(at("2024-10-11"))).record
    said(billed, call, "wrong", row=3, correct=["card", "rate"], comment="no [b]card[/b]")
    last = said(billed, call, "right", row=4)
    database.close()
    first, second = run.json("feedback", "Beispiel AG")
    assert (first["id"], first["verdict"], first["row"]) == (last.id, "right", 4)
    assert second["correct"] == ["card", "rate"]
    assert run.json("feedback", "--before", last.id) == [second]
    table = run("feedback", "--limit", "2")
    assert '["card","rate"]' in table
    assert "[b]card" in table


def test_a_preview_can_be_kept_as_a_page(run: Told, acme: str, tmp_path: Path) -> None:
    assert run.json("invoice", "preview", acme)["status"] == "preview"
    assert "preview · Acme GmbH · USD" in run("invoice", "preview", acme)
    run("invoice", "preview", acme, "--html", str(tmp_path / "p.html"))
    assert "This is not an invoice yet" in (tmp_path / "p.html").read_text(encoding="utf-8")


def test_a_year_of_a_plan(run: Told, acme: str, tmp_path: Path) -> None:
    said = run("invoice", "try", "starter", "--monthly", "33333")
    assert said.count("fee 29.00, usage 20.00") == 12
    assert "The year: $705.60" in said
    (tmp_path / "plan.yaml").write_text(run("plans", "examples", "volume"))
    made = run.json("invoice", "try", str(tmp_path / "plan.yaml"), "--monthly", "100001")
    assert {one["total"] for one in made} == {"100.00"}
    assert run.json("invoice", "try", "prepaid", "--monthly", "0") == []
    assert "Nothing." in run("invoice", "try", "prepaid", "--monthly", "0")
    assert run.json("invoice", "try", "startr", "--monthly", "1", code=1)["error"]["code"]


def test_the_audit_log_is_listed_and_verified(run: Told, acme: str, home: Home) -> None:
    whole = run.json("audit", "verify")
    rows = run.json("audit")
    assert (whole["rows"], whole["whole"]) == (len(rows), True)
    assert rows[0]["actor"].startswith("cli")
    assert [row["action"] for row in run.json("audit", "list", "--subject", acme)] == [
        "subscription.create",
        "customer.create",
    ]
    assert "none altered" in run("audit", "verify", "--head", whole["head"])
    assert run.json("audit", "verify", "--head", "0" * 64, code=1)["error"]["code"] == "SB707"
    database = Database.open(home)
    with database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER keep_audit_update_old")
        connection.exec_driver_sql("UPDATE audit SET actor = 'nobody' WHERE seq = 2")
    database.close()
    error = run.json("audit", "verify", code=1)["error"]
    assert (error["code"], error["where"]) == ("SB707", "row 2")


def test_a_customers_data_are_handed_over_and_erased(
    run: Told, billed: str, tmp_path: Path
) -> None:
    run("customers", "export", "Beispiel AG", "--out", str(tmp_path / "all.zip"))
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert len(archive.read("calls.jsonl").splitlines()) == 4
    again = run.json("customers", "export", billed, "--out", str(tmp_path / "all.zip"), code=1)
    assert again["error"]["code"] == "SB603"
    run("customers", "erase", billed, code=2)
    assert run.json("customers", "erase", billed, "--yes") == {"customer": billed, "erased": True}
    assert run.json("customers") == []
    made = run.json("invoice")
    assert made
    assert {one["customer"] for one in made} == {"Beispiel AG"}
