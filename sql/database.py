"""The database and its transactions: the only way from the house to PostgreSQL.

A ``Pool`` lives as long as the process. A request takes a ``Database`` of it, which reads and counts its statements; a
write needs a ``Transaction``, a different type, so that a write in a read path is a type error. A read that finds its
connection dead (the server was restarted) is tried once more on another; a write never is.

Rows about a learner are shown by the database to that learner only, by the setting ``app.user_id``. It is set in the
very transaction of each query that touches such rows, and of each write, also to nobody: no connection carries it on.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import orjson
import psycopg
from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb, set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from sql.errors import Busy, ConstraintViolated, DatabaseError, Unavailable, Unfit
from sql.named import Query

__all__ = ["Database", "Jsonb", "Meter", "Pool", "Reads", "Transaction", "held_alone", "require_address"]

_ROWS_AT_ONCE = 50
_IDENTIFY = "select set_config('app.user_id', %s, true)"

set_json_dumps(orjson.dumps)
set_json_loads(orjson.loads)

R = TypeVar("R")
Connection: TypeAlias = AsyncConnection[Any]


@dataclass(slots=True)
class Meter:
    """What a request cost, and the ends of the publication log that it committed (number and hash)."""

    statements: int = 0
    rows: int = 0
    heads: list[tuple[int, str]] = field(default_factory=list)


class Reads(ABC):
    """What can be read from: the database between writes, or a transaction that sees its own."""

    @abstractmethod
    async def fetch_all(self, query: Query, row: type[R], **params: object) -> list[R]:
        """Return all rows as ``row``; its field names are the query's columns."""

    async def fetch_one(self, query: Query, row: type[R], **params: object) -> R | None:
        """Return the first row as ``row``, or None."""
        rows = await self.fetch_all(query, row, **params)
        return rows[0] if rows else None


class Transaction(Reads):
    """One open transaction: reads see its own writes; it commits when the block that opened it ends well."""

    def __init__(self, connection: Connection, meter: Meter) -> None:
        self._connection = connection
        self._meter = meter
        self.heads: list[tuple[int, str]] = []

    async def fetch_all(self, query: Query, row: type[R], **params: object) -> list[R]:
        return await _fetch(self._connection, self._meter, query, row, params)

    async def execute(self, query: Query, **params: object) -> int:
        """Run a statement and return how many rows it touched."""
        self._meter.statements += 1
        with _translated():
            cursor = await self._connection.execute(query.text, params)
            return int(cursor.rowcount)

    async def execute_many(self, query: Query, params: Sequence[dict[str, object]]) -> None:
        """Run a statement once for each set of parameters, in one exchange with the server."""
        if params:
            self._meter.statements += len(params)
            with _translated():
                async with self._connection.cursor() as cursor:
                    await cursor.executemany(query.text, params)

    async def copy_in(self, table: str, columns: Sequence[str], blocks: Iterable[bytes]) -> None:
        """Write many rows by COPY, however long that takes; blocks hold whole lines in its text form.

        It takes a table without policies, or a role above them: for others the server refuses COPY.
        """
        self._meter.statements += 1
        text = psycopg.sql.SQL("copy {} ({}) from stdin").format(
            psycopg.sql.Identifier(table), psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, columns))
        )
        with _translated():
            await self._connection.execute("set local statement_timeout = 0")
            async with self._connection.cursor() as cursor, cursor.copy(text) as copy:
                for block in blocks:
                    await copy.write(block)


