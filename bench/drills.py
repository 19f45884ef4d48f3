"""The drills of `docs/explanation/admission.md` in full: killed, locked, filled, taken away."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bench.base import ROOT, Figure, Skipped

TESTS = ROOT / "tests"
LEDGER, HTTP = TESTS / "ledger" / "drill.py", TESTS / "serve" / "http" / "killing.py"
AWAY = TESTS / "serve" / "http" / "away.py"
ALL = "units charged = answers had = 100, nothing left reserved"
BY_ITSELF = "goes on by itself, nothing wrongly charged"


def run() -> list[Figure]:
    return [each() for each in PARTS.values()]


def _killed(what: str, *command: str) -> Figure:
    (told,) = _printed(*command)
    book = told["ledger"]
    return Figure(
        f"{what}, {told['callers']} callers, {told['tries']:,} tries, {told['kills']} SIGKILLs",
        ALL,
        f"{book['charged']} charged, {told['had']} answers, {book['reserved']} reserved, in "
        f"{told['seconds']:.0f} s",
        not told["problems"] and book["charged"] == told["had"] == 100 and not book["reserved"],
        told,
    )


def _ledger() -> Figure:
    return _killed("the ledger", str(LEDGER))


def _ledger_on_postgresql() -> Figure:
    with _postgresql() as url:
        return _killed("the ledger on PostgreSQL", str(LEDGER), "--db", url)


def _http() -> Figure:
    return _killed("`seedbed serve`", str(HTTP))


def _http_on_postgresql() -> Figure:
    with _postgresql() as url:
        return _killed("`seedbed serve` on PostgreSQL", str(HTTP), "--db", url)


def _away() -> Figure:
    told = [each for each in _printed(str(AWAY)) if "skipped" not in each]
    each = ", ".join(f"{one['way']} {one['recovered_seconds']:.2f} s" for one in told)
    longest = max(one["slowest_seconds"] for one in told)
    return Figure(
        f"`seedbed serve` with its database gone for {told[0]['seconds']:.0f} s under load",
        BY_ITSELF,
        f"calls go on after {each}; the longest wait meanwhile {longest:.1f} s",
        not any(one["problems"] for one in told),
        {"ways": told},
    )


PARTS: dict[str, Callable[[], Figure]] = {
    "ledger": _ledger,
    "ledger_postgresql": _ledger_on_postgresql,
    "http": _http,
    "http_postgresql": _http_on_postgresql,
    "away": _away,
}
"""By name; `python -m bench drills` runs all."""


def _printed(*command: str) -> list[dict[str, Any]]:
    """Run a drill and return what it printed: one JSON object after another."""
    done = subprocess.run(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )
    found, rest, reader = [], done.stdout.strip(), json.JSONDecoder()
    while rest:
        one, end = reader.raw_decode(rest)
        found.append(one)
        rest = rest[end:].lstrip()
    if not found:
        raise RuntimeError(f"{command[0]} ended with {done.returncode} and printed nothing")
    return found


@contextmanager
def _postgresql() -> Iterator[str]:
    """Give the URL of an empty database of a PostgreSQL that is started for it."""
    sys.path.insert(0, str(LEDGER.parent))
    import postgres

    folder = postgres.binaries()
    if folder is None:
        raise Skipped("PostgreSQL is not installed: no initdb on the PATH")
    server = postgres.Server(folder)
    try:
        server.start()
        yield server.url("postgres")
    finally:
        server.remove()
