"""Looks for better settings of a rung than its own, and corrects the best score for the looking.

Each trial is a whole training by the same loop, in a folder of its own. The first has the rung's
own settings; the others' are drawn by TPE (Bergstra et al. 2011), and a trial whose score falls
below the median of the finished ones at the same point is cut short. What came of each is kept as
JSON beside its folder, so a killed search goes on as if it had never stopped.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seedbed.errors import NothingLearned, RungUnavailable
from seedbed.home import read_json, write_json
from seedbed.recipe import Settings
from seedbed.tasks.labels import SMOOTHING
from seedbed.tune.draws import FIRST, Draw, Tried
from seedbed.tune.memory import give_back
from seedbed.tune.optimism import measured, optimism
from seedbed.tune.rungs.base import Candidate

if TYPE_CHECKING:
    from seedbed.tune.rungs.deep import Deep

CUT = 0.6
"""What a trial that may be cut short is reckoned to take of a whole one: every second is, early."""
SHARE = 0.9
"""Of the time that is left a search is planned for so much."""
STAYS = ("candidate.json", "held.npz")
"""What stays in the best trial's folder: by it a search that was killed knows that it was done."""


@dataclass(frozen=True)
class Trial:
    """One training of a search.

    Attributes:
        number: From 0.
        folder: Its own.
        settings: What it learns with.
        hopeless: See `Training`.
        looks: The metric each time that it was looked at, once it has ended.
    """

    number: int
    folder: Path
    settings: Settings
    hopeless: Callable[[list[float]], bool]
    looks: list[float] = field(default_factory=list)


def trials_asked(rung: Deep) -> int:
    """Return how many trials the recipe asks of a rung: 0 where it is not to search."""
    search = rung.context.recipe.search
    named = search.rungs is None or rung.name in search.rungs
    return search.trials if named and rung.searches and rung.trial is None else 0


def whole_trainings(trials: int, fit: float) -> float:
    """Return how many whole trainings a search comes to, those that are cut short as parts.

    Args:
        trials: How many are asked for.
        fit: How many whole trainings fit into the time that is left; the first one is made anyway.
    """
    reckoned = min(trials, FIRST) + CUT * max(0, trials - FIRST)
    return max(1.0, min(reckoned, SHARE * fit))


class Search:
    """The search of one rung; `run` goes on where its folder holds trials.

    Args:
        rung: What each trial is a training of.
    """

    def __init__(self, rung: Deep) -> None:
        self.rung = rung
        self.context = rung.context
        self.folder = rung.folder / "trials"
        self.asked = trials_asked(rung)
        self.tried = [Tried(**read_json(path)) for path in sorted(self.folder.glob("*.json"))]

    def run(self) -> Candidate:
        """Try while there is time, and return the best trial's candidate.

        Raises:
            NothingLearned: no trial gave a model.
            RungUnavailable: there was no time for any.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._clear()
        ended = self.folder / "ended"
        while len(self.tried) < self.asked and not ended.exists():
            if not self._tries():
                late = f"the time was up after {len(self.tried)} of {self.asked} trials"
                self.rung.progress(warning=f"{self.rung.name}: {late}")
                break
            self._clear()
            give_back()
        ended.touch()
        return self._candidate()

    def _tries(self) -> bool:
        """Make a trial, if there is time for it; tell whether there was."""
        if self.tried and self._seconds() > self.context.clock.left:
            return False
        try:
            self._try(len(self.tried))
        except RungUnavailable:
            if not self.tried:
                raise
            return False
        return True

    def _seconds(self) -> float:
        """Return what a whole trial takes, by those that were whole."""
        whole = [one.seconds for one in self.tried if one.state == "complete"]
        return max(whole, default=self.rung.training_seconds())

    def _try(self, number: int) -> None:
        """Train with other settings, and write down what came of it."""
        draw = Draw(self._own, self.tried, self.context.recipe.seed)
        settings = draw.settings
        trial = Trial(number, self._place(number), Settings(**settings), draw.hopeless)
        began = time.monotonic()
        state, scores = self._trained(trial)
        tried = Tried(state, settings, time.monotonic() - began, trial.looks, *scores)
        write_json(trial.folder.with_suffix(".json"), asdict(tried))
        self.tried.append(tried)
        told = {"trial": number + 1, "of": self.asked, "state": state, "settings": settings}
        self.context.tell("trial", rung=self.rung.name, **told, metric=tried.score)

    def _trained(self, trial: Trial) -> tuple[str, tuple[Any, ...]]:
        """Return how a trial ended and, where it was complete, its score and those of the folds."""
        from optuna import TrialPruned

        plan = trial.folder / "plan.json"
        if not plan.is_file():
            # As many passes for each as the rung alone would make.
            write_json(plan, {"epochs": self.rung.epochs()})
        try:
            candidate = type(self.rung)(self.context, trial).climb()
        except TrialPruned:
            return "pruned", ()
        except NothingLearned:
            return "failed", ()
        candidate.save()
        return "complete", measured(self.context, candidate.validation)

    def _place(self, number: int) -> Path:
        return self.folder / f"{number:04d}"

    @cached_property
    def _own(self) -> dict[str, float]:
        """The rung's own settings."""
        plan, task = self.rung.plan(), self.context.task
        own = {"learning_rate": plan.rate, "weight_decay": plan.decay, "warmup": plan.warmup}
        if task.output == "label" and self.context.train.targets.ndim == 1:
            told = self.rung.tuning.label_smoothing
            own["label_smoothing"] = SMOOTHING if told is None else told
        return own

    def _complete(self) -> dict[int, Tried]:
        return {i: one for i, one in enumerate(self.tried) if one.state == "complete"}

    def _best(self) -> int | None:
        """Return the number of the best trial so far, the earliest of equals."""
        scores = {i: one.score or 0.0 for i, one in self._complete().items()}
        return max(scores, key=lambda i: (scores[i], -i)) if scores else None

    def _clear(self) -> None:
        """Remove the models of all trials but the best."""
        best = self._best()
        for number in range(len(self.tried)):
            if number != best:
                shutil.rmtree(self._place(number), ignore_errors=True)

    def _candidate(self) -> Candidate:
        """Put the best trial's model in the rung's place, and correct what its score is."""
        best, whole = self._best(), self._complete()
        if best is None:
            raise NothingLearned(
                expected="a trial that learns",
                got=f"{len(self.tried)} that do not",
                do="Lower train.learning_rate, or set train.precision: float32.",
                zh=f"{len(self.tried)} 次试验都没有学到东西；请降低 train.learning_rate，"
                "或设 train.precision: float32",
            )
        candidate = Candidate.load(self._place(best))
        assert candidate is not None, "a complete trial was saved"
        self._take(self._place(best))
        scores = np.array([one.folds for one in whole.values()])
        bias = max(optimism(scores, list(whole).index(best)), self.rung.settings.optimism)
        return replace(
            candidate,
            folder=self.rung.model,
            seconds=sum(one.seconds for one in self.tried),
            optimism=bias,
            search={
                "asked": self.asked,
                "trials": len(self.tried),
                "finished": len(whole),
                "settings": self.tried[best].settings,
                "uncorrected": self.tried[best].score,
                "optimism": bias,
            },
        )

    def _take(self, folder: Path) -> None:
        """Move what a trial left behind to the rung's folder, or the rest of it after a kill."""
        for path in sorted(folder.iterdir()):
            if path.name in STAYS:
                continue
            place = self.rung.folder / path.name
            if place.is_dir():
                shutil.rmtree(place)  # of a climb that was killed
            path.replace(place)
