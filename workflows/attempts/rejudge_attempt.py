"""Rejudge an attempt: have it judged again when it ended without a verdict on the work."""

from uuid import UUID

from core.faults import NotFound, Refused
from core.write_context import WriteContext
from practice import attempts
from practice.faults import AlreadyJudged, RejudgedTooOften
from practice.grading import UNJUDGED
from sql.database import Transaction
from sql.rows.practice import AttemptRow
from workflows.attempts.judge_attempt import UNDER_WAY
from workflows.attempts.submit_attempt import ask_for_verdict


async def rejudge(tx: Transaction, act: WriteContext, attempt_id: UUID) -> UUID:
    """Queue the acting learner's attempt again after ERROR or INCONCLUSIVE and return the id of its challenge.

    One that waits already is left as it is. No count changes: it stays the same attempt.
    """
    attempt = await _own(tx, act, attempt_id)
    if await attempts.queue_again(tx, act, attempt):
        await ask_for_verdict(tx, act, attempt.challenge_id, attempt_id)
    else:
        # Read again: another request may have queued it, or a worker may have judged it, in between.
        _check(await _own(tx, act, attempt_id), act)
    return attempt.challenge_id


async def _own(tx: Transaction, act: WriteContext, attempt_id: UUID) -> AttemptRow:
    found = await attempts.by_id(tx, act.actor, [attempt_id])
    if not found:
        raise Refused(NotFound(("attemptId",)))
    return found[0]


def _check(attempt: AttemptRow, act: WriteContext) -> None:
    """Raise ``Refused`` for an attempt that was not queued and does not wait."""
    if attempt.status in UNDER_WAY:
        return
    if attempt.status not in UNJUDGED:
        raise Refused(AlreadyJudged(("attemptId",)))
    if attempts.is_rejudged_too_often(attempt, act.at):
        raise Refused(RejudgedTooOften(("attemptId",)))
    raise Refused(NotFound(("attemptId",), "This attempt lies in the archive, where nothing is judged any more."))
