"""A row of a table in, one label (or several) out."""

from __future__ import annotations

from typing import ClassVar

from seedbed.tasks.labels import Labels
from seedbed.tasks.tables import Tables


class TabularClassification(Tables, Labels):
    """One label a row; several where the recipe sets `data.label_separator`."""

    name: ClassVar[str] = "tabular-classification"
    metrics: ClassVar[tuple[str, ...]] = ("auc", *Labels.metrics)
