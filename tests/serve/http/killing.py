"""The drill over HTTP: parallel callers on credit for 100 units, the server killed at random.

    python tests/serve/http/killing.py                      64 callers, 10,000 tries, 50 kills
    python tests/serve/http/killing.py --db postgresql://…  the same on an empty database there

A try is a request with an Idempotency-Key, sent again until its answer or its refusal has come.
What breaks off is sent again to the next server; but half of the callers whose answer may be lost
give up, and ask for it only at the end. Then the units charged, the answers had or had again, and
the credit spent must all be 100, with nothing reserved, no key in use, and each answer given again,
word for word and free.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
from process import Process, free_port

TESTS = Path(__file__).parents[2]
sys.path += [str(TESTS), str(TESTS / "ledger")]

from drill import UNITS, book, unequal  # noqa: E402
from shop import PREPAID  # noqa: E402
from sqlalchemy import func, select  # noqa: E402

import release_sample as sample  # noqa: E402
from seedbed.home import Home  # noqa: E402
from seedbed.ledger import recovery  # noqa: E402
from seedbed.ledger.database import Database  # noqa: E402
from seedbed.ledger.ledger import Ledger  # noqa: E402
from seedbed.ledger.migrations import migrate  # noqa: E402
from seedbed.ledger.money import NANOS  # noqa: E402
from seedbed.ledger.schema.calls import calls  # noqa: E402

TEXT = "What happened to my card?"
LATE = 0.98
"""Share of requests that leave no time for their answer: claimed, failed and free, and sent again.
So the credit lasts for many lives of the server."""
STARTING, HOLDING = 0.2, 0.5
"""Shares of kills that come before the server is ready, while it frees what the last one held, and
while the ledger holds a reservation. The others come within 0.3 s, at any moment."""
PAUSE = 0.05


@dataclass
class Found:
    """What came of a drill.

    Attributes:
        orphans: Calls that were under way when their server was killed, and were released.
        had: Answers by the number of their request.
        had_again: Those that had been lost, and were had at the end.
        lost: Requests that were given up.
        differ: Those whose answer was not given again as it was.
        lives: Servers that gave an answer.
    """

    kills: int = 0
    orphans: int = 0
    tries: int = 0
    seconds: float = 0.0
    had: dict[int, bytes] = field(default_factory=dict)
    had_again: int = 0
    lost: list[int] = field(default_factory=list)
    differ: list[int] = field(default_factory=list)
    unforeseen: Counter[str] = field(default_factory=Counter)
    lives: set[int] = field(default_factory=set)
    ends: Counter[str] = field(default_factory=Counter)
    book: dict[str, Any] = field(default_factory=dict)

    def problems(self) -> Iterator[str]:
        """Yield what is not as it must be."""
        yield from unequal(self.book, len(self.had))
        for number in self.differ:
            yield f"the answer to {number} was not given again as it was, marked and free"
        for what, times in self.unforeseen.items():
            yield f"{times} times: {what}"


class Drill:
    """Callers, and the server that they call.

    Args:
        home: Where the release `demo` is.
        url: Of an empty database.
        callers: That call at the same time.
        tries: Requests that are to be answered or refused.
        kills: Of the server.
        late: Share of requests that leave no time for their answer.
        seed: Of the moments.
    """

    def __init__(
        self,
        home: Path,
        url: str,
        *,
        callers: int,
        tries: int,
        kills: int,
        late: float = LATE,
        seed: int = 0,
    ) -> None:
        self.found = Found(tries=tries)
        self._home, self._url, self._database = home, url, Database(url)
        self._callers, self._kills, self._late = callers, kills, late
        self._chance = random.Random(seed)
        self._port = free_port()
        self._undone = list(range(tries))[::-1]
        self._up = asyncio.Event()
        self._server: Process | None = None

    async def run(self) -> Found:
        """Run it to the end."""
        began = time.monotonic()
        customer, secret = shop(self._url)
        headers = {"authorization": f"Bearer {secret}"}
        address = f"http://127.0.0.1:{self._port}"
        limits = httpx.Limits(max_connections=self._callers)
        async with httpx.AsyncClient(
            base_url=address, headers=headers, timeout=30, limits=limits
        ) as client:
            try:
                calling = [asyncio.create_task(self._caller(client)) for _ in range(self._callers)]
                for _ in range(self._kills):
                    await self._one_life()
                await self._start()
                _, waiting = await asyncio.wait(calling, timeout=60 + 0.1 * self.found.tries)
                for caller in waiting:
                    caller.cancel()
                if waiting:
                    self.found.unforeseen["a caller came to no end"] += len(waiting)
                await asyncio.gather(*calling, return_exceptions=bool(waiting))
                await self._ask_again(client)
            finally:
                if self._server is not None:
                    self._server.end()
        self.found.book = book(self._database, customer)
        ended = select(func.count()).where(calls.c.reason == recovery.REASON)
        with self._database.reading() as connection:
            self.found.orphans = connection.execute(ended).scalar_one()
        self._database.close()
        self.found.seconds = time.monotonic() - began
        return self.found

    async def _one_life(self) -> None:
        """Start a server and kill it: while it starts, soon after, or while it holds credit."""
        kind = self._chance.random()
        if kind < STARTING:
            self._server = self._begun()
            await asyncio.sleep(self._chance.uniform(0.0, 1.5))
        else:
            await self._start()
            if kind < STARTING + HOLDING:
                await self._holding()
            else:
                await asyncio.sleep(self._chance.uniform(0.0, 0.3))
        assert self._server is not None
        self._up.clear()
        code, _, said = self._server.stop(signal.SIGKILL)
        assert code == -signal.SIGKILL, f"the server ended with {code}: {said}"
        self.found.kills += 1

    async def _holding(self) -> None:
        """Wait until the ledger holds a reservation, as long as there is credit to reserve."""
        held = select(calls.c.id).where(calls.c.status == "reserved").limit(1)
        until = time.monotonic() + 10
        while len(self.found.had) < UNITS and time.monotonic() < until:
            with self._database.reading() as connection:
                if connection.execute(held).first() is not None:
                    return
            await asyncio.sleep(0)

    async def _start(self) -> None:
        self._server = self._begun()
        await asyncio.to_thread(self._server.wait)
        self._up.set()

    def _begun(self) -> Process:
        options = ("--release", "demo", "--log", "")
        return Process(self._home, *options, port=self._port, db=self._url)

    async def _caller(self, client: httpx.AsyncClient) -> None:
        while self._undone:
            await self._try(client, self._undone.pop())

    async def _try(self, client: httpx.AsyncClient, number: int) -> None:
        """Send a request until its end is known, or its caller gives up."""
        while True:
            await self._up.wait()
            server = self._server
            assert server is not None
            late = {"prefer": "wait=0"} if random.random() < self._late else {}
            try:
                response = await client.post(**_request(number, late))
            except httpx.ConnectError:
                self.found.ends["no server"] += 1
                await asyncio.sleep(PAUSE)
                continue
            except httpx.TransportError:
                self.found.ends["broken off"] += 1
                if not late and random.random() < 0.5:
                    self.found.lost.append(number)
                    return
                continue
            self.found.ends[_end(response)] += 1
            if response.status_code == 200:
                self.found.had[number] = response.content
                self.found.lives.add(server.popen.pid)
            elif response.status_code != 402:
                self._look(response)
                await asyncio.sleep(PAUSE / 10)
                continue
            return

    def _look(self, response: httpx.Response) -> None:
        """Note a response that nobody should get, however often the server dies."""
        kind = response.headers.get("content-type")
        # What is under way, held, late, or met a ledger that another server still writes to.
        code = response.json()["code"] if kind == "application/problem+json" else kind
        if code not in ("SB719", "SB714", "SB809", "SB701"):
            self.found.unforeseen[f"{response.status_code} {code}"] += 1

    async def _ask_again(self, client: httpx.AsyncClient) -> None:
        """Have each answer given once more, those that were lost on the way too."""
        for number in self.found.lost:
            response = await client.post(**_request(number))
            if response.status_code == 200:
                self.found.had[number] = response.content
                self.found.had_again += 1
            elif response.status_code != 402:
                self._look(response)
        for number, content in self.found.had.items():
            response = await client.post(**_request(number))
            replayed = response.headers.get("idempotency-replayed") == "true"
            if not replayed or response.content != content:
                self.found.differ.append(number)


def _request(number: int, more: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    body, headers = {"text": f"{TEXT} {number}"}, {"idempotency-key": f"try-{number}"}
    return {"url": "/v1/predict/demo", "json": body, "headers": {**headers, **more}}


def _end(response: httpx.Response) -> str:
    if response.status_code != 200:
        return f"{response.status_code} {response.json()['code']}"
    return "replayed" if "idempotency-replayed" in response.headers else "answered"


def shop(url: str, units: int = UNITS) -> tuple[str, str]:
    """Make a customer with credit for so many units; return its id and a key's secret."""
    ledger = Ledger(Database(url))
    migrate(ledger.database)
    plan = ledger.plans.publish(PREPAID)
    made = ledger.customers.create("Acme", currency=plan.plan.currency)
    ledger.subscriptions.subscribe(made.id, plan.name)
    ledger.credits.grant(made.id, units * NANOS)
    _, secret = ledger.keys.create(made.id)
    ledger.database.close()
    return made.id, secret


