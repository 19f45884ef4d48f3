"""What two texts have in common, counted: the features of pairs in the `baseline` rung.

They are the cosine of the two texts by TF-IDF, the share of their terms that both have, and how
unlike their lengths are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from seedbed.backbones.plain import FILE, TENSORS, Plain, save_model
from seedbed.backbones.tfidf import MOST_CHARACTERS, WORDS, Tfidf
from seedbed.home import read_json

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from seedbed.tasks.base import Task

Pair = tuple[str, str]


class Overlap(Plain):
    """A few numbers a pair, centred and of width one.

    Args:
        terms: Of all texts of the training pairs.
        centre: Mean of each feature over the training pairs.
        width: Their standard deviations.
    """

    penalties: ClassVar[tuple[float, ...]] = (1e-1, 1e-2, 1e-3, 1e-4)

    def __init__(self, terms: Tfidf, centre: NDArray[Any], width: NDArray[Any]) -> None:
        self.terms = terms
        self.centre = centre
        self.width = width
        self.most = MOST_CHARACTERS

    @classmethod
    def fit(cls, inputs: Sequence[Pair], task: Task) -> Self:
        """Learn the terms of all texts, and how their features spread."""
        terms = Tfidf.fit([text for pair in inputs for text in pair], task)
        found = _features(terms, inputs)
        return cls(terms, found.mean(axis=0), np.maximum(found.std(axis=0), 1e-6))

    def transform(self, inputs: Sequence[Pair]) -> csr_matrix:
        """Return features (n, 3)."""
        from scipy.sparse import csr_matrix

        found = (_features(self.terms, inputs) - self.centre) / self.width
        return csr_matrix(found.astype(np.float32))

    def size(self, one: Pair) -> int:
        """Count the words of both texts, or their characters where those are the terms."""
        read = " ".join(text[:MOST_CHARACTERS] for text in one)
        return max(1, len(WORDS.findall(read) if self.terms.analyzer == "word" else read))

    def save(self, folder: Path, weight: NDArray[Any], bias: NDArray[Any]) -> None:
        """Write terms, spread and a linear model: weight (labels, 3), bias (labels,)."""
        vocabulary = self.terms.vocabulary
        words = sorted(vocabulary, key=vocabulary.__getitem__)
        told = {"reads": "pair", "analyzer": self.terms.analyzer, "vocabulary": words}
        tensors = {"idf": self.terms.idf, "centre": self.centre, "width": self.width}
        save_model(folder, told, tensors | {"weight": weight, "bias": bias})

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        from safetensors.numpy import load_file

        told, tensors = read_json(folder / FILE), load_file(folder / TENSORS)
        vocabulary = {term: i for i, term in enumerate(told["vocabulary"])}
        terms = Tfidf(told["analyzer"], vocabulary, tensors["idf"])
        return cls(terms, tensors["centre"], tensors["width"])


def _features(terms: Tfidf, pairs: Sequence[Pair]) -> NDArray[np.float64]:
    one, other = (terms.transform([pair[side] for pair in pairs]) for side in (0, 1))
    cosine = np.asarray(one.multiply(other).sum(axis=1)).ravel()
    both = np.asarray(one.astype(bool).multiply(other.astype(bool)).sum(axis=1)).ravel()
    sizes = [np.diff(part.indptr) for part in (one, other)]
    shared = both / np.maximum(sizes[0] + sizes[1] - both, 1)
    lengths = np.array([[len(text) for text in pair] for pair in pairs], dtype=np.float64)
    uneven = np.abs(np.log1p(lengths[:, 0]) - np.log1p(lengths[:, 1]))
    return np.stack([cosine, shared, uneven], axis=1)
