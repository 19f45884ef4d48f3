"""What an engine is: one way to run a release's model on one kind of machine.

An engine is one file beside this one, registered under the entry points `seedbed.engines`. A
release folder holds the trained model under `model/`; an engine adds what it needs under
`engines/`, and answers inputs with logits. Whether it may serve is for the gate to say.

It answers in two halves: `encode` makes rows of inputs, `run` answers rows. A server encodes one
when it arrives and batches its row later; all engines of a release read each other's rows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from seedbed.data.columns import Columns
from seedbed.errors import SeedbedError
from seedbed.tasks.base import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One input as an engine reads it.

    Attributes:
        content: For an encoder what its modality makes of it, such as the word pieces of a text;
            for a linear model its terms.
        size: Word pieces, or words (characters of Chinese) for a linear model; at least one. It is
            what a row costs: queues, batches and meters count it.
    """

    content: Any
    size: int


class Outputs(NamedTuple):
    """What an engine makes of rows.

    Attributes:
        logits: The model's raw outputs (rows, labels).
        features: Pooled features (rows, width); nothing where the model has none.
        tokens: What each row turned out to cost, where its size was only the most that it could.
    """

    logits: Floats
    features: Floats | None = None
    tokens: Sequence[int] | None = None


class Reason(NamedTuple):
    """Why an engine cannot run, in English and in Chinese."""

    en: str
    zh: str


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
    reference: ClassVar[bool] = False
    """Whether it is the model itself, which the other engines of its kind are held to."""
    needs: ClassVar[tuple[str, ...]]
    """Files of the release folder without which it cannot run; `files` may add to them."""

    max_tokens: int
    """Most of a text that is read, in the tokens that a row's size counts; the rest is cut."""

    columns: Columns | None = None
    """The columns that it reads, where it reads the rows of a table."""

    @abstractmethod
    def __init__(self, folder: Path, threads: int) -> None: ...

    @classmethod
    def missing(cls) -> Reason | None:
        """Return why it cannot run on this machine, or nothing if it can."""
        return None

    @classmethod
    def failures(cls) -> tuple[type[Exception], ...]:
        """Return the exceptions by which it says that it cannot be built, loaded or run."""
        usual = (OSError, RuntimeError, ValueError, KeyError, ImportError, MemoryError)
        return (SeedbedError, *usual)

    @classmethod
    def build(cls, folder: Path, sample: Sequence[Any]) -> None:
        """Write what it needs beyond `model/` into the release folder.

        Args:
            folder: The release in the making; `model/` is there.
            sample: A few inputs such as the model will answer.
        """
        return

    def files(self) -> tuple[str, ...]:
        """Return the files of the release folder that it cannot run without."""
        return self.needs

    @abstractmethod
    def encode(self, inputs: Sequence[Any]) -> list[Row]:
        """Return the inputs as rows; any thread may call it, while others encode or run."""

    @abstractmethod
    def run(self, rows: Sequence[Row]) -> Outputs:
        """Return what the model makes of the rows, in their order; at least one, one call a time.

        Rows that fit one batch are run as one.
        """

    def reasons(self, rows: Sequence[Row]) -> Floats | None:
        """Return what each column of a table's rows adds to the logits (rows, labels, columns).

        That is against an average row. None where it reads no columns.
        """
        return None

    def logits(self, inputs: Sequence[Any]) -> Floats:
        """Return the model's raw outputs (inputs, labels), in the order of the inputs."""
        return self.run(self.encode(inputs)).logits


def lacking(*packages: str) -> Reason | None:
    """Return which of the packages are not installed, as a reason, or nothing."""
    gone = [package for package in packages if find_spec(package) is None]
    if not gone:
        return None
    how = f"pip install {' '.join(gone)}"
    return Reason(f"not installed: {', '.join(gone)} ({how})", f"未安装 {'、'.join(gone)}（{how}）")


def reason(cause: Exception) -> Reason:
    """Return why an exception was raised; what other libraries say stays as they say it."""
    en = said(cause)
    return Reason(en, (cause.zh if isinstance(cause, SeedbedError) else None) or en)


def said(cause: Exception) -> str:
    """Return an exception in one line."""
    if isinstance(cause, SeedbedError):
        return cause.got
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(cause).__name__
