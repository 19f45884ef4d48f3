"""A row of a table in, a number out."""

from __future__ import annotations

from typing import ClassVar

from seedbed.tasks.tables import Tables
from seedbed.tasks.values import Values


class TabularRegression(Tables, Values):
    """A number a row."""

    name: ClassVar[str] = "tabular-regression"
