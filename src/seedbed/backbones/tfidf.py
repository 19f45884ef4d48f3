"""TF-IDF: the features of the `baseline` rung, without scikit-learn where it only answers.

Terms are words and pairs of words, or one to three characters where most text is Chinese or
Japanese. A term's weight is (1 + ln count) · idf with idf = ln((1 + n) / (1 + rows with it)) + 1,
and each row has length one: scikit-learn's `TfidfVectorizer(sublinear_tf=True)`, to which a test
holds it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from seedbed.backbones.plain import FILE, TENSORS, Plain, save_model
from seedbed.home import read_json

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from seedbed.tasks.base import Task

WORDS = re.compile(r"(?u)\b\w\w+\b")
WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")
BLANKS = re.compile(r"\s\s+")
NGRAMS = {"word": (1, 2), "char": (1, 3)}
MOST_TERMS = 100_000
MOST_CHARACTERS = 20_000


class Tfidf(Plain):
    """Terms and their weights.

    Args:
        analyzer: `word` or `char`.
        vocabulary: Term → column.
        idf: Weight of each term (terms,).
    """

    penalties: ClassVar[tuple[float, ...]] = (1e-4, 3e-5, 1e-5, 3e-6)
    most = MOST_CHARACTERS

    def __init__(self, analyzer: str, vocabulary: dict[str, int], idf: NDArray[np.float32]) -> None:
        self.analyzer = analyzer
        self.vocabulary = vocabulary
        self.idf = idf

    @classmethod
    def fit(cls, texts: Sequence[str], task: Task | None = None) -> Self:
        """Learn terms from texts: those of two rows or more, the commonest 100,000."""
        analyzer = "char" if mostly_wide(texts) else "word"
        least = 2 if len(texts) >= 1000 else 1
        seen: Counter[str] = Counter()
        for text in texts:
            seen.update(set(terms(text, analyzer)))
        kept = [(term, n) for term, n in seen.items() if n >= least]
        kept.sort(key=lambda item: (-item[1], item[0]))
        kept = sorted(kept[:MOST_TERMS])
        rows = np.array([n for _, n in kept], dtype=np.float64)
        idf = np.log((1 + len(texts)) / (1 + rows)) + 1
        return cls(analyzer, {term: i for i, (term, _) in enumerate(kept)}, idf.astype(np.float32))

    def transform(self, texts: Iterable[str]) -> csr_matrix:
        """Return features (texts, terms), float32, each row of length one or empty."""
        from scipy.sparse import csr_matrix

        starts: list[int] = [0]
        columns: list[int] = []
        counts: list[int] = []
        for text in texts:
            found = Counter(
                column
                for term in terms(text, self.analyzer)
                if (column := self.vocabulary.get(term)) is not None
            )
            ordered = sorted(found.items())
            columns.extend(column for column, _ in ordered)
            counts.extend(count for _, count in ordered)
            starts.append(len(columns))
        index = np.array(columns, dtype=np.int32)
        weights = ((1 + np.log(np.array(counts, dtype=np.float64))) * self.idf[index]).astype(
            np.float32
        )
        starts_at = np.array(starts, dtype=np.int64)
        squares = np.concatenate([[0.0], np.cumsum(weights.astype(np.float64) ** 2)])
        lengths = np.sqrt(squares[starts_at[1:]] - squares[starts_at[:-1]])
        weights /= np.repeat(np.maximum(lengths, 1e-12), np.diff(starts_at)).astype(np.float32)
        shape = (len(starts) - 1, len(self.idf))
        return csr_matrix((weights, index, starts_at), shape=shape)

    def save(self, folder: Path, weight: NDArray[Any], bias: NDArray[Any]) -> None:
        """Write terms, idf and a linear model on them: weight (labels, terms), bias (labels,)."""
        told = {
            "analyzer": self.analyzer,
            "ngrams": list(NGRAMS[self.analyzer]),
            "lowercase": True,
            "vocabulary": sorted(self.vocabulary, key=self.vocabulary.__getitem__),
        }
        save_model(folder, told, {"idf": self.idf, "weight": weight, "bias": bias})

    def size(self, one: str) -> int:
        """Count the words of a text, or its characters where those are the terms."""
        read = one[:MOST_CHARACTERS]
        return max(1, len(WORDS.findall(read) if self.analyzer == "word" else read))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        from safetensors.numpy import load_file

        told = read_json(folder / FILE)
        vocabulary = {term: i for i, term in enumerate(told["vocabulary"])}
        return cls(told["analyzer"], vocabulary, load_file(folder / TENSORS)["idf"])


def terms(text: str, analyzer: str) -> list[str]:
    """Return the terms of a text, repeated as often as they occur."""
    text = text[:MOST_CHARACTERS].lower()
    if analyzer == "word":
        words = WORDS.findall(text)
        return words + [f"{a} {b}" for a, b in pairwise(words)]
    text = BLANKS.sub(" ", text)
    least, most = NGRAMS["char"]
    return [text[i : i + n] for n in range(least, most + 1) for i in range(len(text) - n + 1)]


def mostly_wide(texts: Sequence[str]) -> bool:
    """Tell whether most text is in a script without spaces: Chinese or Japanese."""
    sample = "".join(text[:200] for text in texts[:: max(1, len(texts) // 500)])
    letters = sum(character.isalpha() for character in sample)
    return len(WIDE.findall(sample)) > 0.3 * max(letters, 1)