def made_home(folder: Path) -> Path:
    """Return a new home with the small release `demo/1`."""
    home, candidate = Home(folder / "home"), folder / "candidate"
    candidate.mkdir()
    sample.release(home, sample.candidate(candidate), sample.exam(), ["onnx-float32"])
    return home.root


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", help="URL of an empty database; by default a new SQLite file")
    parser.add_argument("--home", type=Path, help="with a release `demo`; by default a new one")
    parser.add_argument("--callers", type=int, default=64)
    parser.add_argument("--tries", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--late", type=float, default=LATE, help="share of requests without time")
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    many = {name: getattr(told, name) for name in ("callers", "tries", "kills", "late", "seed")}
    with tempfile.TemporaryDirectory() as folder:
        home = told.home or made_home(Path(folder))
        url = told.db or f"sqlite:///{Path(folder) / 'ledger.db'}"
        found = asyncio.run(Drill(home, url, **many).run())
    problems = list(found.problems())
    said = {"kills": found.kills, "tries": found.tries, "callers": told.callers}
    said |= {"seconds": round(found.seconds, 1), "ends": dict(found.ends)}
    said |= {"had": len(found.had), "had_again_at_the_end": found.had_again}
    said |= {
        "orphans_released": found.orphans,
        "given_up": len(found.lost),
        "lives_that_answered": len(found.lives),
    }
    print(json.dumps(said | {"ledger": found.book, "problems": problems}, indent=2))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
