"""Having drafts run, ending that, and following it."""

from collections.abc import AsyncGenerator
from uuid import UUID

from core.faults import NotFound, Refused, Required, Stale
from loaders.judging.runs import Run, run_by_id
from resolvers.context import Context
from resolvers.errors import InvalidArgument
from resolvers.idempotency import IdempotentCall, Ids, run_once
from resolvers.policy import may_preview, may_read_content, require
from sql.database import Transaction
from versioning.faults import Archived
from versioning.judging import runs, verdicts
from versioning.publishing import publish_state
from versioning.publishing.publish_state import proofs_of
from workflows.publishing.collect_verdicts import over, request_run
from workflows.waiting import wait_for_browser

OVER = ("FINISHED", "CANCELLED", "FAILED")


async def preview(
    ctx: Context, asked: IdempotentCall, challenge_id: UUID, content_hash: str | None, wait_seconds: int
) -> Ids:
    """Have a challenge's draft run, and wait for it."""
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
        proof = (await proofs_of(tx, {challenge_id: standing.content}))[challenge_id]
        room = runs.Room(pictures=True)
        return {
            "run": await request_run(tx, ctx.keyring, ctx.act(), standing.content, proof, challenge_id, "author", room)
        }

    left = await wait_for_browser(ctx.database, ctx.signals, wait_seconds)
    ids = await run_once(ctx, asked, do)
    await over(ctx.database, ctx.signals, [ids["run"]], left or 0)
    ctx.forget()
    return ids


async def cancel(ctx: Context, asked: IdempotentCall, run_id: UUID) -> Ids:
    """End a run that is not over; what it judged until then stays judged."""
    require(ctx.viewer, may_preview)

    async def do(tx: Transaction) -> Ids:
        if not await runs.by_id(tx, [run_id]):
            raise Refused(NotFound(("runId",)))
        if not await runs.end(tx, run_id, "CANCELLED", ctx.clock()):
            raise Refused(Stale(("runId",), "This run is over already.", expected="QUEUED"))
        return {"run": run_id}

    return await run_once(ctx, asked, do)


async def follow(ctx: Context, run_id: UUID) -> AsyncGenerator[Run, None]:
    """Yield a run now and whenever it goes on, and end when it is over."""
    require(ctx.viewer, may_read_content)
    told: tuple[str, int] | None = None
    assert ctx.signals is not None
    with ctx.signals.of("palimpsest_runs", str(run_id)) as waking:
        while True:
            row = next(iter(await runs.by_id(ctx.database, [run_id])), None)
            if row is None:
                raise InvalidArgument("There is no such run.")
            keys = [(row.judged_hash, row.solution_code_hash), (row.judged_hash, row.starter_code_hash)]
            stands = row.state, len(await verdicts.by_key(ctx.database, keys))
            if stands != told:
                told = stands
                ctx.next_event()
                if (shown := await ctx.loaders.load(run_by_id, run_id)) is not None:
                    yield shown
            if row.state in OVER:
                return
            await waking.rung()
