"""Processes of their own for what must be killed, from a server that has imported everything."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

SERVER = multiprocessing.get_context("forkserver")
# With what each process would import by itself: some seconds, ten times over.
LIBRARIES = "torch transformers peft sklearn.linear_model scipy.stats cleanlab.filter altair"
LIBRARIES += " jinja2 optuna"
OURS = "seedbed.release.build seedbed.tune.rungs.full rows"
SERVER.set_forkserver_preload([*LIBRARIES.split(), *OURS.split()])


def begin(function: Callable[..., None], *arguments: Any, log: Path) -> BaseProcess:
    """Start a function in a process that writes to a log; it can be killed at any moment."""
    process = SERVER.Process(target=_enter, args=(function, arguments, log), daemon=True)
    process.start()
    return process


def _enter(function: Callable[..., None], arguments: tuple[Any, ...], log: Path) -> None:
    import torch

    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    torch.set_num_threads(1)
    function(*arguments)


def until(seen: Callable[[], bool], process: BaseProcess, seconds: float = 60) -> bool:
    """Wait until something is seen; false if the process ended before."""
    end = time.monotonic() + seconds
    while not seen():
        if not process.is_alive():
            return False
        assert time.monotonic() < end, "nothing was seen in time"
        time.sleep(0.003)
    return True
