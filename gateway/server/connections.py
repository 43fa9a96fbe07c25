"""The connections of a process: how many there may be, whose, and for how long one may wait.

A connection over a cap is taken all the same, as a *guest*: it may ask for the health of the process, and is refused
everything else. A few places are kept for guests, and a new one takes the place of the oldest, so probes get through.
When all ordinary places are taken, the connection that has waited longest for its client gives way: first one whose
request is not complete, then an idle one. Whoever sends a whole request at once is thereby served among thousands who
do not. What was done is told in the log (``connections``), once a second at most.
"""

import asyncio
import resource
import select
import socket
import struct
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Protocol

from core import limits
from gateway.log import Log
from gateway.server.client import Proxies, client_key

SWEEP_SECONDS = 0.5
LOG_SECONDS = 1.0
KEPT_DESCRIPTORS = 200  # for the database, browsers, files; a quarter of the limit where that is less
LINGER_SECONDS = 2.0  # after a refusal, for the client to read it before the connection is reset
FEWEST = 8
NEWS = 8  # connections that are passed over since their bytes lie here unread

Waits = Literal["head", "body", "idle"]


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many connections there may be at once, of all clients and of one."""

    total: int
    of_client: int

    @classmethod
    def within(cls, descriptors: float) -> "Capacity":
        """Return what fits under a limit of descriptors."""
        kept = min(KEPT_DESCRIPTORS, descriptors / 4) + limits.CONNECTIONS_FOR_PROBES
        total = max(FEWEST, int(min(limits.CONNECTIONS, descriptors - kept)))
        return cls(total, max(FEWEST // 2, min(limits.CONNECTIONS_OF_A_CLIENT, total // 4)))

    @classmethod
    def of_process(cls) -> "Capacity":
        """Raise this process's limit of descriptors as far as it is needed and allowed; return what fits."""
        soft, hard = (float("inf") if one == resource.RLIM_INFINITY else one for one in _descriptors())
        wanted = limits.CONNECTIONS + limits.CONNECTIONS_FOR_PROBES + KEPT_DESCRIPTORS
        if soft < min(wanted, hard):
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (int(min(wanted, hard)), _descriptors()[1]))
        soft = _descriptors()[0]
        return cls.within(float("inf") if soft == resource.RLIM_INFINITY else soft)


def _descriptors() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_NOFILE)


class Speaker(Protocol):
    """The protocol on a connection, as far as the sweep needs it."""

    def give_up(self, waits: Waits) -> None:
        """Answer, where one still can, that the client was too slow; no more is read."""

    def is_held(self) -> bool:
        """Whether it is we who do not read at the moment."""


class Connection:
    """One accepted connection. ``waits`` is what its client is to send next; None while we are at work."""

    def __init__(self, client: str, *, is_guest: bool, now: float) -> None:
        self.client = client
        self.is_guest = is_guest
        self.transport: asyncio.Transport | None = None
        self.speaker: Speaker | None = None
        self.waits: Waits | None = "head"
        self.since = self.opened = now
        self.is_paused = False
        self._unread = 0
        self._unread_since: float | None = None

    def has_news(self) -> bool:
        """Whether its client did what it is waited for, and we have not come to read it."""
        made = self.transport.get_extra_info("socket") if self.transport is not None else None
        if made is None or made.fileno() < 0:
            return self.transport is None
        poll = select.poll()
        poll.register(made.fileno(), select.POLLIN | select.POLLRDHUP)
        events = poll.poll(0)
        return bool(events) and not events[0][1] & (select.POLLRDHUP | select.POLLHUP | select.POLLERR)

    def is_unread(self, now: float) -> bool:
        """Whether the client has not taken its part of what waits for it; to be asked now and then."""
        assert self.transport is not None
        waiting = self.transport.get_write_buffer_size()
        if waiting == 0:
            self._unread_since = None
            return False
        # While more is added no part can be asked for; any progress will do.
        bounded = self.is_paused or self.transport.is_closing()
        part = limits.UNREAD_SECONDS * limits.READ_RATE if bounded else 1
        if self._unread_since is None or waiting <= self._unread - part:
            self._unread, self._unread_since = waiting, now
            return False
        return now - self._unread_since > limits.UNREAD_SECONDS


class _Line:
    """Connections in the order in which they began to wait, of all and of each client."""

    def __init__(self) -> None:
        self._all: OrderedDict[Connection, None] = OrderedDict()
        self._of: defaultdict[str, OrderedDict[Connection, None]] = defaultdict(OrderedDict)

    def add(self, connection: Connection) -> None:
        self.remove(connection)
        self._all[connection] = self._of[connection.client][connection] = None

    def remove(self, connection: Connection) -> None:
        if connection in self._all:
            del self._all[connection], self._of[connection.client][connection]
            if not self._of[connection.client]:
                del self._of[connection.client]

    def first(self, client: str | None) -> Connection | None:
        return next(iter(self._all if client is None else self._of.get(client, ())), None)


