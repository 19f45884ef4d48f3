"""Which texts belong together: pairs with a label or a score, or questions with their answers."""

from __future__ import annotations

from typing import ClassVar

from seedbed.recipe import Data
from seedbed.tasks.answers import Answers
from seedbed.tasks.base import Task
from seedbed.tasks.pairs import LabelledPairs, ScoredPairs

KINDS: dict[str, type[Task]] = {
    "label": LabelledPairs,
    "score": ScoredPairs,
    "answer": Answers,
}
"""By `data.match`: what the rows are."""


class TextMatching(Task):
    """One of `KINDS`, by the recipe."""

    name: ClassVar[str] = "text-matching"
    metrics: ClassVar[tuple[str, ...]] = tuple(
        dict.fromkeys(metric for kind in KINDS.values() for metric in kind.metrics)
    )

    def __new__(cls, data: Data) -> Task:  # type: ignore[misc]
        """Return the task that `data.match` asks for."""
        return KINDS[data.match](data)
