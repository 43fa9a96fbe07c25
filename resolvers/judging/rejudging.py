"""Having an attempt judged again that ended without a verdict on the work."""

from uuid import UUID

from core.faults import NotFound, Refused
from resolvers.context import Context
from resolvers.idempotency import IdempotentCall, Ids, run_once
from resolvers.policy import may_practise, require
from resolvers.practice import wait_for_verdict
from sql.database import Transaction
from workflows.attempts.rejudge_attempt import rejudge


async def rejudge_attempt(
    ctx: Context, asked: IdempotentCall, learner: UUID, attempt_id: UUID, wait_seconds: int
) -> Ids:
    """Queue the viewer's attempt again after ERROR or INCONCLUSIVE, and wait for its verdict."""
    require(ctx.viewer, may_practise)

    async def do(tx: Transaction) -> Ids:
        if learner != ctx.viewer.user_id:
            raise Refused(NotFound(("attemptId",)))
        challenge_id = await rejudge(tx, ctx.act(), attempt_id)
        return {"challenge": challenge_id, "attempt": attempt_id}

    ids = await run_once(ctx, asked, do)
    if wait_seconds:
        await wait_for_verdict(ctx, ids["attempt"], wait_seconds)
    return ids
