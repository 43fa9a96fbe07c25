"""Requeue what lost its job: attempts are asked for again, runs and replays end."""

from collections.abc import Sequence
from datetime import datetime

from practice import sweeping
from sql import settings
from sql.database import Database
from sql.jobs import LEARNERS, ask
from sql.rows.practice import StrandedRow
from versioning.judging import replays, runs

AT_ONCE = 500


async def end_lost(database: Database, before: datetime, at: datetime) -> None:
    """End runs and replays from before a moment that have no job."""
    async with database.transaction() as tx:
        for run_id in await runs.without_job(tx, before, AT_ONCE):
            await runs.end(tx, run_id, "FAILED", at)
        for replay_id in await replays.without_job(tx, before, AT_ONCE):
            await replays.end(tx, replay_id, "FAILED", at)


async def lost_attempts(database: Database, before: datetime) -> Sequence[StrandedRow]:
    """Return attempts from before a moment that wait without a job; none where a token judges them."""
    if await settings.get(database, "attempts_judged_by") == "grader":
        return []
    return await sweeping.without_job(database, before, AT_ONCE)


async def requeue(database: Database, attempt: StrandedRow) -> bool:
    """Let an attempt wait again; True when its judging was asked for."""
    async with database.transaction(identity=attempt.user_id) as tx:
        await sweeping.queue_again(tx, attempt)
        if attempt.has_job:
            return False
        name, ids = f"runs.attempt.{attempt.id}", {"user_id": attempt.user_id, "attempt_id": attempt.id}
        await ask(tx, "runs:attempt", queue="learner", priority=LEARNERS, once=name, ids=ids)
    return True
