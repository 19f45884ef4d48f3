"""Answers from a release: the engine for the load, and others to fall back on.

This path imports no torch, no transformers and nothing else that only training needs, unless the
engine is torch itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from seedbed import recipe, registry
from seedbed.data.columns import Columns
from seedbed.errors import DataError, EngineUnavailable, KindUnknown, RowUnreadable
from seedbed.home import Home, read_json
from seedbed.judge.reasons import Reasons, top
from seedbed.release import store
from seedbed.release.engines.base import Engine, said
from seedbed.release.engines.processor import threads as all_threads
from seedbed.release.store import Release
from seedbed.tasks.base import Floats, Promise, Schema, Task

log = logging.getLogger(__name__)

T = TypeVar("T")
CHUNK = 2048
"""Texts taken at once from a stream: enough to sort by length, few enough to hold."""


class Engines:
    """A release's engines, loaded when first needed; one that fails is left and remembered.

    Args:
        folder: A release folder, with `gate.json` or with the engines named by `order`.
        order: Engines from the best down; by default as the gate ranked them for many rows.
        single: The engine to try first for a single text.
        threads: Threads to compute with; by default all that the process may use.
    """

    def __init__(
        self,
        folder: Path,
        *,
        order: Sequence[str] | None = None,
        single: str | None = None,
        threads: int | None = None,
    ) -> None:
        self.folder = folder
        self.threads = threads or all_threads()
        if order is None:
            gate = read_json(folder / "gate.json")
            order, single = ranked(gate), gate["latency"]
        self.order = list(order)
        self.single = single or self.order[0]
        self.failed: dict[str, str] = {}
        self._loaded: dict[str, Engine] = {}

    def logits(self, texts: Sequence[Any]) -> Floats:
        """Return logits (texts, labels) from the first engine that gives them; not for no text.

        Raises:
            EngineUnavailable: none does; the reason of each is given.
        """
        return self.first(len(texts), lambda engine: engine.logits(texts))[1]

    def first(self, texts: int, ask: Callable[[Engine], T]) -> tuple[str, T]:
        """Return the name and the answer of the first engine that gives one.

        Args:
            texts: How many are asked about; one has an engine of its own to try first.
            ask: What is asked of an engine.

        Raises:
            EngineUnavailable: none answers; the reason of each is given.
        """
        for name in self._candidates(texts):
            found = self._tried(name, ask)
            if found is not None:
                return name, found
        reasons = "; ".join(f"{name}: {why}" for name, why in self.failed.items())
        raise EngineUnavailable(
            expected=f"one of {', '.join(self.order)} to answer",
            got=reasons,
            do="Install what is named there (pip install onnxruntime), or tune again here.",
            where=str(self.folder),
        )

    def forget(self) -> None:
        """Let go of what is loaded; it is loaded again when it is needed."""
        self._loaded.clear()

    def serving(self, texts: int) -> str | None:
        """Return the engine that would be tried first for so many texts."""
        return next(iter(self._candidates(texts)), None)

    def _candidates(self, texts: int) -> list[str]:
        first = [self.single] if texts == 1 else []
        tried = dict.fromkeys([*first, *self.order])
        return [name for name in tried if name not in self.failed]

    def _tried(self, name: str, ask: Callable[[Engine], T]) -> T | None:
        ready = self._loaded.get(name)
        kind = self._able(name) if ready is None else type(ready)
        if kind is None:
            return None
        try:
            return ask(ready or self._load(name, kind))
        except DataError:  # it is the input that is of no use, not the engine
            raise
        except kind.failures() as cause:
            self._give_up(name, said(cause))
            return None

    def _able(self, name: str) -> type[Engine] | None:
        """Return an engine's class, if it can run on this machine."""
        try:
            kind: type[Engine] = registry.kind("engines", name)
        except KindUnknown:
            self._give_up(name, "no such engine is installed")
            return None
        gone = kind.missing()
        if gone is None:
            return kind
        self._give_up(name, gone.en)
        return None

    def _load(self, name: str, kind: type[Engine]) -> Engine:
        engine = self._loaded[name] = kind(self.folder, self.threads)
        return engine

    def _give_up(self, name: str, why: str) -> None:
        self._loaded.pop(name, None)
        self.failed[name] = why
        log.warning("engine %s cannot answer (%s); falling back", name, why)


