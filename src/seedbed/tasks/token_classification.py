"""Sentences in, named spans out."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from seedbed.data.table import Table
from seedbed.errors import LabelUnseen, OneClass
from seedbed.recipe import Train, nearest
from seedbed.tasks import spans
from seedbed.tasks.base import Doubles, Floats, Promise, Schema, Targets, Task
from seedbed.tasks.span_redaction import hidden
from seedbed.tasks.spans import NOTHING, OUTSIDE, Sentence

if TYPE_CHECKING:
    from torch import Tensor

    from seedbed.data.personal.redaction import Redaction


class TokenClassification(Task):
    """Spans of a text, each with its type; one tag a word, in BIO (Ramshaw & Marcus 1995).

    Rows hold `tokens` and `tags`, or a text and its spans; see `spans.read`. What is answered is
    restored to characters of the text.
    """

    name: ClassVar[str] = "token-classification"
    metrics: ClassVar[tuple[str, ...]] = ("entity_f1", "entity_precision", "entity_recall")
    reads: ClassVar[str] = "words"
    output: ClassVar[Literal["label", "value", "tags", "rank", "text"]] = "tags"
    rungs: ClassVar[tuple[str, ...]] = ("tagger", "full")

    rivals: ClassVar[Mapping[str, str]] = {"tagger": "baseline"}

    def schema(self, table: Table) -> Schema:
        """Return O, then B- and I- of each type of the training rows, sorted.

        Raises:
            TagsWrong: a row's tags or spans make no sense.
            OneClass: no row has a span.
        """
        types = sorted({tag[2:] for _, tags in self._read(table) for tag in tags if tag != OUTSIDE})
        if not types:
            raise OneClass(
                expected=f"spans in column {self.data.label!r}",
                got="none in any row",
                do="Add rows with spans, or check data.text and data.label.",
                where=str(table.path),
            )
        return Schema((OUTSIDE, *(f"{mark}-{kind}" for kind in types for mark in "BI")))

    def inputs(self, table: Table) -> Sequence[Sentence]:
        """Return the sentences, cut into words."""
        return [sentence for sentence, _ in self._read(table)]

    def asked(self, text: str | Sentence) -> Sentence:
        """Return a text, or words, as the model reads it."""
        return text if isinstance(text, Sentence) else spans.cut(text)

    def typed(self, text: str, folder: Path) -> Sentence:
        """Return a text, or a JSON list of words as a file of rows holds them."""
        return spans.listed(text) or spans.cut(text)

    def targets(self, table: Table, schema: Schema) -> Targets:
        """Return tag numbers (n, longest), -1 behind a row's last word.

        Raises:
            LabelUnseen: a row has a type that the training rows have not.
        """
        known = {tag: i for i, tag in enumerate(schema.labels)}
        rows = self._read(table)
        found = np.full((len(rows), max(len(tags) for _, tags in rows)), NOTHING, dtype=np.int64)
        for i, (_, tags) in enumerate(rows):
            try:
                found[i, : len(tags)] = [known[tag] for tag in tags]
            except KeyError as unseen:
                self._refuse(str(unseen.args[0]), schema, table, i)
        return found

    def texts(self, table: Table) -> Sequence[str]:
        """Return the texts."""
        return [sentence.text for sentence, _ in self._read(table)]

    def blank(self, table: Table) -> Sequence[bool]:
        """Return which rows have no word."""
        return [not sentence.words for sentence, _ in self._read(table)]

    def unanswered(self, table: Table) -> Sequence[bool]:
        """Return none: a text without spans is an answer too."""
        return [False] * len(table)

    def linked(self, cells: Mapping[str, str], hide: Redaction) -> Mapping[str, str]:
        """Return the text without personal data, and its tags or spans as they fit it."""
        names = self.data.text, self.data.label
        text, label = (cells.get(name, "") for name in names)
        return dict(zip(names, hidden(text, label, hide), strict=True))

    def loss(self, logits: Tensor, targets: Tensor, train: Train, weights: Tensor | None) -> Tensor:
        """Return the mean cross-entropy of the words: logits (b, t, k), targets (b, longest)."""
        from torch.nn import functional

        share = train.label_smoothing or 0.0
        targets = targets[:, : logits.shape[1]]
        return functional.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), ignore_index=NOTHING, label_smoothing=share
        )

    def scores(self, logits: Floats, schema: Schema, temperature: float = 1.0) -> Floats:
        """Return the softmax of each word's logits (..., k)."""
        scaled = logits.astype(np.float64) / temperature
        powers = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
        shares: Floats = (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)
        return shares

    def decide(self, scores: Floats, schema: Schema) -> Targets:
        """Return the likeliest tags of each row (n, t) that make spans; see `spans.likeliest`."""
        return spans.likeliest(scores)

    def metric(self, name: str, truth: Targets, answers: Targets, schema: Schema) -> float:
        """Return F1, precision or recall of spans, right in type and both ends, as seqeval does."""
        return float(self.of_sums(name, spans.counts(truth, answers).sum(axis=0)))

    def sums(self, name: str, truth: Targets, answers: Targets, schema: Schema) -> Doubles:
        """Return the spans of each row that are right, that there are, that are answered (n, 3)."""
        return spans.counts(truth, answers)

    def of_sums(self, name: str, sums: Doubles) -> Doubles:
        """Return the metric of right, there and answered; 0 where there are none."""
        right, there, said = np.moveaxis(sums, -1, 0)
        parts = {"entity_f1": (2 * right, there + said), "entity_precision": (right, said)}
        over, under = parts.get(name, (right, there))
        found: Doubles = np.divide(over, under, out=np.zeros_like(under), where=under > 0)
        return found

    def losses(self, truth: Targets, answers: Targets) -> Doubles:
        """Return how many spans of each row are missed or answered wrongly."""
        right, there, said = spans.counts(truth, answers).T
        found: Doubles = there + said - 2 * right
        return found

    def answer(
        self, scores: Floats, schema: Schema, promise: Promise, given: Any = None
    ) -> Mapping[str, Any]:
        """Return `entities`: type, start, end (in characters), text and score of each."""
        words = given or Sentence("", (), ())
        scores = scores[: len(words.words)]
        tags = self.decide(scores[None], schema)[0]
        sure = np.take_along_axis(scores, tags[:, None], axis=-1)[:, 0]
        found = []
        for (kind, start, end), first, last in _placed(tags, schema, words):
            told = {"type": kind, "start": start, "end": end, "text": words.text[start:end]}
            found.append(told | {"score": round(float(sure[first:last].min()), 6)})
        return {"entities": found}

    def key(self, answer: Any, schema: Schema, given: Any = None) -> Hashable:
        """Return the type, start and end of each span, in characters of the text."""
        words = given or Sentence("", (), ())
        return frozenset(place for place, _, _ in _placed(answer, schema, words))

    def said(self, answer: Any, schema: Schema, given: Any = None) -> str:
        """Return the spans as `type: text`; their words' places where the text is not given."""
        shown = []
        # What is answered behind a row's last word, beside longer rows, is nothing; see `counts`.
        words = len(answer) if given is None else len(given.words)
        for kind, first, last in spans.entities(answer[:words]):
            name = schema.labels[2 * kind + 1][2:]
            if given is None:
                shown.append(f"{name} {first}–{last}")
                continue
            start, end = given.starts[first], given.starts[last - 1] + len(given.words[last - 1])
            shown.append(f"{name}: {given.text[start:end]}")
        return " · ".join(shown) or "–"

    def _read(self, table: Table) -> list[tuple[Sentence, list[str]]]:
        texts = table.column(self.data.text, key="data.text")
        labels = table.column(self.data.label, key="data.label")
        rows = zip(texts, labels, table.numbers, strict=True)
        return [
            spans.read(text, label, where=f"{table.path}, row {number}")
            for text, label, number in rows
        ]

    def _refuse(self, tag: str, schema: Schema, table: Table, row: int) -> None:
        near = nearest(tag, schema.labels)
        raise LabelUnseen(
            expected="types that the training rows have",
            got=f"{tag!r}",
            do=f"Did you mean {near!r}?" if near else "Add training rows of it, or take it out.",
            where=f"{table.path}, row {table.numbers[row]}",
        )


def _placed(
    tags: Any, schema: Schema, words: Sentence
) -> Iterator[tuple[tuple[str, int, int], int, int]]:
    """Yield each span's type, start and end in characters, and its first and last word's place."""
    for kind, first, last in spans.entities(tags[: len(words.words)]):
        end = words.starts[last - 1] + len(words.words[last - 1])
        yield (schema.labels[2 * kind + 1][2:], words.starts[first], end), first, last
