"""The server: everything made, started, listened on, and stopped without a request lost."""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import uvloop

from seedbed.errors import AddressTaken, SeedbedError
from seedbed.home import Home
from seedbed.ledger.database import Database
from seedbed.ledger.ledger import Ledger
from seedbed.release import store
from seedbed.serve import trial
from seedbed.serve.listener import Server
from seedbed.serve.log import AccessLog, process_log
from seedbed.serve.metrics import Metrics
from seedbed.serve.service import Service, Settings
from seedbed.serve.traffic import Traffic

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
    """

    address: str
    releases: Sequence[str]
    admin_key: str | None
    key: str | None

    @property
    def curl(self) -> str:
        """A command that calls the first release."""
        name = self.releases[0] if self.releases else "NAME"
        key = self.key or "$SEEDBED_KEY"
        return (
            f"curl {self.address}/v1/predict/{name} -H 'Authorization: Bearer {key}'"
            """ --json '{"text": "My card has not arrived."}'"""
        ).replace("'Authorization: Bearer $SEEDBED_KEY'", '"Authorization: Bearer $SEEDBED_KEY"')


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
            told = _started(ledger, service, config, sock)
            await Server(service).serve_on(sock, lambda: started(told))
        finally:
            await service.close()


def _started(ledger: Ledger, service: Service, config: Config, sock: socket.socket) -> Started:
    made = ledger.keys.ensure_admin()
    key = trial.key(ledger) if config.trial else None
    host, port = sock.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    names = service.names()
    return Started(f"http://{shown}:{port}", names, made[1] if made else None, key)


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
