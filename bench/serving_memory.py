"""Memory of a server call after call, and on a ledger of a million calls; what that makes slow."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any
from urllib import request as web

from bench import load
from bench.base import Figure
from bench.ledger_rows import fill
from bench.serving import CALLERS, Server, books, home, predicts, served

MANY = 1_000_000
WARM_CALLS = 100_000
MOST_SECONDS = 1800.0
TURN_SECONDS = 2.0
REACH_MB = 8.0
"""Growth after the first calls that is taken for none: of a process of some hundreds."""

MANY_DAYS = 27
"""Over which they came: within one period, whatever the month."""
MANY_TURNS = 8
WARM_TURNS = 2
"""Turns until each connection to the database has filled its cache of pages."""
REACH_SECONDS = 0.2
"""For what adds up a million calls, once their days have been added up."""
REACH_MS = 50.0
"""For what does not."""
TEXTS = [f"card {i}" for i in range(300)]


def run() -> list[Figure]:
    return [_call_after_call(), *_on_many_calls()]


def _call_after_call() -> Figure:
    points: list[dict[str, Any]] = []
    count, failed = 0, 0
    with home() as made, served(made) as server:
        requests = predicts(TEXTS, server.keys[0])
        until = time.monotonic() + MOST_SECONDS
        while count < MANY and time.monotonic() < until:
            calls = _turn(server, requests, 5 * TURN_SECONDS)
            count += len(calls)
            failed += len(load.failed(calls))
            points.append({"calls": count, **server.memory()})
    warm = next((point for point in points if point["calls"] >= WARM_CALLS), points[-1])
    last = points[-1]
    grown = {name: last[name] - warm[name] for name in ("VmRSS", "RssAnon")}
    return Figure(
        f"memory of the server after {MANY:,} calls",
        f"no growth over the first {WARM_CALLS:,} (≤ {REACH_MB:.0f} MB)",
        f"{grown['VmRSS']:+.1f} MB, of {last['VmRSS']:.0f} MB, from call {warm['calls']:,} to call "
        f"{count:,}; {failed} failed",
        grown["VmRSS"] <= REACH_MB and not failed and count >= MANY,
        {"points": points, "anonymous": grown["RssAnon"], "failed": failed},
    )


def _on_many_calls() -> list[Figure]:
    """Serve the customer of a million calls and another, and ask what both would ask."""
    with home() as made:
        (many, few), _ = books(made, 2, days=MANY_DAYS)
        fill(made, MANY, of=many)
        with served(made, customers=0) as server:
            fresh = server.memory()
            requests = predicts(TEXTS, many)
            points = [{"calls": len(_turn(server, requests)), **server.memory()}]
            first = _asked(server, many)
            for _ in range(MANY_TURNS):
                _asked(server, many)
                points.append({"calls": len(_turn(server, requests)), **server.memory()})
            took = {"many": _asked(server, many), "few": _asked(server, few)}
    grown = points[-1]["VmRSS"] - points[WARM_TURNS]["VmRSS"]
    calls = sum(point["calls"] for point in points[WARM_TURNS + 1 :])
    sums = max(took["many"]["preview"], took["many"]["usage"])
    others = 1000 * max(took["many"]["calls"], *took["few"].values())
    return [
        Figure(
            f"memory of the server on a ledger of {MANY:,} calls",
            f"no growth (≤ {REACH_MB:.0f} MB)",
            f"{grown:+.1f} MB, of {points[-1]['VmRSS']:.0f} MB, over {calls:,} calls and "
            f"{MANY_TURNS - WARM_TURNS} previews of the million",
            grown <= REACH_MB,
            {"fresh": fresh, "points": points},
        ),
        Figure(
            f"preview and usage by day of a customer with {MANY:,} calls in {MANY_DAYS} days",
            f"≤ {REACH_SECONDS:g} s; its newest calls, and all of another's, ≤ {REACH_MS:.0f} ms",
            f"{took['many']['preview']:.2f} s and {took['many']['usage']:.2f} s "
            f"(the first time {first['preview']:.1f} s); {others:.0f} ms",
            sums <= REACH_SECONDS and others <= REACH_MS,
            took | {"first": first},
        ),
    ]


def _turn(
    server: Server, requests: Sequence[bytes], seconds: float = TURN_SECONDS
) -> list[load.Call]:
    return load.run(
        load.closed(server.port, requests, callers=CALLERS, seconds=seconds, settle=0.0)
    )


def _asked(server: Server, key: str) -> dict[str, float]:
    """Return how long a customer waits for its preview, its usage and its newest calls."""
    paths = {"preview": "/v1/invoices/preview", "usage": "/v1/usage", "calls": "/v1/calls"}
    took = {}
    for name, path in paths.items():
        url = f"http://{load.HOST}:{server.port}{path}"
        asked = web.Request(url, headers={"authorization": f"Bearer {key}"})
        began = time.perf_counter()
        with web.urlopen(asked, timeout=60) as answer:
            answer.read()
        took[name] = time.perf_counter() - began
    return took
