"""Loads what a recipe names: training and validation rows in memory, the test rows sealed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from seedbed.data import hub, read
from seedbed.data.duplicates import near_groups
from seedbed.data.fingerprints import key
from seedbed.data.others import File, others
from seedbed.data.readers.base import Broken
from seedbed.data.seal import SealedTest
from seedbed.data.split import LABELS_APART, draw, merge, numbered, split
from seedbed.data.table import Index, Table
from seedbed.errors import TooFewRows
from seedbed.recipe import Data, Recipe

if TYPE_CHECKING:
    from seedbed.data.personal.redaction import Redaction

Split = Literal["train", "validation", "test", "unlabeled"]
Reason = Literal[
    "empty_text",
    "broken_row",
    "missing_label",
    "known_text",
    "broken_unlabeled",
    "repeated_text",
    "learnt_before",
]

DO = (
    "Check the columns data.text and data.label.",
    "Check the column data.text and the file data.unlabeled, or take data.unlabeled out.",
)
"""Where no row of a file can be used: of rows with labels, and of those without."""


class Asks(Protocol):
    """What rows are loaded for: a task, as far as this layer needs it."""

    data: Data

    @property
    def reads(self) -> str:
        """What an input is: `text`, `pair`, `image` or `table`."""

    def columns(self) -> Mapping[str, str] | None:
        """Return the columns to read, with the recipe's keys that name them; None for all."""

    def texts(self, table: Table) -> Sequence[str]:
        """Return what tells rows apart, as text."""

    def shown(self, table: Table) -> Sequence[str]:
        """Return what a person knows each row by."""

    def schema(self, table: Table) -> Any:
        """Read the answers' shape off the training rows."""

    def gather(self, tables: Sequence[Table]) -> None:
        """Look at all rows of a run before any other question is asked of them."""

    def blank(self, table: Table) -> Sequence[bool]:
        """Return which rows hold nothing to learn from."""

    def unanswered(self, table: Table) -> Sequence[bool]:
        """Return which rows lack the answer that every row must have."""

    def inputs(self, table: Table) -> Sequence[Any]:
        """Return what the model reads."""

    def typed(self, text: str, folder: Path) -> Any:
        """Return what stands in a cell as the model reads it; files are looked for in `folder`."""

    def targets(self, table: Table, schema: Any) -> Any:
        """Return the truth, or raise where a label is unknown or missing."""

    def strata(self, table: Table) -> Sequence[str]:
        """Return what a split keeps in proportion."""

    def answered(self, table: Table) -> Sequence[str]:
        """Return each row's answer as a word: rows of one text that share it repeat each other."""

    def linked(self, cells: Mapping[str, str], hide: Redaction) -> Mapping[str, str]:
        """Return, without personal data, the cells that would no longer fit each other."""


@dataclass(frozen=True)
class LeftOut:
    """A row that is in the file and not among the rows loaded.

    Attributes:
        split: The file it stands in, or the split it was drawn for.
        row: Its number.
        reason: Why; `detail` says more where there is more to say.
    """

    split: Split
    row: int
    reason: Reason
    detail: str = ""


@dataclass(frozen=True)
class Loaded:
    """The rows of a run."""

    train: Table
    validation: Table
    test: SealedTest
    left_out: list[LeftOut]
    unlabeled: Table | None = None
    others: tuple[File, ...] = ()
    """Files of texts that are read beside the rows."""


def load(recipe: Recipe, task: Asks, *, lenient: bool = False) -> Loaded:
    """Load the rows of a recipe, making the splits that it does not name.

    Rows with an empty text are left out of training and validation; test rows all stay. The
    columns read are the task's, that of `data.group` and, where a split is made, `data.time`.

    Args:
        recipe: The recipe.
        task: An instance of the recipe's task.
        lenient: Leave out rows that are broken or have no label, and list them, instead of raising.

    Raises:
        DataError: a file, a column, a row, the labels or the number of rows is of no use.
        WrongValue: `data.encoding` names no encoding.
    """
    loading = _Loading(recipe, task, lenient=lenient)
    data = recipe.data
    train = loading.read(data.train, "train")
    test = loading.read(data.test, "test") if data.test else None
    validation = loading.read(data.validation, "validation") if data.validation else None
    if test is None:
        train, test = loading.divide(train, data.test_share, recipe.seed)
    if validation is None:
        train, validation = loading.divide(train, data.validation_share, recipe.seed + 1)
    train = loading.without_empty(train, "train")
    validation = loading.without_empty(validation, "validation")
    if data.limit is not None and data.limit < len(train):
        train = train.take(draw(task.strata(train), data.limit, seed=recipe.seed, table=train))
    task.gather([train, validation, test])
    schema = task.schema(train)
    for table in (validation, test):
        task.targets(table, schema)
        if task.columns() is None:
            _demand(list(task.inputs(train)[0]), table)
    sealed = SealedTest(
        test,
        texts=task.texts(test),
        labels=label_counts(task, test),
        encoding=data.encoding,
        near=task.reads != "table",
    )
    unlabeled = loading.unlabeled([train, validation, test]) if data.unlabeled else None
    return Loaded(train, validation, sealed, loading.left_out, unlabeled, others(recipe, task))


