"""Which decisions an assumption can flip, and where: go or stop, the price, what to do next."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

import numpy as np

from seedbed.errors import NoOptimum
from seedbed.venture.draws import Draws
from seedbed.venture.invest.information import Conditional
from seedbed.venture.invest.know import Knowledge, drawn
from seedbed.venture.invest.option import Option
from seedbed.venture.invest.options import price
from seedbed.venture.invest.sets import choices
from seedbed.venture.invest.setting import Setting
from seedbed.venture.risk.flips import Flip, flip

DRAWS = 1000
"""Draws over which the other assumptions are averaged while one goes through its range."""
MOVE = 0.02
"""A price nearer than this share to today's is "keep"."""

CLEAR = 4.0
"""Standard errors by which something else must be better to count: many values are looked at."""

GO, PRICE, NEXT = "go", "price", "next"


@dataclass(frozen=True, slots=True)
class Turned:
    """Where one assumption flips one decision.

    Attributes:
        decision: `go`, `price` or `next`.
        flip: Where.
        value: The assumption's value there; None: nowhere in its range.
        middle: Its median.
    """

    decision: str
    flip: Flip
    value: float | None
    middle: float


def turns(
    setting: Setting, options: tuple[Option, ...], known: Knowledge, paths: tuple[str, ...]
) -> list[Turned]:
    """Return for each decision and assumption where it flips, the nearest first.

    Args:
        setting: The plan as it stands.
        options: What the sum could be put to.
        known: What it is worth to know each assumption.
        paths: The assumptions that the model asks for.
    """
    few = _few(setting)
    found = [*_each(few, GO, _go, paths), *_each(few, PRICE, _direction, paths)]
    found += _next(setting, options, known)
    return sorted(found, key=lambda one: (one.decision, one.flip.distance, one.flip.name))


def _few(setting: Setting) -> Setting:
    """Return the setting over fewer draws: the first ones, evenly spread as all are."""
    n = min(DRAWS, setting.n)
    draws = setting.draws.taken(slice(n))
    return replace(setting, draws=draws, base=setting.plan.model.run(draws))


def _each(
    setting: Setting, key: str, decide: Callable[[Setting], Hashable], paths: tuple[str, ...]
) -> list[Turned]:
    now = decide(setting)
    if now is None:
        return []
    register = setting.plan.register
    found = []
    for path in paths:
        belief = register[path].now

        def at(share: float, path: str = path) -> Hashable:
            value = float(register[path].now.quantile(np.array([share]))[0])
            return decide(_at(setting, setting.draws.replaced(path, value)))

        found.append(_turned(key, flip(path, at, at(0.5)), belief.quantile, belief.median))
    return found


def _at(setting: Setting, draws: Draws) -> Setting:
    return replace(setting, draws=draws, base=setting.plan.model.run(draws))


def _turned(
    key: str, found: Flip, quantile: Callable[[np.ndarray], np.ndarray], middle: float
) -> Turned:
    value = None if found.at is None else float(quantile(np.array([found.at]))[0])
    return Turned(key, found, value, middle)


def _go(setting: Setting) -> Hashable:
    """Tell whether the plan is worth more than nothing, on average."""
    return bool(setting.base.worth.mean() > 0)


def _direction(setting: Setting) -> Hashable:
    """Tell whether to raise, keep or lower the price; None where no best price can be told."""
    if setting.has("price.now", "price.elasticity"):
        return None
    try:
        best, case = price.found(setting)
    except NoOptimum:
        return "no best price"
    ratio = best.price / case.today
    return "keep" if abs(ratio - 1) < MOVE else "raise" if ratio > 1 else "lower"


def _next(setting: Setting, options: tuple[Option, ...], known: Knowledge) -> list[Turned]:
    """Return where each assumption changes what to do with the sum.

    The worth of each option given the assumption is that of the regression behind EVPI. A flip
    counts where another set of options is better by `CLEAR` standard errors.
    """
    if not options:
        return []
    nets = np.stack([one.net for one in options], axis=1)
    sets = choices(options, setting.money)
    keys = [one.key for one in options]
    clear = {one.path for one in known.each if one.clear}
    usual = int(np.argmax(sets @ nets.mean(axis=0)))
    found = []
    for path, values in drawn(setting).items():
        middle = float(np.median(values))
        if path not in clear:
            found.append(Turned(NEXT, Flip(path, None), None, middle))
            continue
        given = Conditional(np.asarray(values), nets)

        def at(share: float, given: Conditional = given) -> Hashable:
            ahead = (sets - sets[usual]) @ given.at(share)
            best = int(np.argmax(ahead))
            if ahead[best] <= CLEAR * given.error(share, sets[best] - sets[usual]):
                best = usual
            return tuple(key for key, one in zip(keys, sets[best], strict=True) if one)

        where = flip(path, at, at(0.5))
        value = None if where.at is None else float(np.quantile(values, where.at))
        found.append(Turned(NEXT, where, value, middle))
    return found
