"""The one place that knows ``aiodataloader``: request-scoped batches that can be cancelled with their request."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from aiodataloader import DataLoader

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

LARGEST = 500


class Abandoned(Exception):
    """The request was given up while its data was being fetched."""


class Fetching(set["asyncio.Task[object]"]):
    """A request's fetches under way; once it is ``ended``, no more begin."""

    ended = False

    def end(self) -> None:
        """Cancel what is under way and refuse what is asked for later."""
        self.ended = True
        for task in tuple(self):
            task.cancel()


class Batch(Generic[K, V]):
    """Collects the keys asked for within one tick and fetches them together.

    ``fetch`` takes the distinct keys and returns a mapping; a key that it leaves out is answered by ``missing()``. The
    underlying loader binds the running loop, so it is made at first use, and its batch runs as a task of ours, so that
    a request that is given up can cancel what it started. More than ``LARGEST`` keys are fetched one part after the
    other: rows are made in the event loop, and one request must not take all connections.
    """

    def __init__(
        self,
        fetch: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]],
        missing: Callable[[], V],
        tasks: Fetching,
    ) -> None:
        self._fetch = fetch
        self._missing = missing
        self._tasks = tasks
        self._loader: DataLoader[K, V] | None = None
        self._turn = asyncio.Lock()

    async def load(self, key: K) -> V:
        """Return the value of ``key``, fetched with all others of this tick; asked again, from memory."""
        if self._tasks.ended:
            raise Abandoned
        if self._loader is None:
            self._loader = DataLoader(self._load_all, max_batch_size=LARGEST)
        return await self._loader.load(key)

    async def _load_all(self, keys: list[K]) -> list[V]:
        if len(keys) < LARGEST:
            return await self._load_part(keys)
        async with self._turn:
            return await self._load_part(keys)

    async def _load_part(self, keys: list[K]) -> list[V]:
        task = asyncio.ensure_future(self._fetch(keys))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            found = await task
        except asyncio.CancelledError:
            # The underlying loader passes on exceptions only; without one, whoever still waits would wait forever.
            raise Abandoned from None
        return [found[key] if key in found else self._missing() for key in keys]


def by_key(rows: Iterable[V], key: Callable[[V], K]) -> dict[K, V]:
    """Index rows by a unique key."""
    return {key(row): row for row in rows}


def grouped(rows: Iterable[V], key: Callable[[V], K]) -> dict[K, list[V]]:
    """Group rows by key; the order of the rows stays."""
    groups: defaultdict[K, list[V]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)
