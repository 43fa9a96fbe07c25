"""What every endpoint is handed: the process's one schema, pool, keys, cache and clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from accounts.tries import Client
from core.sealing import Keyring
from gateway.execution.documents import Documents
from gateway.execution.exposure import Exposure
from gateway.execution.introspection import Introspector
from gateway.execution.turns import Turns
from gateway.http.origins import Origins
from practice.enrollments import TrackTotals
from resolvers.context import Context, Viewer
from schema.api import schema
from sql.database import Database, Pool
from sql.signals import Signals


def now() -> datetime:
    """Return the moment, aware and in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class AppState:
    """One process's parts; tests hand in their own clock."""

    pool: Pool
    keyring: Keyring
    clock: Callable[[], datetime] = now
    documents: Documents = field(default_factory=lambda: Documents(schema._schema))
    totals: TrackTotals = field(default_factory=TrackTotals)
    turns: Turns = field(default_factory=Turns)
    exposure: Exposure = field(default_factory=Exposure)
    origins: Origins = field(default_factory=Origins)
    introspector: Introspector = field(init=False)
    signals: Signals = field(init=False)
    at_end: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.introspector = Introspector(schema._schema, self.exposure)
        self.signals = Signals(self.pool.address)

    def end(self) -> None:
        """Begin the end of the process: waits inside requests answer now, and what runs beside requests stops."""
        self.signals.end()
        for stop in self.at_end:
            stop()

    def context(self, viewer: Viewer, database: Database, client: Client | None = None) -> Context:
        """Return a request's context; those without a client count as one."""
        return Context(
            viewer=viewer,
            database=database,
            keyring=self.keyring,
            clock=self.clock,
            signals=self.signals,
            totals=self.totals,
            client=client or Client(),
        )
