"""The spread over seeds: what runs that differ in their seed alone came to."""

from __future__ import annotations

from pathlib import Path
from statistics import stdev
from typing import Any

from seedbed.errors import SeedbedError
from seedbed.home import Home, read_json
from seedbed.release import store

BEGAN = "run.json"
"""What a run began with: its recipe and the digests of its files of rows."""


def spread(home: Home, run: Path, metric: str, value: float) -> dict[str, Any] | None:
    """Return the values of a run and of earlier ones, of one recipe and other seeds.

    None where there is no other seed's. Of several releases with one seed the newest counts. Where
    Seedbed made the split, that is drawn by the seed as well.

    Args:
        home: Where earlier releases, and the runs that made them, are kept.
        run: The run's folder.
        metric: What is compared.
        value: The run's own.

    Returns:
        `values`, by seed, each as the judge measured it on test rows; `seeds`; and `spread`, their
        standard deviation (n - 1).
    """
    told = read_json(run / BEGAN)
    name, seed = told["recipe"]["name"], told["recipe"]["seed"]
    found: dict[int, float] = {}
    for folder in store.folders(home, name):
        try:
            release = store.opened(folder)
            other = read_json(home.runs / release.manifest["run"] / BEGAN)
            before = float(release.read("report.json")["metrics"][metric]["value"])
        except (SeedbedError, OSError, KeyError):  # its run was deleted, or it is damaged
            continue
        if _apart(other) == _apart(told):
            found[other["recipe"]["seed"]] = before
    found[seed] = value
    if len(found) == 1:
        return None
    seeds = sorted(found)
    values = [found[each] for each in seeds]
    return {"values": values, "seeds": seeds, "spread": stdev(values)}


def _apart(told: dict[str, Any]) -> dict[str, Any]:
    """Return what a run began with, apart from its seed."""
    return told | {"recipe": told["recipe"] | {"seed": None}}
