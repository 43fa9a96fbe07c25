"""Changing what is live: publish, roll back, archive, unarchive, and applying a whole tree."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from core.faults import Refused
from resolvers.context import Context
from resolvers.idempotency import IdempotentCall, Ids, run_once
from resolvers.policy import may_publish, may_write_content, require
from sql import settings
from sql.database import Transaction
from versioning.content import libraries
from versioning.content.definition import Content
from versioning.content.labels import Bump
from versioning.content.libraries import Library
from versioning.judging.compatibility import NOTHING_ACCEPTED, Accepted
from versioning.pins.forwarding import Policy, Stated
from versioning.publishing import archive, publish_state, rollback
from versioning.publishing.publishing import PublishRequest, publish
from versioning.tree.apply import apply
from versioning.tree.apply_input import ChallengeWish, Options, TrackWish, walk
from workflows.publishing.collect_replay import Unreplayed, collect_replay
from workflows.publishing.collect_verdicts import collect, or_unproven


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
    """Publish a challenge's draft as its next version, after having run what nobody has run yet.

    Raises ``Unproven`` when the wait ended before the run, ``Unreplayed`` when it ended before learners' solutions were
    run under its tests.
    """
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
    until = asyncio.get_running_loop().time() + wait_seconds
    standing = (await publish_state.load(ctx.database, ctx.keyring, [challenge_id])).get(challenge_id)
    waits: UUID | None = None
    replay: UUID | None = None
    # What the caller did not see is not run for them: it is refused as stale.
    if (
        standing
        and standing.proof
        and (standing.draft.content_hash, standing.live.hash)
        == (
            content_hash,
            live_set_hash,
        )
    ):
        texts = {challenge_id: standing.content}
        waits = await collect(
            ctx.database,
            ctx.keyring,
            ctx.act,
            texts,
            "author",
            signals=ctx.signals,
            wait_seconds=wait_seconds,
            challenges={challenge_id: challenge_id},
        )
        if waits is None:
            replay = await collect_replay(
                ctx.database,
                ctx.keyring,
                ctx.act,
                wish,
                signals=ctx.signals,
                seconds=until - asyncio.get_running_loop().time(),
            )

    async def do(tx: Transaction) -> Ids:
        done = await publish(tx, ctx.keyring, ctx.act(), [wish])
        return {
            "challenge": challenge_id,
            "version": done.version_ids[0],
            "publication": done.publication.id,
        }

    try:
        return await or_unproven(run_once(ctx, asked, do), waits)
    except Refused as refused:
        if replay is None:
            raise
        raise Unreplayed(refused, replay) from refused


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
    """Apply a content tree. Answers the changes as plain data.

    What is to be published and was never run is run before. Raises ``Unproven`` when the wait ended before that. A dry
    run applies the tree in a transaction that is rolled back. It runs nothing: what was never run counts as PENDING.
    """
    require(ctx.viewer, may_write_content)
    if options.publish or options.prune:
        require(ctx.viewer, may_publish)
    waits: UUID | None = None
    if options.publish and not dry_run and await settings.get(ctx.database, "verdicts_required") == "1":
        texts = await _texts(ctx, tracks, shared)
        waits = await collect(
            ctx.database, ctx.keyring, ctx.act, texts, "bulk", signals=ctx.signals, wait_seconds=wait_seconds
        )
    changes: list[dict[str, str | None]] = []
    options = replace(options, dry_run=dry_run)

    async def do(tx: Transaction) -> Ids:
        for change in await apply(tx, ctx.keyring, ctx.act(), tracks, options, shared):
            changes.append({"path": change.path, "action": change.action, "message": change.message})
        if dry_run:
            raise _DryRun
        return {"changes": changes}

    try:
        return await or_unproven(run_once(ctx, asked, do), waits)
    except _DryRun:
        return {"changes": changes}


async def _texts(ctx: Context, tracks: Sequence[TrackWish], shared: Sequence[Library]) -> dict[str, Content]:
    """Return the texts of a tree that could be run as they are, by path. Libraries that come along are kept for it
    under their hashes; their names mean them only when the tree is applied."""
    texts = {one.path: one.wish.content for one in walk(tracks) if isinstance(one.wish, ChallengeWish)}
    words = {word for text in texts.values() for word in text.libraries}
    if not words or libraries.faults(shared):
        return {path: text for path, text in texts.items() if not text.libraries}
    if shared:
        async with ctx.database.transaction() as tx:
            await libraries.upload(tx, ctx.act(), shared, named=False)
    known = await libraries.meant(ctx.database, words) | {library.name: library.hash for library in shared}
    return {
        path: replace(text, libraries=tuple(known[word] for word in text.libraries))
        for path, text in texts.items()
        if known.keys() >= set(text.libraries)
    }


class _DryRun(Exception):
    """Everything was tried and is taken back."""
