"""A request cannot be answered: SB8xx."""

from __future__ import annotations

from seedbed.errors.base import SeedbedError


class ServeError(SeedbedError):
    """A request cannot be answered."""

    code = "SB800"
    title = "the request cannot be answered"


class BodyMalformed(ServeError):
    """The body is not JSON, or is nested too deeply."""

    code = "SB801"
    title = "the body is not JSON"


class RequestWrong(ServeError):
    """A field is missing, unknown, of the wrong type or out of its range."""

    code = "SB802"
    title = "wrong value in the request"


class BodyTooLarge(ServeError):
    """The body, a header, a text or the number of rows is over the limit."""

    code = "SB803"
    title = "the request is too large"


class MediaUnsupported(ServeError):
    """The body is not declared as JSON."""

    code = "SB804"
    title = "the body's media type is not supported"


class RouteMissing(ServeError):
    """There is no such route."""

    code = "SB805"
    title = "nothing at that address"


class MethodWrong(ServeError):
    """The route is there, but not for this method."""

    code = "SB806"
    title = "the method is not allowed there"


class Overloaded(ServeError):
    """The queue is full; the answer says when to come again."""

    code = "SB807"
    title = "more calls than can be answered"


class Draining(ServeError):
    """The server is finishing what it has begun and takes nothing new."""

    code = "SB808"
    title = "the server is stopping"


class DeadlinePassed(ServeError):
    """The answer would have come after the deadline that the caller set."""

    code = "SB809"
    title = "the deadline has passed"


class Cancelled(ServeError):
    """The connection was closed before the answer was ready."""

    code = "SB810"
    title = "the caller has gone"


class AnswerFailed(ServeError):
    """Every engine of the release failed on this request; it costs nothing."""

    code = "SB811"
    title = "the model could not answer"


class AddressTaken(ServeError):
    """The port is in use, or may not be used."""

    code = "SB812"
    title = "the address cannot be listened on"
