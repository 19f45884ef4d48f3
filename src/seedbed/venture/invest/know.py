"""Find this out first: what it is worth to know each assumption before the sum is spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from seedbed.venture.invest.information import Floor, Worth, floor, partial, total
from seedbed.venture.invest.option import Floats, Option
from seedbed.venture.invest.sets import choices
from seedbed.venture.invest.setting import Setting


@dataclass(frozen=True, slots=True)
class Known:
    """What knowing one assumption is worth, in money.

    Attributes:
        path: The assumption.
        worth: Its EVPI.
        clear: Whether it is above what something irrelevant would seem to be worth.
    """

    path: str
    worth: Worth
    clear: bool


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What knowing is worth.

    Attributes:
        total: EVPI of everything at once.
        each: Of each assumption, the most first.
        sets: How many sets of options were compared.
        floor: The noise that an EVPI must rise above.
    """

    total: float
    each: tuple[Known, ...]
    sets: int
    floor: Floor


def knowledge(setting: Setting, options: Sequence[Option]) -> Knowledge:
    """Return EVPI of each assumption that any option rests on through the model."""
    if not options:
        return Knowledge(0.0, (), 0, Floor(0.0, 0.0))
    nets = np.stack([one.net for one in options], axis=1)
    sets = choices(options, setting.money)
    used = np.flatnonzero(sets.any(axis=0))
    nets, sets = nets[:, used], sets[:, used]
    noise = floor(nets, sets, setting.priors.source("know nothing"))
    found = []
    for path, values in drawn(setting).items():
        worth = partial(values, nets, sets, setting.priors.source(f"know {path}"))
        found.append(Known(path, worth, worth.value > noise.high))
    found.sort(key=lambda one: (-one.worth.value, one.path))
    return Knowledge(total(nets @ sets.T), tuple(found), len(sets), noise)


def drawn(setting: Setting) -> Mapping[str, Floats]:
    """Return the draws of every assumption with a range that the options can rest on."""
    register = setting.plan.register
    aside = ("rounds.", "risks.", "factors.", "unit.peak", "limits.")
    found = {
        path: np.asarray(setting.draws[path])
        for path in register
        if not register[path].now.certain and not path.startswith(aside)
    }
    return found | setting.priors.values


HOW: tuple[tuple[str, str, str], ...] = (
    (
        "price.elasticity",
        "seedbed plan price --help",
        "a survey, or prices tried one after another",
    ),
    ("price.", "seedbed plans --help", "the price list"),
    ("unit.error_rate", "seedbed judge --help", "judge the release on more labelled rows"),
    ("unit.", "seedbed plan unit --help", "serve for a month and measure it"),
    (
        "value.error_cost",
        "seedbed usage --help",
        "ask five customers what a wrong answer costs them",
    ),
    ("customers.", "seedbed usage --help", "count it in the ledger, month by month"),
    ("market.", "seedbed plan market --help", "count the buyers from below, segment by segment"),
    ("spending.", "seedbed plan allocate --help", "spend a little more for two months and compare"),
    ("invest.label_cost", "seedbed plan invest --help", "ask two vendors for a price"),
    ("invest.", "seedbed plan invest --help", "write your own figure under invest"),
    ("gain of ", "seedbed tune --help", "climb it: the report measures it"),
    ("learning curve", "seedbed tune --help", "tune on half of the rows, and compare"),
    ("discount", "seedbed plan check --help", "ask who lends you money"),
)
"""Prefix of a path -> the command that helps, and how to find it out."""


def how(path: str) -> tuple[str, str]:
    """Return the command and the way to find an assumption out."""
    for prefix, command, way in HOW:
        if path.startswith(prefix):
            return command, way
    return "seedbed plan check --help", "look for a source, and write it beside the value"