class Connections:
    """All connections of a process."""

    def __init__(
        self, log: Log, capacity: Capacity, clock: Callable[[], float], *, proxies: Proxies | None = None
    ) -> None:
        self.capacity = capacity
        self.open: set[Connection] = set()
        self.counts: Counter[str] = Counter()
        self._log = log
        self._clock = clock
        self._proxies = Proxies.of() if proxies is None else proxies
        self._of: Counter[str] = Counter()
        self._members = 0
        self._guests: OrderedDict[Connection, None] = OrderedDict()
        self._unfinished, self._idle = _Line(), _Line()
        self._told_at = float("-inf")

    def admit(self, address: str) -> Connection:
        """Return the record of a connection that was just accepted."""
        client = client_key(address)
        is_guest = not self._has_place(client, address)
        made = Connection(client, is_guest=is_guest, now=self._clock())
        self.open.add(made)
        if is_guest:
            self.counts["over_cap"] += 1
            if len(self._guests) >= limits.CONNECTIONS_FOR_PROBES:
                self._drop(next(iter(self._guests)), "guest_made_room")
            self._guests[made] = None
        else:
            self._members += 1
            self._of[client] += 1
            self._unfinished.add(made)
        return made

    def release(self, connection: Connection) -> None:
        """Forget a connection; may be called again."""
        if connection not in self.open:
            return
        self.open.discard(connection)
        self._guests.pop(connection, None)
        self._unfinished.remove(connection)
        self._idle.remove(connection)
        if not connection.is_guest:
            self._members -= 1
            self._of[connection.client] -= 1
            if not self._of[connection.client]:
                del self._of[connection.client]

    def note(self, connection: Connection, waits: Waits | None) -> None:
        """Note for what the connection's client is waited for from now on."""
        if waits == connection.waits:
            return
        connection.waits, connection.since = waits, self._clock()
        if connection.is_guest or connection not in self.open:
            return
        self._unfinished.remove(connection)
        self._idle.remove(connection)
        if waits is not None:
            (self._idle if waits == "idle" else self._unfinished).add(connection)

    def make_room(self, client: str | None = None) -> bool:
        """Drop the connection that has waited longest for its client, of one client or of all; False: none waits."""
        for line, told in ((self._unfinished, "unfinished_made_room"), (self._idle, "idle_made_room")):
            for _ in range(NEWS):
                found = line.first(client)
                if found is None or not found.has_news():
                    break
                line.add(found)
            if found is not None:
                self._drop(found, told)
                return True
        return False

    def sweep(self) -> None:
        """End every connection whose time is over, and tell what was done."""
        now, unread = self._clock(), 0
        for connection in list(self.open):
            transport = connection.transport
            if transport is None:
                continue
            unread += transport.get_write_buffer_size()
            self._check(connection, transport, now)
        if unread > limits.UNREAD_BYTES:
            self._shed(unread)
        self.tell(now)

    def tell(self, now: float | None = None) -> None:
        """Write the line of what was done, unless there was one within the second."""
        now = self._clock() if now is None else now
        if self.counts and now - self._told_at >= LOG_SECONDS:
            self._log.event("connections", open=len(self.open), clients=len(self._of), **self.counts)
            self.counts.clear()
            self._told_at = now

    def abort(self) -> None:
        """Drop every connection."""
        for connection in list(self.open):
            self._drop(connection, "dropped_at_end")

    def _check(self, connection: Connection, transport: asyncio.Transport, now: float) -> None:
        waited = now - connection.since
        if connection.is_unread(now):
            self._drop(connection, "answer_not_read")
        elif connection.is_guest and now - connection.opened > limits.PROBE_SECONDS:
            self._drop(connection, "guest_too_slow")
        elif connection.waits is None or transport.is_closing():
            return
        elif connection.speaker is not None and connection.speaker.is_held():
            connection.since = now
        elif (
            waited
            > {"head": limits.HEADER_SECONDS, "body": limits.BODY_SECONDS, "idle": limits.IDLE_SECONDS}[
                connection.waits
            ]
        ):
            if connection.waits != "idle":
                self.counts[f"{connection.waits}_too_slow"] += 1
            if connection.speaker is not None:
                connection.speaker.give_up(connection.waits)

    def _has_place(self, client: str, address: str) -> bool:
        if self._of[client] >= self.capacity.of_client and address not in self._proxies:
            return self.make_room(client)
        return self._members < self.capacity.total or self.make_room()

    def _shed(self, unread: int) -> None:
        def size(connection: Connection) -> int:
            return connection.transport.get_write_buffer_size() if connection.transport else 0

        for connection in sorted(self.open, key=size, reverse=True):
            if unread <= limits.UNREAD_BYTES:
                return
            unread -= size(connection)
            self._drop(connection, "too_much_not_read")

    def _drop(self, connection: Connection, told: str) -> None:
        self.counts[told] += 1
        self.release(connection)
        if connection.transport is not None:
            reset(connection.transport)


def reset(transport: asyncio.Transport) -> None:
    """End a connection at once, and let the kernel forget what was not taken."""
    made = transport.get_extra_info("socket")
    if made is not None:
        with suppress(OSError):
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
