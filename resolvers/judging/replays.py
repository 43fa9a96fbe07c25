"""Replays: having learners' solutions run under a draft's tests for an author's eyes, ending and following that."""

from collections.abc import AsyncGenerator
from uuid import UUID

from core.faults import NotFound, Refused, Required, Stale
from loaders.judging.replays import Replay, replay_of
from resolvers.context import Context
from resolvers.errors import InvalidArgument
from resolvers.idempotency import IdempotentCall, Ids, run_once
from resolvers.judging.runs import OVER
from resolvers.policy import may_preview, may_read_content, require
from sql.database import Transaction
from versioning.faults import Archived, NotPublished, RunnerUnavailable
from versioning.judging import replays, verdicts
from versioning.publishing import publish_state
from versioning.publishing.publishing import Plan
from workflows.publishing.collect_replay import over, request_replay
from workflows.waiting import wait_for_browser


async def replay_draft(
    ctx: Context,
    asked: IdempotentCall,
    challenge_id: UUID,
    content_hash: str | None,
    *,
    seed: int,
    most: int,
    wait_seconds: int,
) -> Ids:
    """Have learners' solutions of a challenge run under its draft's tests, and wait for the end."""
    require(ctx.viewer, may_preview)

    async def do(tx: Transaction) -> Ids:
        standing = (await publish_state.load(tx, ctx.keyring, [challenge_id])).get(challenge_id)
        if standing is None:
            raise Refused(NotFound(("challengeId",)))
        if standing.draft.deleted_at is not None:
            raise Refused(Archived(("challengeId",)))
        actual = standing.draft.content_hash
        if content_hash not in (None, actual):
            raise Refused(Stale(("contentHash",), expected=content_hash, actual=actual))
        if not standing.content.tests:
            raise Refused(Required(("challengeId",), "The draft has no test, so there is nothing to run; add one."))
        if standing.live_content is None:
            raise Refused(NotPublished(("challengeId",), "Nothing of this challenge is live, so no learner is on it."))
        if await verdicts.runner(tx) is None:
            raise Refused(RunnerUnavailable(()))
        return {"replay": await request_replay(tx, ctx.act(), standing, seed, most)}

    left = await wait_for_browser(ctx.database, ctx.signals, wait_seconds)
    ids = await run_once(ctx, asked, do)
    await over(ctx.database, ctx.signals, [ids["replay"]], left or 0)
    ctx.forget()
    return ids


async def cancel(ctx: Context, asked: IdempotentCall, replay_id: UUID) -> Ids:
    """End a replay that is not over; what it judged until then stays judged."""
    require(ctx.viewer, may_preview)

    async def do(tx: Transaction) -> Ids:
        if not await replays.by_id(tx, [replay_id]):
            raise Refused(NotFound(("replayId",)))
        if not await replays.end(tx, replay_id, "CANCELLED", ctx.clock()):
            raise Refused(Stale(("replayId",), "This replay is over already.", expected="RUNNING"))
        return {"replay": replay_id}

    return await run_once(ctx, asked, do)


async def follow(ctx: Context, replay_id: UUID) -> AsyncGenerator[Replay, None]:
    """Yield a replay now and whenever it goes on, and end when it is over."""
    require(ctx.viewer, may_read_content)
    told: tuple[str, int, int | None] | None = None
    assert ctx.signals is not None
    with ctx.signals.of("palimpsest_replays", str(replay_id)) as waking:
        while True:
            row = next(iter(await replays.by_id(ctx.database, [replay_id])), None)
            if row is None:
                raise InvalidArgument("There is no such replay.")
            if (row.state, row.done, row.total) != told:
                told = row.state, row.done, row.total
                ctx.next_event()
                yield replay_of(row)
            if row.state in OVER:
                return
            await waking.rung()


async def of_plan(ctx: Context, plan: Plan) -> Replay | None:
    """Return the last replay of a plan's tests against those that are live, however it stands."""
    draft, live = plan.standing.draft, plan.standing.live_content
    if live is None:
        return None
    row = await replays.newest(ctx.database, draft.id, plan.standing.content.judged_hash, live.judged_hash)
    return replay_of(row) if row else None
