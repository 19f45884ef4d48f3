"""Problems with published answers, and what Seedbed's planning models say to them.

A part keeps its problems in a module of its name, as `PROBLEMS`. `seedbed verify` prints them all,
`docs/reference/verification.md` is made of them, and the tests hold each to its tolerance.
"""

from __future__ import annotations

import pkgutil
import re
from functools import cache
from importlib import import_module

from seedbed.errors import RecordMissing
from seedbed.venture.verify.base import Problem

_OWN = ("base", "page", "solve")


@cache
def problems() -> tuple[Problem, ...]:
    """Return the problems of all parts, by number; an id stands for one problem only."""
    modules = (each.name for each in pkgutil.iter_modules(__path__) if each.name not in _OWN)
    parts = (import_module(f"{__name__}.{name}") for name in modules)
    found = sorted((one for part in parts for one in part.PROBLEMS), key=lambda one: _place(one.id))
    ids = [one.id for one in found]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise AssertionError(f"ids of two problems each: {', '.join(twice)}")
    return tuple(found)


def chosen(only: str | None) -> tuple[Problem, ...]:
    """Return the problem of an id, or those of a row (`T21` for `T21.price`, `T21.profit`).

    Raises:
        RecordMissing: there is none; all rows are named.
    """
    if only is None:
        return problems()
    wanted = only.casefold()
    found = [each for each in problems() if wanted in (each.id.casefold(), row(each.id).casefold())]
    if not found:
        raise RecordMissing(
            expected="the id of a problem",
            got=repr(only),
            do=f"Take one of {', '.join(rows())}.",
            where="--only",
        )
    return tuple(found)


def rows() -> tuple[str, ...]:
    """Return the ids of the rows, each once: `T21` for all of its answers."""
    return tuple(dict.fromkeys(row(problem.id) for problem in problems()))


def row(identity: str) -> str:
    """Return the row that an answer belongs to: `T21` for `T21.profit`."""
    return identity.partition(".")[0]


def _place(identity: str) -> tuple[tuple[int, str], ...]:
    """Order ids as people do: T4 before T4b before T10; the table's rows before all others."""
    pieces = re.findall(r"(\d+)|(\D+)", identity)
    told = tuple((int(number) if number else -1, word) for number, word in pieces)
    return ((0 if re.match(r"[TF]\d", identity) else 1, ""), *told)
