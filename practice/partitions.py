"""Months of attempts: made ahead of time, and moved to the archive whole when they are older than a year.

Both take a lock that keeps every learner waiting, for as long as it takes to write a few lines of the catalogue. So it
is waited for less than a second, and tried again: whoever waits for such a lock makes all others wait behind them.
"""

import asyncio
from dataclasses import dataclass
from datetime import date

from sql.database import Database
from sql.errors import Busy
from sql.named import Query, load
from sql.rows.operations import DoneRow, MonthRow, SetRow

AHEAD = 3
KEPT = 12
TRIES = 60
PAUSE_SECONDS = 1.0


@dataclass(frozen=True)
class _Queries:
    wait_briefly: Query
    months_in_default: Query
    make_month: Query
    months_before: Query
    archive_month: Query


_q = load("practice/partitions", _Queries)


async def make_ahead(database: Database, today: date) -> list[date]:
    """Make the months until three from now, and those whose attempts lie in the default; returns those made."""
    wanted = {_later(today, months) for months in range(AHEAD + 1)}
    wanted |= {row.month for row in await database.fetch_all(_q.months_in_default, MonthRow)}
    return [month for month in sorted(wanted) if await make(database, month)]


async def make(database: Database, month: date) -> bool:
    """Make the month of a day; False when it is there."""
    return await _done(database, _q.make_month, month)


def name(month: date) -> str:
    """Return the name of the table of a month."""
    return f"challenge_attempts_{month:%Y_%m}"


async def archive_old(database: Database, today: date) -> list[date]:
    """Move the months that lie wholly more than a year back to the archive; returns those moved."""
    old = await database.fetch_all(_q.months_before, MonthRow, day=_later(today, -KEPT))
    return [row.month for row in old if await _done(database, _q.archive_month, row.month)]


async def _done(database: Database, query: Query, month: date) -> bool:
    for left in reversed(range(TRIES)):
        try:
            async with database.transaction() as tx:
                await tx.fetch_one(_q.wait_briefly, SetRow)
                found = await tx.fetch_one(query, DoneRow, month=month)
            return found is not None and found.done
        except Busy:
            if not left:
                raise
            await asyncio.sleep(PAUSE_SECONDS)
    raise AssertionError


def _later(day: date, months: int) -> date:
    """Return the first day of the month so many months later."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
