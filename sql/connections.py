"""Connections that never make their user wait for a server that does not answer, and how they are lent.

The driver's own answer to a cancelled wait is to ask the server to cancel, and to wait for that, twice five seconds. A
server that is stopped, or out of reach, does neither. So a connection whose wait was cut short is closed at once, on
our side alone: the server sees the closed socket (``client_connection_check_interval``), ends the statement and rolls
back.

A connection goes back to the pool only when it is idle, out of pipeline mode and out of a transaction. Any other is
closed and replaced: what state the driver left it in is not for the next request to find out.
"""

import asyncio
import time
from collections.abc import Awaitable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import psycopg
from psycopg import AsyncConnection, waiting
from psycopg.abc import RV, PQGen
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import ConnStatus, PipelineStatus, TransactionStatus
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from core import limits
from sql.errors import TimedOut, Unavailable

T = TypeVar("T")

_NO_ANSWER = "The database does not answer."
_CLOCK = 0.01  # seconds by which two clocks may differ


class Connection(AsyncConnection[Any]):
    """One whose every wait ends: by ``deadline`` (of ``time.monotonic``), and after ``ANSWER_SECONDS``.

    A wait that ends by either, or is cancelled, closes the connection. Raises ``TimedOut`` and ``Unavailable``.
    ``is_patient`` lifts both, for statements that take as long as they take.
    """

    deadline: float | None = None
    is_patient = False

    async def wait(
        self,
        gen: PQGen[RV],
        interval: float = 0.1,
        timeout: float | None = None,  # noqa: ASYNC109 - the driver's own signature
    ) -> RV:
        ends = self._ends() if timeout is None else None
        try:
            async with asyncio.timeout_at(ends):
                return await waiting.wait_async(gen, self.pgconn.socket, interval=interval, timeout=timeout)
        except TimeoutError:
            self._abandon(gen)
            if self.deadline is not None and time.monotonic() >= self.deadline - _CLOCK:
                raise TimedOut from None
            raise Unavailable(_NO_ANSWER) from None
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit):
            self._abandon(gen)
            raise

    def is_reusable(self) -> bool:
        """Tell whether the next user finds it as if it were new."""
        return (
            self.pgconn.status == ConnStatus.OK
            and self.pgconn.transaction_status == TransactionStatus.IDLE
            and self.pgconn.pipeline_status == PipelineStatus.OFF
        )

    def abandon(self) -> None:
        """Close our side of it, without a word to the server."""
        self.pgconn.finish()

    def _ends(self) -> float | None:
        """Return when a wait that begins now ends, by the loop's clock."""
        if self.is_patient:
            return None
        left = float(limits.ANSWER_SECONDS)
        if self.deadline is not None:
            left = min(left, self.deadline - time.monotonic())
        return asyncio.get_running_loop().time() + left

    def _abandon(self, gen: PQGen[Any]) -> None:
        self.abandon()
        # What it does at its end (it asks a pipeline for results that nobody wants) must not be left to the collector.
        with suppress(psycopg.Error, RuntimeError):
            gen.close()


def settings(url: str, name: str) -> dict[str, Any]:
    """Return how every connection is made: its name, how long that may take, and how a dead peer is noticed.

    What the address says of it stands.
    """
    wanted = {
        "application_name": name,
        "connect_timeout": limits.CONNECT_SECONDS,
        "keepalives": 1,
        "keepalives_idle": limits.KEEPALIVE_SECONDS,
        "keepalives_interval": limits.KEEPALIVE_SECONDS // 3,
        "keepalives_count": 3,
        "tcp_user_timeout": limits.UNACKNOWLEDGED_SECONDS * 1_000,
    }
    given = conninfo_to_dict(url)
    return {key: value for key, value in wanted.items() if key == "application_name" or key not in given}


async def connect(url: str, name: str) -> Connection:
    """Return a connection of its own, outside of any pool; each statement is its own transaction."""
    return await Connection.connect(url, autocommit=True, **settings(url, name))


