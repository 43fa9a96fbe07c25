"""Grade an attempt: record the verdict of an external grader; the score comes from the weights of its version."""

from collections.abc import Sequence
from uuid import UUID

from core.faults import NotFound, Refused, Stale
from core.write_context import WriteContext
from practice import attempts, grading
from practice.grading import Result
from sql.database import Reads, Transaction
from versioning.content.definition import ChallengeTest
from versioning.publishing.publish_state import full_versions_by_id


async def grade(
    tx: Transaction, act: WriteContext, *, learner: UUID, attempt_id: UUID, results: Sequence[Result]
) -> UUID:
    """Record what the acting grader says of a learner's attempt and return the id of its challenge.

    The transaction's identity is the learner's.
    """
    found = await attempts.by_id(tx, learner, [attempt_id])
    if not found:
        raise Refused(NotFound(("attemptId",)))
    attempt = found[0]
    tests = await _tests(tx, attempt.version_id)
    grading.check(tests, results).settle()
    verdict = grading.judge(tests, results)
    if not await grading.record(tx, attempt, verdict, at=act.at, grader=act.actor):
        raise Refused(
            Stale(
                ("attemptId",),
                "This attempt has a verdict already, and that one stands.",
                expected="QUEUED",
                actual=attempt.status,
            )
        )
    return attempt.challenge_id


async def _tests(reads: Reads, version_id: UUID) -> list[ChallengeTest]:
    (version,) = await full_versions_by_id(reads, [version_id])
    return [ChallengeTest(**test) for test in version.tests]
