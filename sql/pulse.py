"""Whether the database lives, asked on a connection of its own: the pool's may all be lent out, or hang.

A question that goes without an answer for ``PATIENCE`` seconds is given up with its connection, which is closed without
a word to the server; the next one is asked on a new connection.
"""

import asyncio
from contextlib import suppress

import psycopg

from sql.connections import Connection, connect
from sql.database import Pool
from sql.errors import Unavailable, Unfit
from sql.migrate import lacking, migrations

PATIENCE = 5.0


class Pulse:
    """The connection, made when it is first needed."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._connection: Connection | None = None
        self._known = migrations()

    async def missing(self) -> int:
        """Return how many migrations of ours the database lacks; raises ``Unavailable`` when it does not answer.

        One that was edited, or that only newer code knows, counts as one.
        """
        try:
            async with asyncio.timeout(PATIENCE):
                if self._connection is not None:
                    with suppress(psycopg.OperationalError):  # it may be of before a restart
                        return len(await lacking(self._connection, self._known))
                    self._abandon()
                self._connection = await self._connected()
                return len(await lacking(self._connection, self._known))
        except Unfit:
            return 1
        except (psycopg.Error, OSError) as error:  # a TimeoutError is one of the latter
            self._abandon()
            raise Unavailable() from error

    async def close(self) -> None:
        self._abandon()

    async def _connected(self) -> Connection:
        made = await connect(self._pool.address, "palimpsest probe")
        await self._pool.configure(made)
        return made

    def _abandon(self) -> None:
        if self._connection is not None:
            self._connection.abandon()
            self._connection = None
