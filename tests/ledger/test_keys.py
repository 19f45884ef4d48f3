"""Keys: shown once, kept hashed, limited by scope and time, replaced without a gap."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from seedbed.errors import KeyInvalid, RecordConflict, RecordMissing, RequestWrong
from seedbed.ledger import keys as module
from seedbed.ledger.clock import DAY, Manual
from seedbed.ledger.database import Database
from seedbed.ledger.key import Key, Scopes
from seedbed.ledger.ledger import Ledger


@pytest.fixture
def ledger(database: Database, clock: Manual) -> Ledger:
    return Ledger(database, clock)


@pytest.fixture
def customer(ledger: Ledger) -> str:
    return ledger.customers.create("Acme").id


def everything(database: Database) -> str:
    """Return all that is kept, as text."""
    with database.reading() as connection:
        if database.on_postgres:
            query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        else:
            query = "SELECT name FROM sqlite_master WHERE type = 'table'"
        names = connection.execute(text(query)).scalars().all()
        return repr([connection.execute(text(f"SELECT * FROM {name}")).all() for name in names])


def test_a_key_is_known_by_its_secret(ledger: Ledger, customer: str) -> None:
    key, secret = ledger.keys.create(customer, name="first")
    assert secret.startswith(key.prefix)
    assert secret.startswith("sb_live_")
    assert len(secret) == 51
    assert ledger.keys.authenticate(secret) == key == ledger.keys.get(key.id)
    assert (key.customer_id, key.name, key.admin) == (customer, "first", False)


def test_secrets_are_neither_kept_nor_logged(
    ledger: Ledger, customer: str, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key, secret = ledger.keys.create(customer)
    _, newer = ledger.keys.rotate(key.id)
    ledger.keys.authenticate(secret)
    with pytest.raises(KeyInvalid) as refused:
        ledger.keys.authenticate("sb_live_" + "x" * 43)
    kept = everything(database)
    assert key.id in kept
    for one in (secret, newer):
        assert one not in kept
        assert one.removeprefix(key.prefix) not in kept
        assert one not in caplog.text
    assert "xxxx" not in str(refused.value)


@pytest.mark.parametrize("secret", ["", "sb_live_", "nonsense", "sb_live_\ud800", "é" * 51])
def test_what_is_no_secret_is_refused(ledger: Ledger, secret: str) -> None:
    with pytest.raises(KeyInvalid):
        ledger.keys.authenticate(secret)


def test_a_revoked_key_is_refused_at_once(ledger: Ledger, customer: str) -> None:
    key, secret = ledger.keys.create(customer)
    ledger.keys.authenticate(secret)
    revoked = ledger.keys.revoke(key.id)
    with pytest.raises(KeyInvalid):
        ledger.keys.authenticate(secret)
    assert ledger.keys.revoke(key.id) == revoked == ledger.keys.get(key.id)


def test_a_key_revoked_elsewhere_is_refused_soon(
    ledger: Ledger,
    customer: str,
    another: Callable[[], Database],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key, secret = ledger.keys.create(customer)
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    assert ledger.keys.known(secret) is None
    ledger.keys.authenticate(secret)
    Ledger(another(), ledger.clock).keys.revoke(key.id)
    now[0] += module.STALE_SECONDS - 0.01
    assert ledger.keys.known(secret) == ledger.keys.authenticate(secret) == key
    now[0] += 0.01
    assert ledger.keys.known(secret) is None
    with pytest.raises(KeyInvalid):
        ledger.keys.authenticate(secret)


def test_a_key_read_while_it_was_revoked_is_not_remembered(
    ledger: Ledger, customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, secret = ledger.keys.create(customer)
    read, revoked = module._key, threading.Event()

    def late(row: Any) -> Key:
        found = read(row)
        if not revoked.is_set():
            revoked.set()
            ledger.keys.revoke(key.id)
        return found

    monkeypatch.setattr(module, "_key", late)
    ledger.keys.authenticate(secret)
    with pytest.raises(KeyInvalid):
        ledger.keys.authenticate(secret)


def test_a_key_ends_when_it_was_to(ledger: Ledger, customer: str, clock: Manual) -> None:
    _, secret = ledger.keys.create(customer, expires_at=clock.now() + DAY)
    clock.advance(days=1, microseconds=-1)
    ledger.keys.authenticate(secret)
    clock.advance(microseconds=1)
    with pytest.raises(KeyInvalid):
        ledger.keys.authenticate(secret)


def test_rotation_overlaps(ledger: Ledger, customer: str, clock: Manual) -> None:
    scopes = {"verbs": ["predict"], "releases": ["bank-*"]}
    old, before = ledger.keys.create(customer, name="n", scopes=scopes)
    new, after = ledger.keys.rotate(old.id, overlap=timedelta(hours=1))
    assert (new.scopes, new.name, new.customer_id) == (old.scopes, "n", customer)
    assert ledger.keys.authenticate(before).replaced_by == new.id
    assert ledger.keys.authenticate(after) == new
    clock.advance(hours=1)
    with pytest.raises(KeyInvalid):
        ledger.keys.authenticate(before)
    ledger.keys.authenticate(after)


def test_rotation_without_overlap_ends_the_old_key_at_once(ledger: Ledger, customer: str) -> None:
    old, before = ledger.keys.create(customer)
    ledger.keys.authenticate(before)
    ledger.keys.rotate(old.id, overlap=timedelta(0))
    with pytest.raises(KeyInvalid):
        ledger.keys.authenticate(before)


def test_rotation_renews_a_lifetime_and_never_lengthens_the_old_key(
    ledger: Ledger, customer: str, clock: Manual
) -> None:
    old, _ = ledger.keys.create(customer, expires_at=clock.now() + 10 * DAY)
    clock.advance(days=9)
    new, _ = ledger.keys.rotate(old.id, overlap=timedelta(days=5))
    assert new.expires_at == clock.now() + 10 * DAY
    assert ledger.keys.get(old.id).expires_at == old.expires_at


def test_a_key_is_rotated_once_and_only_while_it_is_valid(ledger: Ledger, customer: str) -> None:
    key, _ = ledger.keys.create(customer)
    new, _ = ledger.keys.rotate(key.id)
    with pytest.raises(RecordConflict):
        ledger.keys.rotate(key.id)
    ledger.keys.revoke(new.id)
    with pytest.raises(RecordConflict):
        ledger.keys.rotate(new.id)
    with pytest.raises(RecordMissing):
        ledger.keys.rotate("key_0")


@pytest.mark.parametrize(
    ("releases", "release", "number", "allowed"),
    [
        (["*"], "bank", 3, True),
        (["bank"], "bank", 3, True),
        (["bank"], "bank", None, True),
        (["bank"], "banker", 3, False),
        (["bank-*"], "bank-intents", 1, True),
        (["bank/3"], "bank", 3, True),
        (["bank/3"], "bank", 4, False),
        (["bank/3"], "bank", None, False),
        (["bank/[12]"], "bank", 2, True),
        (["cards", "bank"], "bank", 1, True),
    ],
)
def test_scopes_name_releases(
    releases: list[str], release: str, number: int | None, allowed: bool
) -> None:
    key = Key("k", "c", "", "", Scopes.read({"releases": releases}), 0)
    assert key.allows("predict", release, number) is allowed
    assert key.allows("predict")
    assert not key.allows("admin")


def test_scopes_name_verbs(ledger: Ledger, customer: str) -> None:
    _, secret = ledger.keys.create(customer, scopes={"verbs": ["usage"]})
    key = ledger.keys.authenticate(secret)
    assert key.allows("usage")
    assert not key.allows("predict", "bank")


@pytest.mark.parametrize(
    "scopes",
    [
        {"verbs": ["predit"]},
        {"verbs": []},
        {"verb": ["predict"]},
        {"releases": [""]},
        {"verbs": ["admin"]},
    ],
)
def test_scopes_that_make_no_sense_are_refused(
    ledger: Ledger, customer: str, scopes: dict[str, list[str]]
) -> None:
    with pytest.raises(RequestWrong):
        ledger.keys.create(customer, scopes=scopes)


def test_a_key_needs_a_customer_and_a_future(ledger: Ledger, customer: str, clock: Manual) -> None:
    with pytest.raises(RecordMissing):
        ledger.keys.create("customer_0")
    with pytest.raises(RequestWrong):
        ledger.keys.create(None)
    with pytest.raises(RequestWrong):
        ledger.keys.create(customer, expires_at=clock.now())
    with pytest.raises(RequestWrong):
        ledger.keys.create(customer, name="n" * 201)


def test_keys_are_listed_by_customer(ledger: Ledger, customer: str) -> None:
    mine = ledger.keys.create(customer)[0]
    admin = ledger.keys.create(None, scopes={"verbs": ["admin"]})[0]
    other = ledger.keys.create(ledger.customers.create("Other").id)[0]
    assert ledger.keys.list(customer) == [mine]
    assert ledger.keys.list() == [admin]
    assert {key.id for key in ledger.keys.list(every=True)} == {mine.id, admin.id, other.id}


def test_an_admin_key_is_made_once(
    ledger: Ledger, another: Callable[[], Database], clock: Manual
) -> None:
    made = ledger.keys.ensure_admin()
    assert made is not None
    key, secret = made
    assert ledger.keys.authenticate(secret).admin
    assert key.allows("admin")
    assert not key.allows("predict", "bank")
    assert Ledger(another(), clock).keys.ensure_admin() is None
    ledger.keys.revoke(key.id)
    assert ledger.keys.ensure_admin() is not None


def test_those_who_start_at_once_make_one_admin_key(
    ledger: Ledger, another: Callable[[], Database], clock: Manual
) -> None:
    made: list[object] = []
    ledgers = [Ledger(another(), clock) for _ in range(4)]
    threads = [
        threading.Thread(target=lambda one=one: made.append(one.keys.ensure_admin()))
        for one in ledgers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in made if one is not None]) == 1


def test_who_did_what_to_keys_is_in_the_audit_log(ledger: Ledger, customer: str) -> None:
    key, _ = ledger.keys.create(customer, actor="someone")
    new, _ = ledger.keys.rotate(key.id, actor="someone")
    ledger.keys.revoke(key.id, actor="someone")
    ledger.keys.revoke(key.id, actor="someone")
    found = [(one.action, one.subject) for one in ledger.audit.list() if one.actor == "someone"]
    assert found == [
        ("key.revoke", key.id),
        ("key.rotate", key.id),
        ("key.create", new.id),
        ("key.create", key.id),
    ]
    assert ledger.audit.verify() is None


def test_the_cache_of_keys_does_not_grow_without_end(
    ledger: Ledger, customer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CACHED", 3)
    secrets = [ledger.keys.create(customer)[1] for _ in range(5)]
    for secret in secrets:
        ledger.keys.authenticate(secret)
    assert [ledger.keys.known(secret) is not None for secret in secrets] == [False] * 2 + [True] * 3
