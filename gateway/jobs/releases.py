"""Releases that fire at their moment. A job waits for each; a look every minute finds those whose job was lost."""

from collections.abc import Mapping
from uuid import UUID

from procrastinate import Blueprint, JobContext, RetryStrategy

from gateway.jobs.worker_state import WorkerState, parts_of
from resolvers.people.present_rights import may_publish_now
from workflows.publishing import fire_release

RETRIES = RetryStrategy(max_attempts=5, exponential_wait=5)


def blueprint() -> Blueprint:
    """Return the tasks of this module."""
    tasks = Blueprint()
    tasks.task(name="fire", queue="maintenance", retry=RETRIES, pass_context=True)(_fire)
    declared = tasks.task(name="look", queue="maintenance", queueing_lock="releases.look", pass_context=True)
    tasks.periodic(cron="* * * * *")(declared(_look))
    return tasks


async def _fire(context: JobContext, release_id: str) -> None:
    parts = parts_of(context)
    database, id = parts.pool.database(), UUID(release_id)
    fired = await fire_release.fire(database, parts.keyring, parts.clock, id, may_publish_now)
    if fired is not None:
        parts.log.event(
            "release",
            release=release_id,
            state=fired.state,
            late=fired.late_seconds,
            faults=fired.faults,
            heads=[{"seq": seq, "hash": hash} for seq, hash in fired.heads],
        )


async def _end(parts: WorkerState, ids: Mapping[str, str]) -> None:
    await fire_release.give_up(parts.pool.database(), parts.clock(), UUID(ids["release_id"]))


ENDINGS = {"releases:fire": _end}


async def _look(context: JobContext, timestamp: int = 0) -> None:
    parts = parts_of(context)
    await fire_release.ask_for_due(parts.pool.database(), parts.clock())
