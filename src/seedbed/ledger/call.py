"""What the server says to the ledger about a call, and what the ledger answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from seedbed.ledger.key import Key
from seedbed.ledger.limits import Limits


@dataclass(frozen=True, slots=True)
class Claim:
    """What a call asks for.

    Attributes:
        call_id: A new id (`ids.new_id("call", …)`).
        release: The release's name; `number` and `alias` are those that the call was routed to.
        tokens: Tokens of all rows, where the release counts them.
        idempotency_key: What the client gave to tell a retry from a new request.
        body_hash: SHA-256 of the request's body; with the route it tells the same request.
    """

    call_id: str
    key: Key
    verb: str
    route: str
    release: str
    number: int
    alias: str
    rows: int
    tokens: int
    idempotency_key: str | None = None
    body_hash: str = ""


@dataclass(frozen=True, slots=True)
class Admitted:
    """The call may be answered; what it may cost is reserved until it is settled or released."""

    call_id: str
    limits: Limits


@dataclass(frozen=True, slots=True)
class Replay:
    """The stored answer of the same request, which is free; `limits` are those of now."""

    call_id: str
    original: str
    status_code: int
    headers: Mapping[str, str]
    body: bytes
    limits: Limits | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a call was answered.

    Attributes:
        tokens: Tokens computed; no more than were claimed are charged.
        answer: The answer's body, which is stored where an Idempotency-Key was given, with
            `status_code` and `headers`.
        inputs: The call's texts, which with `answers` are stored where the customer keeps texts.
    """

    call_id: str
    key: Key
    engine: str
    tokens: int
    compute_us: int
    latency_us: int
    answer: bytes
    status_code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    inputs: Sequence[str] = ()
    answers: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a call that was not answered, or whose answer did not leave.

    Attributes:
        undo: Give back what was charged, too, where the settling turns out to have been written.
    """

    call_id: str
    customer_id: str
    status: Literal["failed", "cancelled"]
    reason: str
    undo: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two releases answered to the same rows of a call.

    Attributes:
        call_id: Of the call, which was answered.
        customer_id: Whose it is.
        release: The name of both.
        number: Of the release that answered the call.
        other: Of the one that computed the copy.
        answers: What both answered to each row, first the call's, as `corrections.kept` gives it.
        agreed: Whether the two are the same, row by row.
        texts: Whether answers are texts: they may repeat what was asked, so they are kept only
            where the customer keeps texts, and as long.
    """

    call_id: str
    customer_id: str
    release: str
    number: int
    other: int
    answers: Sequence[tuple[Any, Any]]
    agreed: Sequence[bool]
    texts: bool


@dataclass(frozen=True, slots=True)
class Note:
    """A row of `calls` that costs nothing: a refusal by the server, a shadow's answer.

    Attributes:
        row: Columns of `calls`; those left out are empty.
        doubtful: The row may be there already, and is left alone then.
        compared: What a shadow's answer was compared with.
    """

    row: Mapping[str, Any]
    doubtful: bool = False
    compared: Comparison | None = None
