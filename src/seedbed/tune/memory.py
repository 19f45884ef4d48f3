"""Hands freed memory back to the system, between rungs and between steps."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TypeVar

T = TypeVar("T")

MANY = 500
"""Modules: a large library brings as many, and a million objects with them."""
EVERY = 25
"""After so many batches freed memory goes back to the system: without it a long pass grows."""


def give_back() -> None:
    """Collect what nothing refers to, and return what is free to the system.

    What the libraries brought stays until the end: it is looked at no more after they were loaded,
    for to go through it takes a fifth of a second every time.
    """
    gc.collect()
    _freeze(len(sys.modules) // MANY)
    trim()


@cache
def _freeze(_: int) -> None:
    """Leave what is there to itself, once for each so many modules."""
    gc.freeze()


def trim() -> None:
    """Return what is free to the system, where glibc would keep it.

    Batches of many shapes leave the heap full of holes that larger blocks do not fit into; kept,
    they would be added to the peak.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def trimmed(batches: Iterable[T]) -> Iterator[T]:
    """Yield the batches, and return what is free to the system every now and then."""
    for done, batch in enumerate(batches, 1):
        yield batch
        if done % EVERY == 0:
            trim()
    trim()
