"""Changing what is live: publish, roll back, archive, unarchive, and applying a whole tree."""

from collections.abc import Sequence
from uuid import UUID

from resolvers.context import Context
from resolvers.once import Asked, Ids, once
from resolvers.policy import may_publish, may_write_content, require
from sql.database import Transaction
from versioning import archive, rollback
from versioning.applying import apply
from versioning.content_tree import Options, TrackWish
from versioning.labels import Bump
from versioning.publishing import Wish, publish


async def publish_challenge(
    ctx: Context,
    asked: Asked,
    *,
    challenge_id: UUID,
    content_hash: str,
    live_set_hash: str,
    changelog: str,
    bump: Bump | None,
) -> Ids:
    """Publish a challenge's draft as its next version."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        wish = Wish(challenge_id, content_hash, live_set_hash, changelog, bump)
        done = await publish(tx, ctx.keyring, ctx.act(), [wish])
        return {
            "challenge": challenge_id,
            "version": done.version_ids[0],
            "publication": done.publication.id,
        }

    return await once(ctx, asked, do)


async def rollback_challenge(
    ctx: Context, asked: Asked, *, challenge_id: UUID, to_label: str, live_set_hash: str, reason: str
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
        )
        return {"challenge": challenge_id, "version": done.version_id, "publication": done.publication.id}

    return await once(ctx, asked, do)


async def archive_challenge(
    ctx: Context, asked: Asked, *, challenge_id: UUID, live_set_hash: str, reason: str, back: bool
) -> Ids:
    """Take a challenge out of service, or bring it back."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        act = archive.unarchive if back else archive.archive
        publication = await act(
            tx, ctx.keyring, ctx.act(), challenge_id=challenge_id, live_set_hash=live_set_hash, reason=reason
        )
        return {"challenge": challenge_id, "publication": publication.id}

    return await once(ctx, asked, do)


async def apply_content(
    ctx: Context, asked: Asked, tracks: Sequence[TrackWish], options: Options, *, dry_run: bool
) -> Ids:
    """Apply a content tree; a dry run does all of it and then takes it back. Answers the changes as plain data."""
    require(ctx.viewer, may_write_content)
    if options.publish or options.prune:
        require(ctx.viewer, may_publish)
    changes: list[dict[str, str | None]] = []

    async def do(tx: Transaction) -> Ids:
        for change in await apply(tx, ctx.keyring, ctx.act(), tracks, options):
            changes.append({"path": change.path, "action": change.action, "message": change.message})
        if dry_run:
            raise _DryRun
        return {"changes": changes}

    try:
        return await once(ctx, asked, do)
    except _DryRun:
        return {"changes": changes}


class _DryRun(Exception):
    """Everything was tried and is taken back."""
