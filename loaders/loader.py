"""A loader: an object beside its query, which answers all keys that one level of an operation asks for.

``@loader`` makes one of a function that takes a ``ReadContext`` and distinct keys and returns what it found by key;
a key that it leaves out is answered by None. ``@list_loader`` answers such a key by an empty list. Whoever holds the
object loads with it (``ctx.load(challenge_by_id, id)``): there is no list of all loaders.
"""

import typing
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar
from uuid import UUID

from core.sealing import Keyring
from loaders.batch import Batch, Fetching
from practice.enrollments import TrackTotals
from sql.database import Database

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Loader(Generic[K, V]):
    """Finds values by key. It holds no state: a request's batches belong to its ``ReadContext``."""

    fetch: Callable[["ReadContext", Sequence[K]], Awaitable[Mapping[K, V]]]
    missing: Callable[[], V]

    @property
    def name(self) -> str:
        """The function's name, for messages."""
        return getattr(self.fetch, "__name__", repr(self.fetch))

    def kinds(self) -> tuple[Any, Any]:
        """Return the types of a key and of what is found by it, as the function's signature says."""
        key, value = typing.get_args(typing.get_type_hints(self.fetch)["return"])
        return key, value


def loader(fetch: Callable[["ReadContext", Sequence[K]], Awaitable[Mapping[K, V]]]) -> Loader[K, V | None]:
    """Make a loader of a function; a key that it leaves out is answered by None."""
    return Loader[K, V | None](fetch, lambda: None)


def list_loader(fetch: Callable[["ReadContext", Sequence[K]], Awaitable[Mapping[K, list[V]]]]) -> Loader[K, list[V]]:
    """Make a loader of a function; a key that it leaves out is answered by an empty list."""
    return Loader[K, list[V]](fetch, list)


@dataclass(slots=True, kw_only=True)
class ReadContext:
    """What one request's loaders read with and remember; after a write another one takes its place.

    ``sees_all`` is true for viewers who read drafts; it goes into the statements, as does ``user_id``, whose own work
    is loaded. ``in_person`` is False for a token, ``grades`` True for one that records verdicts. ``totals`` outlive the
    request. ``learner`` is who is drawn for experiments and ``subject`` by what.
    """

    database: Database
    keyring: Keyring
    now: datetime
    totals: TrackTotals = field(default_factory=TrackTotals)
    user_id: UUID | None = None
    sees_all: bool = False
    in_person: bool = True
    grades: bool = False
    learner: UUID | None = None
    subject: str | None = None
    _batches: dict[Loader[Any, Any], Batch[Any, Any]] = field(default_factory=dict)
    _kept: dict[Callable[["ReadContext"], Any], Any] = field(default_factory=dict)
    _tasks: Fetching = field(default_factory=Fetching)

    def load(self, loader: Loader[K, V], key: K) -> Awaitable[V]:
        """Return the value of ``key``, fetched together with what else is asked of the loader within the tick."""
        batch: Batch[K, V] | None = self._batches.get(loader)
        if batch is None:
            batch = self._batches[loader] = Batch(partial(loader.fetch, self), loader.missing, self._tasks)
        return batch.load(key)

    def kept(self, make: Callable[["ReadContext"], T]) -> T:
        """Return what ``make`` returned at first: what several loaders of the request share."""
        if make not in self._kept:
            self._kept[make] = make(self)
        found: T = self._kept[make]
        return found

    def cancel(self) -> None:
        """Cancel every batch under way, and let none begin: the request was given up."""
        self._tasks.end()
