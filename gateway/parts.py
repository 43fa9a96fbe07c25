"""What every endpoint is handed: the process's one schema, pool, keys, cache and clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from starlette.requests import HTTPConnection

from accounts.tries import Client
from gateway.credentials import client_of
from gateway.documents import Documents
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
    """One process's parts; tests hand in their own clock."""

    pool: Pool
    keyring: Keyring
    clock: Callable[[], datetime] = now
    documents: Documents = field(default_factory=lambda: Documents(schema._schema))
    totals: TrackTotals = field(default_factory=TrackTotals)
    signals: Signals = field(init=False)

    def __post_init__(self) -> None:
        self.signals = Signals(self.pool.address)

    def context(self, viewer: Viewer, database: Database, connection: HTTPConnection | None = None) -> Context:
        """Return a request's context; those without a connection count as one client."""
        client = Client() if connection is None else client_of(connection)
        return Context(viewer, database, self.keyring, self.clock, self.signals, self.totals, client)
