"""The mean of several models of a table's rows: what serves the `blend` rung."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from seedbed import registry
from seedbed.backbones import blend
from seedbed.release.engines.base import Engine, Outputs, Reason, Row
from seedbed.tasks.base import Floats

KINDS = {"linear": "linear", "boosted": "boosted", "mlp": "mlp"}
"""Kind of model → the engine that is the model itself."""


class BlendEngine(Engine):
    """Each model's own engine, one after the other."""

    name: ClassVar[str] = "blend"
    reference: ClassVar[bool] = True
    kind: ClassVar[str] = "blend"
    needs: ClassVar[tuple[str, ...]] = ("model/blend.json",)

    def __init__(self, folder: Path, threads: int) -> None:
        kinds = blend.load(folder / "model")
        self._parts: dict[str, Engine] = {
            kind: registry.kind("engines", KINDS[kind])(folder / "model" / kind, threads)
            for kind in kinds
        }
        first = next(iter(self._parts.values()))
        self.columns, self.max_tokens = first.columns, first.max_tokens

    @classmethod
    def missing(cls) -> Reason | None:
        """Ask for what its parts need."""
        reasons = (registry.kind("engines", name).missing() for name in KINDS.values())
        return next((why for why in reasons if why), None)

    @classmethod
    def failures(cls) -> tuple[type[Exception], ...]:
        """Add what its parts raise."""
        kinds = (registry.kind("engines", name) for name in KINDS.values())
        return tuple(dict.fromkeys(one for kind in kinds for one in kind.failures()))

    def files(self) -> tuple[str, ...]:
        """Add the files of its parts."""
        parts = ((kind, part.files()) for kind, part in self._parts.items())
        return (*self.needs, *(f"model/{kind}/{name}" for kind, names in parts for name in names))

    def encode(self, inputs: Sequence[Any]) -> list[Row]:
        """Return each row as all parts read it."""
        read = [part.encode(inputs) for part in self._parts.values()]
        return [Row(rows, rows[0].size) for rows in zip(*read, strict=True)]

    def run(self, rows: Sequence[Row]) -> Outputs:
        """Return the mean of the parts' logits (rows, labels)."""
        found = [part.run(one).logits for part, one in self._each(rows)]
        return Outputs(np.mean(found, axis=0, dtype=np.float32))

    def reasons(self, rows: Sequence[Row]) -> Floats | None:
        """Return the mean of the parts' reasons: what adds up in each adds up in the mean."""
        found = [part.reasons(one) for part, one in self._each(rows)]
        mean: Floats = np.mean([one for one in found if one is not None], axis=0, dtype=np.float32)
        return mean

    def _each(self, rows: Sequence[Row]) -> list[tuple[Engine, list[Row]]]:
        parts = enumerate(self._parts.values())
        return [(part, [row.content[i] for row in rows]) for i, part in parts]
