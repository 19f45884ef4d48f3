"""Migrations make what the metadata say, on both databases, once, whoever starts first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from seedbed.errors import LedgerNewer
from seedbed.home import Home
from seedbed.ledger import migrations
from seedbed.ledger.database import Database
from seedbed.ledger.schema import metadata


def drawn(connection: Connection) -> dict[str, Any]:
    """Return what a database holds, as it describes itself."""
    if connection.dialect.name == "sqlite":
        query = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'alembic%'"
    else:
        query = "SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger"
    found = connection.execute(text(query)).all()
    triggers = sorted(tuple(row) for row in found if row[0] == "trigger" and "keep" in row[1])
    reader = inspect(connection)
    tables = {
        name: (
            [(c["name"], str(c["type"]), c["nullable"]) for c in reader.get_columns(name)],
            reader.get_pk_constraint(name),
            sorted(map(str, reader.get_foreign_keys(name))),
            sorted(map(_index, reader.get_indexes(name))),
            sorted(map(str, reader.get_unique_constraints(name))),
        )
        for name in metadata.tables
    }
    return {"tables": tables, "triggers": triggers}


def _index(index: Any) -> str:
    where = [str(value) for value in index.pop("dialect_options", {}).values()]
    return f"{sorted(index.items())} {where}"


def test_migrations_make_what_the_metadata_say(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        migrated = drawn(connection)
    with database.writing() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
        assert drawn(connection)["tables"] == migrated["tables"]
        assert drawn(connection)["triggers"] == migrated["triggers"] != []


def test_the_head_is_the_last_revision() -> None:
    assert max(migrations._known()) == migrations.HEAD


def test_migrating_again_changes_nothing(database: Database) -> None:
    with database.reading() as connection:
        before = drawn(connection)
    migrations.migrate(database)
    with database.reading() as connection:
        assert drawn(connection) == before


def test_a_ledger_of_a_newer_seedbed_is_left_alone(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(LedgerNewer, match="9999"):
        migrations.migrate(database)


def test_a_migration_that_fails_leaves_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))

    def fail(_target: Any, _connection: Connection) -> None:
        raise RuntimeError("the last step")

    monkeypatch.setattr(migrations.triggers, "create", fail)
    with pytest.raises(RuntimeError, match="the last step"):
        migrations.migrate(database)
    with database.reading() as connection:
        assert inspect(connection).get_table_names() == []
    monkeypatch.undo()
    migrations.migrate(database)


OPEN = "from seedbed.ledger.database import Database; Database.open().close()"


def test_processes_that_start_at_once_migrate_once(home: Home) -> None:
    starting = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", OPEN], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    for process in starting:
        assert process.communicate(timeout=60)[1] == b""
        assert process.returncode == 0
    database = Database.open(home)
    with database.reading() as connection:
        assert migrations.revision(connection) == migrations.HEAD
    database.close()
    assert (home.root / "ledger.db").stat().st_mode & 0o777 == 0o600


def test_revisions_are_packaged() -> None:
    names = {path.name for path in (migrations.FOLDER / "versions").glob("*.py")}
    assert {"__init__.py", "0001_first.py"} <= names
    assert (Path(migrations.FOLDER) / "env.py").is_file()
