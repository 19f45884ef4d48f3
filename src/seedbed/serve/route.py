"""The release that answers one call, held until the call is over."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType

from seedbed.release.store import Release
from seedbed.serve.batcher import Batcher
from seedbed.serve.fleet import Served
from seedbed.serve.replica import Replica


@dataclass(slots=True, eq=False)
class Route:
    """A release that answers one call; it stays loaded until `done`, so end each with `with`.

    Attributes:
        name: The release's name.
        number: The release's number.
        alias: What led there: an alias, `pin`, or the number in words where it was asked for.
        served: The loaded release.
        shadow: The number that a copy of the call should go to (`Traffic.compare`), if any.
        trial: The number that the copy tells about: the shadow, or this one if it is the newer.
    """

    name: str
    number: int
    alias: str
    served: Served
    shadow: int | None = None
    trial: int | None = None
    over: bool = False

    @property
    def release(self) -> Release:
        """The release."""
        return self.served.replica.release

    @property
    def replica(self) -> Replica:
        """Encodes texts and words answers."""
        return self.served.replica

    @property
    def batcher(self) -> Batcher:
        """Computes."""
        return self.served.batcher

    def done(self) -> None:
        """Say that the call is over; twice does no harm."""
        if not self.over:
            self.over = True
            self.served.give_back()

    def __enter__(self) -> Route:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.done()
