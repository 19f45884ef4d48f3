"""A release, loaded and warm: texts to rows, rows to logits, logits to answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seedbed.release.engines.base import Row
from seedbed.release.store import Release
from seedbed.tasks.base import Floats

__all__ = ["Ran", "Replica", "Row"]


@dataclass(frozen=True, slots=True)
class Ran:
    """What an engine made of a batch.

    Attributes:
        engine: Which one answered.
        logits: Raw outputs (rows, labels).
        features: Features (rows, width), of length one each; nothing where the model has none.
    """

    engine: str
    logits: Floats
    features: Floats | None


class Replica:
    """A release that answers in this process.

    Args:
        release: A verified release (`store.find`).
        threads: Threads to compute with; by default all that the process may use.

    Attributes:
        labels: Names of the outputs, in the order of the logits' columns.
        max_tokens: Most word pieces that are read of a text; the rest is cut.
        embeds: Whether it has features to give.
    """

    release: Release
    labels: tuple[str, ...]
    max_tokens: int
    embeds: bool

    def __init__(self, release: Release, *, threads: int | None = None) -> None:
        raise NotImplementedError

    def encode(self, texts: Sequence[str]) -> list[Row]:
        """Return the texts as rows; any thread may call it. A row's `size` is its tokens."""
        raise NotImplementedError

    def run(self, rows: Sequence[Row]) -> Ran:
        """Return what the model makes of a batch, by the first engine that can; one call a time.

        Raises:
            EngineUnavailable: none can.
        """
        raise NotImplementedError

    def answers(self, logits: Floats, *, scores: bool = True) -> list[Mapping[str, Any]]:
        """Return one answer a row, as `Predictor.answers` does; `scores` only where asked for."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of the engines and their memory."""
        raise NotImplementedError
