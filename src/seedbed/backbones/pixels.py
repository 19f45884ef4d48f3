"""Pictures to a model without a base model: their pixels, in little."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from seedbed.backbones.plain import FILE, Plain, save_model
from seedbed.data.pictures import Picture, pixels, resized
from seedbed.home import read_json

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from seedbed.tasks.base import Task

SIDE = {1: 28, 3: 16}
"""Pixels a side, of grey and of coloured pictures."""
SAMPLE = 200


class Pixel(Plain):
    """Grey or colour of each pixel of a small copy, 0 to 1.

    Args:
        channels: 1 for grey, 3 for colour.
    """

    penalties: ClassVar[tuple[float, ...]] = (1e-2, 1e-3, 1e-4, 1e-5)

    def __init__(self, channels: int) -> None:
        self.channels = channels
        self.most = 1

    @classmethod
    def fit(cls, inputs: Sequence[Picture], task: Task) -> Pixel:
        """See whether there is colour."""
        step = max(1, len(inputs) // SAMPLE)
        return cls(max(pixels(one).shape[-1] for one in inputs[::step]))

    def transform(self, inputs: Sequence[Picture]) -> csr_matrix:
        """Return pixels (n, side · side · channels)."""
        from scipy.sparse import csr_matrix

        side = SIDE[self.channels]
        found = np.empty((len(inputs), side * side * self.channels), dtype=np.float32)
        for i, one in enumerate(inputs):
            found[i] = resized(pixels(one), side, side, self.channels).ravel()
        return csr_matrix(found / 255)

    def size(self, one: Any) -> int:
        """Return what every picture costs."""
        return 1

    def save(self, folder: Path, weight: NDArray[Any], bias: NDArray[Any]) -> None:
        """Write the depth, and the linear model."""
        told = {"reads": "image", "channels": self.channels}
        save_model(folder, told, {"weight": weight, "bias": bias})

    @classmethod
    def load(cls, folder: Path) -> Pixel:
        """Read what `save` wrote."""
        return cls(int(read_json(folder / FILE)["channels"]))
