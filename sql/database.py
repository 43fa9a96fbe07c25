"""The database and its transactions: the only way from the house to PostgreSQL.

A ``Pool`` lives as long as the process. A request takes a ``Database`` of it, which reads and counts its statements; a
write needs a ``Transaction``, a different type, so that a write in a read path is a type error. A read that finds its
connection dead (the server was restarted) is tried once more on another; a write never is.

Rows about a learner are shown by the database to that learner only, by the setting ``app.user_id``. It is set in the
very transaction of each query that touches such rows, and of each write, also to nobody: no connection carries it on.
"""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

import orjson
import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb, set_json_dumps, set_json_loads

from core import limits
from sql.connections import Connection, Lender, connect
from sql.errors import DatabaseError, OutcomeUnknown, TimedOut, Uncounted, Unfit
from sql.named import Query
from sql.transactions import ConnectionLost, closing, named, opening, roll_back, translated

__all__ = ["Database", "Jsonb", "Meter", "Pool", "Reads", "Transaction", "held_alone", "require_address"]

_ROWS_AT_ONCE = 50
_IDENTIFY = "select set_config('app.user_id', %s, true)"

set_json_dumps(orjson.dumps)
set_json_loads(orjson.loads)

R = TypeVar("R")


@dataclass(slots=True)
class Meter:
    """What a request cost, and the ends of the publication log that it committed (number and hash).

    ``commits`` counts its committed transactions; ``in_doubt`` says that a commit was under way when it was given up.
    """

    statements: int = 0
    rows: int = 0
    commits: int = 0
    in_doubt: bool = False
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
        """Run a statement and return how many rows it touched, 0 for one that touches none by its nature.

        Raises ``Uncounted`` when the driver does not know: its -1 must never be taken for a number of rows.
        """
        self._meter.statements += 1
        with translated(self._connection):
            cursor = await self._connection.execute(query.text, params)
            if cursor.rowcount >= 0:
                return int(cursor.rowcount)
            if cursor.statusmessage is None or cursor.statusmessage[-1].isdigit():
                raise Uncounted
            return 0

    async def execute_many(self, query: Query, params: Sequence[dict[str, object]]) -> None:
        """Run a statement once for each set of parameters, in one exchange with the server."""
        if params:
            self._meter.statements += len(params)
            with translated(self._connection):
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
        with translated(self._connection):
            await self._connection.execute("set local statement_timeout = 0")
            self._connection.is_patient = True
            async with self._connection.cursor() as cursor, cursor.copy(text) as copy:
                for block in blocks:
                    await copy.write(block)
            self._connection.is_patient = False


