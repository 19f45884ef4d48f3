"""Draws the settings of a search's trials, and knows which trial to cut short: Optuna's part.

A study is made anew for each trial, of what came of those before it, and its sampler is seeded by
the trial's number: so a search that was killed draws what it would have drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import FloatDistribution
    from optuna.trial import FrozenTrial

AROUND = 4.0
"""The learning rate is looked for from the rung's own divided by it to the own times it."""
HIGHEST = {"weight_decay": 0.1, "warmup": 0.3, "label_smoothing": 0.2}
FIRST = 3
"""Trials that are drawn at random and never cut short: what the others are compared with."""


@dataclass(frozen=True)
class Tried:
    """What came of a trial.

    Attributes:
        state: `complete`, `pruned` or `failed`.
        settings: What it learnt with.
        seconds: What it took.
        looks: The metric each time that it was looked at.
        score: The metric on the validation rows; None unless complete.
        folds: The metric on each fold of them.
    """

    state: str
    settings: dict[str, float]
    seconds: float
    looks: list[float]
    score: float | None = None
    folds: tuple[float, ...] = ()


class Draw:
    """The settings of one trial, and whether it is to be cut short.

    Args:
        own: The rung's own settings, which the first trial has.
        tried: What came of the trials before.
        seed: Behind all draws.
    """

    def __init__(self, own: Mapping[str, float], tried: Sequence[Tried], seed: int) -> None:
        self.own = own
        self.spaces = _spaces(own)
        study = _study(seed + 1_000_003 * len(tried))
        study.add_trials([_frozen(one, self.spaces) for one in tried])
        if not tried:
            study.enqueue_trial(dict(own))
        self._trial = study.ask(dict(self.spaces))
        self._reported = 0

    @property
    def settings(self) -> dict[str, float]:
        """What was drawn, to three digits, for more would say nothing."""
        drawn = self._trial.params
        return drawn if drawn == self.own else {k: self._short(k, v) for k, v in drawn.items()}

    def hopeless(self, looks: Sequence[float]) -> bool:
        """Tell whether the trial, with the metric at each look, is behind half of the others."""
        for step, metric in enumerate(looks[self._reported :], self._reported):
            self._trial.report(metric, step)
        self._reported = len(looks)
        return self._trial.should_prune()

    def _short(self, name: str, value: float) -> float:
        space = self.spaces[name]
        return min(max(_digits(value), space.low), space.high)


def _spaces(own: Mapping[str, float]) -> dict[str, FloatDistribution]:
    """Return between what the settings are drawn."""
    from optuna.distributions import FloatDistribution

    rate = own["learning_rate"]
    high = min(0.9, _digits(rate * AROUND))
    found = {"learning_rate": FloatDistribution(_digits(rate / AROUND), max(rate, high), log=True)}
    for name in own.keys() & HIGHEST.keys():
        found[name] = FloatDistribution(0.0, max(own[name], HIGHEST[name]))
    return {name: found[name] for name in own}


def _study(seed: int) -> Study:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(n_startup_trials=FIRST, seed=seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=FIRST),
    )


def _frozen(tried: Tried, spaces: Mapping[str, FloatDistribution]) -> FrozenTrial:
    """Return a trial as Optuna remembers it; one that learnt nothing counts as cut short."""
    from optuna.trial import TrialState, create_trial

    return create_trial(
        state=TrialState.COMPLETE if tried.state == "complete" else TrialState.PRUNED,
        value=tried.score,
        params=tried.settings,
        distributions=dict(spaces),
        intermediate_values=dict(enumerate(tried.looks)),
    )


def _digits(value: float) -> float:
    return float(f"{value:.3g}")
