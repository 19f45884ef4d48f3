"""The server: everything made, started, listened on, and stopped without a request lost."""

from __future__ import annotations

import asyncio
import json
import logging
import resource
import shlex
import socket
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import uvloop

from seedbed.errors import AddressTaken, SeedbedError
from seedbed.home import Home
from seedbed.ledger.database import Database
from seedbed.ledger.ledger import Ledger
from seedbed.release import store
from seedbed.serve import trial
from seedbed.serve.aliases import CHAMPION
from seedbed.serve.listener import Server
from seedbed.serve.log import AccessLog, process_log
from seedbed.serve.metrics import Metrics
from seedbed.serve.routes import predict
from seedbed.serve.service import Service, Settings
from seedbed.serve.traffic import Traffic
from seedbed.tasks.base import Task

log = logging.getLogger(__name__)

FILES = 65_536


@dataclass(frozen=True, slots=True)
class Config:
    """What to serve, and where.

    Attributes:
        host: Address to listen on.
        port: Its port; 0 for any that is free.
        threads: Threads that an engine computes with; by default all.
        log: File of the access log; `-` for stderr, nothing for none.
        trial: Whether to make a customer and a key to try it with.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    threads: int | None = None
    log: str = "-"
    trial: bool = False
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True, slots=True)
class Started:
    """What is to be said when the server is ready.

    Attributes:
        address: Such as `http://127.0.0.1:8000`.
        releases: Names that can be called.
        admin_key: The secret of the admin key, if it was made just now.
        key: The secret of a key to try it with, if one was made.
        called: The release that `curl` calls.
        body: What it is asked there.
    """

    address: str
    releases: Sequence[str]
    admin_key: str | None
    key: str | None
    called: str
    body: Mapping[str, Any]

    @property
    def curl(self) -> str:
        """A command that calls a release, with options that every curl has."""
        bearer = f"'Authorization: Bearer {self.key}'"
        if self.key is None:
            bearer = '"Authorization: Bearer $SEEDBED_KEY"'
        body = shlex.quote(json.dumps(self.body, ensure_ascii=False))
        return (
            f"curl {self.address}/v1/predict/{self.called} -H {bearer}"
            f" -H 'content-type: application/json' -d {body}"
        )


def run(home: Home, config: Config, started: Callable[[Started], None]) -> None:
    """Serve the releases of a home until SIGTERM or SIGINT.

    Args:
        home: Where releases and the ledger are.
        config: What to serve, and where.
        started: Called once, when calls are answered.

    Raises:
        AddressTaken: the address cannot be listened on.
        LedgerUnavailable: the ledger cannot be opened.
        ReleaseError: no release, or one that cannot be loaded.
    """
    _more_files()
    with (
        process_log(sys.stderr),
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        _listening(config) as sock,
    ):
        runner.run(_serve(home, config, sock, started))


async def _serve(
    home: Home, config: Config, sock: socket.socket, started: Callable[[Started], None]
) -> None:
    metrics = Metrics()
    ledger = Ledger(Database.open(home), committed=metrics.committed)
    with _log(config.log) as lines:
        settings = config.settings
        traffic = Traffic(
            home,
            ledger.traffic,
            threads=config.threads,
            names=settings.releases,
            most_seconds=settings.max_queue,
        )
        service = Service(ledger, traffic, settings, AccessLog(lines), metrics)
        try:
            _check_names(home, settings.releases)
            await service.start()
            told = await _started(ledger, service, config, sock)
            await Server(service).serve_on(sock, lambda: started(told))
        finally:
            await service.close()


async def _started(
    ledger: Ledger, service: Service, config: Config, sock: socket.socket
) -> Started:
    made = ledger.keys.ensure_admin()
    key = trial.key(ledger) if config.trial else None
    host, port = sock.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    names = service.names()
    called, body = await _asked(service.traffic, names)
    secret = made[1] if made else None
    return Started(f"http://{shown}:{port}", names, secret, key, called, body)


async def _asked(traffic: Traffic, names: Sequence[str]) -> tuple[str, Mapping[str, Any]]:
    """Return the first release that can answer, and what it can be asked."""
    for name in names:
        with (
            suppress(SeedbedError),  # it could not be loaded, which is logged
            await traffic.route(name, customer="", version=CHAMPION) as route,
        ):
            return name, predict.body(route.replica.example)
    return next(iter(names), "NAME"), predict.body(Task.example)


def _check_names(home: Home, wanted: Collection[str]) -> None:
    for name in wanted:
        if name not in store.names(home):
            raise store.missing(home, name)


@contextmanager
def _listening(config: Config) -> Iterator[socket.socket]:
    """Give a socket that is bound before anything else is done, so that a taken port says so."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    sock = socket.socket(family)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((config.host, config.port))
        except OSError as cause:
            raise AddressTaken(
                expected=f"{config.host}:{config.port} to be free",
                got=cause.strerror or str(cause),
                do="Stop what listens there, or choose another: seedbed serve --port 8001.",
            ) from None
        yield sock
    finally:
        sock.close()


@contextmanager
def _log(where: str) -> Iterator[BinaryIO | None]:
    if where == "-":
        yield sys.stderr.buffer
    elif not where:
        yield None
    else:
        path = Path(where)
        try:
            stream = path.open("ab")
        except OSError as cause:
            raise SeedbedError(
                expected="a file that can be written to",
                got=cause.strerror or str(cause),
                do="Name another with --log, or - for stderr.",
                where=where,
            ) from None
        with stream:
            yield stream


def _more_files() -> None:
    """Allow as many connections as the system does: its default is for programs that open few."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
