"""Judge a learner's attempt by the version that it was submitted for; the same code is judged once.

A try is a run that reached a browser. ``TRIES`` tries, or ``FAILURES`` exceptions, and an attempt is INCONCLUSIVE.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from core.code import Code
from core.sealing import Keyring
from practice import attempts, grading
from practice.grading import Result, Verdict
from sandbox.pool import Sandbox
from sandbox.tries import TRIES, judged
from sandbox.work import RunnerUnavailable
from sql.database import Database
from sql.rows.practice import AttemptRow
from versioning.judging import verdicts
from versioning.judging.verdicts import Judging
from versioning.publishing.publish_state import full_versions_by_id

FAILURES = 3
HANGS_SECONDS = 600  # no verdict takes so long; what does counts as an exception, before its job is ended
UNDER_WAY = ("QUEUED", "RUNNING")
TO_JUDGE = (*UNDER_WAY, *grading.UNJUDGED)
INCONCLUSIVE = Verdict("INCONCLUSIVE", None, (), frozenset(), "INCONCLUSIVE")


class NotJudged(Exception):
    """The runner failed, not the page; it is tried again."""


async def judge(
    database: Database,
    keyring: Keyring,
    sandbox: Sandbox,
    clock: Callable[[], datetime],
    *,
    learner: UUID,
    attempt_id: UUID,
) -> bool:
    """Give an attempt its verdict, if it has none; False when it was given up after its last exception.

    Raises:
        NotJudged: there is no verdict yet, and a try is left.
        RunnerUnavailable: the sandbox was closed.
        Exception: whatever went wrong, while it may go wrong again.
    """
    database = database.of(learner)
    attempt = next(iter(await attempts.by_id(database, learner, [attempt_id])), None)
    if attempt is None or attempt.status not in TO_JUDGE:
        return True
    is_given_up = False
    try:
        async with asyncio.timeout(HANGS_SECONDS):
            verdict = await _verdict(database, keyring, sandbox, clock, attempt)
    except (NotJudged, RunnerUnavailable):
        async with database.transaction(identity=learner) as tx:
            await attempts.count(tx, attempt)
        raise
    except Exception:
        async with database.transaction(identity=learner) as tx:
            counted = await attempts.count(tx, attempt, failures=1)
        if counted is not None and counted.failures < FAILURES:
            raise
        is_given_up, verdict = True, INCONCLUSIVE
    async with database.transaction(identity=learner) as tx:
        await grading.record(tx, attempt, verdict, at=clock(), grader=None)
    return not is_given_up


async def give_up(database: Database, clock: Callable[[], datetime], *, learner: UUID, attempt_id: UUID) -> None:
    """Let an attempt that still waits be INCONCLUSIVE: its job is tried no more."""
    database = database.of(learner)
    attempt = next(iter(await attempts.by_id(database, learner, [attempt_id])), None)
    if attempt is not None and attempt.status in UNDER_WAY:
        async with database.transaction(identity=learner) as tx:
            await grading.record(tx, attempt, INCONCLUSIVE, at=clock(), grader=None)


async def _verdict(
    database: Database, keyring: Keyring, sandbox: Sandbox, clock: Callable[[], datetime], attempt: AttemptRow
) -> Verdict:
    """Return an attempt's verdict, INCONCLUSIVE after its last try."""
    async with database.transaction(identity=attempt.user_id) as tx:
        before = await attempts.begin(tx, attempt)
    (version,) = await full_versions_by_id(database, [attempt.version_id])
    judging = await Judging.of_solved(database, keyring, version)
    code = Code(attempt.code_html, attempt.code_css, attempt.code_js)
    key = version.judged_hash, grading.hash_of(attempt)
    known = await verdicts.of_engine(database, key, sandbox.engine)
    if known is not None:
        results = [Result(test["id"], test["outcome"], test["message"]) for test in known.tests]
        return grading.judge(judging.tests, results, known.status, known.errors)
    run = await judged(sandbox, judging.work(code), tries=TRIES - before.tries if before else TRIES)
    if run.status in verdicts.STORED:
        async with database.transaction() as tx:
            await verdicts.keep(tx, key, run, confirmed=False, at=clock())
        results = [Result(test.test_id, test.outcome, test.message) for test in run.tests]
        return grading.judge(judging.tests, results, run.status, verdicts.stored_errors(run))
    async with database.transaction(identity=attempt.user_id) as tx:
        counted = await attempts.count(tx, attempt, tries=run.tries)
    if counted is not None and counted.tries < TRIES:
        raise NotJudged
    return INCONCLUSIVE