class Database(Reads):
    """A request's view of the pool; each read is its own transaction, for ``identity`` (None: for nobody)."""

    def __init__(self, pool: "Pool", meter: Meter | None = None) -> None:
        self._pool = pool
        self.meter = meter or Meter()
        self.identity: UUID | None = None

    def of(self, identity: UUID) -> "Database":
        """Return a view that reads for somebody else, on the same account."""
        other = Database(self._pool, self.meter)
        other.identity = identity
        return other

    async def fetch_all(self, query: Query, row: type[R], **params: object) -> list[R]:
        try:
            async with self._pool.connection() as connection:
                return await self._read(connection, query, row, params)
        except _ConnectionLost:
            async with self._pool.connection(proven=True) as connection:
                return await self._read(connection, query, row, params)

    @asynccontextmanager
    async def transaction(self, *, identity: UUID | None = None) -> AsyncIterator[Transaction]:
        """Open a transaction; it commits at the end of the block and rolls back when the block raises.

        ``identity`` is whose rows it writes when that is not the request's own person.
        """
        async with self._pool.connection(proven=True) as connection:
            tx = Transaction(connection, self.meter)
            with _translated():
                async with connection.transaction():
                    await connection.execute(_IDENTIFY, [_named(identity or self.identity)])
                    yield tx
        self.meter.heads += tx.heads

    async def run_alone(self, query: Query) -> list[str]:
        """Run a statement that takes no transaction (vacuum, reindex) and return the warnings that it gave."""
        self.meter.statements += 1
        warnings: list[str] = []

        def note(diagnostic: psycopg.errors.Diagnostic) -> None:
            if diagnostic.severity_nonlocalized == "WARNING":
                warnings.append(diagnostic.message_primary or "")

        async with self._pool.connection(proven=True) as connection:
            connection.add_notice_handler(note)
            try:
                with _translated():
                    await connection.execute("set statement_timeout = 0")
                    await connection.execute(query.text)
            finally:
                connection.remove_notice_handler(note)
                if connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
                    await connection.execute("reset statement_timeout")
        return warnings

    async def _read(self, connection: Connection, query: Query, row: type[R], params: dict[str, object]) -> list[R]:
        if query.personal:
            return await _fetch_as(connection, self.meter, self.identity, query, row, params)
        return await _fetch(connection, self.meter, query, row, params)


def require_address(url: str, name: str) -> None:
    """Raise ``Unfit`` when ``url``, given as ``name``, is no address; it may hold a password, so it is not told."""
    try:
        psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise Unfit(
            f"{name} is not an address that PostgreSQL reads; the form is postgresql://user:password@host:5432/database,"
            " with special characters of the password as %XX."
        ) from None


class Pool:
    """The process's connections (2 to ``size``), each wearing the gateway's role; ``open`` before use.

    Who finds all of them lent out waits for ``patience`` seconds, then gets ``Unavailable``.
    """

    def __init__(
        self, url: str, *, role: str, size: int = 8, name: str = "palimpsest gateway", patience: float = 10.0
    ) -> None:
        self.address = url
        self._role = role
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            min_size=2,
            max_size=size,
            timeout=patience,
            max_idle=300,
            open=False,
            configure=self.configure,
            kwargs={
                "autocommit": True,
                "application_name": name,
                "connect_timeout": 10,
                "options": "-c timezone=UTC -c statement_timeout=30000 -c lock_timeout=15000"
                " -c idle_in_transaction_session_timeout=120000",
            },
        )

    async def open(self, *, patience: float = 10.0) -> None:
        """Connect; raises ``Unavailable`` when the server does not answer within ``patience`` seconds."""
        try:
            await self._pool.open(wait=True, timeout=patience)
        except (PoolTimeout, psycopg.Error) as error:
            await self._pool.close()
            raise Unavailable(f"The database cannot be reached: {error}") from error

    async def close(self) -> None:
        await self._pool.close()

    def database(self) -> Database:
        """Return a fresh view with its own meter, for one request."""
        return Database(self)

    @asynccontextmanager
    async def connection(self, *, proven: bool = False) -> AsyncIterator[Connection]:
        """Lend a connection; ``proven`` ones have just answered, so that a write does not start on a dead one."""
        connection = await self._borrowed(proven)
        try:
            yield connection
        finally:
            await asyncio.shield(self._pool.putconn(connection))

    async def _borrowed(self, proven: bool) -> Connection:
        task = asyncio.current_task()
        cancelled = task.cancelling() if task else 0
        while True:
            try:
                connection = await self._pool.getconn()
            except (PoolTimeout, psycopg.OperationalError) as error:
                raise Unavailable() from error
            kept = False
            try:
                if task and task.cancelling() > cancelled:
                    # Before Python 3.12 a wait that ends in the moment of its cancellation swallows it.
                    raise asyncio.CancelledError
                kept = not proven or await _answers(connection)
            finally:
                # A request that is given up while it asks must not take the connection with it.
                if not kept:
                    await asyncio.shield(self._pool.putconn(connection))
            if kept:
                return connection

    async def configure(self, connection: Connection) -> None:
        """Put the pool's role on a connection that was just made."""
        await connection.execute(psycopg.sql.SQL("set role {}").format(psycopg.sql.Identifier(self._role)))


