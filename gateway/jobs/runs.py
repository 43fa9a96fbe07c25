"""Running code: authors' drafts, and learners' attempts. Each task can be done twice; what was judged stays judged.

A try is a run that reached a browser. A worker that stopped, or whose browser went away, tried nothing: then the work
waits as it did before. ``TRIES`` tries, or an exception in the last of ``DRAFT_TRIES`` jobs, and a run fails;
``workflows.attempts.judge_attempt`` says how attempts are judged.
"""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from procrastinate import Blueprint, JobContext, RetryStrategy

from gateway.jobs.worker_state import WorkerState, apart, parts_of
from sandbox.pool import Sandbox
from sandbox.tries import TRIES, judged
from sandbox.work import PageRun, Work
from versioning.judging import runs
from workflows.attempts import judge_attempt, requeue_lost
from workflows.attempts.judge_attempt import NotJudged

DRAFT_TRIES = 4
RETRIES = RetryStrategy(max_attempts=DRAFT_TRIES, wait=1)  # somebody waits at their desk
PATIENT_TRIES = 8
PATIENT = RetryStrategy(max_attempts=PATIENT_TRIES, exponential_wait=2)  # some minutes: work waits rather than fails
SWEPT_AFTER = timedelta(minutes=1)  # an attempt as young as that is somebody's who submits just now


def blueprint() -> Blueprint:
    """Return the tasks of this module."""
    tasks = Blueprint()
    tasks.task(name="run", queue="author", retry=RETRIES, pass_context=True)(_run)
    tasks.task(name="attempt", queue="learner", retry=PATIENT, pass_context=True)(_attempt)
    declared = tasks.task(name="sweep", queue="maintenance", queueing_lock="runs.sweep", pass_context=True)
    tasks.periodic(cron="* * * * *")(declared(_sweep))
    return tasks


async def _run(context: JobContext, run_id: str) -> None:
    parts, id = parts_of(context), UUID(run_id)
    sandbox = _sandbox(parts)

    database = parts.pool.database()
    try:
        async with sandbox.sitting() as sitting:  # solution and starter are one author's text

            async def judge(work: Work, picture: bool) -> PageRun:
                return await judged(sitting, work, screenshot=picture)

            vain = await runs.carry_out(database, parts.keyring, id, judge, sandbox.engine, parts.clock)
        if vain is None:
            return
        async with database.transaction() as tx:
            if await runs.count_tries(tx, id, vain.tries) >= TRIES:
                await runs.end(tx, id, "FAILED", parts.clock())
                return
        raise NotJudged
    except Exception:
        if context.job.attempts < DRAFT_TRIES - 1:
            raise
        async with database.transaction() as tx:
            await runs.end(tx, id, "FAILED", parts.clock())
        raise


async def _attempt(context: JobContext, user_id: str, attempt_id: str) -> None:
    """Judge an attempt by the version that it was submitted for."""
    parts = parts_of(context)
    sandbox, database = _sandbox(parts), parts.pool.database()
    ids = {"learner": UUID(user_id), "attempt_id": UUID(attempt_id)}
    if not await judge_attempt.judge(database, parts.keyring, sandbox, parts.clock, **ids):
        parts.log.event("attempt given up", attempt=attempt_id)


async def _end_run(parts: WorkerState, ids: Mapping[str, str]) -> None:
    async with parts.pool.database().transaction() as tx:
        await runs.end(tx, UUID(ids["run_id"]), "FAILED", parts.clock())


async def _end_attempt(parts: WorkerState, ids: Mapping[str, str]) -> None:
    learner, id = UUID(ids["user_id"]), UUID(ids["attempt_id"])
    await judge_attempt.give_up(parts.pool.database(), parts.clock, learner=learner, attempt_id=id)


ENDINGS = {"runs:run": _end_run, "runs:attempt": _end_attempt}


async def _sweep(context: JobContext, timestamp: int = 0) -> None:
    """End runs and replays that lost their job, and ask again for the judging of attempts that wait without one; not
    where a token judges them."""
    parts = parts_of(context)
    database, now = parts.pool.database(), parts.clock()
    await requeue_lost.end_lost(database, now - SWEPT_AFTER, now)
    for attempt in await requeue_lost.lost_attempts(database, now - SWEPT_AFTER):
        with apart(parts.log, "attempt not queued again", attempt=attempt.id):
            if await requeue_lost.requeue(database, attempt):
                parts.log.event("attempt queued again", attempt=attempt.id)


def _sandbox(parts: WorkerState) -> Sandbox:
    assert parts.sandbox is not None, "who has no browser takes no such job"
    return parts.sandbox
