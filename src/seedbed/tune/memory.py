"""Hands freed memory back to the system between rungs."""

from __future__ import annotations

import ctypes
import gc
import sys


def give_back() -> None:
    """Return what is free to the system, where glibc would keep it.

    Batches of many shapes leave the heap full of holes that the next stage's large blocks do not
    fit into; kept, they would be added to that stage's peak.
    """
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
