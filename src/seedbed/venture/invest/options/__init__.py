"""What money can be put to, one file a kind; each gives options, or says what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from seedbed.venture.invest.option import Left, Option
from seedbed.venture.invest.setting import Setting

Kind: TypeAlias = Callable[[Setting], Iterator[Option | Left]]


def kinds() -> tuple[Kind, ...]:
    """Return every kind of option, in the order in which they are weighed."""
    from seedbed.venture.invest.options import bet, label, larger, lever, price, rung, survey, use

    weighed = (label, rung, larger, lever, use, price, survey, bet)
    return tuple(kind.weigh for kind in weighed)


def weigh(setting: Setting) -> tuple[tuple[Option, ...], tuple[Left, ...]]:
    """Return the options of a setting, and those that could not be weighed."""
    found = [one for kind in kinds() for one in kind(setting)]
    options = tuple(one for one in found if isinstance(one, Option))
    return options, tuple(one for one in found if isinstance(one, Left))
