"""Replays: learners' solutions under a draft's tests, a job for each step (``workflows.publishing.replay_steps``)."""

from collections.abc import Mapping
from uuid import UUID

from procrastinate import Blueprint, JobContext, RetryStrategy

from gateway.jobs.worker_state import WorkerState, parts_of
from workflows.publishing import replay_steps

TRIES = 8
RETRIES = RetryStrategy(max_attempts=TRIES, exponential_wait=2)


def blueprint() -> Blueprint:
    """Return the tasks of this module."""
    tasks = Blueprint()
    tasks.task(name="replay", queue="bulk", retry=RETRIES, pass_context=True)(_replay)
    return tasks


async def _replay(context: JobContext, replay_id: str, step: str) -> None:
    parts, is_last_try = parts_of(context), context.job.attempts >= TRIES - 1
    assert parts.sandbox is not None, "who has no browser takes no such job"
    database, id = parts.pool.database(), UUID(replay_id)
    await replay_steps.replay_step(database, parts.sandbox, parts.clock, id, int(step), is_last_try=is_last_try)


async def _end(parts: WorkerState, ids: Mapping[str, str]) -> None:
    await replay_steps.give_up(parts.pool.database(), parts.clock, UUID(ids["replay_id"]))


ENDINGS = {"replays:replay": _end}
