"""Counts for authors, and what operators look at."""

from loaders.content.versions import live_versions
from loaders.statistics import ChallengeStatistics, Operations, TrackStatistics, queries
from practice import statistics
from resolvers.content.reading import track
from resolvers.context import Context
from resolvers.idempotency import IdempotentCall, Ids, run_once
from resolvers.policy import may_operate, may_read_content, require
from sql.database import Transaction
from sql.jobs import ask
from sql.rows.operations import JobsRow, PartitionRow, SlowStatementRow, TableSizeRow, ThereRow, UnusedIndexRow
from sql.rows.replays import ChallengeLearnersRow
from versioning.judging import compatibility
from versioning.publishing.publishing import Plan

TABLES, INDEXES, STATEMENTS = 50, 50, 20
COUNTED = "The database counts statements since it was last told to begin anew."
NOT_COUNTED = (
    "The database does not count statements: start it with shared_preload_libraries = pg_stat_statements and run"
    " create extension pg_stat_statements."
)


async def track_statistics(ctx: Context, slug: str) -> TrackStatistics | None:
    """Return a track's counts; None for no track, or for one that is newer than the counts."""
    require(ctx.viewer, may_read_content)
    found = await track(ctx, slug)
    counted = await statistics.of_track(ctx.database, found.id) if found else None
    if found is None or counted is None:
        return None
    rows = await statistics.of_challenges(ctx.database, found.id)
    live = await live_versions(ctx.loaders, [row.challenge_id for row in rows])
    return TrackStatistics(
        counted.total_challenges,
        counted.average_minutes,
        counted.enrolled_users,
        counted.refreshed_at,
        [
            ChallengeStatistics(
                challenge_id=row.challenge_id,
                difficulty=max(live[row.challenge_id], key=lambda arm: arm.weight).version.difficulty,
                total_users=row.total_users,
                completed_users=row.completed_users,
                completion_rate=row.completion_rate,
                average_score=row.average_score,
                average_attempts=row.average_attempts,
            )
            for row in rows
            if row.challenge_id in live  # archived since they were counted
        ],
    )


async def affected(ctx: Context, plan: Plan) -> ChallengeLearnersRow:
    """Return how many learners a publish would concern."""
    require(ctx.viewer, may_read_content)
    live, id = plan.standing.live_content, plan.standing.draft.id
    return (await compatibility.learners(ctx.database, {id: live.judged_hash if live else ""}))[id]


async def refresh_statistics(ctx: Context, asked: IdempotentCall) -> None:
    """Have tracks and challenges counted anew, soon."""
    require(ctx.viewer, may_read_content)

    async def do(tx: Transaction) -> Ids:
        await ask(tx, "upkeep:statistics", queue="maintenance", lock="upkeep", once="upkeep.statistics")
        return {}

    await run_once(ctx, asked, do)


async def operations(ctx: Context) -> Operations:
    """Return what the database tells of itself."""
    require(ctx.viewer, may_operate)
    database = ctx.database
    counted = await database.fetch_one(queries.statements_are_counted, ThereRow)
    there = counted is not None and counted.there
    return Operations(
        await database.fetch_all(queries.table_sizes, TableSizeRow, limit=TABLES),
        await database.fetch_all(queries.unused_indexes, UnusedIndexRow, limit=INDEXES),
        await database.fetch_all(queries.slow_statements, SlowStatementRow, limit=STATEMENTS) if there else None,
        COUNTED if there else NOT_COUNTED,
        await database.fetch_all(queries.partitions, PartitionRow),
        await database.fetch_all(queries.job_queue, JobsRow),
    )
