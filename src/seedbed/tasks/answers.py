"""A question in, the best answers of a collection out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from seedbed.data import read
from seedbed.data.fingerprints import key
from seedbed.data.table import Table
from seedbed.errors import CollectionEmpty
from seedbed.recipe import Data, Train
from seedbed.tasks import found
from seedbed.tasks.base import Doubles, Floats, Promise, Schema, Targets, Task
from seedbed.tasks.collection import Collection

if TYPE_CHECKING:
    from torch import Tensor

CUT = 10
"""Of `mrr_10`: a right answer further down counts nothing."""
SHOWN, BRIEF = 10, 5
"""Answers given to a question: in full, and where only the best are wanted."""
MOST_RIGHT = 50
"""Right answers of a question that are counted."""


class Answers(Task):
    """Rows of a question and its right answer; the same question may stand in several rows.

    The collection that is searched is all answers of all rows, and those of `data.collection`.
    Truth is the places of a question's right answers there (n, most), its row's own first, -1 where
    there are no more; answers are the places of the best found (n, `found.TOP`).
    """

    name: ClassVar[str] = "text-matching"
    metrics: ClassVar[tuple[str, ...]] = ("mrr_10", "recall_1", "recall_5", "recall_10")
    output: ClassVar[Literal["label", "value", "tags", "rank", "text"]] = "rank"
    rungs: ClassVar[tuple[str, ...]] = ("bm25", "untuned", "dual")
    rivals: ClassVar[Mapping[str, str]] = {"bm25": "baseline", "untuned": "untuned"}

    def __init__(self, data: Data) -> None:
        super().__init__(data)
        self.collection = Collection()
        self._right: dict[int, list[int]] = defaultdict(list)

    def columns(self) -> Mapping[str, str] | None:
        """Return the columns of the question and of its answer."""
        return {self.data.text: "data.text", self.data.text_b: "data.text_b"}

    def gather(self, tables: Sequence[Table]) -> None:
        """Make the collection of the answers of the recipe's file and of all rows.

        Raises:
            CollectionEmpty: there is no answer.
        """
        named = self.data.collection
        if named is not None:
            column = self.data.text_b
            table = read.table(
                Path(named), [column], keys={column: "data.text_b"}, encoding=self.data.encoding
            )
            self.collection.add(table.column(column, key="data.text_b"))
        for table in tables:
            self.collection.add(self._answers(table))
        if not len(self.collection):
            raise CollectionEmpty(
                expected=f"answers in column {self.data.text_b!r}",
                got="none but empty ones",
                do="Check data.text_b in the recipe.",
                where=str(tables[0].path),
            )
        for table in tables:
            for question, place in self._asked(table):
                if place >= 0 and place not in self._right[question]:
                    self._right[question].append(place)

    def keep(self, folder: Path) -> None:
        """Write the collection into a release."""
        self.collection.save(folder / "collection")

    def open(self, folder: Path) -> None:
        """Read a release's collection."""
        self.collection = Collection.load(folder / "collection")

    def schema(self, table: Table) -> Schema:
        """Return the column of the answers."""
        return Schema((self.data.text_b,))

    def inputs(self, table: Table) -> Sequence[str]:
        """Return the questions."""
        return table.column(self.data.text, key="data.text")

    def blank(self, table: Table) -> Sequence[bool]:
        """Return which rows lack a question or an answer."""
        pairs = zip(self.inputs(table), self._answers(table), strict=True)
        return [not question.strip() or not answer.strip() for question, answer in pairs]

    def answered(self, table: Table) -> Sequence[str]:
        """Return what the collection knows each answer by: a question may have several."""
        return [str(key(answer)) for answer in self._answers(table)]

    def targets(self, table: Table, schema: Schema) -> Targets:
        """Return the places of each question's right answers (n, most), its row's own first.

        An answer that is not in the collection cannot be found: its row has -1 there.
        """
        asked = self._asked(table)
        together: dict[int, list[int]] = {}
        for question, place in asked:
            known = together.setdefault(question, list(self._right.get(question, ())))
            if place >= 0 and place not in known:
                known.append(place)
        rows = [
            [place, *(other for other in together[question] if other != place)][:MOST_RIGHT]
            for question, place in asked
        ]
        width = max((len(right) for right in self._right.values()), default=1)
        width = min(MOST_RIGHT, max(width, *map(len, rows))) if rows else 1
        truth = np.full((len(rows), width), found.NOWHERE, dtype=np.int64)
        for i, row in enumerate(rows):
            truth[i, : len(row)] = row
        return truth

    def loss(self, logits: Tensor, targets: Tensor, train: Train, weights: Tensor | None) -> Tensor:
        """Return InfoNCE both ways: which answer is the question's, which question the answer's.

        Args:
            logits: (b, b) likeness of each question to each row's answer, over the temperature.
            targets: (b, most) right answers. Where a row's answer is right for another row's
                question too, the two are neither rewarded nor pushed apart.
            train: Not used.
            weights: Not used.
        """
        import torch
        from torch.nn import functional

        own = targets[:, 0]
        right = (targets[:, :, None] == own[None, None, :]).any(1)
        alone = torch.arange(len(own))
        right[alone, alone] = False
        logits = logits.masked_fill(right | right.T, -torch.inf)
        ways = (functional.cross_entropy(part, alone) for part in (logits, logits.T))
        return sum(ways, start=torch.zeros(())) / 2

    def scores(self, logits: Floats, schema: Schema, temperature: float = 1.0) -> Floats:
        """Return the logits: places and scores, packed (see `seedbed.tasks.found`)."""
        return logits

    def decide(self, scores: Floats, schema: Schema) -> Targets:
        """Return the places of the answers found (n, found.TOP), best first."""
        return found.places(scores)

    def metric(self, name: str, truth: Targets, answers: Targets, schema: Schema) -> float:
        """Return `mrr_10` or `recall_k`, of the rank of the first right answer.

        `mrr_10` is the mean of 1 / rank, nothing beyond rank 10; `recall_k` the share of questions
        with a right answer among the first k.
        """
        sums = self.sums(name, truth, answers, schema)
        return float(self.of_sums(name, sums.sum(axis=0)))

    def sums(self, name: str, truth: Targets, answers: Targets, schema: Schema) -> Doubles:
        """Return what each question adds, and one for each."""
        rank = ranks(truth, answers)
        if name == "mrr_10":
            gained = np.where(rank <= CUT, 1 / rank, 0.0)
        else:
            gained = (rank <= int(name.removeprefix("recall_"))).astype(np.float64)
        return np.stack([gained, np.ones(len(rank))], axis=1)

    def of_sums(self, name: str, sums: Doubles) -> Doubles:
        """Return the mean."""
        mean: Doubles = sums[..., 0] / np.maximum(sums[..., 1], 1)
        return mean

    def losses(self, truth: Targets, answers: Targets) -> Doubles:
        """Return 1 - 1 / rank of the first right answer: 0 where it comes first."""
        lost: Doubles = 1 - 1 / ranks(truth, answers)
        return lost

    def differ(self, one: Targets, other: Targets) -> Any:
        """Return where another answer comes first."""
        return one[:, 0] != other[:, 0]

    def answer(
        self, scores: Floats, schema: Schema, promise: Promise, given: Any = None
    ) -> Mapping[str, Any]:
        """Return `answers`: the best of the collection with their places and scores."""
        return {"answers": self.best(scores, SHOWN)}

    def brief(
        self, scores: Floats, schema: Schema, promise: Promise, given: Any = None
    ) -> Mapping[str, Any]:
        """Return fewer of them."""
        return {"answers": self.best(scores, BRIEF)}

    def best(self, scores: Floats, most: int) -> list[dict[str, Any]]:
        """Return so many of a row's answers, best first: `text`, `place`, `score`."""
        packed = scores[None, :]
        both = zip(found.places(packed)[0][:most], found.scores_of(packed)[0], strict=False)
        return [
            {
                "text": self.collection.texts[int(place)],
                "place": int(place),
                "score": round(float(score), 4),
            }
            for place, score in both
            if place >= 0
        ]

    def said(self, answer: Any, schema: Schema, given: Any = None) -> str:
        """Return the text of the first answer, or of the right one."""
        place = int(answer[0])
        return self.collection.texts[place] if place >= 0 else "–"

    def key(self, answer: Any, schema: Schema, given: Any = None) -> Hashable:
        """Return the text of the first answer: places differ between collections."""
        return self.said(answer, schema)

    def _answers(self, table: Table) -> Sequence[str]:
        return table.column(self.data.text_b, key="data.text_b")

    def _asked(self, table: Table) -> list[tuple[int, int]]:
        """Return each row's question, as a key, and the place of its answer."""
        pairs = zip(self.inputs(table), self._answers(table), strict=True)
        return [(key(question), self.collection.place(answer)) for question, answer in pairs]


def ranks(truth: Targets, answers: Targets) -> Doubles:
    """Return the rank of the first right answer (n,), from 1; infinite where none was found."""
    right = np.zeros(answers.shape, dtype=bool)
    for column in truth.T:
        right |= (answers == column[:, None]) & (column >= 0)[:, None]
    hit = right.any(axis=1)
    rank: Doubles = np.where(hit, right.argmax(axis=1) + 1.0, np.inf)
    return rank
