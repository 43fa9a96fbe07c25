"""What is left to do for learners after a publication; ``workflows.publishing.migrate_pins`` says what that is."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from procrastinate import Blueprint, JobContext

from gateway.jobs.counting import RETRIES
from gateway.jobs.runs import PATIENT, PATIENT_TRIES
from gateway.jobs.worker_state import WorkerState, parts_of
from sql.jobs import ask
from versioning.pins import forwarding
from workflows.publishing import migrate_pins

TOLD_LATER = timedelta(hours=1)


def blueprint() -> Blueprint:
    """Return the tasks of this module."""
    tasks = Blueprint()
    tasks.task(name="tell_each", queue="maintenance", retry=RETRIES, pass_context=True)(_tell_each)
    tasks.task(name="tell", queue="maintenance", retry=RETRIES, pass_context=True)(_tell)
    tasks.task(name="check", queue="bulk", retry=PATIENT, pass_context=True)(_check)
    return tasks


async def _tell_each(context: JobContext, seq: str) -> None:
    """Ask for the telling of each challenge that a publication of several changed."""
    async with parts_of(context).pool.database().transaction() as tx:
        await forwarding.ask_to_tell_each(tx, int(seq))


async def _tell(context: JobContext, challenge_id: str, seq: str, checked: str = "") -> None:
    """Tell a challenge's learners of a publication. ``checked``: what could be run was run."""
    parts = parts_of(context)
    database, about = parts.pool.database(), (UUID(challenge_id), int(seq))
    if moved := await migrate_pins.tell(database, parts.clock, *about, checked=bool(checked)):
        parts.log.event("learners moved", challenge=challenge_id, publication=seq, moved=moved)


async def _check(context: JobContext, challenge_id: str, seq: str) -> None:
    """Run the best code of a challenge's learners under the tests that a publication made live."""
    parts, is_last_try = parts_of(context), context.job.attempts >= PATIENT_TRIES - 1
    assert parts.sandbox is not None, "who has no browser takes no such job"
    database, about = parts.pool.database(), (UUID(challenge_id), int(seq))
    await migrate_pins.check(database, parts.keyring, parts.sandbox, parts.clock, *about, is_last_try=is_last_try)


async def _end_check(parts: WorkerState, ids: Mapping[str, str]) -> None:
    await migrate_pins.tell_again(parts.pool.database(), UUID(ids["challenge_id"]), int(ids["seq"]))


async def _end_tell(parts: WorkerState, ids: Mapping[str, str]) -> None:
    await migrate_pins.give_up(parts.pool.database(), parts.clock, UUID(ids["challenge_id"]), int(ids["seq"]))


async def _end_tell_each(parts: WorkerState, ids: Mapping[str, str]) -> None:
    # Nobody else asks for it, and without it learners stay where they are: later the database may be well again.
    async with parts.pool.database().transaction() as tx:
        at = parts.clock() + TOLD_LATER
        await ask(tx, "migrations:tell_each", queue="maintenance", ids={"seq": ids["seq"]}, at=at)


ENDINGS = {"migrations:tell_each": _end_tell_each, "migrations:check": _end_check, "migrations:tell": _end_tell}
