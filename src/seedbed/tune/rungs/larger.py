"""`larger`: the best rung so far once more, with a larger base model. Minutes to hours."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from seedbed import registry
from seedbed.errors import RungUnavailable
from seedbed.tune.climbed import best
from seedbed.tune.rungs.base import Candidate, Rung
from seedbed.tune.stop import Ahead, Said


class Larger(Rung):
    """The next base model up; its answers cost more, and the stop rule reckons with that."""

    name: ClassVar[str] = "larger"
    settable: ClassVar[bool] = True
    builds: ClassVar[bool] = True
    dearness: ClassVar[int] = 2

    def unfit(self) -> Said | None:
        """Say that the recipe names no larger base model."""
        if self.context.recipe.larger:
            return None
        return {
            "en": "it needs a larger base model: name one in larger",
            "zh": "它需要更大的基础模型：请在 larger 中给出",
        }

    def estimate(self) -> float:
        """Return the seconds of the same rung with the larger model, its gate and judge too."""
        return self._again().estimate() + self._more()

    def ahead(self) -> Ahead:
        """Return what the stop rule is to know: as of that rung, by the larger model's speed."""
        found = self._again().ahead()
        return replace(found, rung=self.name, setup=found.setup + self._more())

    def serving(self) -> float:
        """Return what one of its answers costs to compute, in money."""
        return self._again().serving()

    def climb(self) -> Candidate:
        """Climb the best rung so far in the larger model's context."""
        again = self._again()
        again.context.keep_reserve()
        return replace(again.climb(), rung=self.name)

    def _more(self) -> float:
        """Return the seconds that the gate and the judge take beyond those of the base model."""
        clock = self.context.clock
        before = clock.reserve
        self.context.larger.keep_reserve()
        more = clock.reserve - before
        clock.reserve = before
        return max(0.0, more)

    def _again(self) -> Rung:
        """Return the best rung that reads, of those that learn from the rows' own labels alone.

        Where none was climbed that is `full`.

        Raises:
            RungUnavailable: the recipe names no larger base model.
        """
        if not self.context.recipe.larger:
            raise RungUnavailable(
                expected="a larger base model",
                got="none",
                do="Name one in larger.",
                zh="它需要更大的基础模型：请在 larger 中给出",
            )
        known = best(self.context, plain=True)
        name = "full" if known is None else known.rung
        found: Rung = registry.kind("rungs", name)(self.context.larger)
        found.move(self.folder)
        return found