class Database(Reads):
    """A request's view of the pool; each read is its own transaction, for ``identity`` (None: for nobody).

    ``deadline`` (of ``time.monotonic``; None: none) ends each wait for the database with ``TimedOut``; what was written
    by then in a transaction that is not committed never will be.
    """

    def __init__(self, pool: "Pool", meter: Meter | None = None) -> None:
        self._pool = pool
        self.meter = meter or Meter()
        self.identity: UUID | None = None
        self.deadline: float | None = None

    def of(self, identity: UUID) -> "Database":
        """Return a view that reads for somebody else, on the same account."""
        other = Database(self._pool, self.meter)
        other.identity, other.deadline = identity, self.deadline
        return other

    def within(self, seconds: float) -> "Database":
        """Return a view that has so many seconds, or what is left of them, on the same account."""
        other = Database(self._pool, self.meter)
        other.identity, other.deadline = self.identity, self.deadline
        other.end_in(min(seconds, self.remaining() or seconds))
        return other

    def begin(self, seconds: float) -> None:
        """Begin an operation that has so many seconds; what came before it does not count as committed by it."""
        self.meter.commits, self.meter.in_doubt = 0, False
        self.end_in(seconds)

    def end_in(self, seconds: float) -> None:
        """Set the deadline so many seconds from now."""
        self.deadline = time.monotonic() + seconds

    def remaining(self) -> float | None:
        """Return the seconds until the deadline, at least a millisecond; None when there is none."""
        return None if self.deadline is None else max(self.deadline - time.monotonic(), 0.001)

    async def fetch_all(self, query: Query, row: type[R], **params: object) -> list[R]:
        try:
            try:
                return await self._read(query, row, params)
            except ConnectionLost:
                return await self._read(query, row, params, proven=True)
        except DatabaseError as error:
            error.committed = self.meter.commits > 0
            raise

    @asynccontextmanager
    async def transaction(self, *, identity: UUID | None = None) -> AsyncIterator[Transaction]:
        """Open a transaction; it commits at the end of the block and rolls back when the block raises.

        ``identity`` is whose rows it writes when that is not the request's own person. Raises ``OutcomeUnknown`` when
        the connection is lost in the commit; then, and when it is cancelled in it, ``meter.in_doubt`` is set.
        """
        connection, opened = await self._begun(identity or self.identity)
        try:
            tx = Transaction(connection, self.meter)
            try:
                yield tx
            except Exception:
                await roll_back(connection)
                raise
            await self._commit(connection, opened)
        finally:
            await self._pool.give_back(connection)
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
            connection.is_patient = True
            try:
                with translated(connection):
                    await connection.execute("set statement_timeout = 0")
                    await connection.execute(query.text)
            finally:
                connection.remove_notice_handler(note)
                connection.is_patient = False
                if connection.is_reusable():
                    await connection.execute("reset statement_timeout")
        return warnings

    async def _read(self, query: Query, row: type[R], params: dict[str, object], *, proven: bool = False) -> list[R]:
        connection = await self._pool.lend(self.deadline, proven=proven)
        if query.personal:
            work = _fetch_as(connection, self.meter, self.identity, query, row, params)
        else:
            work = _fetch(connection, self.meter, query, row, params)
        return await self._pool.exchange(connection, work)

    async def _begun(self, identity: UUID | None) -> tuple[Connection, float]:
        """Return a connection with a transaction begun on it, in one exchange, and the moment when that was known.

        A connection that turns out dead is replaced: nothing was asked of it yet.
        """
        while True:
            connection = await self._pool.lend(self.deadline)
            try:
                with translated(connection):
                    await connection.execute(opening(identity, self.remaining(), connection), prepare=False)
            except ConnectionLost:
                await self._pool.give_back(connection)
            except BaseException:
                await self._pool.give_back(connection)
                raise
            else:
                if self.deadline is not None:
                    # The server's word comes first: it knows what became of the transaction.
                    connection.deadline = self.deadline + limits.GRACE_MS / 2_000
                return connection, time.monotonic()

    async def _commit(self, connection: Connection, opened: float) -> None:
        """Commit, unless the deadline has come by the server's own clock: what is given up never commits afterwards."""
        self.meter.in_doubt = True
        try:
            cursor = await connection.execute(closing(self.deadline, opened), prepare=False)
            while cursor.nextset():
                pass
            committed = cursor.statusmessage == "COMMIT"
        except (psycopg.Error, DatabaseError) as error:
            if getattr(getattr(error, "diag", None), "severity_nonlocalized", None) != "ERROR":
                raise OutcomeUnknown from error
            self.meter.in_doubt = False
            await roll_back(connection)
            if isinstance(error, psycopg.errors.DivisionByZero):
                raise TimedOut from error
            with translated(connection):
                raise
        self.meter.in_doubt = False
        if not committed:
            raise DatabaseError("A statement of the transaction had failed, so nothing of it was committed.")
        self.meter.commits += 1


def require_address(url: str, name: str) -> None:
    """Raise ``Unfit`` when ``url``, given as ``name``, is no address; it may hold a password, so it is not told."""
    try:
        psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise Unfit(
            f"{name} is not an address that PostgreSQL reads; the form is postgresql://user:password@host:5432/database,"
            " with special characters of the password as %XX."
        ) from None


class Pool(Lender):
    """The process's connections (2 to ``size``), each wearing the gateway's role; ``open`` before use.

    Who finds all of them lent out waits for ``patience`` seconds, then gets ``Unavailable``.
    """

    def __init__(
        self, url: str, *, role: str, size: int = 8, name: str = "palimpsest gateway", patience: float = 10.0
    ) -> None:
        super().__init__(url, role=role, size=size, name=name, patience=patience)

    def database(self, *, seconds: float | None = None) -> Database:
        """Return a fresh view with its own meter, for one request, which has so many seconds (None: any)."""
        made = Database(self)
        if seconds is not None:
            made.end_in(seconds)
        return made

    @asynccontextmanager
    async def connection(self, *, proven: bool = False) -> AsyncIterator[Connection]:
        """Lend a connection; ``proven`` ones have just answered, so that a write does not start on a dead one."""
        connection = await self.lend(proven=proven)
        try:
            yield connection
        finally:
            await self.give_back(connection)


@asynccontextmanager
async def held_alone(pool: Pool, number: int) -> AsyncIterator[bool]:
    """Yield whether this process holds what only one may hold, by an advisory lock on a connection of its own."""
    with translated():
        async with await connect(pool.address, "palimpsest turn") as connection:
            cursor = await connection.execute("select pg_try_advisory_lock(%s)", [number])
            row = await cursor.fetchone()
            yield bool(row and row[0])


async def _fetch(
    connection: Connection, meter: Meter, query: Query, row: type[R], params: dict[str, object]
) -> list[R]:
    meter.statements += 1
    with translated(connection):
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
    with translated(connection):
        async with connection.cursor(row_factory=class_row(row)) as cursor:
            try:
                async with connection.pipeline():
                    await connection.execute("begin")
                    await connection.execute(_IDENTIFY, [named(identity)])
                    await cursor.execute(query.text, params)
                    await connection.execute("commit")
            except psycopg.Error:
                if not connection.broken:
                    await connection.rollback()
                raise
            rows = await _made(cursor)
    meter.rows += len(rows)
    return rows