class Lender:
    """A process's connections (2 to ``size``), each wearing ``role``; ``open`` before use.

    Who finds all of them lent out waits for ``patience`` seconds, then gets ``Unavailable``.
    """

    def __init__(self, url: str, *, role: str, size: int, name: str, patience: float) -> None:
        self.address = url
        self._role = role
        self._patience = patience
        self._under_way: set[asyncio.Task[Any]] = set()
        self._pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            url,
            connection_class=Connection,
            min_size=2,
            max_size=size,
            timeout=patience,
            max_idle=300,
            open=False,
            configure=self._configured,
            # Tried again at once by ``_regrow``: the library's own pauses double up to minutes.
            reconnect_timeout=0,
            reconnect_failed=self._regrow,
            kwargs={
                "autocommit": True,
                **settings(url, name),
                "options": f"-c timezone=UTC -c statement_timeout={limits.STATEMENT_SECONDS}s"
                f" -c lock_timeout={limits.LOCK_SECONDS}s"
                f" -c idle_in_transaction_session_timeout={limits.IDLE_TRANSACTION_SECONDS}s",
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
        """Close every connection; reads that nobody waits for any more are ended."""
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)
        await self._pool.close()

    async def configure(self, connection: AsyncConnection[Any]) -> None:
        """Put the role on a connection that was just made."""
        await connection.execute(psycopg.sql.SQL("set role {}").format(psycopg.sql.Identifier(self._role)))

    async def _configured(self, connection: Connection) -> None:
        await self.configure(connection)
        # So that the server ends what it does for a client that left.
        with suppress(psycopg.errors.InvalidParameterValue):  # on systems that cannot tell
            await connection.execute(f"set client_connection_check_interval = '{limits.GONE_SECONDS}s'".encode())

    async def lend(self, deadline: float | None = None, *, proven: bool = False) -> Connection:
        """Lend a connection, to be given back; ``proven`` ones have just answered.

        Raises ``Unavailable`` when none came free in time, ``TimedOut`` when the deadline came first.
        """
        task = asyncio.current_task()
        cancelled = task.cancelling() if task else 0
        while True:
            patience = self._patience if deadline is None else min(self._patience, deadline - time.monotonic())
            try:
                connection = await self._pool.getconn(patience)
            except (PoolTimeout, psycopg.OperationalError) as error:
                raise (Unavailable() if patience == self._patience else TimedOut()) from error
            kept = False
            try:
                if task and task.cancelling() > cancelled:
                    # Before Python 3.12 a wait that ends in the moment of its cancellation swallows it.
                    raise asyncio.CancelledError
                connection.deadline = deadline
                kept = not proven or await _answers(connection)
            finally:
                # A request that is given up while it asks must not take the connection with it.
                if not kept:
                    await self.give_back(connection)
            if kept:
                return connection

    async def give_back(self, connection: Connection) -> None:
        """Return a connection to the pool if it is as it was lent, else close it; waits for no server."""
        connection.deadline, connection.is_patient = None, False
        if not connection.is_reusable():
            connection.abandon()
        await asyncio.shield(self._pool.putconn(connection))

    async def exchange(self, connection: Connection, work: Coroutine[Any, Any, T]) -> T:
        """Do a read's exchange with the server and give the connection back.

        A reader that is given up leaves at once, and the exchange goes on to its end without it: most take no longer
        than a new connection would. One that takes more than ``STRAGGLER_SECONDS`` loses its connection.
        """
        task = asyncio.ensure_future(self._finished(connection, work))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            asyncio.get_running_loop().call_later(limits.STRAGGLER_SECONDS, task.cancel)
            raise

    async def _finished(self, connection: Connection, work: Awaitable[T]) -> T:
        try:
            return await work
        finally:
            await self.give_back(connection)

    async def _regrow(self, pool: AsyncConnectionPool[Connection]) -> None:
        """Try to connect again soon while somebody waits; who comes when nobody waits makes the pool try anyway."""
        if pool.get_stats().get("requests_waiting"):
            await asyncio.sleep(limits.RECONNECT_MS / 1_000)
            await pool.check()


async def _answers(connection: Connection) -> bool:
    try:
        await connection.execute("")
    except psycopg.OperationalError:
        return False
    return True
