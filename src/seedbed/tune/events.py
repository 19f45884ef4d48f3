"""What happens during a run, told to whoever listens: the terminal, a program, TensorBoard."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from seedbed.home import write_json

Listener = Callable[["Event"], None]


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    Attributes:
        kind: `run`, `stage`, `pretrain`, `rung`, `progress`, `epoch`, `trial`, `decision` or
            `warning`.
        told: What there is to say of it, plain JSON.
        at: Seconds since 1970.
    """

    kind: str
    told: dict[str, Any]
    at: float = field(default_factory=time.time)

    def line(self) -> str:
        """Return the event as one line of JSON."""
        return json.dumps({"event": self.kind, "at": round(self.at, 3)} | self.told)


class Events:
    """Hands each event to every listener, in order."""

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = list(listeners)

    def listen(self, listener: Listener) -> None:
        """Add a listener."""
        self._listeners.append(listener)

    def tell(self, kind: str, **told: Any) -> None:
        """Tell every listener."""
        event = Event(kind, told)
        for listener in self._listeners:
            listener(event)


class Lines:
    """Writes events as JSON lines; progress is left out of the file kept with the run."""

    def __init__(self, out: IO[str], *, progress: bool = True) -> None:
        self._out = out
        self._progress = progress

    def __call__(self, event: Event) -> None:
        """Write one event."""
        if self._progress or event.kind != "progress":
            self._out.write(event.line() + "\n")
            self._out.flush()


class Spent:
    """Keeps the seconds that a run has taken in a file, for when it is killed and gone on with.

    Args:
        path: The file.
        seconds: Gives them.
    """

    EVERY = 5.0
    """Seconds: so much of a killed run is not counted at most."""

    def __init__(self, path: Path, seconds: Callable[[], float]) -> None:
        self._path = path
        self._seconds = seconds
        self._kept = float("-inf")

    def __call__(self, event: Event) -> None:
        """Write the file with the first event, and with those that come long enough after."""
        seconds = self._seconds()
        if seconds - self._kept >= self.EVERY:
            write_json(self._path, {"seconds": seconds})
            self._kept = seconds


class Board:
    """Writes losses and metrics as TensorBoard logs, one curve a rung."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writer: Any = None

    def __call__(self, event: Event) -> None:
        """Write what has a step; the library is imported with the first of them."""
        if event.kind not in ("progress", "epoch") or "rung" not in event.told:
            return
        if self._writer is None:
            from torch.utils.tensorboard.writer import SummaryWriter

            self._writer = SummaryWriter(str(self._folder))
        told, rung = event.told, event.told["rung"]
        if "trial" in told:
            rung = f"{rung}/trial {told['trial']}"
        for name in ("loss", "metric", "learning_rate"):
            if told.get(name) is not None:
                self._writer.add_scalar(f"{rung}/{name}", told[name], told["step"])

    def close(self) -> None:
        """Flush the logs."""
        if self._writer is not None:
            self._writer.close()
