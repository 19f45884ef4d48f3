"""Money from rounds that may fail, be late, or come too late.

A round closes with its chance, given that those before it closed: investors of a second round want
to see the first. Its money comes in its month, or `delay` months later. Nobody invests in a company
that has run out of money: a round whose month comes after ruin brings nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from seedbed.venture.assumption import Array
from seedbed.venture.draws import Draws
from seedbed.venture.parts import Round


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different about the rounds.

    Attributes:
        later: Round -> months that it comes later (negative: earlier, month 1 at the earliest).
        factor: Round -> factor on its amount.
        without: Rounds that do not come.
    """

    later: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    factor: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    without: frozenset[str] = frozenset()


AS_PLANNED = Changes()


@dataclass(frozen=True, slots=True)
class Raised:
    """What rounds brought.

    Attributes:
        cash: Cash with what they brought, (N, T).
        closed: Round -> in which paths it closed within the horizon, (N,).
    """

    cash: Array
    closed: Mapping[str, NDArray[np.bool_]]


def ordered(rounds: tuple[Round, ...]) -> list[Round]:
    """Return rounds by month, in the file's order where two have one month."""
    return sorted(rounds, key=lambda one: one.month)


def raise_money(
    cash: Array, draws: Draws, rounds: tuple[Round, ...], changes: Changes = AS_PLANNED
) -> Raised:
    """Return cash with the money of rounds.

    Chances are drawn by seed, round and draw: the same for every decision (common random numbers).

    Args:
        cash: Without any round, (N, T).
        draws: Of the amounts, chances and delays.
        rounds: What is planned.
        changes: What is different about them.
    """
    by_month = np.array(cash.T)  # (T, N), a copy
    months = np.arange(1, len(by_month) + 1)[:, None]
    going = np.ones(draws.n, dtype=np.bool_)
    closed: dict[str, NDArray[np.bool_]] = {}
    for one in ordered(rounds):
        path = f"rounds.{one.name}"
        if one.name in changes.without:
            going &= False
            closed[one.name] = going.copy()
            continue
        month = _month(draws, one, changes)
        alive = ~np.any((by_month < 0) & (months < month), axis=0)
        going = going & alive & (draws.chance(path, 0) < draws[f"{path}.chance"])
        going &= month <= len(by_month)
        amount = draws[f"{path}.amount"] * changes.factor.get(one.name, 1.0)
        by_month += np.where(going & (months >= month), amount, 0.0)
        closed[one.name] = going.copy()
    return Raised(by_month.T, closed)


def _month(draws: Draws, one: Round, changes: Changes) -> NDArray[np.int64]:
    """Return the month in which its money comes, (N,)."""
    late = np.rint(draws.get_or(f"rounds.{one.name}.delay", 0.0)).astype(np.int64)
    month = one.month + late + changes.later.get(one.name, 0)
    return np.broadcast_to(np.maximum(month, 1), (draws.n,))
