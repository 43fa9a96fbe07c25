"""Taking connections, in a loop of our own.

asyncio logs a traceback for each connection that it cannot accept, and uvloop closes the listening socket without a
word at the first such error. Here a failure is counted, told in the log once a second at most (``accept failed``), and
tried again a moment later, after an idle connection has given up its descriptor.
"""

import asyncio
import errno
import socket
from collections import Counter
from collections.abc import Callable

from gateway.log import Log
from gateway.server.connections import Connection, Connections

AT_ONCE = 32  # connections, before others' callbacks run
PAUSE_SECONDS = 0.1
LOG_SECONDS = 1.0
SEND_BYTES = 256_000  # that the system takes of an answer in advance; its own bound is megabytes for each connection
# What is wrong with one connection, and not with us; accept(2) passes the network's errors on.
_OF_ONE = {
    errno.ECONNABORTED,
    errno.EPROTO,
    errno.EPERM,
    errno.ENETDOWN,
    errno.ENETUNREACH,
    errno.EHOSTUNREACH,
    errno.ENOPROTOOPT,
    errno.EOPNOTSUPP,
}


class Acceptor:
    """Accepts from ``listener`` and speaks by what ``protocol`` returns, until it is closed."""

    def __init__(
        self,
        listener: socket.socket,
        connections: Connections,
        protocol: Callable[[Connection], asyncio.Protocol],
        log: Log,
    ) -> None:
        self._listener = listener
        self._connections = connections
        self._protocol = protocol
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failures: Counter[str] = Counter()
        self._told_at = float("-inf")
        self._resuming: asyncio.TimerHandle | None = None
        self._is_closed = False

    def start(self) -> None:
        """Begin to accept."""
        self._listener.setblocking(False)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BYTES)  # accepted ones inherit it
        self._loop.add_reader(self._listener.fileno(), self._ready)

    def close(self) -> None:
        """Accept no more; may be called again. The socket is the caller's to close."""
        if not self._is_closed:
            self._is_closed = True
            self._loop.remove_reader(self._listener.fileno())
            if self._resuming is not None:
                self._resuming.cancel()

    def _ready(self) -> None:
        for _ in range(AT_ONCE):
            try:
                made, address = self._listener.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                self._fail(error)
                if error.errno not in _OF_ONE:
                    self._pause()
                    return
                continue
            made.setblocking(False)
            connection = self._connections.admit(str(address[0]))
            task = self._loop.create_task(self._connect(made, connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _connect(self, made: socket.socket, connection: Connection) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: self._protocol(connection), made)
        except OSError as error:
            made.close()
            self._connections.release(connection)
            self._fail(error)

    def _pause(self) -> None:
        """Wait until descriptors may have come free; the system keeps the connections that come meanwhile."""
        self._connections.make_room()
        self._loop.remove_reader(self._listener.fileno())
        self._resuming = self._loop.call_later(PAUSE_SECONDS, self._resume)

    def _resume(self) -> None:
        self._loop.add_reader(self._listener.fileno(), self._ready)
        self._ready()

    def _fail(self, error: OSError) -> None:
        self._failures[errno.errorcode.get(error.errno or 0, type(error).__name__)] += 1
        now = self._loop.time()
        if now - self._told_at >= LOG_SECONDS:
            self._log.event("accept failed", **self._failures)
            self._failures.clear()
            self._told_at = now
