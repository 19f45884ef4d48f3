"""What is asked and what is answered, whatever the shape of a call's route."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Receive, Scope

from seedbed.serve.batcher import Computed
from seedbed.serve.route import Route

JSON: Mapping[str, str] = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for, whatever its shape.

    Attributes:
        release: The release's name.
        version: A number or an alias, where one was asked for.
        texts: What is to be computed, one row each: texts, or rows of a table.
        asked: How many of the texts are the caller's own; what follows them is for explanations.
        word: Makes the answer.
        user: What a canary's share is drawn by.
        seconds: How long the caller will wait.
        features: Whether features are wanted rather than answers.
    """

    release: str
    version: str | None
    texts: Sequence[Any]
    asked: int
    word: Callable[[Done], Worded]
    user: str | None = None
    seconds: float | None = None
    features: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a call, to be worded.

    Attributes:
        usage: What it cost: rows, tokens, microseconds of compute.
    """

    call_id: str
    asked: Asked
    route: Route
    computed: Computed

    @property
    def usage(self) -> dict[str, int]:
        """What the call is metered by: rows, tokens, microseconds of compute."""
        computed = self.computed
        return {
            "rows": len(self.asked.texts),
            "tokens": computed.tokens,
            "compute_us": computed.compute_us,
        }


@dataclass(frozen=True, slots=True)
class Worded:
    """An answer.

    Attributes:
        body: Its bytes.
        rows: Its rows as they are kept where the customer keeps texts.
        headers: What the bytes are.
    """

    body: bytes
    rows: Sequence[Any] = ()
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)


@dataclass(frozen=True, slots=True)
class Kind:
    """A shape of calls.

    Attributes:
        verb: What the key must allow.
        read: Reads a body, given the parameters of the path too.
        headers: Headers that are handed over with those parameters, where they were sent.
    """

    verb: str
    read: Callable[[bytes, Mapping[str, str]], Asked]
    headers: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request whose body has not been read.

    Attributes:
        scope: Of ASGI, as is `receive`.
        path: The parameters of its path.
    """

    scope: Scope
    receive: Receive
    path: Mapping[str, str]

    def given(self, kind: Kind) -> Mapping[str, str]:
        """Return the parameters of the path, and the headers that a kind of call reads too."""
        found = dict(self.path)
        for name in kind.headers:
            value = self.header(name)
            if value is not None:
                found[name.decode()] = value.decode("latin-1")
        return found

    def header(self, wanted: bytes) -> bytes | None:
        """Return a header, by its name in small letters."""
        for name, value in self.scope["headers"]:
            if name == wanted:
                found: bytes = value
                return found
        return None
