"""What this machine's processor can do, found without torch."""

from __future__ import annotations

import os
import platform
from functools import cache
from pathlib import Path

from seedbed.release.engines.base import Reason

NO_BFLOAT16 = Reason("this processor has no bfloat16 arithmetic", "此处理器不支持 bfloat16 运算")


@cache
def flags() -> frozenset[str]:
    """Return the instruction sets that Linux reports; empty where it cannot be known."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    named = (line.split(":", 1)[1] for line in lines if line.startswith(("flags", "Features")))
    return frozenset(next(named, "").split())


def adds_int8_exactly() -> bool:
    """Tell whether sums of 8-bit products keep all their bits (VNNI, AMX, ARM).

    Older x86 processors add pairs of products in 16 bits, which overflow unless weights are kept to
    7 bits.
    """
    if platform.machine().lower() in ("aarch64", "arm64"):
        return True
    return bool(flags() & {"avx512_vnni", "avx_vnni", "amx_int8"})


def threads() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def without_bfloat16() -> Reason | None:
    """Return that bfloat16 would be emulated here, where that is so."""
    from seedbed.backbones.network import bfloat16_is_fast

    return None if bfloat16_is_fast() else NO_BFLOAT16
