"""Upkeep: counts for authors, months of attempts, vacuuming, indexes, and what nobody can use any more.

Each is done by the clock and can be done by hand (``maintain NAME``). A warning of the database is a failure here:
vacuuming a table that is not one's own only warns, and would go unnoticed for ever.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from procrastinate import Blueprint, JobContext

from gateway.jobs.worker_state import parts_of
from loaders.statistics import queries as statistics_of_database
from practice import partitions, statistics
from sql import settings
from sql.database import Database
from sql.errors import Busy, DatabaseError, Unavailable
from sql.named import Query, load
from sql.rows.operations import SetRow, TableSizeRow
from versioning.judging import replays, runs

IDEMPOTENCY_KEPT = timedelta(hours=24)
BATCH = 500
SOLUTIONS_AT_ONCE = 20  # each is looked for in all that may refer to it, while nobody stores one
TRIES = 10
PAUSE_SECONDS = 1.0
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
    delete_old_verdicts: Query
    delete_ended_jobs: Query
    wait_briefly: Query
    lock_solutions: Query
    delete_unused_solutions: Query


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
    rows = await database.fetch_all(statistics_of_database.table_sizes, TableSizeRow, limit=LARGEST_TOLD)
    return [f"{row.name}: {row.bytes / 1e6:,.1f} MB, {row.rows:,.0f} rows, {row.dead_rows:,.0f} dead" for row in rows]


async def sweep(database: Database, now: datetime) -> Sequence[str]:
    """Delete expired sessions, unused rate limits, idempotency keys older than a day, and runs and replays older than
    the setting ``runs_kept_days``."""
    before = now - await _kept(database, "runs_kept_days")
    async with database.transaction() as tx:
        sessions = await tx.execute(_q.delete_expired_sessions, now=now)
        keys = await tx.execute(_q.delete_old_idempotency_keys, before=now - IDEMPOTENCY_KEPT)
        unused = await tx.execute(_q.delete_unused_rate_limits, now=now)
        wishes = await runs.forget(tx, before=before)
        replayed = await replays.forget(tx, before=before)
    counts = f"{sessions} sessions, {keys} idempotency keys, {unused} rate limits, {wishes} runs, {replayed} replays"
    return [f"Deleted {counts}."]


async def retention(database: Database, now: datetime) -> Sequence[str]:
    """Delete verdicts that nothing refers to, jobs that ended without success, and solutions that nothing refers to.

    Some at a time, each time in a transaction of its own, so nobody waits long for a row or a lock.
    """
    before = now - await _kept(database, "verdicts_kept_days")
    verdicts = await _all(database, _q.delete_old_verdicts, before)
    before = now - await _kept(database, "failed_jobs_kept_days")
    jobs = await _all(database, _q.delete_ended_jobs, before)
    solutions, busy = 0, 0
    while busy < TRIES:
        try:
            async with database.transaction() as tx:
                await tx.fetch_one(_q.wait_briefly, SetRow)
                await tx.execute(_q.lock_solutions)
                deleted = await tx.execute(_q.delete_unused_solutions, limit=SOLUTIONS_AT_ONCE)
        except Busy:  # somebody saves a draft, or applies a tree
            busy += 1
            await asyncio.sleep(PAUSE_SECONDS)
            continue
        solutions += deleted
        if deleted < SOLUTIONS_AT_ONCE:
            break
    told = [f"Deleted {verdicts} verdicts, {jobs} jobs, {solutions} solutions."]
    return told if busy < TRIES else [*told, "Solutions are being stored; the rest of them is left for the next time."]


async def _kept(database: Database, name: str) -> timedelta:
    return timedelta(days=int(await settings.get(database, name)))


async def _all(database: Database, query: Query, before: datetime) -> int:
    total = 0
    while True:
        async with database.transaction() as tx:
            deleted = await tx.execute(query, before=before, limit=BATCH)
        total += deleted
        if deleted < BATCH:
            return total


async def _each(database: Database, *queries: Query) -> list[str]:
    """Run these statements, each although one before it failed; raises ``UpkeepFailed`` with all that did."""
    told, failed = [], []
    for query in queries:
        try:
            warnings = await database.run_alone(query)
        except Unavailable:
            raise
        except DatabaseError as error:
            warnings = [str(error)]
        if warnings:
            failed.append(f"{query.text}: {'; '.join(warnings)}")
        else:
            told.append(f"{query.text[0].upper()}{query.text[1:]}: done.")
    if failed:
        raise UpkeepFailed("\n".join(failed))
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
        "retention": (retention, "40 1 * * *"),
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
