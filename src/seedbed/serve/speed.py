"""How fast an engine is, measured as it works, and how large its batches should be for that."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise

from seedbed.release.engines.batched import BATCH_ROWS, BATCH_TOKENS
from seedbed.serve.queue import Budget

BATCH_SECONDS = 0.06
OVERHEAD_SECONDS = 0.001
"""What a batch costs beside its tokens; measured on two cores, and it need not be exact."""
LEAST_TOKENS = 256
FADING = 0.95
"""What is left of earlier measurements after a batch."""


class Speed:
    """Tokens a second, beside the time that each batch costs.

    Args:
        rate: What to begin with.
    """

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._tokens, self._seconds = rate, 1.0

    def count(self, tokens: int, seconds: float) -> None:
        """Count a batch; what was measured long ago fades."""
        self._tokens = FADING * self._tokens + tokens
        self._seconds = FADING * self._seconds + max(seconds - OVERHEAD_SECONDS, seconds / 3)
        self.rate = self._tokens / self._seconds

    def budget(self) -> Budget:
        """Return the size of a batch that takes 60 ms."""
        return Budget(
            tokens=min(BATCH_TOKENS, max(LEAST_TOKENS, int(self.rate * BATCH_SECONDS))),
            rows=BATCH_ROWS,
            overhead=int(self.rate * OVERHEAD_SECONDS),
            urgent=2 * BATCH_SECONDS,
        )


def apportioned(sizes: Sequence[int], whole: int) -> list[int]:
    """Return whole numbers in proportion to the sizes, which add up to the whole."""
    edges = list(accumulate(sizes, initial=0))
    cuts = [edge * whole // edges[-1] for edge in edges]
    return [after - before for before, after in pairwise(cuts)]
