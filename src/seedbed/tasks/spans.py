"""Sentences, their words, and spans of words: how they are written, cut, and compared."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from seedbed.errors import TagsWrong

OUTSIDE = "O"
NOTHING = -1
"""Stands behind the last word of a row, so that rows of words make an array."""

# A Chinese or Japanese character is a word of its own; else letters and digits together.
_WORDS = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff]+|\S"
)
_TAG = re.compile(r"O|[BIESLU]-\S+")
_BEGINS = {"U": "B", "S": "B", "L": "I", "E": "I"}
"""BIOES and BILOU, in which some sets are written, say the same with more marks."""


class Sentence(NamedTuple):
    """A text and the words that tags belong to.

    Attributes:
        text: All of it.
        words: Its words, in their order.
        starts: Where each begins, in characters.
    """

    text: str
    words: tuple[str, ...]
    starts: tuple[int, ...]


Entity = tuple[int, int, int]
"""Number of a span's type, its first word, and the word behind its last."""


def cut(text: str) -> Sentence:
    """Return a text cut into words; a Chinese character is a word of its own."""
    found = list(_WORDS.finditer(text))
    return Sentence(text, tuple(m[0] for m in found), tuple(m.start() for m in found))


def joined(tokens: Sequence[str]) -> Sentence:
    """Return words as they were given, with a space between them."""
    starts = np.cumsum([0, *(len(token) + 1 for token in tokens)])[:-1]
    return Sentence(" ".join(tokens), tuple(tokens), tuple(map(int, starts)))


def listed(text: str) -> Sentence | None:
    """Return the words of a JSON list; None where the text is none."""
    words = loaded(text)
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return None
    return joined(words)


def read(text: Any, label: Any, *, where: str) -> tuple[Sentence, list[str]]:
    """Return a row's words and their tags.

    Two ways of writing are read. `text` is a JSON list of words, or words parted by spaces, and
    `label` as many tags in BIO (BIOES and BILOU are turned into it). Or `text` is the text as it
    stands and `label` a JSON list of `{"start", "end", "type"}`, in characters, `end` exclusive
    (`label` for `type` is read too, as Label Studio and doccano write it; so are lists
    `[start, end, type]`).

    Raises:
        TagsWrong: there are more or fewer tags than words, or a span lies outside the text.
    """
    told = loaded(label)
    if isinstance(told, str):
        told = told.split()
    if told and not all(isinstance(one, str) for one in told):
        sentence = cut(str(text))
        return sentence, _tags(sentence, [span(one, where) for one in told], where)
    words = loaded(text)
    if isinstance(words, str):
        if not told:  # a text without a span in it
            sentence = cut(words)
            return sentence, [OUTSIDE] * len(sentence.words)
        words = words.split()
    if not isinstance(words, list) or not all(isinstance(one, str | int | float) for one in words):
        raise TagsWrong(
            expected="words: a JSON list of them, or a text with spaces between them",
            got=repr(text)[:60],
            do="Write each word as a text.",
            where=where,
        )
    if len(words) != len(told):
        raise TagsWrong(
            expected=f"as many tags as words, {len(words)}",
            got=f"{len(told)} tags",
            do="Mend the row; tags are parted by spaces or are a JSON list.",
            where=where,
        )
    return joined([str(word) for word in words]), _bio([str(tag) for tag in told], where)


def counts(truth: NDArray[Any], answers: NDArray[Any]) -> NDArray[np.float64]:
    """Return the spans of each row that are right, that there are, that are answered (n, 3).

    A span is right where type, first and last word are (CoNLL-2003; seqeval's default mode). Words
    behind the last of a row, which have -1 in the truth, are none of an answer's.
    """
    found = np.zeros((len(truth), 3))
    width = min(truth.shape[1], answers.shape[1])
    for i, (row, said) in enumerate(zip(truth, answers, strict=True)):
        there = set(entities(row))
        ours = set(entities(np.where(row[:width] == NOTHING, 0, said[:width])))
        found[i] = len(there & ours), len(there), len(ours)
    return found


def likeliest(scores: NDArray[Any]) -> NDArray[np.int64]:
    """Return the most likely tags in which a type goes on only where it stands before.

    Viterbi's algorithm over the words' scores (n, t, k), with hard bounds and no weights between
    tags: most of what a conditional random field brings (Lester et al. 2020). Rows whose likeliest
    tags keep the bounds word by word need none of it.
    """
    tags: NDArray[np.int64] = scores.argmax(axis=-1)
    before = np.pad(tags, ((0, 0), (1, 0)))[:, :-1]
    goes_on = (tags > 0) & (tags % 2 == 0)
    wrong = (goes_on & (before != tags) & (before != tags - 1)).any(axis=1)
    if wrong.any():
        tags[wrong] = _bounded(np.log(np.maximum(scores[wrong], 1e-30, dtype=np.float64)))
    return tags


