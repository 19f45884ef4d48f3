"""`bm25`: the answers that share the most telling words with a question. Seconds."""

from __future__ import annotations

import time
from typing import ClassVar

from seedbed.backbones.bm25 import Bm25
from seedbed.tasks.answers import Answers
from seedbed.tune.rungs.base import Candidate, Rung


class Words(Rung):
    """What a model that retrieves must beat to be worth anything."""

    name: ClassVar[str] = "bm25"
    kind: ClassVar[str] = "bm25"

    def estimate(self) -> float:
        """Return a guess by the size of the collection."""
        return 1.0 + 1e-6 * sum(map(len, self._texts()))

    def climb(self) -> Candidate:
        """Weigh the collection's terms, and ask the validation rows' questions."""
        began = time.monotonic()
        words = Bm25.fit(self._texts())
        words.save(self.model)
        logits = words.search([words.terms(text) for text in self.context.validation.inputs])
        seconds = time.monotonic() - began
        held = self.validation_held(logits)
        return Candidate(self.name, self.kind, self.model, seconds, 0, 0.0, logits, held)

    def _texts(self) -> list[str]:
        assert isinstance(self.context.task, Answers), "this rung is of that task alone"
        return list(self.context.task.collection.texts)
