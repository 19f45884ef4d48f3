"""`seedbed plan`: where the next money goes, and whether it pays; one file an action."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer

from seedbed.cli import books
from seedbed.cli.plan.check import check
from seedbed.cli.show import Json

ORDER = (
    *("check", "unit", "market", "price", "allocate", "runway", "funding", "invest", "risk"),
    *("score", "write"),
)
"""The actions in the order of `--help`: `seedbed.cli.plan.NAME` has a function of that name."""


def plan(context: typer.Context, *, json: Json = False) -> None:
    """Say what an answer costs and should cost, how long money lasts, and what to do.

    Each action reads a venture file, `venture.yaml` in this folder if none is named; without an
    action, `check` is what runs.

    Examples:
        seedbed plan check brands
        seedbed plan unit brands/venture.yaml --language zh
    """
    # The systems that a plan solves have tens of rows: threads cost more than they give, half the
    # time of `allocate` on two cores. OpenBLAS reads it when NumPy is imported, which is later.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if books.alone(context, json=json):
        check(Path("venture.yaml"), json=json)


def _actions() -> dict[str, Callable[..., Any]]:
    found = {}
    for name in ORDER:
        if find_spec(f"seedbed.cli.plan.{name}"):
            found[name] = getattr(import_module(f"seedbed.cli.plan.{name}"), name)
    return found


ACTIONS = _actions()
