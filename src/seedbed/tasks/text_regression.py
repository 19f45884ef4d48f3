"""Text in, a number out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from seedbed.data.table import Table
from seedbed.tasks.values import Values


class TextRegression(Values):
    """A number a text."""

    name: ClassVar[str] = "text-regression"

    def inputs(self, table: Table) -> Sequence[str]:
        """Return the texts."""
        return table.column(self.data.text, key="data.text")
