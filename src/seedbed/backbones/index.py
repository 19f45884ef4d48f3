"""Answers as vectors, searched exactly: what stands in a head's place where a model retrieves.

Vectors are of length one and lie in float16, or in 8 bits with a scale a row; they are compared
in float32, by blocks, so that a search needs little beside them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seedbed.tasks.found import Floats, best, joined

BLOCK = 1 << 15
"""Answers that are compared at once."""
HELD = 1 << 29
"""Bytes up to which all vectors are kept in float32: a search is then one product of matrices."""
WHOLE = 127.0

Form = Literal["float16", "int8"]


@dataclass
class Index:
    """The vectors of a collection's answers.

    Attributes:
        vectors: (answers, width) of length one, in float16 or int8.
        scales: (answers,) what an int8 vector's numbers are multiplied by; none for float16.
    """

    vectors: NDArray[Any]
    scales: Floats | None = None
    _held: Floats | None = field(default=None, repr=False)

    @classmethod
    def of(cls, features: Floats, form: Form = "float16") -> Index:
        """Make an index of answers' features (answers, width), of any length."""
        vectors = unit(features)
        if form == "float16":
            return cls(vectors.astype(np.float16))
        scales = np.maximum(np.abs(vectors).max(axis=1), 1e-12) / WHOLE
        rounded = np.rint(vectors / scales[:, None]).astype(np.int8)
        return cls(rounded, scales.astype(np.float32))

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def width(self) -> int:
        """Of a vector."""
        return int(self.vectors.shape[1])

    def logits(self, features: Floats) -> Floats:
        """Return the packed best answers (n, found.WIDTH) by cosine to features (n, width)."""
        asked = unit(np.asarray(features, dtype=np.float32))
        found = best(np.zeros((len(asked), 0), dtype=np.float32))
        for start in range(0, len(self), BLOCK):
            part = best(asked @ self._block(start).T, start)
            found = joined(found, part) if start else part
        return found

    def _block(self, start: int) -> Floats:
        if 4 * self.vectors.size > HELD:
            return self._plain(slice(start, start + BLOCK))
        if self._held is None:
            self._held = self._plain(slice(None))
        return self._held[start : start + BLOCK]

    def _plain(self, part: slice) -> Floats:
        plain = self.vectors[part].astype(np.float32)
        if self.scales is not None:
            plain *= self.scales[part, None]
        return plain

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what a head's file keeps of it."""
        scales = {} if self.scales is None else {"scales": self.scales}
        return {"vectors": np.ascontiguousarray(self.vectors), **scales}

    def save(self, folder: Path) -> None:
        """Write it as the head of a model's folder."""
        from safetensors.numpy import save_file

        save_file(self.tensors(), folder / "head.safetensors")


def unit(features: Floats) -> Floats:
    """Return features of length one each."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    found: Floats = (features / np.maximum(length, 1e-12)).astype(np.float32)
    return found
