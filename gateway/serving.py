"""Running the server: the port is bound first, signals end it gently, and what runs beside it ends with it."""

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from gateway.collecting import collected_apart
from gateway.errors import CommandError
from sql import limits

_BACKLOG = 2048
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

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        super().__init__(config)
        self.up = asyncio.Event()
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def server_for(app: ASGIApp, ending: Callable[[], None]) -> Server:
    """Return a server for the application; requests under way at the end get the longest operation's base deadline.

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
            ws="websockets-sansio",
            ws_max_size=limits.BODY_BYTES,
            # an attacker's small frames would grow to anything
            ws_per_message_deflate=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=limits.APPLY_SECONDS,
        ),
        ending,
    )


async def serve(
    app: ASGIApp, listener: socket.socket, beside: Callable[[], Awaitable[None]], ending: Callable[[], None]
) -> None:
    """Serve until SIGINT or SIGTERM; ``beside`` runs once the server answers and is cancelled at the end.

    ``ending`` is called when it begins to stop.
    """
    server = server_for(app, ending)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        # The second signal stops waiting for requests under way.
        server.force_exit = server.should_exit
        server.should_exit = True

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
