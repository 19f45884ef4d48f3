"""The server's batcher, in one process, against its engine fed with perfect batches."""

from __future__ import annotations

import asyncio
import csv
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np

from bench.base import Figure, rows, tune
from seedbed.backbones.batches import by_length
from seedbed.release import store
from seedbed.release.store import Release
from seedbed.serve.batcher import Batcher
from seedbed.serve.replica import Replica, Row
from seedbed.serve.traffic import SWITCH_SECONDS

CALLERS = 64
EACH = 150
"""Rows of each set: banking77's questions are short, medquad's answers are cut at 128 pieces."""
ROUNDS = 4
BUDGETS = (256, 512, 1024, 2048)
"""Word pieces to a perfect batch; the best of them is what the batcher is held to."""
ALONE = 60


def run() -> list[Figure]:
    sys.setswitchinterval(SWITCH_SECONDS)
    replica, texts = Replica(release()), mixed()
    encoded = replica.encode(texts)
    took: dict[str | int, list[float]] = {}
    batcher = Batcher(replica)
    for _ in range(ROUNDS):
        for budget in BUDGETS:
            took.setdefault(budget, []).append(perfect(replica, encoded, budget))
        took.setdefault("rows", []).append(served(batcher, encoded, lambda row: [row]))
        took.setdefault("texts", []).append(served(batcher, texts, lambda t: replica.encode([t])))
    best = min(BUDGETS, key=lambda budget: median(took[budget]))
    bare, own, whole = median(took[best]), median(took["rows"]), median(took["texts"])
    alone = one_by_one(replica, encoded)
    lone, beside = asyncio.run(beside_a_flood(batcher, encoded))
    asyncio.run(batcher.drain())
    detail = {"seconds": took, "best": best, "engine": replica.run(encoded[:8]).engine}
    return [
        Figure(
            f"rows/s of the batcher, {CALLERS} callers of one row each, banking77 and medquad",
            "≥ 95 % of the engine fed with perfect batches",
            f"{bare / own:.1%} ({len(texts) / own:.0f} against {len(texts) / bare:.0f} rows/s); "
            f"{bare / whole:.1%} with the callers' texts to be tokenised",
            bare / own >= 0.95,
            detail,
        ),
        Figure(
            "what the batcher adds to a lone call",
            "≤ 1 ms",
            f"{lone[0] - alone:.2f} ms to the engine's {alone:.2f} ms",
            lone[0] - alone <= 1,
            {"alone_ms": alone, "lone_ms": lone},
        ),
        Figure(
            "a caller beside a flood from another key, p99",
            "no figure was asked for without HTTP",
            f"{beside[1]:.1f} ms against {lone[1]:.1f} ms without it",
            None,
            {"lone_ms": lone, "beside_ms": beside},
        ),
    ]


def release() -> Release:
    """Tune the cheapest release that has an encoder."""
    data = {"train": str(rows("banking77") / "train.csv"), "limit": 2000}
    recipe = {"name": "batching", "data": data, "ladder": {"rungs": ["probe"]}}
    return store.opened(tune(recipe).release)


def mixed() -> list[str]:
    """Return short questions and long answers, shuffled."""
    with (rows("banking77") / "test.csv").open(encoding="utf-8") as file:
        short = [row["text"] for row in csv.DictReader(file)][:EACH]
    with (rows("medquad") / "test.jsonl").open(encoding="utf-8") as file:
        long = [json.loads(line)["answer"] for line in file][:EACH]
    texts = short + long
    random.Random(0).shuffle(texts)
    return texts


def perfect(replica: Replica, encoded: Sequence[Row], budget: int) -> float:
    """Return the seconds of all rows, sorted and cut beforehand."""
    batches = by_length(np.array([row.size for row in encoded]), CALLERS, budget)
    ready = [[encoded[i] for i in batch] for batch in batches]
    began = time.perf_counter()
    for batch in ready:
        replica.run(batch)
    return time.perf_counter() - began


def served(batcher: Batcher, items: Sequence[Any], encode: Callable[[Any], list[Row]]) -> float:
    """Return the seconds in which callers, each waiting for its answer, have all computed."""

    async def all_callers() -> None:
        waiting = iter(items)

        async def caller() -> None:
            for item in waiting:
                await batcher.logits(encode(item), lane="key")

        await asyncio.gather(*(caller() for _ in range(CALLERS)))

    began = time.perf_counter()
    asyncio.run(all_callers())
    return time.perf_counter() - began


def one_by_one(replica: Replica, encoded: Sequence[Row]) -> float:
    """Return the median milliseconds of the engine for one row."""
    took = []
    for row in encoded[:ALONE]:
        began = time.perf_counter()
        replica.run([row])
        took.append(1000 * (time.perf_counter() - began))
    return median(took)


async def beside_a_flood(
    batcher: Batcher, encoded: Sequence[Row]
) -> tuple[list[float], list[float]]:
    """Return p50 and p99 in milliseconds of one caller: alone, and beside 64 of another key."""

    async def calls() -> list[float]:
        took = []
        for row in encoded[:ALONE]:
            began = time.perf_counter()
            await batcher.logits([row], lane="own")
            took.append(1000 * (time.perf_counter() - began))
            await asyncio.sleep(0.01)
        return [float(each) for each in np.percentile(took, [50, 99])]

    async def flood(place: int) -> None:
        while True:
            place = (place + 1) % len(encoded)
            await batcher.logits([encoded[place]], lane="other")

    lone = await calls()
    flooding = [asyncio.create_task(flood(i)) for i in range(CALLERS)]
    await asyncio.sleep(0.2)
    beside = await calls()
    for task in flooding:
        task.cancel()
    await asyncio.gather(*flooding, return_exceptions=True)
    return lone, beside
