"""What machine this is: figures mean little without it."""

from __future__ import annotations

import os
from typing import Any


def machine() -> dict[str, Any]:
    """Return the processor's name, its cores, the memory, and whether it has bfloat16."""
    import psutil
    import torch

    from seedbed.backbones.network import bfloat16_is_fast

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cpu": str(torch.cpu.get_capabilities().get("cpu_name") or "unknown"),
        "cores": cores,
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "bfloat16": bfloat16_is_fast(),
    }
