"""What people say is the right answer: whether a task answers so, and whether a model did.

A correction has the shape of what it corrects, a plain value of JSON for each `Task.output`:

    label   "card_lost", or ["card_lost", "refund"] where a row may have several
    value   3.5
    tags    [{"type": "PER", "start": 0, "end": 4}], as `entities` are answered
    rank    "the text of the right answer"
    text    "what should have been written"

A label, or a type of spans, that the release does not have may be said: so new ones are heard of.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from seedbed.errors import RequestWrong
from seedbed.tasks.schema import Schema
from seedbed.tasks.values import SAME

LONGEST_LABEL = 500
"""Characters."""

_SHAPES: Mapping[str, str] = {
    "label": "a label",
    "labels": "a label, or a list of labels",
    "value": "a number",
    "tags": 'a list of spans, such as {"type": "PER", "start": 0, "end": 4}',
    "rank": "the text of the right answer",
    "text": "the text that should have been written",
}


def check(said: Any, output: str, schema: Schema) -> None:
    """Refuse what a release does not answer with.

    Args:
        said: A correction as JSON.
        output: `Task.output`.
        schema: Of the release's answers.

    Raises:
        RequestWrong: it has another shape, or its spans cannot be.
    """
    shape = "labels" if output == "label" and schema.multi_label else output
    if not _fits(said, shape):
        raise _wrong(_SHAPES[shape], _named(said))
    if shape == "tags":
        _check_spans(said)


def same(key: Hashable, said: Any, output: str, schema: Schema) -> bool:
    """Tell whether an answer, as `Task.key` gives it, is what a correction says.

    A value is where the two read alike, or are within `SAME` of the training rows' standard
    deviation.
    """
    if output == "label":
        return as_labels(key) == frozenset([said] if isinstance(said, str) else said)
    if output == "value":
        near = abs(float(str(key)) - said) <= SAME * schema.width
        return near or key == f"{said:.4g}"
    if output == "tags":
        return bool(key == frozenset((one["type"], one["start"], one["end"]) for one in said))
    return bool(key == said.strip())


def kept(answer: Hashable) -> Any:
    """Return an answer, as `Task.key` gives it, as JSON: a text, or a sorted list of parts."""
    if isinstance(answer, frozenset):
        return sorted(list(one) if isinstance(one, tuple) else one for one in answer)
    return str(answer)


def key(answer: Any) -> Hashable:
    """Return the answer that `kept` made JSON of."""
    if isinstance(answer, list):
        return frozenset(tuple(one) if isinstance(one, list) else one for one in answer)
    return str(answer)


def alike(one: Hashable, other: Hashable) -> bool:
    """Tell whether two releases' answers, as `Task.key` gives them, are the same."""
    return as_labels(one) == as_labels(other)


def as_labels(key: Hashable) -> frozenset[Hashable]:
    """Return labels as a set: one label may be said alone, whatever the release gives."""
    return key if isinstance(key, frozenset) else frozenset((key,))


def _fits(said: Any, shape: str) -> bool:
    if shape == "label":
        return _is_label(said)
    if shape == "labels":
        return _is_label(said) or (isinstance(said, Sequence) and all(map(_is_label, said)))
    if shape == "value":
        return isinstance(said, int | float) and not isinstance(said, bool)
    if shape == "tags":
        return isinstance(said, list) and all(isinstance(one, Mapping) for one in said)
    return isinstance(said, str) and bool(said.strip())


def _is_label(said: Any) -> bool:
    return isinstance(said, str) and 0 < len(said) <= LONGEST_LABEL


def _check_spans(said: Sequence[Mapping[str, Any]]) -> None:
    """Refuse spans without a character, and two that share one: no row is tagged so."""
    end = 0
    for one in sorted(said, key=lambda one: (one["start"], one["end"])):
        if one["start"] >= one["end"]:
            raise _wrong("spans that end behind their start", f"{one['start']} to {one['end']}")
        if one["start"] < end:
            raise _wrong("spans that do not overlap", f"one to {end}, one from {one['start']}")
        end = one["end"]


def _named(said: Any) -> str:
    if isinstance(said, str):
        if len(said) > LONGEST_LABEL:
            return f"a text of {len(said):,} characters"
        return repr(said[:60])
    if isinstance(said, list):
        kinds = "spans" if said and isinstance(said[0], Mapping) else "texts"
        return f"a list of {kinds}"
    return str(said)


def _wrong(expected: str, got: str) -> RequestWrong:
    return RequestWrong(
        expected=f"{expected}, as this release answers",
        got=got,
        do="Say what it should have answered; what cannot be said so goes into `comment`.",
        where="correct",
    )