@asynccontextmanager
async def held_alone(pool: Pool, number: int) -> AsyncIterator[bool]:
    """Yield whether this process holds what only one may hold, by an advisory lock on a connection of its own."""
    with _translated():
        async with await AsyncConnection.connect(
            pool.address, autocommit=True, connect_timeout=10, application_name="palimpsest turn"
        ) as connection:
            cursor = await connection.execute("select pg_try_advisory_lock(%s)", [number])
            row = await cursor.fetchone()
            yield bool(row and row[0])


class _ConnectionLost(Unavailable):
    """The connection to the database was lost."""


async def _fetch(
    connection: Connection, meter: Meter, query: Query, row: type[R], params: dict[str, object]
) -> list[R]:
    meter.statements += 1
    with _translated():
        async with connection.cursor(row_factory=class_row(row)) as cursor:
            await cursor.execute(query.text, params)
            rows = await _made(cursor)
    meter.rows += len(rows)
    return rows


async def _made(cursor: psycopg.AsyncCursor[R]) -> list[R]:
    """Return all rows; they are made from what the server sent in parts, with a turn of the event loop between."""
    rows = made = await cursor.fetchmany(_ROWS_AT_ONCE)
    while len(made) == _ROWS_AT_ONCE:
        await asyncio.sleep(0)
        made = await cursor.fetchmany(_ROWS_AT_ONCE)
        rows += made
    return rows


async def _fetch_as(
    connection: Connection,
    meter: Meter,
    identity: UUID | None,
    query: Query,
    row: type[R],
    params: dict[str, object],
) -> list[R]:
    """Fetch in a transaction that knows for whom: begin, identity, statement and commit in one exchange."""
    meter.statements += 1
    with _translated():
        async with connection.cursor(row_factory=class_row(row)) as cursor:
            try:
                async with connection.pipeline():
                    await connection.execute("begin")
                    await connection.execute(_IDENTIFY, [_named(identity)])
                    await cursor.execute(query.text, params)
                    await connection.execute("commit")
            except psycopg.Error:
                if not connection.broken:
                    await connection.rollback()
                raise
            rows = await _made(cursor)
    meter.rows += len(rows)
    return rows


def _named(identity: UUID | None) -> str:
    return str(identity) if identity else ""


async def _answers(connection: Connection) -> bool:
    try:
        await connection.execute("")
    except psycopg.OperationalError:
        return False
    return True


class _translated:
    """Turn the driver's errors into those of ``sql.errors``; everything else passes."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        match error:
            case None | DatabaseError():
                return
            case psycopg.errors.IntegrityError() if error.diag.constraint_name:
                raise ConstraintViolated(error.diag.constraint_name) from error
            case (
                psycopg.errors.LockNotAvailable()
                | psycopg.errors.DeadlockDetected()
                | psycopg.errors.SerializationFailure()
                | psycopg.errors.QueryCanceled()
            ):
                raise Busy() from error
            case psycopg.OperationalError() | psycopg.InterfaceError():
                raise _ConnectionLost() from error
            case _:
                return
