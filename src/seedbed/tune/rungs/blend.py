"""`blend`: the mean of what the rungs below it say. A second.

Rungs that err differently err less together (Breiman, Stacked Regressions, 1996). All count the
same: weights chosen by few held-out rows would gain less than they cost.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import ClassVar

import numpy as np

from seedbed.backbones import blend
from seedbed.errors import RungUnavailable
from seedbed.tune.rungs.base import APART, Candidate, Held, Rung

PARTS = ("baseline", "boosted", "mlp")


class Blend(Rung):
    """The rungs that were climbed, side by side."""

    name: ClassVar[str] = "blend"
    kind: ClassVar[str] = "blend"

    def estimate(self) -> float:
        """Return what it takes to copy the models."""
        return 1.0

    def climb(self) -> Candidate:
        """Copy the models of the rungs below, and average their held-out answers."""
        began = time.monotonic()
        parts = [one for one in map(self._part, PARTS) if one is not None]
        if len(parts) < 2:
            raise RungUnavailable(
                expected="two rungs of tables or more, climbed before",
                got=", ".join(part.rung for part in parts) or "none",
                do=f"Name {', '.join(PARTS)} before it in ladder.rungs.",
                zh="它需要前面至少有两级读取表格；"
                f"请在 ladder.rungs 中把 {'、'.join(PARTS)} 放在它前面",
            )
        _join(self.model, [(part.kind, part.folder) for part in parts])
        apart = [(part.kind, one / "model") for part in parts if (one := part.examined())]
        if apart:
            _join(self.folder / APART / "model", apart)
        logits = np.mean([part.validation for part in parts], axis=0)
        first = parts[0].held
        answers = np.mean([part.held.logits for part in parts], axis=0)
        held = Held(first.split, first.numbers, answers, first.targets)
        seconds = time.monotonic() - began
        return Candidate(self.name, self.kind, self.model, seconds, 0, 0.0, logits, held)

    def _part(self, rung: str) -> Candidate | None:
        return Candidate.load(self.folder.parent / rung)


def _join(folder: Path, parts: list[tuple[str, Path]]) -> None:
    if folder.exists():
        shutil.rmtree(folder)  # of a climb that was cut short
    for kind, model in parts:
        shutil.copytree(model, folder / kind / "model")
    blend.save(folder, [kind for kind, _ in parts])
