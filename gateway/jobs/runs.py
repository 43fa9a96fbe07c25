"""Running code: authors' drafts, and learners' attempts. Each task can be done twice; what was judged stays judged.

A try is a run that reached a browser. A worker that stopped, or whose browser went away, tried nothing: then the work
waits as it did before. ``TRIES`` tries, or ``FAILURES`` exceptions, and an attempt is INCONCLUSIVE; a run fails.
"""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from procrastinate import Blueprint, JobContext, RetryStrategy

from core.code import Code
from gateway.jobs.worker_state import WorkerState, apart, parts_of
from practice import attempts, grading, sweeping
from practice.grading import Result, Verdict
from sandbox.pool import Sandbox
from sandbox.tries import TRIES, judged
from sandbox.work import PageRun, RunnerUnavailable, Work
from sql import settings
from sql.database import Database
from sql.jobs import LEARNERS, ask
from sql.rows.practice import AttemptRow
from versioning.judging import replays, runs, verdicts
from versioning.judging.verdicts import Judging
from versioning.publishing.publish_state import full_versions_by_id

FAILURES = 3
DRAFT_TRIES = 4
RETRIES = RetryStrategy(max_attempts=DRAFT_TRIES, wait=1)  # somebody waits at their desk
PATIENT_TRIES = 8
PATIENT = RetryStrategy(max_attempts=PATIENT_TRIES, exponential_wait=2)  # some minutes: work waits rather than fails
WAITING = ("QUEUED", "RUNNING", "ERROR", "INCONCLUSIVE")
INCONCLUSIVE = Verdict("INCONCLUSIVE", None, (), frozenset(), "INCONCLUSIVE")
SWEPT_AFTER = timedelta(minutes=1)  # an attempt as young as that is somebody's who submits just now
SWEPT = 500  # attempts at once


class NotJudged(Exception):
    """The runner failed, not the page; it is tried again."""


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
    """Judge an attempt by the version that it was submitted for; the same code is judged once."""
    parts, learner, id = parts_of(context), UUID(user_id), UUID(attempt_id)
    database = parts.pool.database().of(learner)
    attempt = next(iter(await attempts.by_id(database, learner, [id])), None)
    if attempt is None or attempt.status not in WAITING:
        return
    try:
        verdict = await _verdict(parts, database, attempt)
    except (NotJudged, RunnerUnavailable):
        async with database.transaction(identity=learner) as tx:
            await attempts.count(tx, attempt)
        raise
    except Exception:
        async with database.transaction(identity=learner) as tx:
            counted = await attempts.count(tx, attempt, failures=1)
        if counted is not None and counted.failures < FAILURES:
            raise
        parts.log.event("attempt given up", attempt=attempt_id)
        verdict = INCONCLUSIVE
    async with database.transaction(identity=learner) as tx:
        await grading.record(tx, attempt, verdict, at=parts.clock(), grader=None)


async def _verdict(parts: WorkerState, database: Database, attempt: AttemptRow) -> Verdict:
    """Return an attempt's verdict, INCONCLUSIVE after its last try.

    Raises:
        NotJudged: there is none yet, and a try is left.
        RunnerUnavailable: the sandbox was closed.
    """
    sandbox = _sandbox(parts)
    async with database.transaction(identity=attempt.user_id) as tx:
        before = await attempts.begin(tx, attempt)
    (version,) = await full_versions_by_id(database, [attempt.version_id])
    judging = await Judging.of_solved(database, parts.keyring, version)
    code = Code(attempt.code_html, attempt.code_css, attempt.code_js)
    key = version.judged_hash, grading.hash_of(attempt)
    known = await verdicts.of_engine(database, key, sandbox.engine)
    if known is not None:
        results = [Result(test["id"], test["outcome"], test["message"]) for test in known.tests]
        return grading.judge(judging.tests, results, known.status, known.errors)
    run = await judged(sandbox, judging.work(code), tries=TRIES - before.tries if before else TRIES)
    if run.status in verdicts.STORED:
        async with database.transaction() as tx:
            await verdicts.keep(tx, key, run, confirmed=False, at=parts.clock())
        results = [Result(test.test_id, test.outcome, test.message) for test in run.tests]
        return grading.judge(judging.tests, results, run.status, verdicts.stored_errors(run))
    async with database.transaction(identity=attempt.user_id) as tx:
        counted = await attempts.count(tx, attempt, tries=run.tries)
    if counted is not None and counted.tries < TRIES:
        raise NotJudged
    return INCONCLUSIVE


async def _end_run(parts: WorkerState, ids: Mapping[str, str]) -> None:
    async with parts.pool.database().transaction() as tx:
        await runs.end(tx, UUID(ids["run_id"]), "FAILED", parts.clock())


async def _end_attempt(parts: WorkerState, ids: Mapping[str, str]) -> None:
    learner, id = UUID(ids["user_id"]), UUID(ids["attempt_id"])
    database = parts.pool.database().of(learner)
    attempt = next(iter(await attempts.by_id(database, learner, [id])), None)
    if attempt is not None and attempt.status in ("QUEUED", "RUNNING"):
        async with database.transaction(identity=learner) as tx:
            await grading.record(tx, attempt, INCONCLUSIVE, at=parts.clock(), grader=None)


ENDINGS = {"runs:run": _end_run, "runs:attempt": _end_attempt}


async def _sweep(context: JobContext, timestamp: int = 0) -> None:
    """End runs and replays that lost their job, and ask again for the judging of attempts that wait without one; not
    where a token judges them."""
    parts = parts_of(context)
    database = parts.pool.database()
    async with database.transaction() as tx:
        for run_id in await runs.without_job(tx, parts.clock() - SWEPT_AFTER, SWEPT):
            await runs.end(tx, run_id, "FAILED", parts.clock())
        for replay_id in await replays.without_job(tx, parts.clock() - SWEPT_AFTER, SWEPT):
            await replays.end(tx, replay_id, "FAILED", parts.clock())
    if await settings.get(database, "attempts_judged_by") == "grader":
        return
    for attempt in await sweeping.without_job(database, parts.clock() - SWEPT_AFTER, SWEPT):
        with apart(parts.log, "attempt not queued again", attempt=attempt.id):
            async with database.transaction(identity=attempt.user_id) as tx:
                await sweeping.queue_again(tx, attempt)
                if not attempt.has_job:
                    name, ids = f"runs.attempt.{attempt.id}", {"user_id": attempt.user_id, "attempt_id": attempt.id}
                    await ask(tx, "runs:attempt", queue="learner", priority=LEARNERS, once=name, ids=ids)
                    parts.log.event("attempt queued again", attempt=attempt.id)


def _sandbox(parts: WorkerState) -> Sandbox:
    assert parts.sandbox is not None, "who has no browser takes no such job"
    return parts.sandbox
