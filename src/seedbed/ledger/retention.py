"""What is kept of a customer, for how long; all of it handed over, or erased.

Texts are kept only where the customer's setting says so, and stored answers for a day. What the
law asks to keep stays after an erasure: final invoices as they were made out, with name, address
and tax number, and the calls that they count, which bear ids alone.
"""

from __future__ import annotations

import base64
import json
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, func, select, update

from seedbed.errors import FolderTaken
from seedbed.home import disk
from seedbed.ledger import audit
from seedbed.ledger.accounts import missing
from seedbed.ledger.clock import Clock
from seedbed.ledger.database import Database
from seedbed.ledger.keys import Keys
from seedbed.ledger.schema import metadata
from seedbed.ledger.schema.accounts import customers, keys
from seedbed.ledger.schema.billing import credit_notes, invoice_lines, invoices
from seedbed.ledger.schema.calls import calls, comparisons, feedback, replays, texts
from seedbed.ledger.schema.traffic import pins
from seedbed.ledger.subscriptions import Subscriptions

HIDDEN = {"keys": ("hash",), "calls": ("instance_id",)}
"""Columns that are not handed over."""

_AT_ONCE = 1000


class Retention:
    """What is kept of the customers of a ledger."""

    def __init__(
        self, database: Database, keys: Keys, subscriptions: Subscriptions, clock: Clock
    ) -> None:
        self._database = database
        self._keys = keys
        self._subscriptions = subscriptions
        self._clock = clock

    def expire(self, now: int | None = None) -> dict[str, int]:
        """Delete texts and answers whose time is over, and return how many of each.

        Of `comparisons` those of answers that are texts; of `answers` those kept to be replayed.
        """
        moment = self._clock.now() if now is None else now
        answered = replays.c.state == "answered"
        return {
            "texts": self._delete(texts, (texts.c.expires_at <= moment)),
            "comparisons": self._delete(comparisons, (comparisons.c.expires_at <= moment)),
            "answers": self._delete(replays, (replays.c.expires_at <= moment) & answered),
        }

    def export(self, customer: str, target: Path) -> Path:
        """Write all that is kept of a customer: one file of JSON lines for each table.

        Args:
            customer: Its id.
            target: A file that ends in `.zip`, or else a folder, that is not there yet.

        Raises:
            RecordMissing: there is no such customer.
            FolderTaken: something is there already.
        """
        if target.exists():
            raise FolderTaken(
                expected="a path where nothing is", got=str(target), do="Choose another path."
            )
        folder = target.with_name(f".{target.name}.writing")
        shutil.rmtree(folder, ignore_errors=True)
        with disk(target):
            folder.mkdir(parents=True)
            try:
                self._write(customer, folder)
                _moved(folder, target)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        return target

    def erase(self, customer: str, *, actor: str = "system") -> None:
        """Erase a customer's personal data, and end its keys and its plan.

        Final invoices stay, with the name and address that they bear, and calls without texts or
        client-chosen names. Close the customer's invoices first, as `Ledger.erase` does: one that
        is closed later bears no name.

        Raises:
            RecordMissing: there is no such customer.
        """
        self._subscriptions.cancel(customer, when="now", actor=actor)
        now = self._clock.now()
        with self._database.writing() as connection:
            _overwriting(connection)
            _erase(connection, customer, now)
            audit.append(connection, now, actor, "customer.erase", customer, {})
        self._keys.forget(customer)
        self._flush()

    def _write(self, customer: str, folder: Path) -> None:
        with self._database.reading() as connection:
            _check(connection, customer)
            connection.execution_options(yield_per=_AT_ONCE)
            for name, query in queries(customer):
                lines = (
                    json.dumps(_plain(name, row), ensure_ascii=False, default=_text) + "\n"
                    for row in connection.execute(query).mappings()
                )
                with (folder / f"{name}.jsonl").open("w", encoding="utf-8") as handle:
                    handle.writelines(lines)

    def _delete(self, table: Table, over: Any) -> int:
        """Delete a thousand rows at a time, so that calls need not wait long."""
        names = list(table.primary_key.columns)
        total = 0
        while True:
            with self._database.writing() as connection:
                found = connection.execute(select(*names).where(over).limit(_AT_ONCE)).all()
                _overwriting(connection)
                for row in found:
                    same = [name == value for name, value in zip(names, row, strict=True)]
                    connection.execute(delete(table).where(*same, over))
            total += len(found)
            if len(found) < _AT_ONCE:
                return total

    def _flush(self) -> None:
        """Let go of copies of erased rows in SQLite's log of changes."""
        if not self._database.on_postgres:
            with self._database.engine.connect() as connection:
                raw: Any = connection.connection.driver_connection
                raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def queries(customer: str) -> Iterator[tuple[str, Select[Any]]]:
    """Yield each table that holds something of a customer, with the query for it."""
    yield "customers", select(customers).where(customers.c.id == customer)
    for table in metadata.sorted_tables:
        if "customer_id" in table.c:
            yield table.name, select(table).where(table.c.customer_id == customer)
    mine = select(invoices.c.id).where(invoices.c.customer_id == customer)
    for table in (invoice_lines, credit_notes):
        yield table.name, select(table).where(table.c.invoice_id.in_(mine))


def _erase(connection: Connection, customer: str, now: int) -> None:
    nameless: dict[str, Any] = {"name": "", "email": "", "settings": {}, "keep_texts_days": None}
    nameless["erased_at"] = func.coalesce(customers.c.erased_at, now)
    connection.execute(update(customers).where(customers.c.id == customer).values(nameless))
    ended = {"name": "", "revoked_at": func.coalesce(keys.c.revoked_at, now)}
    connection.execute(update(keys).where(keys.c.customer_id == customer).values(ended))
    for table in (texts, comparisons, replays, pins):
        connection.execute(delete(table).where(table.c.customer_id == customer))
    mine = feedback.c.customer_id == customer
    connection.execute(update(feedback).where(mine).values(correct=None, comment=None))
    named = (calls.c.customer_id == customer) & calls.c.idempotency_key.is_not(None)
    connection.execute(update(calls).where(named).values(idempotency_key=None))


def _overwriting(connection: Connection) -> None:
    """Have SQLite overwrite what is deleted with noughts."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def _check(connection: Connection, customer: str) -> None:
    query = select(customers.c.id).where(customers.c.id == customer)
    if connection.execute(query).first() is None:
        raise missing("customer", customer)


def _moved(folder: Path, target: Path) -> None:
    if target.suffix != ".zip":
        folder.replace(target)
        return
    aside = folder / "whole.zip"
    with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.glob("*.jsonl")):
            archive.write(path, path.name)
    aside.replace(target)


def _plain(name: str, row: Mapping[Any, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in HIDDEN.get(name, ())}


def _text(value: bytes | memoryview) -> str:
    raw = bytes(value)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(raw).decode("ascii")
