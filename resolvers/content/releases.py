"""Releases: planning, scheduling, publishing now, taking back. All of it needs the right to publish."""

from contextlib import suppress
from datetime import datetime
from functools import partial
from uuid import UUID

from core.faults import Refused
from loaders.content.releases import Release
from loaders.content.releases import page as release_page
from loaders.pages import Page, PageOf
from resolvers.context import Context
from resolvers.idempotency import IdempotentCall, Ids, run_once
from resolvers.policy import may_publish, may_read_content, require
from sql.database import Transaction
from versioning.publishing import release_execution, releases
from versioning.publishing.releases import ReleaseItemRequest
from workflows.publishing.fire_release import ask_to_fire
from workflows.publishing.publish_release import collect_release, publish_release


async def page(ctx: Context, asked: PageOf, state: str | None) -> Page[Release]:
    """Return a page of releases, the newest first."""
    require(ctx.viewer, may_read_content)
    return await release_page(ctx.database, asked, state)


async def create(ctx: Context, asked: IdempotentCall, *, name: str, changelog: str) -> Ids:
    """Make a release that holds nothing yet."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        return {"release": await releases.create(tx, ctx.act(), name=name, changelog=changelog)}

    return await run_once(ctx, asked, do)


async def add(ctx: Context, asked: IdempotentCall, release_id: UUID, wanted: ReleaseItemRequest) -> Ids:
    """Put a subject into a release, or bring it up to date there."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        await releases.add(tx, ctx.keyring, ctx.act(), release_id, wanted)
        return {"release": release_id}

    return await run_once(ctx, asked, do)


async def remove(ctx: Context, asked: IdempotentCall, release_id: UUID, subject_id: UUID) -> Ids:
    """Take a subject out of a release."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        await releases.remove(tx, release_id, subject_id)
        return {"release": release_id}

    return await run_once(ctx, asked, do)


async def schedule(ctx: Context, asked: IdempotentCall, release_id: UUID, at: datetime) -> Ids:
    """Have a release fire at a moment, and have run now what nobody has run yet."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        await releases.schedule(tx, ctx.act(), release_id, at)
        await ask_to_fire(tx, release_id, at)
        return {"release": release_id}

    done = await run_once(ctx, asked, do)
    with suppress(Refused):  # too many texts wait to be run: asked for again when it fires
        await collect_release(ctx.database, ctx.keyring, ctx.act, release_id)
    ctx.forget()
    return done


async def unschedule(ctx: Context, asked: IdempotentCall, release_id: UUID) -> Ids:
    """Take back that a release is to fire; its job finds nothing to do."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        await releases.unschedule(tx, release_id)
        return {"release": release_id}

    return await run_once(ctx, asked, do)


async def publish(ctx: Context, asked: IdempotentCall, release_id: UUID, wait_seconds: int) -> Ids:
    """Publish a release now. Raises ``Unproven`` when the wait for what has to be run ended before that."""
    require(ctx.viewer, may_publish)
    return await publish_release(
        ctx.database,
        ctx.keyring,
        ctx.act,
        release_id,
        partial(run_once, ctx, asked),
        signals=ctx.signals,
        wait_seconds=wait_seconds,
    )


async def revert(ctx: Context, asked: IdempotentCall, release_id: UUID, reason: str) -> Ids:
    """Restore everything that a release replaced."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        release = await releases.hold(tx, release_id, ("PUBLISHED",))
        publication = await release_execution.revert(tx, ctx.act(), release, reason)
        return {"release": release_id, "publication": publication.id}

    return await run_once(ctx, asked, do)
