"""Two texts in; out comes whether they belong together, or how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from seedbed.data.table import Table
from seedbed.errors import RowUnreadable
from seedbed.tasks.base import Task
from seedbed.tasks.labels import Labels
from seedbed.tasks.values import Values

RUNGS = ("baseline", "twin", "top", "adapter", "full")
"""What words they share; each text read alone, compared; both read at once, tuned more and more."""


class Pairs(Task):
    """Rows of two texts."""

    name: ClassVar[str] = "text-matching"
    reads: ClassVar[str] = "pair"
    rungs: ClassVar[tuple[str, ...]] = RUNGS
    example: ClassVar[str] = "Where is my card? I wait for it.\tWhen will the new card be here?"

    def columns(self) -> Mapping[str, str] | None:
        """Return the columns of both texts and of the label."""
        data = self.data
        return {data.text: "data.text", data.text_b: "data.text_b", data.label: "data.label"}

    def inputs(self, table: Table) -> Sequence[tuple[str, str]]:
        """Return the pairs."""
        texts = table.column(self.data.text, key="data.text")
        others = table.column(self.data.text_b, key="data.text_b")
        return list(zip(texts, others, strict=True))

    def asked(self, one: Any) -> tuple[str, str]:
        """Return two texts given as a list, or as one text with a tab between them.

        Raises:
            RowUnreadable: there are not two.
        """
        texts = one.split("\t", 1) if isinstance(one, str) else list(one)
        if len(texts) != 2:
            raise RowUnreadable(
                expected="two texts, with a tab between them",
                got=f"{len(texts)}",
                do=f"Give the texts of the columns {self.data.text!r} and {self.data.text_b!r}.",
            )
        return texts[0], texts[1]

    def texts(self, table: Table) -> Sequence[str]:
        """Return both texts, one under the other."""
        return [f"{one}\n{other}" for one, other in self.inputs(table)]


class LabelledPairs(Pairs, Labels):
    """A label a pair, such as 0 and 1."""


class ScoredPairs(Pairs, Values):
    """A number a pair: how much its texts belong together."""

    metrics: ClassVar[tuple[str, ...]] = ("spearman", "pearson", "r2")
