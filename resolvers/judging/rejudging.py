"""Having an attempt judged again that ended without a verdict on the work."""

from uuid import UUID

from core.faults import NotFound, Refused
from practice import attempts
from practice.faults import AlreadyJudged, RejudgedTooOften
from practice.grading import UNJUDGED
from resolvers.context import Context
from resolvers.idempotency import IdempotentCall, Ids, run_once
from resolvers.policy import may_practise, require
from resolvers.practice import WAITING, wait_for_verdict
from sql.database import Transaction
from sql.rows.practice import AttemptRow
from workflows.submit_attempt import ask_for_verdict


async def rejudge_attempt(
    ctx: Context, asked: IdempotentCall, learner: UUID, attempt_id: UUID, wait_seconds: int
) -> Ids:
    """Queue the viewer's attempt again after ERROR or INCONCLUSIVE, and wait for its verdict.

    One that waits already is left as it is. No count changes: it stays the same attempt.
    """
    require(ctx.viewer, may_practise)

    async def do(tx: Transaction) -> Ids:
        attempt = await _own(ctx, tx, learner, attempt_id)
        if await attempts.queue_again(tx, ctx.act(), attempt):
            await ask_for_verdict(tx, ctx.act(), attempt.challenge_id, attempt_id)
        else:
            # Read again: another request may have queued it, or a worker may have judged it, in between.
            _check(await _own(ctx, tx, learner, attempt_id), ctx)
        return {"challenge": attempt.challenge_id, "attempt": attempt_id}

    ids = await run_once(ctx, asked, do)
    if wait_seconds:
        await wait_for_verdict(ctx, ids["attempt"], wait_seconds)
    return ids


async def _own(ctx: Context, tx: Transaction, learner: UUID, attempt_id: UUID) -> AttemptRow:
    found = await attempts.by_id(tx, learner, [attempt_id]) if learner == ctx.viewer.user_id else []
    if not found:
        raise Refused(NotFound(("attemptId",)))
    return found[0]


def _check(attempt: AttemptRow, ctx: Context) -> None:
    """Raise ``Refused`` for an attempt that was not queued and does not wait."""
    if attempt.status in WAITING:
        return
    if attempt.status not in UNJUDGED:
        raise Refused(AlreadyJudged(("attemptId",)))
    if attempts.is_rejudged_too_often(attempt, ctx.act().at):
        raise Refused(RejudgedTooOften(("attemptId",)))
    raise Refused(NotFound(("attemptId",), "This attempt lies in the archive, where nothing is judged any more."))
