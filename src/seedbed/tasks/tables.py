"""What the tasks share that read the rows of a table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from seedbed.data.table import Table
from seedbed.errors import ColumnMissing, RowUnreadable
from seedbed.recipe import nearest
from seedbed.tasks.base import Task

RUNGS = ("baseline", "boosted", "mlp", "blend")
"""The ladder of tasks that read tables, cheapest first."""


class Tables(Task):
    """A row of a table is read: all its columns but those that the recipe gives another part."""

    reads: ClassVar[str] = "table"
    example: ClassVar[Any] = {}
    rungs: ClassVar[tuple[str, ...]] = RUNGS

    def columns(self) -> Mapping[str, str] | None:
        """Return None: every column is read from the file."""
        return None

    def inputs(self, table: Table) -> Sequence[Mapping[str, Any]]:
        """Return the rows, column → cell, without what a model must not read.

        Raises:
            ColumnMissing: the recipe leaves out a column that the file lacks.
        """
        data = self.data
        for name in data.leave_out:
            if name not in table.columns:
                near = nearest(name, table.columns)
                raise ColumnMissing(
                    expected=f"a column named {name!r} (data.leave_out)",
                    got=f"columns {', '.join(list(table.columns)[:20])}",
                    do=f"Did you mean {near!r}?" if near else "Take it out of data.leave_out.",
                    where=str(table.path),
                )
        out = {data.label, data.group, data.time, *data.leave_out, *data.sensitive}
        names = [name for name in table.columns if name not in out]
        cells = zip(*(table.columns[name] for name in names), strict=True)
        rows = [dict(zip(names, row, strict=True)) for row in cells]
        return rows or [{} for _ in range(len(table))]

    def texts(self, table: Table) -> Sequence[str]:
        """Return each row as `column: cell` after `column: cell`."""
        return [
            " · ".join(f"{name}: {cell}" for name, cell in row.items())
            for row in self.inputs(table)
        ]

    def asked(self, one: Any) -> Mapping[str, Any]:
        """Return a row, column → cell.

        Raises:
            RowUnreadable: it is none.
        """
        if isinstance(one, Mapping):
            return one
        raise RowUnreadable(
            expected='a row of a table, such as {"age": 35, "housing": "own"}',
            got=repr(one)[:60],
            do="Give the columns by name; `seedbed predict --file` reads a file of rows.",
        )

    def typed(self, text: str, folder: Path) -> Mapping[str, Any]:
        """Return a row that was written as JSON."""
        try:
            return self.asked(json.loads(text))
        except ValueError:
            return self.asked(text)
