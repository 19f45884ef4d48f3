"""uvicorn, with a stop that tells every client, and an eye on clients that hold it up."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from seedbed.serve.app import create_app
from seedbed.serve.log import Discreet
from seedbed.serve.protocol import Guarded, guarded
from seedbed.serve.service import Service

GRACE_SECONDS = 0.5
"""How long connections are kept after a stop was asked for, so that each is told so."""

DRAIN_SECONDS = 60
"""How long calls under way may take after that."""

KEEP_ALIVE_SECONDS = 75
DISCREET = Discreet()
SWEEP_TICKS = 10  # of a tenth of a second each


class Server(uvicorn.Server):
    """uvicorn, with a stop that tells every client, and an eye on clients that hold it up.

    Args:
        service: What is served.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self._ready: Callable[[], None] = lambda: None
        logging.getLogger("uvicorn.error").addFilter(DISCREET)
        super().__init__(
            uvicorn.Config(
                create_app(service),
                loop="none",
                http=guarded(service.settings.bounds),
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )
        )

    async def serve_on(self, sock: socket.socket, ready: Callable[[], None]) -> None:
        """Serve on a socket until a signal comes, and say when it has begun."""
        self._ready = ready
        await self.serve(sockets=[sock])

    def stop(self) -> None:
        """Begin to stop; asked a second time, drop what is under way."""
        self.service.drain()
        self.force_exit = self.should_exit
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT, and end with exit code 0; a main thread's privilege."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        caught = (signal.SIGTERM, signal.SIGINT)
        for number in caught:
            loop.add_signal_handler(number, self.stop)
        try:
            yield
        finally:
            for number in caught:
                loop.remove_signal_handler(number)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        self._ready()

    async def on_tick(self, counter: int) -> bool:
        """Part with clients that hold connections without use."""
        if counter % SWEEP_TICKS == 0:
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, Guarded):
                    connection.sweep(now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Tell every client that asks, then finish what is under way, then close."""
        self.service.drain()
        await asyncio.sleep(GRACE_SECONDS)
        await super().shutdown(sockets)
