"""What is kept: feedback beside the call, texts as long as was said; handed over, or erased."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shop import PREPAID, WAIT, Shop
from sqlalchemy import func, select, text

from seedbed.errors import (
    FolderTaken,
    KeyInvalid,
    RecordConflict,
    RecordMissing,
    RequestWrong,
    ScopeMissing,
)
from seedbed.ledger.clock import Manual
from seedbed.ledger.database import Database
from seedbed.ledger.key import Key
from seedbed.ledger.retention import queries
from seedbed.ledger.schema import metadata
from seedbed.ledger.schema.calls import texts

OWNED = "a very personal text"
NOBODYS = {"plans", "sellers", "instances", "aliases", "rollouts", "audit", "numbers"}
"""Tables that hold nothing of any customer."""


@pytest.fixture
def shop(database: Database, clock: Manual) -> Iterator[Shop]:
    with Shop(database, clock) as opened:
        yield opened


def called(shop: Shop, key: Key, rows: int = 1, **told: Any) -> str:
    call = shop.claim(key, rows, **told).result(WAIT).call_id
    said = {"inputs": [OWNED] * rows, "answers": [{"label": "x"}] * rows}
    shop.settle(call, key, answer=OWNED.encode(), **said).result(WAIT)
    return call


def kept(shop: Shop) -> int:
    with shop.database.reading() as connection:
        return connection.execute(select(func.count()).select_from(texts)).scalar_one()


def test_the_last_word_on_an_answer_counts(shop: Shop) -> None:
    key = shop.key()
    customer = key.customer_id or ""
    call = called(shop, key, 2)
    feedback = shop.ledger.feedback
    feedback.record(customer, call, "wrong", row=1, correct=["a", "b"], comment="no")
    feedback.record(customer, call, "right")
    spans = [{"type": "PER", "start": 0, "end": 4}]
    last = feedback.record(customer, call, "wrong", row=1, correct=spans)
    found = feedback.list(customer)
    assert found[0] == last
    assert [(one.row, one.verdict, one.correct) for one in found] == [
        (1, "wrong", spans),
        (0, "right", None),
    ]
    assert feedback.list(customer, before=last.id) == found[1:]
    assert feedback.list(limit=1) == found[:1]


def test_feedback_on_a_replay_is_on_the_answer(shop: Shop) -> None:
    key = shop.key()
    call = called(shop, key, idempotency_key="k")
    replay = shop.claim(key, idempotency_key="k").result(WAIT)
    shop.call(key)  # so that the replay's row is written
    made = shop.ledger.feedback.record(key.customer_id or "", replay.call_id, "right")
    assert made.call_id == call


def test_feedback_is_for_ones_own_answers(shop: Shop) -> None:
    key, other = shop.key(), shop.key()
    customer, record = key.customer_id or "", shop.ledger.feedback.record
    call = called(shop, key)
    with pytest.raises(RecordMissing):
        record(other.customer_id or "", call, "right")
    with pytest.raises(RecordMissing):
        record(customer, "call_0", "right")
    for row in (-1, 1):
        with pytest.raises(RequestWrong):
            record(customer, call, "right", row=row)
    with pytest.raises(RequestWrong):
        record(customer, call, "fine")  # type: ignore[arg-type]
    failed = shop.claim(key).result(WAIT).call_id
    shop.ledger.release(failed, key, status="failed", reason="x").result(WAIT)
    with pytest.raises(RecordConflict):
        record(customer, failed, "right")
    assert shop.ledger.feedback.list() == []


def test_texts_go_when_their_time_is_over(shop: Shop, clock: Manual) -> None:
    week, month = shop.key(keep_texts_days=7), shop.key(keep_texts_days=30)
    for _ in range(3):
        called(shop, week)
    called(shop, month)
    clock.advance(days=7, microseconds=-1)
    assert shop.ledger.retention.expire()["texts"] == 0
    clock.advance(microseconds=1)
    assert shop.ledger.retention.expire()["texts"] == 3
    assert kept(shop) == 1
    assert shop.statuses() == {"answered": 4}


def lively(shop: Shop) -> Key:
    """Return a key of a customer that has left something in every table."""
    key = shop.key(keep_texts_days=7, email="jane@doe.example", settings={"address": "Doe Road"})
    customer = key.customer_id or ""
    call = called(shop, key, idempotency_key="jane-1")
    shop.ledger.feedback.record(customer, call, "wrong", correct="Doe", comment="says Jane")
    shop.ledger.traffic.pin(customer, "bank", 1, by="me")
    return key


def test_every_table_is_handed_over_or_nobodys() -> None:
    named = {name for name, _ in queries("customer_0")}
    assert named == set(metadata.tables) - NOBODYS


@pytest.mark.parametrize("suffix", ["", ".zip"])
def test_all_that_is_kept_is_handed_over(shop: Shop, tmp_path: Path, suffix: str) -> None:
    key, other = lively(shop), shop.key()
    called(shop, other)
    target = tmp_path / f"export{suffix}"
    assert shop.ledger.retention.export(key.customer_id or "", target) == target
    if suffix:
        with zipfile.ZipFile(target) as archive:
            found = {name: archive.read(name).decode() for name in archive.namelist()}
    else:
        found = {path.name: path.read_text(encoding="utf-8") for path in target.iterdir()}
    rows = {name: [json.loads(line) for line in told.splitlines()] for name, told in found.items()}
    assert rows["customers.jsonl"][0]["email"] == "jane@doe.example"
    assert rows["texts.jsonl"][0]["inputs"] == [OWNED]
    assert rows["replays.jsonl"][0]["body"] == OWNED
    assert rows["feedback.jsonl"][0]["comment"] == "says Jane"
    assert len(rows["calls.jsonl"]) == 1
    assert "hash" not in rows["keys.jsonl"][0]
    assert other.customer_id not in repr(found)
    assert [path for path in tmp_path.iterdir() if "export" in path.name] == [target]
    with pytest.raises(FolderTaken):
        shop.ledger.retention.export(key.customer_id or "", target)


def test_nobody_is_not_handed_over(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(RecordMissing):
        shop.ledger.retention.export("customer_0", tmp_path / "export")
    assert list(tmp_path.glob("*export*")) == []


def test_personal_data_are_erased_and_what_was_billed_stays(shop: Shop, clock: Manual) -> None:
    key = lively(shop)
    customer = key.customer_id or ""
    shop.ledger.retention.erase(customer, actor="me")
    erased = shop.ledger.customers.get(customer)
    assert (erased.name, erased.email, erased.settings) == ("", "", {})
    assert (erased.erased_at, erased.keep_texts_days) == (clock.now(), None)
    assert shop.ledger.customers.list() == []
    assert kept(shop) == 0
    row = shop.rows(customer_id=customer)[0]
    assert (row["status"], row["price"] > 0, row["idempotency_key"]) == ("answered", True, None)
    judged = shop.ledger.feedback.list(customer)[0]
    assert (judged.verdict, judged.correct, judged.comment) == ("wrong", None, None)
    with pytest.raises((KeyInvalid, ScopeMissing)):
        shop.claim(key).result(WAIT)
    with pytest.raises(RecordMissing):
        shop.ledger.keys.create(customer)
    with pytest.raises(RecordConflict):
        shop.ledger.customers.change(customer, name="Jane")
    assert shop.ledger.audit.list(subject=customer)[0].action == "customer.erase"
    assert shop.ledger.audit.verify() is None
    shop.ledger.retention.erase(customer)
    shop.exact(key)


def test_no_trace_stays_in_sqlites_files(sqlite: Database, clock: Manual) -> None:
    with Shop(sqlite, clock) as shop:
        key = lively(shop)
        shop.ledger.retention.erase(key.customer_id or "")
        assert sqlite.file is not None
        parts = [sqlite.file.with_name(sqlite.file.name + end) for end in ("", "-wal")]
        files = b"".join(path.read_bytes() for path in parts if path.exists())
    for personal in (OWNED, "jane@doe.example", "Doe Road", "says Jane", "jane-1"):
        assert personal.encode() not in files


def test_a_call_under_way_while_its_customer_is_erased_ends(shop: Shop) -> None:
    key = shop.key(keep_texts_days=7)
    call = shop.claim(key, idempotency_key="k").result(WAIT).call_id
    with shop.database.writing() as connection:  # wait for the claim's commit
        connection.execute(text("SELECT 1"))
    shop.ledger.retention.erase(key.customer_id or "")
    shop.settle(call, key, inputs=[OWNED], answers=["x"]).result(WAIT)
    assert kept(shop) == 0
    assert shop.statuses() == {"answered": 1}


def test_erasing_ends_the_plan(shop: Shop) -> None:
    key = shop.key(PREPAID)
    shop.ledger.retention.erase(key.customer_id or "")
    assert shop.ledger.subscriptions.current(key.customer_id or "") is None
