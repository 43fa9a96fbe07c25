"""Running code: authors' drafts, and learners' attempts. Each task can be done twice; what was judged stays judged."""

from uuid import UUID

from procrastinate import Blueprint, JobContext, RetryStrategy

from gateway.jobs.pages import judged
from gateway.jobs.parts import WorkerParts, parts_of
from practice import attempts, grading
from practice.grading import Result, Verdict
from sandbox.pool import Sandbox
from sandbox.work import PageRun, Work
from sql.code import Code, code_hash
from sql.rows.practice import AttemptRow
from versioning import runs, verdicts
from versioning.standing import full_versions_by_id
from versioning.verdicts import Judging

TRIES = 4
RETRIES = RetryStrategy(max_attempts=TRIES, wait=1)  # somebody waits at their desk
PATIENT_TRIES = 8
PATIENT = RetryStrategy(max_attempts=PATIENT_TRIES, exponential_wait=2)  # some minutes: work waits rather than fails
WAITING = ("QUEUED", "RUNNING", "ERROR", "INCONCLUSIVE")


class NotJudged(Exception):
    """The runner failed, not the page; it is tried again."""


def blueprint() -> Blueprint:
    """Return the tasks of this module."""
    tasks = Blueprint()
    tasks.task(name="run", queue="author", retry=RETRIES, pass_context=True)(_run)
    tasks.task(name="attempt", queue="learner", retry=PATIENT, pass_context=True)(_attempt)
    return tasks


async def _run(context: JobContext, run_id: str) -> None:
    parts, id = parts_of(context), UUID(run_id)
    sandbox = _sandbox(parts)

    database = parts.pool.database()
    try:
        async with sandbox.sitting() as sitting:  # solution and starter are one author's text

            async def judge(work: Work, picture: bool) -> PageRun:
                return await sitting.run(work, screenshot=picture)

            if await runs.carry_out(database, parts.keyring, id, judge, sandbox.engine, parts.clock):
                return
        raise NotJudged
    except Exception:
        if not _is_last(context):
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
    (version,) = await full_versions_by_id(database, [attempt.version_id])
    judging = await Judging.of_row(database, version)
    verdict = await _verdict(parts, attempt, version.judged_hash, judging)
    if verdict is None:
        if not _is_last(context, PATIENT_TRIES):
            raise NotJudged
        verdict = Verdict("INCONCLUSIVE", None, (), frozenset(), "INCONCLUSIVE")
    async with database.transaction(identity=learner) as tx:
        await grading.record(tx, attempt, verdict, at=parts.clock(), grader=None)


async def _verdict(parts: WorkerParts, attempt: AttemptRow, judged_hash: str, judging: Judging) -> Verdict | None:
    sandbox, database = _sandbox(parts), parts.pool.database()
    code = Code(attempt.code_html, attempt.code_css, attempt.code_js)
    key = judged_hash, code_hash(code)
    known = await verdicts.of_engine(database, key, sandbox.engine)
    if known is not None:
        results = [Result(test["id"], test["outcome"], test["message"]) for test in known.tests]
        return grading.judge(judging.tests, results, known.status, known.errors)
    async with database.transaction(identity=attempt.user_id) as tx:
        await attempts.begin(tx, attempt)
    run = await judged(sandbox, judging.work(code))
    if run.status not in verdicts.STORED:
        return None
    async with database.transaction() as tx:
        await verdicts.keep(tx, key, run, confirmed=False, at=parts.clock())
    results = [Result(test.test_id, test.outcome, test.message) for test in run.tests]
    return grading.judge(judging.tests, results, run.status, verdicts.stored_errors(run))


def _sandbox(parts: WorkerParts) -> Sandbox:
    assert parts.sandbox is not None, "who has no browser takes no such job"
    return parts.sandbox


def _is_last(context: JobContext, tries: int = TRIES) -> bool:
    return context.job.attempts >= tries - 1