def _bounded(logs: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the tags (n, t) of the greatest sum of log scores (n, t, k) that keep the bounds."""
    rows, words, labels = logs.shape
    best = logs[:, 0].copy()
    best[:, 2::2] = -np.inf
    came = np.zeros((rows, words, labels), dtype=np.int64)
    begun = 1 + 2 * np.arange(labels // 2)  # the tag that begins each type
    for place in range(1, words):
        # O and B- may follow any tag, I- only its own type's two.
        came[:, place] = best.argmax(axis=1)[:, None]
        came[:, place, 2::2] = begun + (best[:, 2::2] > best[:, 1::2])
        best = np.take_along_axis(best, came[:, place], axis=1) + logs[:, place]
    tags = np.zeros((rows, words), dtype=np.int64)
    tags[:, -1] = best.argmax(axis=1)
    for place in range(words - 1, 0, -1):
        tags[:, place - 1] = came[np.arange(rows), place, tags[:, place]]
    return tags


def entities(tags: NDArray[Any]) -> list[Entity]:
    """Return the spans of one row of tag numbers: 0 is O, 2t + 1 begins type t, 2t + 2 goes on.

    A tag that goes on with another type than stands before it begins a span, as seqeval reads it.
    """
    found: list[Entity] = []
    kind, first = -1, 0
    for place, tag in enumerate([*tags.tolist(), 0]):
        now = (tag - 1) // 2 if tag > 0 else -1
        if kind >= 0 and (now != kind or tag % 2 == 1):
            found.append((kind, first, place))
            kind = -1
        if now >= 0 and kind < 0:
            kind, first = now, place
    return found


def loaded(cell: Any) -> Any:
    """Return what a cell of JSON holds; any other cell as it is."""
    if isinstance(cell, str) and cell.lstrip()[:1] in ("[", "{"):
        try:
            return json.loads(cell)
        except ValueError:
            return cell
    return cell


def _bio(tags: list[str], where: str) -> list[str]:
    for tag in tags:
        if not _TAG.fullmatch(tag):
            raise TagsWrong(
                expected="tags in BIO: O, B-type, I-type",
                got=repr(tag)[:60],
                do="Write O, or B- or I- and the type.",
                where=where,
            )
    turned = [tag if tag == OUTSIDE else _BEGINS.get(tag[0], tag[0]) + tag[1:] for tag in tags]
    # IOB1 begins a span with I-; all is BIO from here on.
    return [
        f"B{tag[1:]}" if tag[0] == "I" and (i == 0 or turned[i - 1][1:] != tag[1:]) else tag
        for i, tag in enumerate(turned)
    ]


def span(told: Any, where: str) -> tuple[int, int, str]:
    """Return a span's start, end and type, in either form."""
    try:
        if isinstance(told, dict):
            kind = told.get("type") or told.get("label") or told["labels"][0]
            return int(told["start"]), int(told["end"]), str(kind)
        start, end, kind = told
        return int(start), int(end), str(kind)
    except (KeyError, TypeError, ValueError, IndexError):
        raise TagsWrong(
            expected='spans such as {"start": 0, "end": 5, "type": "person"}',
            got=repr(told)[:60],
            do="Write start and end in characters, end exclusive, and the type.",
            where=where,
        ) from None


def _tags(sentence: Sentence, told: list[tuple[int, int, str]], where: str) -> list[str]:
    """Return BIO tags of spans; a word belongs to a span that holds any of its characters."""
    tags = [OUTSIDE] * len(sentence.words)
    starts = np.array(sentence.starts, dtype=np.int64)
    ends = starts + np.array([len(word) for word in sentence.words], dtype=np.int64)
    for start, end, kind in sorted(told):
        inside = np.flatnonzero((starts < end) & (ends > start))
        if not 0 <= start < end <= len(sentence.text) or not len(inside):
            raise TagsWrong(
                expected=f"a span within the text's {len(sentence.text)} characters",
                got=f"{start} to {end} ({kind})",
                do="Count in characters from 0; end is behind the last.",
                where=where,
            )
        free = [i for i in inside if tags[i] == OUTSIDE]  # of spans that overlap the first counts
        for place, i in enumerate(free):
            tags[i] = f"{'I' if place else 'B'}-{kind}"
    return tags
