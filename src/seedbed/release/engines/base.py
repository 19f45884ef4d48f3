"""What an engine is: one way to run a release's model on one kind of machine.

An engine is one file beside this one, registered under the entry points `seedbed.engines`. A
release folder holds the trained model under `model/`; an engine adds what it needs under
`engines/`, and answers texts with logits. Whether it may serve is for the gate to say.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from seedbed.errors import SeedbedError
from seedbed.tasks.base import Floats


class Engine(ABC):
    """A model, ready to answer.

    Args:
        folder: A release folder, made or in the making.
        threads: Threads to compute with.
    """

    name: ClassVar[str]
    kind: ClassVar[str]
    """Kind of candidate it can serve: `encoder` or `linear`. One for encoders extends `Batched`,
    whose head the gate may change."""
    needs: ClassVar[tuple[str, ...]]
    """Files of the release folder without which it cannot run; `bytes` counts them."""

    @abstractmethod
    def __init__(self, folder: Path, threads: int) -> None: ...

    @classmethod
    def missing(cls) -> str | None:
        """Return why it cannot run on this machine, or nothing if it can."""
        return None

    @classmethod
    def failures(cls) -> tuple[type[Exception], ...]:
        """Return the exceptions by which it says that it cannot be built, loaded or run."""
        return (SeedbedError, OSError, RuntimeError, ValueError, KeyError, ImportError)

    @classmethod
    def build(cls, folder: Path, sample: Sequence[str]) -> None:
        """Write what it needs beyond `model/` into the release folder.

        Args:
            folder: The release in the making; `model/` is there.
            sample: A few texts such as the model will answer.
        """
        return

    @abstractmethod
    def logits(self, texts: Sequence[str]) -> Floats:
        """Return the model's raw outputs (texts, labels), in the order of the texts."""


def lacking(*packages: str) -> str | None:
    """Return which of the packages are not installed, as a reason, or nothing."""
    gone = [package for package in packages if find_spec(package) is None]
    return f"not installed: {', '.join(gone)} (pip install {' '.join(gone)})" if gone else None


def said(cause: Exception) -> str:
    """Return an exception in one line."""
    if isinstance(cause, SeedbedError):
        return cause.got
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
