"""Brings a ledger's database to the tables that this Seedbed knows.

Alembic's revisions are in `versions/`, one file each, numbered; a new one is written by hand or by
`alembic revision --autogenerate`, and `HEAD` names the last. A revision never changes once it is
released. What the database itself refuses (`schema/triggers.py`) is made anew after each upgrade,
so a change of that needs a revision too, if an empty one. They do not stand while it runs: one that
changes calls has to empty `days`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from seedbed.errors import LedgerNewer
from seedbed.ledger.database import Database
from seedbed.ledger.schema import triggers

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0003"
"""The revision that this Seedbed works with."""

FOLDER = Path(__file__).parent
_LOCK = 0x5EEDBED


def migrate(database: Database) -> None:
    """Make or change a database's tables, all or nothing; other processes wait for it.

    Raises:
        LedgerNewer: a newer Seedbed has changed them.
        LedgerUnavailable: the database is locked, full or away.
    """
    with database.reading() as connection:
        if revision(connection) == HEAD:
            return
    with database.writing() as connection:
        _alone(connection)
        found = revision(connection)
        if found is not None and found not in _known():
            raise LedgerNewer(
                expected=f"a ledger of revision {HEAD} or before",
                got=f"revision {found}",
                do="Use the Seedbed that changed it, or a newer one.",
                where=str(database),
            )
        _upgrade(connection)


def revision(connection: Connection) -> str | None:
    """Return the revision of a database; None where nothing is there yet."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _upgrade(connection: Connection) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
    triggers.create(None, connection)


def _known() -> set[str]:
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(_config())
    return {script.revision for script in scripts.walk_revisions()}


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _alone(connection: Connection) -> None:
    """Wait for others that migrate, however long they take; on SQLite a writer is alone anyhow."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    else:
        found = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'keep_%'"
        )
        for name in found.scalars().all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
