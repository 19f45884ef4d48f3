"""Why nothing is feasible: a smallest set of limits that clash, found by leaving them out.

The deletion filter: drop one limit after the other; where what is left still clashes the limit was
not needed, else it is put back. What remains clashes, and no part of it does. Limits of a family
(one for each period) are dropped together first. Source: J. W. Chinneck and E. W. Dravnieks,
"Locating minimal infeasible constraint sets in linear programs", ORSA J. on Computing 3 (1991).
"""

from __future__ import annotations

from dataclasses import dataclass

from seedbed.errors import Infeasible
from seedbed.venture.allocate import linear
from seedbed.venture.allocate.problem import Problem
from seedbed.venture.result import Said


@dataclass(frozen=True)
class Named:
    """A limit that may be left out: a linear one, least cash in a month, or whole steps."""

    kind: str
    at: int
    family: str
    said: Said


def refuse(problem: Problem) -> None:
    """Raise Infeasible, with the limits that clash, where no split keeps them all."""
    if not _fits(problem, named(problem), linear.Tangents()):
        raise clash(problem)


def clash(problem: Problem) -> Infeasible:
    """Return the error that names a smallest set of limits that clash."""
    found = smallest(problem)
    return Infeasible(
        expected="limits that some split keeps together",
        got="; ".join(one.said.en for one in found) or "limits that clash by rounding alone",
        do=_advice(problem, found),
        where="limits",
    )


def _advice(problem: Problem, found: list[Named]) -> str:
    if len(found) != 1:
        return "Loosen any one of these: without it the others can be kept."
    if found[0].kind != "cash" or problem.cash is None:
        return "Loosen it: no split keeps it even alone."
    short = -problem.cash.start[found[0].at]
    return (
        "No split keeps it even alone: with nothing put to these uses, cash would be"
        f" {abs(short):,.0f} {'below' if short > 0 else 'above'} it. Cut what is paid whatever is"
        f" decided, raise money, or split the first {found[0].at} months only (--months)."
    )


def smallest(problem: Problem) -> list[Named]:
    """Return limits that clash, none of which could be left out; empty where none clash."""
    kept, tangents = named(problem), linear.Tangents()
    if _fits(problem, kept, tangents):
        return []
    families = dict.fromkeys(one.family for one in kept)
    alike = [[one for one in kept if one.family == family] for family in families]
    kept = _filtered(problem, kept, alike, tangents)
    return _filtered(problem, kept, [[one] for one in _latest_first(kept)], tangents)


def named(problem: Problem) -> list[Named]:
    """Return all limits that may be left out."""
    found = [
        Named("limit", i, one.key.rpartition(".")[0], one.said)
        for i, one in enumerate(problem.limits)
        if not one.plain
    ]
    if problem.cash:
        found += [Named("cash", t, "cash", said) for t, said in enumerate(problem.cash.said)]
    found += [
        Named("steps", u, f"steps.{use.name}", _whole(use.name, use.step))
        for u, use in enumerate(problem.uses)
        if use.step
    ]
    return found


def _latest_first(kept: list[Named]) -> list[Named]:
    """Later ones first, so that the earliest month that clashes is the one that is named."""
    return sorted(kept, key=lambda one: -one.at)


def _filtered(
    problem: Problem, kept: list[Named], parts: list[list[Named]], tangents: linear.Tangents
) -> list[Named]:
    """Leave out each part without which what is left still clashes."""
    for part in parts:
        left = [one for one in kept if one not in part]
        if len(left) < len(kept) and not _fits(problem, left, tangents):
            kept = left
    return kept


def _fits(problem: Problem, limits: list[Named], tangents: linear.Tangents) -> bool:
    at = {
        kind: {one.at for one in limits if one.kind == kind} for kind in ("limit", "cash", "steps")
    }
    found = linear.kept(problem, at["limit"], at["cash"], at["steps"], tangents=tangents)
    return found is not None


def _whole(name: str, step: float | None) -> Said:
    return Said(
        f"{name} in whole hires of {step:,.0f} a month",
        f"{name} 只能按每月 {step:,.0f} 的整数倍增加",
    )
