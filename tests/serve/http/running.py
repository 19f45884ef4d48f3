"""A real server on 127.0.0.1 in a thread of this process, and customers to call it."""

from __future__ import annotations

import asyncio
import io
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvloop

from seedbed.home import Home
from seedbed.ledger import migrations
from seedbed.ledger.database import Database
from seedbed.ledger.ledger import Ledger
from seedbed.ledger.money import NANOS
from seedbed.serve.listener import Server
from seedbed.serve.log import AccessLog
from seedbed.serve.metrics import Metrics
from seedbed.serve.service import Service, Settings
from seedbed.serve.traffic import Rule, Traffic

OPEN: dict[str, Any] = {
    "name": "open",
    "currency": "USD",
    "charges": [{"tiers": [{"price": "0.01"}]}],
}
"""A cent an answer, no limits."""

TEXT = "What happened to my card?"
SETTLED = 10.0


@dataclass(frozen=True)
class Customer:
    """A customer with a key, and a client that sends it."""

    id: str
    key_id: str
    secret: str
    client: httpx.Client

    def predict(self, body: Any = None, path: str = "/v1/predict/demo", **told: Any) -> Any:
        return self.client.post(path, json={"text": TEXT} if body is None else body, **told)

    def calls(self) -> list[dict[str, Any]]:
        """Return the rows of its calls, oldest first."""
        found: list[dict[str, Any]] = self.client.get("/v1/calls").json()["data"]
        return found[::-1]

    def settled(self, count: int) -> list[dict[str, Any]]:
        """Return the rows of its calls once there are so many and none is under way."""
        until = time.monotonic() + SETTLED
        while time.monotonic() < until:
            found = self.calls()
            if len(found) >= count and all(row["status"] != "reserved" for row in found):
                return found
            time.sleep(0.02)
        raise AssertionError(f"{count} rows were to come: {found}")


class Running:
    """A server that is ready.

    Args:
        home: Where its releases are.
        where: The folder of its ledger, or the URL of one.
        settings: What it allows.
        rule: When a canary or a new champion is rolled back.
    """

    def __init__(
        self,
        home: Home,
        where: Path | str,
        settings: Settings | None = None,
        rule: Rule | None = None,
    ) -> None:
        self.home = home
        self.rule = rule
        self.settings = settings or Settings()
        self.database = Database(where / "ledger.db" if isinstance(where, Path) else where)
        migrations.migrate(self.database)
        self.lines = io.BytesIO()
        self._clients: list[httpx.Client] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="server", daemon=True)
        self._thread.start()
        assert self._ready.wait(30), "the server did not start"
        self.admin_key = self.ledger.keys.create(None, scopes={"verbs": ["admin"]})[1]
        self.admin = self.client(self.admin_key)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, secret: str | None = None, **told: Any) -> httpx.Client:
        headers = {"authorization": f"Bearer {secret}"} if secret else {}
        made = httpx.Client(base_url=self.address, headers=headers, timeout=30, **told)
        self._clients.append(made)
        return made

    def customer(
        self,
        plan: Mapping[str, Any] = OPEN,
        *,
        credit: str | None = None,
        scopes: Mapping[str, Any] | None = None,
        **told: Any,
    ) -> Customer:
        """Make a customer on a plan, with a key."""
        ledger = self.ledger
        published = ledger.plans.publish(plan)
        made = ledger.customers.create("Acme", currency=published.plan.currency, **told)
        ledger.subscriptions.subscribe(made.id, published.name, version=published.version)
        if credit is not None:
            ledger.credits.grant(made.id, int(float(credit) * NANOS))
        key, secret = ledger.keys.create(made.id, scopes=scopes)
        return Customer(made.id, key.id, secret, self.client(secret))

    def log(self) -> bytes:
        """Return what was logged so far."""
        time.sleep(0.5)
        return self.lines.getvalue()

    def on_loop(self, work: Any) -> Any:
        """Do something in the server's loop: a coroutine."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def raw(self) -> socket.socket:
        """Return a connection to write bytes to."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def stop(self) -> None:
        """Stop as SIGTERM does."""
        for client in self._clients:
            client.close()
        if self._thread.is_alive():
            self.loop.call_soon_threadsafe(self.server.stop)
            self._thread.join(60)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        metrics = Metrics()
        self.loop = asyncio.get_running_loop()
        self.ledger = Ledger(self.database, committed=metrics.committed)
        if not self.ledger.traffic.aliases():
            told: dict[str, Any] = {"action": "set", "before": None, "after": 1, "measured": {}}
            first = {"champion": (1, None, False)}
            self.ledger.traffic.move("demo", first, by="test", reason="", **told)
        self.traffic = Traffic(
            self.home,
            self.ledger.traffic,
            threads=1,
            rule=self.rule,
            names=self.settings.releases,
            most_seconds=self.settings.max_queue,
        )
        log = AccessLog(self.lines)
        self.service = Service(self.ledger, self.traffic, self.settings, log, metrics)
        await self.service.start()
        self.server = Server(self.service)
        with socket.create_server(("127.0.0.1", 0)) as sock:
            self.port = sock.getsockname()[1]
            await self.server.serve_on(sock, self._ready.set)
        await self.service.close()


def receive_all(sock: socket.socket) -> bytes:
    """Return what comes until the other side closes."""
    found = b""
    try:
        while piece := sock.recv(65536):
            found += piece
    except ConnectionResetError:
        pass
    return found
