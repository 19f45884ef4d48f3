"""Files that are written through a memory map, their room on the disk claimed beforehand.

A map over a hole, which is what a file of a given size is at first, dies by a signal and without a
word when the disk is full as it is written to. A claim fails by an `OSError`, like any other write.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from seedbed.tasks.base import Floats


def claim(path: Path, size: int) -> None:
    """Make an empty file of so many bytes, one at least, whose room is its own.

    Raises:
        OSError: there is no room.
    """
    with path.open("wb") as handle:
        os.ftruncate(handle.fileno(), max(size, 1))
    _fill(path)


def floats(path: Path, shape: tuple[int, ...]) -> Floats:
    """Return an array of zeros that lies in an npy file of its own.

    Raises:
        OSError: there is no room.
    """
    made: Floats = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    _fill(path)
    return made


def _fill(path: Path) -> None:
    """Claim the room of a file's holes; not where the system has no way to."""
    if hasattr(os, "posix_fallocate"):
        with path.open("rb+") as handle:
            os.posix_fallocate(handle.fileno(), 0, path.stat().st_size)
