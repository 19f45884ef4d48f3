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
ROUNDS = 5
SECONDS = 2.0
BUDGETS = (512, 1024, 2048)
"""Word pieces to a perfect batch; the batcher is held to the best of them."""
ALONE = 60


def run() -> list[Figure]:
    sys.setswitchinterval(SWITCH_SECONDS)
    replica, texts = Replica(release()), mixed()
    encoded = replica.encode(texts)
    rates, lone, beside = asyncio.run(measured(replica, texts, encoded))
    per_row = sum(row.size for row in encoded) / len(encoded)
    best = max(BUDGETS, key=lambda budget: median(each[budget] for each in rates))
    bare = median(each[best] for each in rates)
    own = median(each["rows"] / each[best] for each in rates)
    whole = median(each["texts"] / each[best] for each in rates)
    alone = one_by_one(replica, encoded)
    return [
        Figure(
            f"rows/s of the batcher, {CALLERS} callers of one row each, banking77 and medquad",
            "≥ 95 % of the engine fed with perfect batches",
            f"{own:.1%} ({own * bare / per_row:.0f} against {bare / per_row:.0f} rows/s); "
            f"{whole:.1%} where texts are tokenised too",
            own >= 0.95,
            {"tokens_per_second": rates, "best": best, "engine": replica.run(encoded[:8]).engine},
        ),
        Figure(
            "what the batcher adds to a lone call",
            "≤ 1 ms",
            f"{lone[0] - alone:.2f} ms to the engine's {alone:.2f} ms",
            lone[0] - alone <= 1,
            {"alone_ms": alone, "lone_ms": lone},
        ),
        Figure(
            "one caller beside 64 of another key, p99, without HTTP",
            "≤ 3 times its own without them",
            f"{beside[1] / lone[1]:.1f} times ({beside[1]:.1f} against {lone[1]:.1f} ms)",
            beside[1] <= 3 * lone[1],
            {"lone_ms": lone, "beside_ms": beside},
        ),
    ]


Rates = dict[str | int, float]


async def measured(
    replica: Replica, texts: Sequence[str], encoded: Sequence[Row]
) -> tuple[list[Rates], list[float], list[float]]:
    """Return tokens a second, round for round, and a caller's p50 and p99 alone and not alone."""
    batcher = Batcher(replica)
    rates: list[Rates] = []
    for _ in range(ROUNDS):
        found: Rates = {budget: perfect(replica, encoded, budget) for budget in BUDGETS}
        found["rows"] = await steady(batcher, encoded, lambda row: [row])
        found["texts"] = await steady(batcher, texts, lambda text: replica.encode([text]))
        rates.append(found)
    lone, beside = await beside_a_flood(batcher, encoded)
    await batcher.drain()
    return rates, lone, beside


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
    """Return tokens a second of all rows, sorted and cut beforehand."""
    batches = by_length(np.array([row.size for row in encoded]), CALLERS, budget)
    ready = [[encoded[i] for i in batch] for batch in batches]
    began = time.perf_counter()
    for batch in ready:
        replica.run(batch)
    return sum(row.size for row in encoded) / (time.perf_counter() - began)


async def steady(
    batcher: Batcher, items: Sequence[Any], encode: Callable[[Any], list[Row]]
) -> float:
    """Return tokens a second for callers who each wait for an answer before they call again."""
    done = 0

    async def caller(place: int) -> None:
        nonlocal done
        while True:
            place = (place + 1) % len(items)
            computed = await batcher.logits(encode(items[place]), lane="key")
            done += computed.tokens  # not in one line: it would add to what was before the wait

    callers = [asyncio.create_task(caller(place * 7)) for place in range(CALLERS)]
    await asyncio.sleep(0.3)
    done, began = 0, time.perf_counter()
    await asyncio.sleep(SECONDS)
    rate = done / (time.perf_counter() - began)
    await stopped(callers)
    return rate


async def stopped(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


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
    await stopped(flooding)
    return lone, beside
