"""Running the server: the port is bound first, signals end it gently, and what runs beside it ends with it.

Connections are accepted and watched by us (``accepting``, ``connections``, ``protocols``); the rest of serving is
uvicorn's. The end has stages, counted from the signal: nothing new is accepted, waits that requests stated end with the
id of what goes on, and sockets with 1001; after ``ENDING_SECONDS`` what still runs is cancelled, which rolls it back,
and answered UNAVAILABLE; then connections are dropped; after ``ENDED_SECONDS`` the process is gone whatever holds it.
"""

import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvicorn
import uvloop
from starlette.types import ASGIApp

from core import limits
from gateway.errors import CommandError
from gateway.log import Log
from gateway.server.accepting import Acceptor
from gateway.server.collecting import collected_apart
from gateway.server.connections import SWEEP_SECONDS, Capacity, Connection, Connections
from gateway.server.protocols import HTTP, Socket

_BACKLOG = 2048
SWITCH_SECONDS = 0.001
SIGNALS = (signal.SIGINT, signal.SIGTERM)


def bound(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address (port 0: any free one); raises ``CommandError``."""
    made: socket.socket | None = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(_BACKLOG)
    except OSError as error:
        if made is not None:
            made.close()
        raise CommandError(
            f"{host}:{port} cannot be listened on: {error.strerror or error}. Choose another with --host and --port."
        ) from error
    return made


def address_of(listener: socket.socket) -> str:
    """Return the address for people, ``http://host:port``."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """A server that leaves signals to us: uvicorn's own way raises them again before the database is stopped.

    ``up`` is set as soon as it answers; ``ending`` is called when it begins to stop.
    """

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None], log: Log) -> None:
        super().__init__(config)
        self.up = asyncio.Event()
        self.open: Connections | None = None
        self._ending = ending
        self._log = log
        self._acceptors: list[Acceptor] = []
        self._sweeping: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])  # uvicorn listens to none of them
        self.open = Connections(self._log, Capacity.of_process(), asyncio.get_running_loop().time)
        self._sweeping = asyncio.create_task(_swept(self.open))
        self._acceptors = [Acceptor(one, self.open, self._protocol, self._log) for one in sockets or []]
        for acceptor in self._acceptors:
            acceptor.start()
        self.up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        assert self.open is not None
        assert self._sweeping is not None
        self._ending()
        for acceptor in self._acceptors:
            acceptor.close()
        for one in sockets or []:
            one.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if not await self._quiet(limits.ENDING_SECONDS):
            # Cancelled requests roll back and are answered; their clients get a moment to read that.
            for task in list(self.server_state.tasks):
                task.cancel()
            await self._quiet((limits.ENDED_SECONDS - limits.ENDING_SECONDS) / 3)
        self.open.abort()
        self._sweeping.cancel()
        self.open.tell()
        with suppress(TimeoutError):
            async with asyncio.timeout((limits.ENDED_SECONDS - limits.ENDING_SECONDS) / 3):
                await self.lifespan.shutdown()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def _protocol(self, connection: Connection) -> asyncio.Protocol:
        assert self.open is not None
        return HTTP(self.config, self.server_state, self.lifespan.state, connection=connection, connections=self.open)

    async def _quiet(self, seconds: float) -> bool:
        """Wait until nothing is under way and nobody connected, at most so long; return whether it came to that."""
        assert self.open is not None
        clock = asyncio.get_running_loop().time
        until = clock() + seconds
        while self.server_state.tasks or self.open.open:
            if self.force_exit or clock() > until:
                return False
            await asyncio.sleep(0.05)
        return True


async def _swept(connections: Connections) -> None:
    while True:
        await asyncio.sleep(SWEEP_SECONDS)
        connections.sweep()


def server_for(app: ASGIApp, ending: Callable[[], None], log: Log | None = None) -> Server:
    """Return a server for the application.

    ``ending`` is called when it begins to stop, and ends the waits that requests stated.
    """
    return Server(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="on",
            ws=Socket,
            ws_max_size=limits.BODY_BYTES,
            # an attacker's small frames would grow to anything
            ws_per_message_deflate=False,
            timeout_keep_alive=limits.IDLE_SECONDS,
        ),
        ending,
        log or Log(),
    )


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a serving command to its end, in uvloop, which uses less of the processor."""
    # Threads parse documents and answer introspection; the loop waits for the interpreter's lock each time it wakes.
    sys.setswitchinterval(SWITCH_SECONDS)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


async def serve(
    app: ASGIApp,
    listener: socket.socket,
    beside: Callable[[], Awaitable[None]],
    ending: Callable[[], None],
    log: Log | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; ``beside`` runs once the server answers and is cancelled at the end.

    ``ending`` is called when it begins to stop.
    """
    server = server_for(app, ending, log)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        # The second signal stops waiting for requests under way.
        server.force_exit = server.should_exit
        server.should_exit = True
        _end_by(limits.ENDED_SECONDS)

    for number in SIGNALS:
        loop.add_signal_handler(number, stop)
    companion = asyncio.ensure_future(_once_started(server, beside))
    try:
        with collected_apart():
            await server.serve(sockets=[listener])
    finally:
        companion.cancel()
        outcome = (await asyncio.gather(companion, return_exceptions=True))[0]
        for number in SIGNALS:
            loop.remove_signal_handler(number)
    if isinstance(outcome, Exception):
        raise outcome


async def _once_started(server: Server, beside: Callable[[], Awaitable[None]]) -> None:
    await server.up.wait()
    await beside()


def _end_by(seconds: float) -> None:
    """End the process after so long, from a thread that nothing in the loop can hold up."""
    watch = threading.Timer(seconds, os._exit, (1,))
    watch.daemon = True
    watch.start()
