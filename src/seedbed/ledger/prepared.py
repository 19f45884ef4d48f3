"""Statements compiled once and sent through the driver's own cursor.

SQLAlchemy takes some 50 µs to carry a statement to the database and back, SQLite some 5 to run it;
the writer, of which there is one, sends a dozen for each call. They are written in SQLAlchemy's
language all the same, and values pass through its types.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    JSON,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Select,
    String,
    any_,
    bindparam,
    func,
    select,
    tuple_,
)
from sqlalchemy import column as sql_column
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

Statement = Select[Any] | UpdateBase
Make = Callable[[Dialect], Statement]
_Convert = Callable[[Any], Any] | None


class Prepared:
    """A statement, compiled for a dialect when it is first used there.

    Args:
        make: Gives the statement for a dialect; its parameters are `bindparam`s.
    """

    def __init__(self, make: Make) -> None:
        self._make = make
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, connection: Connection, **parameters: Any) -> list[dict[str, Any]]:
        """Execute a query, and return its rows by the columns' names."""
        found = self._for(connection)
        cursor = _cursor(connection)
        cursor.execute(found.sql, found.bound(parameters))
        return [found.read(row) for row in cursor.fetchall()]

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Execute a change for each row of parameters."""
        if not rows:
            return
        found = self._for(connection)
        cursor = _cursor(connection)
        if len(rows) == 1:
            cursor.execute(found.sql, found.bound(rows[0]))
        else:
            cursor.executemany(found.sql, [found.bound(row) for row in rows])

    def _for(self, connection: Connection) -> _Compiled:
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _Compiled(self._make(dialect), dialect)
        return self._compiled[dialect.name]


class _Compiled:
    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self._positions: Sequence[str] | None = compiled.positiontup
        binds = compiled.binds
        kinds = {name: bind.type.dialect_impl(dialect) for name, bind in binds.items()}
        self._fixed = {name: bind.value for name, bind in binds.items() if not bind.required}
        self._binds: list[tuple[str, _Convert]] = [
            (name, _converter(kinds[name], dialect)) for name in self._positions or kinds
        ]
        columns = list(statement.selected_columns) if isinstance(statement, Select) else []
        self._names = [str(column.key) for column in columns]
        self._results: list[tuple[str, Callable[[Any], Any]]] = []
        for column in columns:
            convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
            if convert is not None:
                self._results.append((str(column.key), convert))

    def bound(self, values: Mapping[str, Any]) -> Any:
        """Return parameters as the driver takes them: by position on SQLite, else by name."""
        if self._fixed:
            values = {**self._fixed, **values}
        if self._positions is not None:
            return [values[n] if c is None else c(values[n]) for n, c in self._binds]
        return {n: values[n] if c is None else c(values[n]) for n, c in self._binds}

    def read(self, row: Sequence[Any]) -> dict[str, Any]:
        """Return a row by the columns' names."""
        told = dict(zip(self._names, row, strict=True))
        for name, convert in self._results:
            told[name] = convert(told[name])
        return told


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> _Convert:
    """Return what makes a value what the driver takes, faster than the type's own where it can."""
    slow: _Convert = kind.bind_processor(dialect)
    if not isinstance(kind, JSON) or dialect.name != "sqlite" or slow is None:
        return slow

    def fast(value: Any) -> Any:
        if value is None:
            return slow(None)
        try:
            return orjson.dumps(value).decode()
        except TypeError:  # a number beyond 64 bits, or half of a surrogate pair
            return slow(value)

    return fast


def _cursor(connection: Connection) -> Any:
    return connection.connection.cursor()


def among(column: Column[Any], dialect: Dialect) -> ColumnElement[bool]:
    """Return the condition that a column is one of the parameter `ids`, however many they are."""
    if dialect.name == "postgresql":
        return column == any_(bindparam("ids", type_=ARRAY(String)))
    each = func.json_each(bindparam("ids", type_=JSON)).table_valued("value")
    return column.in_(select(each.c.value))


def both_among(one: Column[Any], other: Column[Any], dialect: Dialect) -> ColumnElement[bool]:
    """Return the condition that two columns together are one of the parameter `pairs`."""
    pairs = bindparam("pairs", type_=JSON)
    if dialect.name == "postgresql":
        each = func.json_array_elements(pairs).table_valued(sql_column("value", JSON))
        told = [each.c.value[place].as_string() for place in (0, 1)]
    else:
        each = func.json_each(pairs).table_valued("value")
        told = [func.json_extract(each.c.value, f"$[{place}]") for place in (0, 1)]
    return tuple_(one, other).in_(select(*told))
