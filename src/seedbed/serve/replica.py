"""A release, loaded and warm: texts to rows, rows to logits, logits to answers."""

from __future__ import annotations

import logging
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seedbed.data.columns import Columns
from seedbed.errors import RequestWrong
from seedbed.release.engines.base import Outputs, Row
from seedbed.release.predictor import Predictor
from seedbed.release.store import Release
from seedbed.serve.turns import Turns
from seedbed.tasks import corrections
from seedbed.tasks.answers import Answers
from seedbed.tasks.base import Floats

__all__ = ["Ran", "Replica", "Row"]

log = logging.getLogger(__name__)

WARM_TIMES = 5
"""A task's example, so often over, is long enough to tell the speed by and soon done: who comes
while it is computed waits for it."""
LENGTHY = ("text", "pair")
"""Inputs that can be long."""
WARM_RANK = 1
FORGIVE_SECONDS = 60.0
"""After so long an engine that failed is tried again (what it lacked, memory say, may be back); and
twice as long after each time."""
DOWN_SECONDS = 1.0
"""The same where no engine is left."""
_OF_TEXT = ("tags", "text")
"""Kinds of answers that are compared by what they say of, or to, the text that was asked."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What an engine made of a batch.

    Attributes:
        engine: Which one answered.
        logits: Raw outputs (rows, labels).
        features: Features (rows, width) as the head reads them; nothing where there are none.
        tokens: What each row turned out to cost, where that is not its size.
    """

    engine: str
    logits: Floats
    features: Floats | None
    tokens: Sequence[int] | None = None


class Replica:
    """A release that answers in this process: loaded and warm when it is made.

    Args:
        release: A verified release (`store.find`).
        threads: Threads to compute with; by default all that the process may use.
        turns: Of the process; warming waits for those who answer.

    Attributes:
        release: The release.
        labels: Names of the outputs, in the order of the logits' columns.
        max_tokens: Most tokens that are read of a text; the rest is cut.
        embeds: Whether it has features to give.
        rate: Tokens a second, as measured while warming.

    Raises:
        EngineUnavailable: none of its engines runs here.
    """

    def __init__(
        self, release: Release, *, threads: int | None = None, turns: Turns | None = None
    ) -> None:
        self.release = release
        self._predictor = Predictor(release, threads=threads)
        self._engines = self._predictor.engines
        self._sound_at = time.monotonic()
        self._patience = FORGIVE_SECONDS
        self.labels = self._predictor.schema.labels
        self._coder = self._engines.first(2, lambda engine: engine)[1]
        self.max_tokens = self._coder.max_tokens
        self.embeds, self.rate = self._warmed(turns or Turns())

    def encode(self, texts: Sequence[Any]) -> list[Row]:
        """Return what is asked as rows; any thread may call it. A row's `size` is its tokens."""
        inputs = [self._predictor.task.asked(text) for text in texts]
        self._predictor.check(inputs, only=True)
        return self._coder.encode(inputs)

    @property
    def output(self) -> str:
        """What an answer is: `Task.output`."""
        return self._predictor.task.output

    @property
    def columns(self) -> Columns | None:
        """The columns that are read, where inputs are the rows of a table."""
        return self._predictor.columns

    @property
    def example(self) -> Any:
        """Something that it answers: what its task has for an example, or a row of its columns."""
        columns = self.columns
        return self._predictor.task.example if columns is None else columns.example

    def explained(self, rows: Sequence[Any]) -> list[list[dict[str, Any]]]:
        """Return the columns that weigh most in the answer to each row of a table."""
        return self._predictor.explained(rows)

    def run(self, rows: Sequence[Row]) -> Ran:
        """Return what the model makes of a batch, by the first engine that can; one call a time.

        Raises:
            EngineUnavailable: none can.
        """
        self._forgive()
        name, outputs = self._engines.first(len(rows), lambda engine: _sound(engine.run(rows)))
        return Ran(name, outputs.logits, outputs.features, outputs.tokens)

    def answers(
        self, logits: Floats, texts: Sequence[Any], *, scores: bool = True
    ) -> list[Mapping[str, Any]]:
        """Return one answer a row, as `Predictor.answers` does; `scores` where they are wanted."""
        predictor = self._predictor
        task, schema, promise = predictor.task, predictor.schema, predictor.promise
        inputs = [task.asked(text) for text in texts]
        if scores:
            return predictor.worded(logits, inputs)
        rows = task.scores(logits, schema, predictor.temperature)
        return [
            task.brief(row, schema, promise, one) for row, one in zip(rows, inputs, strict=True)
        ]

    def best(self, logits: Floats, most: int) -> list[Mapping[str, Any]]:
        """Return so many answers a row, best first, where a collection is searched.

        Raises:
            RequestWrong: none is.
        """
        task = self._predictor.task
        if not isinstance(task, Answers):
            raise RequestWrong(
                expected="a release that searches a collection",
                got=f"one that answers with a {task.output}",
                do="Leave `top` out.",
                where="top",
            )
        return [{"answers": task.best(row, most)} for row in logits]

    def decided(self, logits: Floats, texts: Sequence[Any]) -> list[Hashable]:
        """Return what each row's answer is compared by with another release's."""
        predictor = self._predictor
        task, schema = predictor.task, predictor.schema
        answers = task.decide(task.scores(logits, schema, predictor.temperature), schema)
        rows = zip(answers, texts, strict=True)
        given = task.asked if task.output in _OF_TEXT else _nothing  # a picture is not read again
        return [task.key(answer, schema, given(text)) for answer, text in rows]

    def right(self, key: Hashable, correct: Any) -> bool:
        """Tell whether an answer, as `decided` gives it, is what somebody says is right."""
        predictor = self._predictor
        return corrections.same(key, correct, predictor.task.output, predictor.schema)

    def close(self) -> None:
        """Let go of the engines and their memory."""
        self._engines.forget()

    def _warmed(self, turns: Turns) -> tuple[bool, float]:
        """Run both engines on rows of some lengths; return whether there are features, and speed.

        What an engine does first it does slowest; nobody should have to wait for that.
        """
        task = self._predictor.task
        longer = task.example * WARM_TIMES if task.reads in LENGTHY else task.example
        asked = [task.asked(each) for each in (task.example, task.example, longer, longer)]
        one, short, *long = self._coder.encode(asked)
        for rows in ([one], [one, short], long, long):
            with turns.turn(WARM_RANK):
                began = time.perf_counter()
                ran = self.run(rows)
                took = time.perf_counter() - began
        return ran.features is not None, sum(row.size for row in long) / took

    def _forgive(self) -> None:
        """Let an engine that failed try again, after a while."""
        now = time.monotonic()
        if not self._engines.failed:
            self._sound_at = now
            return
        down = self._engines.serving(2) is None
        if now - self._sound_at > (DOWN_SECONDS if down else self._patience):
            log.info("trying again: %s", ", ".join(self._engines.failed))
            self._engines.failed.clear()
            self._sound_at = now
            self._patience *= 1 if down else 2


def unit(features: Floats) -> Floats:
    """Return features (rows, width) of length one each, by which texts are compared."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    found: Floats = (features / np.maximum(length, 1e-12)).astype(np.float32)
    return found


def _nothing(_: Any) -> None:
    """Return no input: the answer is the same without."""


def _sound(outputs: Outputs) -> Outputs:
    """Return the outputs, if they are numbers; an engine that gives others has failed."""
    if not np.isfinite(outputs.logits).all():
        raise ValueError("its outputs are not finite")
    return outputs
