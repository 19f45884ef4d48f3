"""What inputs are to a model without a base model: one kind of features for each kind of input.

The `baseline` rung fits a linear model to them, and the engine `linear` answers by it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from seedbed.backbones.head import Linear
from seedbed.errors import RungUnavailable
from seedbed.home import read_json

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from seedbed.tasks.base import Task

FILE = "linear.json"
TENSORS = "linear.safetensors"


class Plain(ABC):
    """Features of inputs, sparse; `linear.json` keeps what they are."""

    penalties: ClassVar[tuple[float, ...]]
    """Of the linear model, the strongest first."""

    most: int
    """The largest size of an input; what it has beyond it is not read."""

    @classmethod
    @abstractmethod
    def fit(cls, inputs: Sequence[Any], task: Task) -> Self:
        """Learn from training inputs what there is to count."""

    @abstractmethod
    def transform(self, inputs: Sequence[Any]) -> csr_matrix:
        """Return features (n, d)."""

    @abstractmethod
    def size(self, one: Any) -> int:
        """Return what an input costs, at least one: queues, batches and meters count it."""

    @abstractmethod
    def save(self, folder: Path, weight: NDArray[Any], bias: NDArray[Any]) -> None:
        """Write it and a linear model on it: weight (labels, d), bias (labels,)."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""


def kind(reads: str) -> type[Plain]:
    """Return the features of a kind of input: `Task.reads`.

    Raises:
        RungUnavailable: there are none.
    """
    from seedbed.backbones.overlap import Overlap
    from seedbed.backbones.pixels import Pixel
    from seedbed.backbones.tabular import Tabular
    from seedbed.backbones.tfidf import Tfidf

    known: dict[str, type[Plain]] = {
        "text": Tfidf,
        "pair": Overlap,
        "table": Tabular,
        "image": Pixel,
    }
    if reads not in known:
        raise RungUnavailable(
            expected=f"inputs that can be counted: {', '.join(known)}",
            got=reads,
            do="Leave `baseline` out of ladder.rungs.",
            zh=f"它不能读取这种输入（{reads}）；请从 ladder.rungs 中去掉 `baseline`",
        )
    return known[reads]


def load(folder: Path) -> tuple[Plain, Linear]:
    """Read the features and the linear model of a folder `model/`."""
    from safetensors.numpy import load_file

    told = read_json(folder / FILE)
    # Releases from before there were tables do not say it.
    plain = kind(told.get("reads", "text")).load(folder)
    tensors = load_file(folder / TENSORS)
    return plain, Linear(tensors["weight"], tensors["bias"])


def save_model(folder: Path, told: dict[str, Any], tensors: dict[str, NDArray[Any]]) -> None:
    """Write `linear.json`, and float32 tensors beside it."""
    from safetensors.numpy import save_file

    from seedbed.home import write_json

    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / FILE, {"kind": "linear"} | told)
    exact = {name: np.ascontiguousarray(t, dtype=np.float32) for name, t in tensors.items()}
    save_file(exact, folder / TENSORS)
