"""What a rung is: a way to learn, with a cost known before it is paid and a quality measured after.

A rung is one file beside this one, registered under the entry points `seedbed.rungs`. It reads the
run's context, leaves a candidate folder, and knows nothing of the other rungs' order or of money.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed.backbones.head import Linear
from seedbed.home import read_json, write_json, written_aside
from seedbed.tasks.base import Floats, Targets
from seedbed.tune.context import Context
from seedbed.tune.stop import Ahead, Said

START = "start.npz"
APART = "apart"
READING = ("encoder", "causal")
"""Kinds of candidates that read with a base model."""
PLAIN_SECONDS = 2e-4
"""What an answer takes without a base model: so little that a better estimate would change no
decision."""


@dataclass(frozen=True)
class Held:
    """Answers to rows that the model did not learn from.

    Attributes:
        split: `train` where they are out-of-fold, `validation` where set aside.
        numbers: Row numbers (m,).
        logits: (m, labels).
        targets: The truth.
    """

    split: NDArray[np.str_]
    numbers: NDArray[np.int64]
    logits: Floats
    targets: Targets

    def fresh(self, learnt: Collection[int]) -> Held:
        """Return them without the training rows of these numbers."""
        if not learnt:
            return self
        kept = (self.split != "train") | ~np.isin(self.numbers, list(learnt))
        return Held(*(one[kept] for one in vars(self).values()))


@dataclass(frozen=True)
class Candidate:
    """What a rung leaves behind.

    Attributes:
        rung: Its name.
        kind: `linear`, `encoder` or another: what engines can serve it.
        folder: The candidate folder; weights and all that answering needs.
        seconds: What the climb took.
        epochs: Passes over the rows, 0 where that means nothing.
        rows_per_second: Training rows a second, 0 where that means nothing.
        validation: Logits of the validation rows, in their order (m, labels).
        held: All held-out answers: at least the validation rows.
        optimism: What its metric on those is too high by, for it was chosen by them.
        search: What a search for settings came to; empty where there was none.
    """

    rung: str
    kind: str
    folder: Path
    seconds: float
    epochs: float
    rows_per_second: float
    validation: Floats
    held: Held
    optimism: float = 0.0
    search: dict[str, Any] = field(default_factory=dict)

    def apart(self) -> Linear | None:
        """Return the head over the kept encoder that was fitted to the training rows alone.

        None where the kept one was.
        """
        return load_start(self.folder.parent)

    def examined(self) -> Path | None:
        """Return a folder whose `model/` knows the training rows alone, where one is kept."""
        found = self.folder.parent / APART
        return found if found.is_dir() else None

    def save(self) -> None:
        """Write candidate.json and held.npz beside the model; the last thing a climb does."""
        with written_aside(self.folder.parent / "held.npz") as aside, aside.open("wb") as handle:
            np.savez(handle, validation=self.validation, **vars(self.held))
        write_json(
            self.folder.parent / "candidate.json",
            {
                "rung": self.rung,
                "kind": self.kind,
                "seconds": self.seconds,
                "epochs": self.epochs,
                "rows_per_second": self.rows_per_second,
                "optimism": self.optimism,
                "search": self.search,
            },
        )

    @classmethod
    def load(cls, folder: Path) -> Candidate | None:
        """Read what `save` wrote under a rung's folder; None where the climb did not end."""
        if not (folder / "candidate.json").is_file():
            return None
        told = read_json(folder / "candidate.json")
        arrays = dict(np.load(folder / "held.npz"))
        validation = arrays.pop("validation")
        return cls(folder=folder / "model", validation=validation, held=Held(**arrays), **told)


def keep_start(folder: Path, head: Linear) -> None:
    """Keep, in a rung's folder, the head that learnt from the training rows alone."""
    with written_aside(folder / START) as aside, aside.open("wb") as handle:
        np.savez(handle, weight=head.weight, bias=head.bias)


def load_start(folder: Path) -> Linear | None:
    """Read what `keep_start` wrote; None where there is nothing."""
    if not (folder / START).is_file():
        return None
    return Linear(**np.load(folder / START))


def serving(context: Context, kind: str) -> float:
    """Return what an answer of a kind of candidate costs to compute, in money."""
    seconds = PLAIN_SECONDS
    if kind in READING:
        seconds = float(context.sizes[0].mean()) / context.speed.forward
    return seconds / 3600 * context.recipe.value.compute_hour


class Rung(ABC):
    """One way to learn."""

    name: ClassVar[str]
    modalities: ClassVar[tuple[str, ...] | None] = None
    """What the base model may read; None where the rung does not mind."""
    kind: ClassVar[str] = "encoder"
    """Of its candidates: which engines can serve them."""
    settable: ClassVar[bool] = False
    """Whether `ladder.settings` may say how it learns."""
    searches: ClassVar[bool] = False
    """Whether it can look for better settings than its own."""
    builds: ClassVar[bool] = False
    """Whether it builds upon another rung or another model: `larger` does not climb it again."""
    proves: ClassVar[bool] = False
    """Whether it is released only where it leads the others by more than chance: `climb.choose`."""
    dearness: ClassVar[int] = 1
    """How many times an answer that is read with a base model counts as dearer than a linear one,
    where nobody said what an error costs."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.folder = context.run / "rungs" / self.name
        self.model = self.folder / "model"

    def move(self, folder: Path) -> None:
        """Leave the candidate in another folder."""
        self.folder, self.model = folder, folder / "model"

    def unfit(self) -> Said | None:
        """Return why there is no use in climbing it for the rows at hand, if there is none."""
        return None

    @abstractmethod
    def estimate(self) -> float:
        """Return the seconds that the climb will take, before it begins."""

    def ahead(self) -> Ahead:
        """Return what the stop rule is to know of it, before it is climbed."""
        return Ahead(self.name, self.estimate(), serving=self.serving())

    def serving(self) -> float:
        """Return what one of its answers costs to compute, in money."""
        return serving(self.context, self.kind)

    @abstractmethod
    def climb(self) -> Candidate:
        """Learn, and return what came of it; resumes where its folder holds a state."""

    def validation_held(self, logits: Floats) -> Held:
        """Return the validation rows' logits as held-out answers."""
        rows = self.context.validation
        split = np.full(len(rows), "validation")
        return Held(split, rows.numbers, logits, rows.targets)

    def progress(self, **told: object) -> None:
        """Tell the listeners how far the climb is."""
        kind = "warning" if "warning" in told else "epoch" if "metric" in told else "progress"
        self.context.tell(kind, rung=self.name, **told)
