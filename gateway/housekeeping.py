"""What has to be thrown away from time to time: expired sessions, idempotency keys older than a day.

It runs inside every serving process and as a command; an advisory lock lets one do it at a time.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.log import Log
from sql.database import Pool
from sql.errors import DatabaseError
from sql.named import Query, load
from sql.rows.gateway import TurnRow

EVERY = timedelta(minutes=10)
IDEMPOTENCY_KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class _Queries:
    take_turn: Query
    delete_expired_sessions: Query
    delete_old_idempotency_keys: Query


_q = load("housekeeping", _Queries)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many rows a round deleted."""

    sessions: int
    idempotency_keys: int


async def sweep(pool: Pool, now: datetime) -> Swept | None:
    """Do one round and return what it deleted, or None when another process is at it."""
    async with pool.database().transaction() as tx:
        turn = await tx.fetch_one(_q.take_turn, TurnRow)
        if turn is None or not turn.mine:
            return None
        return Swept(
            await tx.execute(_q.delete_expired_sessions, now=now),
            await tx.execute(_q.delete_old_idempotency_keys, before=now - IDEMPOTENCY_KEPT),
        )


async def keep_house(pool: Pool, clock: Callable[[], datetime], log: Log, *, first: timedelta = EVERY) -> None:
    """Sweep after ``first`` and then every ten minutes until cancelled; a database that is away is tried later."""
    await asyncio.sleep(first.total_seconds())
    while True:
        try:
            swept = await sweep(pool, clock())
            if swept is not None and (swept.sessions or swept.idempotency_keys):
                log.event("housekeeping", sessions=swept.sessions, idempotency_keys=swept.idempotency_keys)
        except DatabaseError as error:
            log.event("housekeeping failed", error=type(error).__name__)
        await asyncio.sleep(EVERY.total_seconds())
