"""Having texts run: previews, and what a publish needs to have run before it writes. No connection is held meanwhile.

A wish commits with its job. Whoever waits is woken by a signal and reads; the wish goes on when nobody waits any more,
so the same call again goes on from what is there.
"""

from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from core.faults import NotFound, Refused, Required, Stale
from loaders.judging.runs import Run
from resolvers.context import Context
from resolvers.errors import InvalidArgument
from resolvers.idempotency import IdempotentCall, Ids, run_once
from resolvers.policy import may_preview, may_read_content, require
from resolvers.waiting import wait, wait_for_browser
from sql import settings
from sql.database import Transaction
from sql.jobs import AUTHORS, BULK, Queue, ask
from sql.rows.runs import TextRow
from sql.rows.tree import IdRow
from versioning.content.definition import Content
from versioning.faults import Archived, RunnerUnavailable
from versioning.judging import runs, verdicts
from versioning.judging.verdicts import queries
from versioning.publishing import publish_state
from versioning.publishing.publish_state import Proof, proofs_of

K = TypeVar("K")

OVER = ("FINISHED", "CANCELLED", "FAILED")


class Unproven(Refused):
    """A publish was refused while a run of its text is still under way, or after it came to no verdict."""

    def __init__(self, refused: Refused, run_id: UUID) -> None:
        super().__init__(refused.faults)
        self.run_id = run_id


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
        return {"run": await _wished(ctx, tx, standing.content, proof, challenge_id, "author", room)}

    left = await wait_for_browser(ctx, wait_seconds)
    ids = await run_once(ctx, asked, do)
    await over(ctx, [ids["run"]], left or 0)
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
                if (shown := await ctx.loaders.run_by_id.load(run_id)) is not None:
                    yield shown
            if row.state in OVER:
                return
            await waking.rung()


async def prove(
    ctx: Context,
    texts: Mapping[K, Content],
    queue: Queue,
    wait_seconds: int,
    challenges: Mapping[K, UUID] | None = None,
) -> UUID | None:
    """Have run what is missing for these texts to be published.

    Returns a run that is still under way after the wait, else one that came to no verdict, None when there is neither.
    Nothing is asked for where verdicts are not required, or nobody is there to run it: the gates tell that.
    """
    if await settings.get(ctx.database, "verdicts_required") == "0":
        return None
    wanted = {key: text.normal() for key, text in texts.items() if text.tests and not text.check()}
    if not wanted:
        return None
    hashes = [text.content_hash for text in wanted.values()]
    rows = await ctx.database.fetch_all(queries.published_texts, TextRow, hashes=hashes)
    there = {row.content_hash for row in rows}
    proofs = await proofs_of(ctx.database, wanted)
    missing = {
        key: text
        for key, text in wanted.items()
        if not proofs[key].is_complete and proofs[key].runner and text.content_hash not in there
    }
    left = await wait_for_browser(ctx, wait_seconds) if missing else None
    if left is None:
        return None
    room = runs.Room(pictures=queue == "author")
    async with ctx.database.transaction() as tx:
        ids = [
            await _wished(ctx, tx, text, proofs[key], (challenges or {}).get(key), queue, room)
            for key, text in missing.items()
        ]
    if (waits := await over(ctx, ids, left)) is not None:
        return waits
    failed = await ctx.database.fetch_one(queries.failed_run, IdRow, ids=ids)
    return failed.id if failed else None


async def or_unproven(done: Awaitable[Ids], waits: UUID | None) -> Ids:
    """Say with a refusal which run is still under way or came to no verdict."""
    try:
        return await done
    except Refused as refused:
        if waits is None:
            raise
        raise Unproven(refused, waits) from refused


async def over(ctx: Context, ids: Sequence[UUID], seconds: float) -> UUID | None:
    """Wait until these runs are over, at most so long; returns one that is not."""
    left = await wait(ctx, "palimpsest_runs", None, seconds, lambda: _under_way(ctx, ids))
    return left[0] if left else None


async def _under_way(ctx: Context, ids: Sequence[UUID]) -> list[UUID]:
    rows = await ctx.database.fetch_all(queries.unfinished_runs, IdRow, ids=list(ids))
    return [row.id for row in rows]


async def _wished(
    ctx: Context,
    tx: Transaction,
    content: Content,
    proof: Proof,
    challenge_id: UUID | None,
    queue: Queue,
    room: runs.Room,
) -> UUID:
    """Ask for a run with its job, or for one that is over at once when nothing is left to run."""
    if not proof.is_complete and not proof.runner:
        raise Refused(RunnerUnavailable(()))
    id = await runs.request(tx, ctx.keyring, ctx.act(), content, challenge_id, room)
    if proof.is_complete and (proof.has_pictures or not (room.pictures and proof.runner)):
        await runs.end(tx, id, "FINISHED", ctx.clock())
    else:
        priority = AUTHORS if queue == "author" else BULK
        await ask(tx, "runs:run", queue=queue, priority=priority, once=f"runs.{id}", ids={"run_id": id})
    return id
