"""BM25: what a search by words alone finds; the `bm25` rung's model.

Terms are words without their endings (English, by Snowball's stemmer), or characters and their
pairs where most text is Chinese or Japanese. Weights are those of Lucene, as bm25s makes them:
idf · tf / (tf + k₁ (1 − b + b · length / mean length)), which do not depend on the question; so to
answer is to add up columns of a sparse matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.backbones.tfidf import MOST_CHARACTERS, WIDE, mostly_wide
from seedbed.home import read_json, write_json
from seedbed.tasks.found import Floats, best

Ints = NDArray[np.int32]
K1, B = 0.9, 0.4
"""As Anserini sets them: on training questions of medquad better than 1.5 and 0.75."""
AT_ONCE = 64
"""Questions scored at once: their scores of all answers lie in memory."""


class Bm25:
    """A collection by its terms.

    Args:
        analyzer: `word` or `char`.
        vocabulary: Term → column.
        columns: Weights of the terms in the answers, as SciPy's CSC: (data, indices, starts).
        size: Answers in the collection.
    """

    def __init__(
        self,
        analyzer: str,
        vocabulary: dict[str, int],
        columns: tuple[Floats, Ints, NDArray[np.int64]],
        size: int,
    ) -> None:
        self.analyzer = analyzer
        self.vocabulary = vocabulary
        self.weights, self.answers, self.starts = columns
        self.size = size

    @classmethod
    def fit(cls, texts: Sequence[str], *, k1: float = K1, b: float = B) -> Bm25:
        """Weigh the terms of a collection's answers."""
        import bm25s

        analyzer = "char" if mostly_wide(texts) else "word"
        maker = bm25s.BM25(method="lucene", k1=k1, b=b)
        maker.index([terms(text, analyzer) for text in texts], show_progress=False)
        vocabulary = {term: i for term, i in maker.vocab_dict.items() if term}
        kept = maker.scores
        columns = (
            np.asarray(kept["data"], dtype=np.float32),
            np.asarray(kept["indices"], dtype=np.int32),
            np.asarray(kept["indptr"], dtype=np.int64),
        )
        return cls(analyzer, vocabulary, columns, len(texts))

    def terms(self, text: str) -> Ints:
        """Return the columns of a question's terms that the collection knows."""
        known = (self.vocabulary.get(term) for term in terms(text, self.analyzer))
        return np.array([column for column in known if column is not None], dtype=np.int32)

    def search(self, questions: Sequence[Ints]) -> Floats:
        """Return the packed best answers to questions, as `terms` gives them."""
        parts = [
            best(np.stack([self._scores(one) for one in questions[start : start + AT_ONCE]]))
            for start in range(0, len(questions), AT_ONCE)
        ]
        return np.concatenate(parts)

    def _scores(self, columns: Ints) -> Floats:
        found = np.zeros(self.size, dtype=np.float32)
        for column in columns:
            start, end = self.starts[column], self.starts[column + 1]
            found[self.answers[start:end]] += self.weights[start:end]
        return found

    def save(self, folder: Path) -> None:
        """Write bm25.json and bm25.safetensors."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        told: dict[str, Any] = {"kind": "bm25", "analyzer": self.analyzer, "size": self.size}
        write_json(folder / "bm25.json", told | {"vocabulary": self.vocabulary})
        tensors: dict[str, NDArray[Any]] = {
            "weights": self.weights,
            "answers": self.answers,
            "starts": self.starts,
        }
        save_file(tensors, folder / "bm25.safetensors")

    @classmethod
    def load(cls, folder: Path) -> Bm25:
        """Read what `save` wrote."""
        from safetensors.numpy import load_file

        told, kept = read_json(folder / "bm25.json"), load_file(folder / "bm25.safetensors")
        columns = (kept["weights"], kept["answers"], kept["starts"])
        return cls(told["analyzer"], told["vocabulary"], columns, told["size"])


def terms(text: str, analyzer: str) -> list[str]:
    """Return the terms of a text, repeated as often as they occur."""
    text = text[:MOST_CHARACTERS].lower()
    words = _word_pattern().findall(text)
    if analyzer == "word":
        return list(_stemmer().stemWords(words))
    found: list[str] = []
    for word in words:
        if not WIDE.match(word):
            found.append(word)
            continue
        found += [*word, *(one + other for one, other in pairwise(word))]
    return found


@cache
def _word_pattern() -> Any:
    import re

    wide = WIDE.pattern
    return re.compile(f"{wide}+|(?:(?!{wide})\\w)+")


@cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")
