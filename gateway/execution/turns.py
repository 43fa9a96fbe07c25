"""Turns of operations that use much of the event loop: one of a client at a time, few of all clients.

Operations share one event loop, so each that has much to do makes all others wait once a round. An operation begins
without asking. When it completes long lists of more than two hundred entries, or works on one for some milliseconds, it
takes a turn and keeps it until it ends. The client that waits longest comes first, unless it has a turn already. So a
client that asks for a hundred large answers at once gets one after the other, and small answers come in between.
"""

import asyncio
from collections import Counter

from core import limits


class Turns:
    """The turns of a process; at most ``of_all`` at once, and one of each client."""

    def __init__(self, of_all: int = limits.TURNS) -> None:
        self._of_all = of_all
        self._taken: Counter[str] = Counter()
        self._waiting: list[tuple[str, asyncio.Future[None]]] = []

    def __len__(self) -> int:
        return self._taken.total()

    async def take(self, client: str) -> None:
        """Wait for a turn; the caller then gives it back with ``end``."""
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((client, mine))
        self._call()
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self.end(client)
            raise
        finally:
            self._waiting = [one for one in self._waiting if one[1] is not mine]

    def end(self, client: str) -> None:
        """Give a turn back."""
        self._taken[client] -= 1
        self._taken += Counter()
        self._call()

    def _call(self) -> None:
        for client, waiting in self._waiting:
            if self._taken.total() >= self._of_all:
                return
            if not waiting.done() and not self._taken[client]:
                self._taken[client] += 1
                waiting.set_result(None)


class Turn:
    """One operation's turn, taken when it first pauses and given back at its end."""

    def __init__(self, turns: Turns, client: str) -> None:
        self._turns = turns
        self._client = client
        self._taking: asyncio.Task[None] | None = None
        self._ended = False

    async def pause(self) -> None:
        """Let others go on; from its first pause on an operation does so only in its turn."""
        await asyncio.sleep(0)
        if self._ended:  # graphql-core lets branches of a failed operation run on; they load nothing any more
            return
        if self._taking is None:
            self._taking = asyncio.ensure_future(self._turns.take(self._client))
        if not self._taking.done():
            # Each branch of the operation waits by itself: one that is cancelled leaves the turn to the others.
            await asyncio.shield(self._taking)

    def end(self) -> None:
        """Give the turn back, or stop waiting for it; whatever of the operation runs on takes none."""
        self._ended = True
        if self._taking is None or self._taking.cancel():
            return
        if not self._taking.cancelled() and self._taking.exception() is None:
            self._turns.end(self._client)
