"""Upkeep: counts for authors, months of attempts, vacuuming, indexes, and what nobody can use any more.

Each is done by the clock and can be done by hand (``maintain NAME``). A warning of the database is a failure here:
vacuuming a table that is not one's own only warns, and would go unnoticed for ever.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from procrastinate import Blueprint, JobContext

from gateway.jobs.worker_state import parts_of
from practice import partitions, statistics
from resolvers.statistics import looks
from sql.database import Database
from sql.errors import DatabaseError
from sql.named import Query, load
from sql.rows.operations import TableSizeRow
from versioning.judging import replays, runs

IDEMPOTENCY_KEPT = timedelta(hours=24)
RUNS_KEPT = timedelta(days=30)
LARGEST_TOLD = 20


@dataclass(frozen=True)
class _Queries:
    vacuum_attempts: Query
    vacuum_progress: Query
    vacuum_enrollments: Query
    vacuum_leaderboards: Query
    vacuum_notices: Query
    vacuum_versions: Query
    vacuum_users: Query
    analyze_archive: Query
    reindex_attempts: Query
    reindex_progress: Query
    reindex_enrollments: Query
    reindex_leaderboards: Query
    reindex_notices: Query
    delete_expired_sessions: Query
    delete_old_idempotency_keys: Query
    delete_unused_rate_limits: Query


_q = load("operations/maintenance", _Queries)

Chore = Callable[[Database, datetime], Awaitable[Sequence[str]]]


class UpkeepFailed(DatabaseError):
    """The database warned that it did not do what was asked."""


async def refresh_statistics(database: Database, now: datetime) -> Sequence[str]:
    """Count tracks and challenges anew."""
    await statistics.refresh(database)
    return ["Counted tracks and challenges."]


async def make_months(database: Database, now: datetime) -> Sequence[str]:
    """Make the months of attempts until three from now."""
    return [f"Made the month {month:%Y-%m}." for month in await partitions.make_ahead(database, now.date())]


async def archive_months(database: Database, now: datetime) -> Sequence[str]:
    """Move months of attempts older than a year to the archive."""
    return [f"Archived the month {month:%Y-%m}." for month in await partitions.archive_old(database, now.date())]


async def vacuum(database: Database, now: datetime) -> Sequence[str]:
    """Vacuum and analyze learners' tables, versions and people."""
    return await _each(
        database,
        _q.vacuum_attempts,
        _q.vacuum_progress,
        _q.vacuum_enrollments,
        _q.vacuum_leaderboards,
        _q.vacuum_notices,
        _q.vacuum_versions,
        _q.vacuum_users,
        _q.analyze_archive,
    )


async def reindex(database: Database, now: datetime) -> Sequence[str]:
    """Make the indexes of learners' tables anew, beside the old ones."""
    return await _each(
        database,
        _q.reindex_attempts,
        _q.reindex_progress,
        _q.reindex_enrollments,
        _q.reindex_leaderboards,
        _q.reindex_notices,
    )


async def bloat(database: Database, now: datetime) -> Sequence[str]:
    """Tell the largest tables, and how much in them is dead."""
    rows = await database.fetch_all(looks.table_sizes, TableSizeRow, limit=LARGEST_TOLD)
    return [f"{row.name}: {row.bytes / 1e6:,.1f} MB, {row.rows:,.0f} rows, {row.dead_rows:,.0f} dead" for row in rows]


async def sweep(database: Database, now: datetime) -> Sequence[str]:
    """Delete expired sessions, unused rate limits, idempotency keys older than a day, runs and replays than a month."""
    async with database.transaction() as tx:
        sessions = await tx.execute(_q.delete_expired_sessions, now=now)
        keys = await tx.execute(_q.delete_old_idempotency_keys, before=now - IDEMPOTENCY_KEPT)
        unused = await tx.execute(_q.delete_unused_rate_limits, now=now)
        wishes = await runs.forget(tx, before=now - RUNS_KEPT)
        replayed = await replays.forget(tx, before=now - RUNS_KEPT)
    counts = f"{sessions} sessions, {keys} idempotency keys, {unused} rate limits, {wishes} runs, {replayed} replays"
    return [f"Deleted {counts}."]


async def _each(database: Database, *queries: Query) -> list[str]:
    told = []
    for query in queries:
        if warnings := await database.run_alone(query):
            raise UpkeepFailed(f"{query.text}: {'; '.join(warnings)}")
        told.append(f"{query.text[0].upper()}{query.text[1:]}: done.")
    return told


# By the name under which it is called by hand; the second part says when it is done by the clock (UTC).
CHORES: Mapping[str, tuple[Chore, str]] = MappingProxyType(
    {
        "statistics": (refresh_statistics, "0 * * * *"),
        "months": (make_months, "10 0 * * *"),
        "archive": (archive_months, "20 2 2 * *"),
        "vacuum": (vacuum, "30 3 * * 0"),
        "reindex": (reindex, "30 4 1 * *"),
        "bloat": (bloat, "0 5 1 * *"),
        "sweep": (sweep, "*/10 * * * *"),
    }
)


def blueprint() -> Blueprint:
    """Return the chores as tasks, each with its hours."""
    tasks = Blueprint()
    for name, (chore, hours) in CHORES.items():
        declared = tasks.task(
            name=name, queue="maintenance", lock="upkeep", queueing_lock=f"upkeep.{name}", pass_context=True
        )
        tasks.periodic(cron=hours)(declared(_task(name, chore)))
    return tasks


def _task(name: str, chore: Chore) -> Callable[[JobContext, int], Awaitable[None]]:
    async def run(context: JobContext, timestamp: int = 0) -> None:
        parts = parts_of(context)
        told = await chore(parts.pool.database(), parts.clock().astimezone(UTC))
        parts.log.event("upkeep", chore=name, told=list(told))

    return run
