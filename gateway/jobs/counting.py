"""Counting anew how much of a track each learner completed, after what counts in it changed."""

from uuid import UUID

from procrastinate import Blueprint, JobContext, RetryStrategy

from gateway.jobs.worker_state import parts_of
from workflows.publishing.recount import recount

RETRIES = RetryStrategy(max_attempts=5, exponential_wait=5)


def blueprint() -> Blueprint:
    """Return the tasks of this module."""
    tasks = Blueprint()
    tasks.task(name="recount_track", queue="maintenance", retry=RETRIES, pass_context=True)(_recount_track)
    return tasks


async def _recount_track(context: JobContext, track_id: str) -> None:
    parts = parts_of(context)
    if changed := await recount(parts.pool.database(), UUID(track_id)):
        parts.log.event("recounted", track=track_id, changed=changed)
