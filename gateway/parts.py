"""What every endpoint is handed: the process's one schema, pool, keys, cache, throttle and clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gateway.documents import Documents
from gateway.exposure import Exposure
from gateway.introspection import Introspector
from gateway.throttle import Throttle
from practice.enrollments import TrackTotals
from resolvers.context import Context, Viewer
from schema.api import schema
from sql.database import Database, Pool
from sql.sealing import Keyring
from sql.signals import Signals


def now() -> datetime:
    """Return the moment, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Parts:
    """One process's parts; tests hand in their own clock or throttle."""

    pool: Pool
    keyring: Keyring
    clock: Callable[[], datetime] = now
    exposure: Exposure = field(default_factory=Exposure)
    throttle: Throttle = field(default_factory=Throttle)
    documents: Documents = field(default_factory=lambda: Documents(schema._schema))
    totals: TrackTotals = field(default_factory=TrackTotals)
    introspector: Introspector = field(init=False)
    signals: Signals = field(init=False)

    def __post_init__(self) -> None:
        self.introspector = Introspector(schema._schema, self.exposure)
        self.signals = Signals(self.pool.address)

    def context(self, viewer: Viewer, database: Database) -> Context:
        """Return a request's context."""
        return Context(viewer, database, self.keyring, self.clock, self.signals, self.totals)
