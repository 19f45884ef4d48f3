"""Text in, one label (or several) out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from seedbed.data.table import Table
from seedbed.tasks.labels import Labels


class TextClassification(Labels):
    """One label a text; several where the recipe sets `data.label_separator`."""

    name: ClassVar[str] = "text-classification"
    rungs: ClassVar[tuple[str, ...]] = ("baseline", "probe", "contrast", "top", "adapter", "full")

    def inputs(self, table: Table) -> Sequence[str]:
        """Return the texts."""
        return table.column(self.data.text, key="data.text")
