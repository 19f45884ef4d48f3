"""Finds the kinds of an axis of variety: tasks, readers, backbones, rungs, engines.

A kind is a class behind a Python entry point, built-in and foreign ones alike:

    [project.entry-points."seedbed.rungs"]
    prefix = "my_package.prefix:Prefix"
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from seedbed.errors import KindUnknown

AXES = ("tasks", "readers", "backbones", "modalities", "rungs", "engines")


@cache
def _found(axis: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=f"seedbed.{axis}")}


def names(axis: str) -> list[str]:
    """Return the names of all installed kinds of one axis, sorted."""
    return sorted(_found(axis))


def kind(axis: str, name: str) -> Any:
    """Import and return the class of one kind.

    Raises:
        KindUnknown: nothing of that name is installed.
    """
    try:
        point = _found(axis)[name]
    except KeyError:
        raise KindUnknown(
            expected=f"one of {', '.join(names(axis))}",
            got=f"{name!r}",
            do="Check the spelling, or install the package that brings it.",
            where=f"seedbed.{axis}",
        ) from None
    return point.load()
