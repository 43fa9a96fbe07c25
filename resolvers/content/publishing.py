"""Changing what is live: publish, roll back, archive, unarchive, and applying a whole tree."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from resolvers.context import Context
from resolvers.idempotency import IdempotentCall, Ids, run_once
from resolvers.policy import may_publish, may_write_content, require
from sql.database import Transaction
from versioning.content.labels import Bump
from versioning.content.libraries import Library
from versioning.judging.compatibility import NOTHING_ACCEPTED, Accepted
from versioning.pins.forwarding import Policy, Stated
from versioning.publishing import archive, rollback
from versioning.publishing.publishing import PublishRequest
from versioning.tree.apply_input import Options, TrackWish
from workflows.publishing import apply_content as apply_tree
from workflows.publishing.publish import publish


async def publish_challenge(
    ctx: Context,
    asked: IdempotentCall,
    *,
    challenge_id: UUID,
    content_hash: str,
    live_set_hash: str,
    changelog: str,
    bump: Bump | None,
    migration: Stated,
    wait_seconds: int,
    accepted: Accepted = NOTHING_ACCEPTED,
    plan_id: str | None = None,
) -> Ids:
    """Publish a challenge's draft as its next version, after having run what nobody has run yet."""
    require(ctx.viewer, may_publish)
    wish = PublishRequest(
        challenge_id,
        content_hash,
        live_set_hash,
        changelog,
        bump,
        accepted=accepted,
        plan_id=plan_id,
        migration=migration,
    )
    return await publish(
        ctx.database,
        ctx.keyring,
        ctx.act,
        wish,
        partial(run_once, ctx, asked),
        signals=ctx.signals,
        wait_seconds=wait_seconds,
    )


async def rollback_challenge(
    ctx: Context,
    asked: IdempotentCall,
    *,
    challenge_id: UUID,
    to_label: str,
    live_set_hash: str,
    reason: str,
    policy: Policy | None,
) -> Ids:
    """Make an earlier version of a challenge live again."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        done = await rollback.rollback(
            tx,
            ctx.keyring,
            ctx.act(),
            challenge_id=challenge_id,
            to_label=to_label,
            live_set_hash=live_set_hash,
            reason=reason,
            policy=policy,
        )
        return {"challenge": challenge_id, "version": done.version_id, "publication": done.publication.id}

    return await run_once(ctx, asked, do)


async def archive_challenge(
    ctx: Context, asked: IdempotentCall, *, challenge_id: UUID, live_set_hash: str, reason: str, back: bool
) -> Ids:
    """Take a challenge out of service, or bring it back."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        act = archive.unarchive if back else archive.archive
        publication = await act(
            tx, ctx.keyring, ctx.act(), challenge_id=challenge_id, live_set_hash=live_set_hash, reason=reason
        )
        return {"challenge": challenge_id, "publication": publication.id}

    return await run_once(ctx, asked, do)


async def apply_content(
    ctx: Context,
    asked: IdempotentCall,
    tracks: Sequence[TrackWish],
    options: Options,
    shared: Sequence[Library],
    *,
    dry_run: bool,
    wait_seconds: int,
) -> Ids:
    """Apply a content tree. Answers the changes as plain data."""
    require(ctx.viewer, may_write_content)
    if options.publish or options.prune:
        require(ctx.viewer, may_publish)
    return await apply_tree.apply_content(
        ctx.database,
        ctx.keyring,
        ctx.act,
        tracks,
        replace(options, dry_run=dry_run),
        shared,
        partial(run_once, ctx, asked),
        signals=ctx.signals,
        wait_seconds=wait_seconds,
    )
