"""How many WebSockets are open in this process: in all, of each network address, and of each user."""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

from core import limits

K = TypeVar("K", bound=Hashable)


class TooManySockets(Exception):
    """One more socket would be too many; the message is the reason of its close frame."""


class SocketCounts:
    """The counts; each holds its place for as long as a ``with`` block."""

    def __init__(self) -> None:
        self._open = 0
        self._clients: Counter[str] = Counter()
        self._users: Counter[UUID] = Counter()

    @contextmanager
    def of_client(self, client: str) -> Iterator[None]:
        """Count a socket of a network address; raises ``TooManySockets``."""
        if self._open >= limits.SOCKETS:
            raise TooManySockets("Too many sockets are open; try again later")
        with _counted(self._clients, client, limits.SOCKETS_OF_A_CLIENT, "from this address"):
            self._open += 1
            try:
                yield
            finally:
                self._open -= 1

    @contextmanager
    def of_user(self, user: UUID) -> Iterator[None]:
        """Count an acknowledged socket of a user; raises ``TooManySockets``."""
        with _counted(self._users, user, limits.SOCKETS_OF_A_USER, "for this user"):
            yield


@contextmanager
def _counted(counts: Counter[K], key: K, most: int, of: str) -> Iterator[None]:
    if counts[key] >= most:
        raise TooManySockets(f"{most} sockets are open {of}, the most allowed; close one or try again later")
    counts[key] += 1
    try:
        yield
    finally:
        counts[key] -= 1
        if not counts[key]:
            del counts[key]