def _demand(names: Sequence[str], table: Table) -> None:
    """Refuse a table that lacks a column of the training rows."""
    for name in names:
        table.column(name, key="as the training rows have")


def label_counts(task: Asks, table: Table) -> Counter[str]:
    """Return how many rows have each label."""
    return Counter(
        label for word in task.strata(table) for label in word.split(LABELS_APART) if label
    )


@dataclass
class _Loading:
    recipe: Recipe
    task: Asks
    lenient: bool = field(kw_only=True)
    left_out: list[LeftOut] = field(default_factory=list)
    clusters: Index | None = None

    @property
    def data(self) -> Data:
        return self.recipe.data

    def read(self, source: str, name: Split) -> Table:
        path = hub.fetch(source, name) if source.startswith(hub.PREFIX) else Path(source)
        asked = self.task.columns()
        keys = dict(asked or {})
        if self.data.group:
            keys[self.data.group] = "data.group"
        keys |= dict.fromkeys(self.data.sensitive, "data.sensitive")
        if self.data.time and name == "train" and not (self.data.validation and self.data.test):
            keys[self.data.time] = "data.time"

        def note(flaw: Broken) -> None:
            self.left_out.append(LeftOut(name, flaw.number, "broken_row", flaw.why()))

        table = read.table(
            path,
            None if asked is None else list(keys),
            keys=keys,
            broken=note if self.lenient else None,
            encoding=self.data.encoding,
        )
        for column, named in keys.items():  # where all are read, those that the recipe names too
            table.column(column, key=named)
        if self.lenient:
            table = self.without(table, list(self.task.unanswered(table)), name, "missing_label")
        return table

    def unlabeled(self, labelled: Sequence[Table]) -> Table:
        """Return the rows without labels: each text once, none that a labelled row has.

        A test row's text among them would be learnt with what a model thinks of it. Rows that
        cannot be read are passed over, and listed.
        """

        def note(flaw: Broken) -> None:
            out = LeftOut("unlabeled", flaw.number, "broken_unlabeled", flaw.why())
            self.left_out.append(out)

        asked = dict(self.task.columns() or {})
        asked.pop(self.data.label, None)
        table = read.table(
            Path(str(self.data.unlabeled)),
            list(asked),
            keys=asked,
            broken=note,
            encoding=self.data.encoding,
        )
        table = self.without_empty(table, "unlabeled")
        known = {key(text) for one in labelled for text in self.task.texts(one)}
        keys = [key(text) for text in self.task.texts(table)]
        table = self.without(table, [one in known for one in keys], "unlabeled", "known_text")
        kept = [one for one in keys if one not in known]
        first = {one: place for place, one in reversed(list(enumerate(kept)))}
        again = [first[one] != place for place, one in enumerate(kept)]
        return self.without(table, again, "unlabeled", "repeated_text")

    def without_empty(self, table: Table, name: Split) -> Table:
        """Take the rows with an empty text out, and list them."""
        return self.without(table, list(self.task.blank(table)), name, "empty_text")

    def without(self, table: Table, out: list[bool], name: Split, reason: Reason) -> Table:
        gone = np.array(out, dtype=bool)
        if not gone.any():
            return table
        self.left_out.extend(LeftOut(name, int(row), reason) for row in table.numbers[gone])
        if gone.all():
            raise TooFewRows(
                expected=f"{name} rows that can be used",
                got=f"{len(table):,} rows, all left out ({reason.replace('_', ' ')})",
                do=DO[name == "unlabeled"],
                where=str(table.path),
            )
        return table.take(~gone)

    def divide(self, table: Table, share: float, seed: int) -> tuple[Table, Table]:
        """Split a table, keeping duplicates and the recipe's groups on one side.

        Where near duplicates chain so many rows together that the share cannot be set aside, they
        are let go of, and the check says what leaks.
        """
        strata = self.task.strata(table)
        times = table.columns[self.data.time] if self.data.time else None
        *loose, last = self._groups(table)
        for groups in loose:
            with suppress(TooFewRows):
                kept, aside = split(table, strata, share, seed=seed, groups=groups, times=times)
                if len(aside) >= share * len(table) / 2:
                    return table.take(kept), table.take(aside)
        kept, aside = split(table, strata, share, seed=seed, groups=last, times=times)
        return table.take(kept), table.take(aside)

    def _groups(self, table: Table) -> list[Index | None]:
        near = self._near(table)
        if not self.data.group:
            return [near, None]
        named = numbered(table.columns[self.data.group])
        return [merge(near, named), named]

    def _near(self, table: Table) -> Index:
        """Return the clusters of duplicates; what is split twice is searched once."""
        if self.clusters is None:
            self.clusters = np.zeros(int(table.numbers.max()) + 1, dtype=np.int64)
            self.clusters[table.numbers] = near_groups(
                self.task.texts(table), near=self.task.reads != "table"
            )
        return self.clusters[table.numbers]
