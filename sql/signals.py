"""Signals: what committed transactions tell every process (``pg_notify``), heard on one connection of its own.

A signal says that something changed and where to look, never what: whoever is woken reads the database. So nothing is
lost when the connection falls: after it is back everybody is woken once, and reads what they missed. The connection
stands outside of the pool, because ``LISTEN`` belongs to a session.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from typing import Final, Literal, TypeAlias

import psycopg

from core import limits
from sql.connections import Connection, connect
from sql.errors import DatabaseError

Channel: TypeAlias = Literal[
    "palimpsest_publications",
    "palimpsest_attempts",
    "palimpsest_runs",
    "palimpsest_replays",
    "palimpsest_runners",
]

CHANNELS: Final[tuple[Channel, ...]] = (
    "palimpsest_publications",
    "palimpsest_attempts",
    "palimpsest_runs",
    "palimpsest_replays",
    "palimpsest_runners",
)
IDLE_SECONDS = 30.0  # after so much silence the connection is asked whether it lives
RETRY_SECONDS = 1.0


class Waking:
    """One listener's bell: rung by a signal, by the connection's return, or by the end of the process."""

    def __init__(self) -> None:
        self._bell = asyncio.Event()
        self.is_waited_for = False

    def ring(self) -> None:
        self._bell.set()

    async def rung(self) -> None:
        """Wait until it rings; what rang while nobody waited is heard at once, however often it was once only."""
        self.is_waited_for = True
        try:
            await self._bell.wait()
        finally:
            self.is_waited_for = False
        self._bell.clear()


class Signals:
    """The process's ear. ``listen`` runs for as long as the process serves."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._listeners: dict[tuple[str, str | None], set[Waking]] = {}
        self.connected = asyncio.Event()
        self.is_ending = False

    @contextmanager
    def of(self, channel: Channel, about: str | None = None) -> Iterator[Waking]:
        """Yield a bell that rings at signals of the channel, with ``about`` only at those that say exactly that."""
        waking = Waking()
        key = (channel, about)
        self._listeners.setdefault(key, set()).add(waking)
        try:
            yield waking
        finally:
            self._listeners[key].discard(waking)
            if not self._listeners[key]:
                del self._listeners[key]

    def is_listening(self) -> bool:
        """Whether the connection stands, as far as is known: it is asked after each silence."""
        return self.connected.is_set()

    def waiting(self) -> int:
        """Return how many listeners have read what there was and now wait for what comes."""
        return sum(waking.is_waited_for for listeners in self._listeners.values() for waking in listeners)

    async def listen(self) -> None:
        """Listen until cancelled; a connection that falls is made anew, and then everybody is woken."""
        while True:
            try:
                async with await connect(self._url, "palimpsest signals") as connection:
                    for channel in CHANNELS:
                        await connection.execute(f"listen {channel}".encode())
                    self.connected.set()
                    self._ring_all()
                    async with aclosing(_heard(connection)) as heard:
                        async for notify in heard:
                            self._ring(notify)
            except (psycopg.Error, DatabaseError, OSError):
                self.connected.clear()
                await asyncio.sleep(RETRY_SECONDS)
            finally:
                self.connected.clear()

    def end(self) -> None:
        """Say that the process ends, and wake everybody: whoever waits inside a request answers now."""
        self.is_ending = True
        self._ring_all()

    def _ring(self, notify: psycopg.Notify) -> None:
        for about in (None, notify.payload):
            for waking in self._listeners.get((notify.channel, about), ()):
                waking.ring()

    def _ring_all(self) -> None:
        for listeners in self._listeners.values():
            for waking in listeners:
                waking.ring()


async def _heard(connection: Connection) -> AsyncGenerator[psycopg.Notify, None]:
    while True:
        async for notify in connection.notifies(timeout=IDLE_SECONDS):
            yield notify
        async with asyncio.timeout(limits.LOOKUP_SECONDS):
            await connection.execute("")