class Predictor:
    """Answers texts as a release does.

    Args:
        release: A verified release (`store.find`), or a folder that is becoming one.
        engine: Use this engine alone; by default the gate's choice for the load, then the others.
        threads: Threads to compute with; by default all that the process may use.

    Raises:
        EngineUnavailable: the release has no such engine.
    """

    def __init__(
        self, release: Release | Path, *, engine: str | None = None, threads: int | None = None
    ) -> None:
        folder = release.folder if isinstance(release, Release) else release
        told = read_json(folder / "answer.json")
        self.task, self.schema = answering(folder)
        self.task.open(folder)
        self.column = self.task.data.image if self.task.reads == "image" else self.task.data.text
        pair = self.task.reads == "pair"
        self.text_columns = (self.column, self.task.data.text_b) if pair else (self.column,)
        self.temperature = float(told["temperature"])
        self.promise = promised(told)
        only = None if engine is None else [_known(engine, folder)]
        self.engines = Engines(folder, order=only, threads=threads)

    def logits(self, texts: Sequence[Any]) -> Floats:
        """Return the model's raw outputs (texts, labels)."""
        if not texts:
            return np.empty((0, len(self.schema.labels)), dtype=np.float32)
        return self.engines.logits(texts)

    def scores(self, texts: Sequence[Any]) -> Floats:
        """Return calibrated probabilities (texts, labels)."""
        return self._scored(self.logits(texts))

    def answers(self, texts: Sequence[Any]) -> list[Mapping[str, Any]]:
        """Return one answer a text: the label or labels, the confidence, whether it is sure."""
        inputs = [self.task.asked(text) for text in texts]
        return self.worded(self.logits(inputs), inputs)

    def worded(
        self, logits: Floats, inputs: Sequence[Any] | None = None
    ) -> list[Mapping[str, Any]]:
        """Return the answers that logits stand for; `inputs` are what `Task.asked` gave."""
        rows = self._scored(logits)
        given = zip(rows, inputs or [None] * len(rows), strict=True)
        return [self.task.answer(row, self.schema, self.promise, one) for row, one in given]

    @property
    def columns(self) -> Columns | None:
        """The columns that are read, where inputs are the rows of a table."""
        if self.task.reads != "table":
            return None
        return self.engines.first(2, lambda engine: engine.columns)[1]

    def check(
        self, inputs: Sequence[Any], *, only: bool = False, numbers: Sequence[int] | None = None
    ) -> None:
        """Refuse a table's rows that cannot be read; see `Columns.check`.

        Raises:
            ColumnMissing, RowUnreadable: what is wrong, in which row.
        """
        columns = self.columns
        if columns is not None:
            columns.check(inputs, only=only, numbers=numbers)
        elif any(isinstance(one, Mapping) for one in inputs):
            raise RowUnreadable(
                expected=f"what {self.task.name} reads: {self.task.reads}",
                got="a row of a table",
                do="Send it as `text`, or ask a release that reads tables.",
            )

    def reasons(self, rows: Sequence[Mapping[str, Any]]) -> Reasons | None:
        """Return what each column adds to the logits of a table's rows; None of anything else."""
        columns = self.columns
        if columns is None or not rows:
            return None

        def ask(engine: Engine) -> Floats | None:
            return engine.reasons(engine.encode(rows))

        found = self.engines.first(len(rows), ask)[1]
        return None if found is None else Reasons(columns.names, found)

    def explained(self, rows: Sequence[Mapping[str, Any]]) -> list[list[dict[str, Any]]]:
        """Return the columns that weigh most in the answer to each row of a table."""
        reasons = self.reasons(rows)
        if reasons is None:
            return [[] for _ in rows]
        values = self.task.output == "value"
        weights = reasons.towards(self.scores(rows), self.schema, values=values)
        return [top(row, reasons.columns, one) for row, one in zip(rows, weights, strict=True)]

    def _scored(self, logits: Floats) -> Floats:
        return self.task.scores(logits, self.schema, self.temperature) if len(logits) else logits

    def stream(self, texts: Iterable[str]) -> Iterator[Mapping[str, Any]]:
        """Yield one answer a text, in order, holding no more than some thousand at once."""
        source = iter(texts)
        while chunk := list(islice(source, CHUNK)):
            yield from self.answers(chunk)


def answering(folder: Path) -> tuple[Task, Schema]:
    """Return the task of a release, not opened yet, and the shape of its answers."""
    told = read_json(folder / "answer.json")
    text = (folder / "recipe.yaml").read_text(encoding="utf-8")
    data = recipe.parse(text, where=str(folder / "recipe.yaml")).data
    task: Task = registry.kind("tasks", told["task"])(data)
    return task, Schema.of(told["schema"])


def answers_of(home: Home, name: str, number: int) -> tuple[str, Schema] | None:
    """Return `Task.output` and the shape of a release's answers; None if it has gone.

    Args:
        home: Where the releases are.
        name: Of the release; it may be any text.
        number: Of the release.
    """
    folder = home.releases / name / str(number)
    if name not in store.names(home) or folder not in store.folders(home, name):
        return None
    task, schema = answering(folder)
    return task.output, schema


def promised(told: Mapping[str, Any]) -> Promise:
    """Return what a release's `answer.json` promises of its answers."""
    half = told.get("half")
    return Promise(float(told["threshold"]), float("inf") if half is None else float(half))


def ranked(gate: Mapping[str, Any]) -> list[str]:
    """Return the engines that the gate kept, its choice for many rows first, then by speed."""
    kept = [row for row in gate["engines"] if row["kept"]]
    kept.sort(key=lambda row: (row["engine"] != gate["throughput"], -row["rows_per_second"]))
    return [row["engine"] for row in kept]


def _known(engine: str, folder: Path) -> str:
    kept = ranked(read_json(folder / "gate.json"))
    if engine in kept:
        return engine
    raise EngineUnavailable(
        expected=f"one of {', '.join(kept)}",
        got=repr(engine),
        do="Choose one that passed the gate, or leave --engine out.",
        where=str(folder),
    )
