"""The ledger's database: SQLite in one file, or PostgreSQL where `SEEDBED_DB` names one.

Both are used through two doors, `reading()` and `writing()`; whatever they cannot do because the
database is locked, full or away is `LedgerUnavailable`, and left no trace. Their errors show the
statement, never its values: those are hashes of keys, names and texts.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url

from seedbed.errors import ExtraMissing, LedgerUnavailable
from seedbed.home import Home, disk

BUSY_SECONDS = 2.0
"""How long to wait for another process that writes before giving up."""

_WRITE = "BEGIN IMMEDIATE"
_FLUSH, _NO_FLUSH = "PRAGMA synchronous=FULL", "PRAGMA synchronous=NORMAL"
_GONE = ("OperationalError", "InterfaceError", "InternalError")
"""What drivers raise where the database, not the statement, is at fault."""


class Database:
    """A ledger's database, on SQLite or PostgreSQL; it is opened when it is first used.

    Args:
        where: The path of an SQLite file, or a URL (`sqlite:///…`, `postgresql://…`).

    Raises:
        ExtraMissing: the URL is of PostgreSQL and its driver is not installed.
    """

    def __init__(self, where: Path | str) -> None:
        self.url = _url(where)
        self.on_postgres = self.url.get_backend_name() == "postgresql"
        self.engine = _postgres(self.url) if self.on_postgres else _sqlite(self.url)
        driver: Any = self.engine.dialect.loaded_dbapi
        self._gone = tuple(getattr(place, name) for place in (exc, driver) for name in _GONE)
        self._broken = (exc.DatabaseError, driver.DatabaseError)
        self._writers = self.engine.execution_options(begin=_WRITE)
        # All that one transaction reads is of one moment, as on SQLite by itself.
        level = {"isolation_level": "REPEATABLE READ"} if self.on_postgres else {}
        self._readers = self.engine.execution_options(**level)
        # SQLite's own queue is to sleep and try again: threads of one process take turns instead,
        # and so may share a connection.
        self._writer: Connection | None = None
        self._opened = self._changes = 0
        self._turn = nullcontext() if self.on_postgres else threading.RLock()

    @classmethod
    def open(cls, home: Home | None = None) -> Database:
        """Open the home's ledger (`SEEDBED_DB`, or `ledger.db` in the home), migrated.

        Raises:
            ExtraMissing: the driver for PostgreSQL is not installed.
            LedgerNewer: a newer Seedbed has migrated it.
            LedgerUnavailable: it cannot be reached, read or written.
        """
        from seedbed.ledger import migrations

        database = cls(os.environ.get("SEEDBED_DB") or (home or Home()).root / "ledger.db")
        if database.file is not None:
            with disk(database.file):
                database.file.parent.mkdir(parents=True, exist_ok=True)
                # For the owner alone; SQLite gives its other files the same permissions.
                os.close(os.open(database.file, os.O_RDWR | os.O_CREAT, 0o600))
        migrations.migrate(database)
        return database

    @property
    def file(self) -> Path | None:
        """The file of an SQLite database."""
        return None if self.on_postgres or not self.url.database else Path(self.url.database)

    def __str__(self) -> str:
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection in a transaction that only reads, all of it as of one moment.

        Raises:
            LedgerUnavailable: the database cannot be reached or read.
        """
        with self._answering(), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection in a transaction that commits at the end, or does nothing at all.

        Raises:
            LedgerUnavailable: the database is locked, full or away; nothing was written.
        """
        with self._answering(), self._turn:
            if self.on_postgres:
                with self._writers.begin() as connection:
                    yield connection
                return
            self._changes += 1
            connection = self._held()
            try:
                with connection.begin():
                    yield connection
            except self._gone:
                self._let_go()
                raise

    @contextmanager
    def committing(self, *, flush: bool = True) -> Iterator[Connection]:
        """Do as `writing`, for the writer and its prepared statements alone.

        Args:
            flush: Wait until the disk has it. Without that SQLite may lose it where the power
                fails (not where the process dies), but never unless it loses all that follows too.

        Raises:
            LedgerUnavailable: the database is locked, full or away; nothing was written.
        """
        if self.on_postgres:
            with self.writing() as connection:
                yield connection
            return
        with self._answering(), self._turn:
            connection = self._held()
            raw: Any = connection.connection.driver_connection
            try:
                if not flush:
                    raw.execute(_NO_FLUSH)
                raw.execute(_WRITE)
                yield connection
                raw.commit()
            except self._gone:
                self._let_go()
                raise
            except BaseException:
                raw.rollback()
                raise
            finally:
                if not flush and self._writer is connection:
                    raw.execute(_FLUSH)

    def state(self, connection: Connection) -> object:
        """Return what is the same as before if nobody wrote but by `committing`.

        On PostgreSQL that is not known, and None is returned.
        """
        if self.on_postgres:
            return None
        version = connection.connection.cursor().execute("PRAGMA data_version")
        return self._opened, self._changes, version.fetchone()[0]

    def _held(self) -> Connection:
        if self._writer is None:
            self._writer = self._writers.connect()
            self._opened += 1
        return self._writer

    def close(self) -> None:
        """Close every connection that is not in use."""
        with self._turn:
            self._let_go()
        self.engine.dispose()

    def _let_go(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.invalidate()
            writer.close()

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (*self._gone, exc.TimeoutError) as cause:
            _hush(cause)
            raise self._unavailable(cause) from cause
        except self._broken as cause:
            _hush(cause)
            if type(cause) not in self._broken:  # the statement is at fault
                raise
            raise self._unavailable(cause) from cause

    def _unavailable(self, cause: BaseException) -> LedgerUnavailable:
        said = getattr(cause, "orig", None) or cause
        return LedgerUnavailable(
            expected="the ledger's database to answer",
            got=" ".join(str(said).split()) or type(said).__name__,
            do="Nothing was charged. Try again; if it stays so, see that the database runs, has "
            "room on its disk, and that no other program holds it.",
            where=str(self),
        )


def _hush(cause: BaseException) -> None:
    """Keep the first line of what a database says: in the others PostgreSQL shows the values."""
    for told in (cause, getattr(cause, "orig", None)):
        if told is not None and told.args and isinstance(told.args[0], str):
            told.args = (told.args[0].partition("\n")[0], *told.args[1:])


def _url(where: Path | str) -> URL:
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(Path(where).absolute()))
    url = make_url(where)
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    return url


def _sqlite(url: URL) -> Engine:
    waits = {"timeout": BUSY_SECONDS}
    engine = create_engine(url, connect_args=waits, pool_size=16, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    # The driver would begin transactions by itself, and only before some statements.
    connection.isolation_level = None
    for pragma in (_FLUSH, "PRAGMA foreign_keys=ON"):
        connection.execute(pragma)
    until = time.monotonic() + BUSY_SECONDS
    while not _logged_ahead(connection) and time.monotonic() < until:
        time.sleep(0.01)


def _logged_ahead(connection: Any) -> bool:
    """Turn on SQLite's write-ahead log; for that alone it does not wait for others by itself."""
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    except sqlite3.OperationalError as cause:
        if "locked" in str(cause) or "busy" in str(cause):
            return False
        raise
    return True


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get("begin", "BEGIN")
    connection.connection.cursor().execute(statement)


def _postgres(url: URL) -> Engine:
    if find_spec("psycopg") is None:
        raise ExtraMissing(
            expected="the driver for PostgreSQL",
            got="no module psycopg",
            do="Install it: pip install 'psycopg[binary]'",
            where=url.render_as_string(hide_password=True),
        )
    waits = f"-c lock_timeout={int(BUSY_SECONDS * 1000)} -c statement_timeout=30000"
    options = {"connect_timeout": 3, "tcp_user_timeout": 10_000, "options": waits}
    return create_engine(
        url, connect_args=options, pool_size=16, pool_pre_ping=True, hide_parameters=True
    )
