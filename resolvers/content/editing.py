"""Writing the tree and drafts, and reviewing drafts."""

from uuid import UUID

from accounts import audit
from core.faults import Faults
from resolvers.context import Context
from resolvers.idempotency import IdempotentCall, Ids, run_once
from resolvers.policy import may_publish, may_review, may_write_content, require
from sql.database import Transaction
from versioning.content import drafts, libraries, reviews
from versioning.content.drafts import Edit
from versioning.content.libraries import Library
from versioning.content.reviews import Verdict
from versioning.tree import changes
from versioning.tree.nodes import NO_PARENT, Level


async def create_node(
    ctx: Context,
    asked: IdempotentCall,
    level: Level,
    *,
    parent_id: UUID = NO_PARENT,
    slug: str,
    title: str,
    description: str = "",
    position: int | None,
) -> Ids:
    """Create a hidden track, module or lesson."""
    require(ctx.viewer, may_write_content)

    async def do(tx: Transaction) -> Ids:
        id = await changes.create(
            tx,
            ctx.act(),
            level,
            parent_id=parent_id,
            slug=slug,
            title=title,
            description=description,
            position=position,
        )
        return {"id": id}

    return await run_once(ctx, asked, do)


async def update_node(
    ctx: Context,
    asked: IdempotentCall,
    level: Level,
    id: UUID,
    *,
    slug: str | None = None,
    title: str | None = None,
    description: str | None = None,
) -> Ids:
    """Rename a node or change its title or description."""
    require(ctx.viewer, may_write_content)

    async def do(tx: Transaction) -> Ids:
        await changes.update(tx, ctx.act(), level, id, slug=slug, title=title, description=description)
        return {"id": id}

    return await run_once(ctx, asked, do)


async def move_node(
    ctx: Context, asked: IdempotentCall, level: Level, id: UUID, *, parent_id: UUID | None, position: int | None
) -> Ids:
    """Move a node in the tree."""
    require(ctx.viewer, may_write_content)

    async def do(tx: Transaction) -> Ids:
        await changes.move(tx, ctx.act(), level, id, parent_id=parent_id, position=position)
        return {"id": id}

    return await run_once(ctx, asked, do)


async def show_node(ctx: Context, asked: IdempotentCall, level: Level, id: UUID, *, published: bool) -> Ids:
    """Publish or hide a track, module or lesson."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        await changes.show(tx, ctx.act(), level, id, published)
        return {"id": id}

    return await run_once(ctx, asked, do)


async def archive_node(ctx: Context, asked: IdempotentCall, level: Level, id: UUID, *, reason: str, back: bool) -> Ids:
    """Archive a track, module or lesson, or bring it back."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        await (changes.unarchive if back else changes.archive)(tx, ctx.act(), level, id, reason)
        return {"id": id}

    return await run_once(ctx, asked, do)


async def upload_library(ctx: Context, asked: IdempotentCall, library: Library) -> Ids:
    """Keep a test library under the hash of its text."""
    require(ctx.viewer, may_write_content)

    async def do(tx: Transaction) -> Ids:
        faults = Faults()
        library.check(faults)
        faults.settle()
        await libraries.upload(tx, ctx.act(), [library])
        return {"hash": library.hash}

    return await run_once(ctx, asked, do)


async def create_challenge(
    ctx: Context, asked: IdempotentCall, *, lesson_id: UUID, slug: str, position: int | None, edit: Edit
) -> Ids:
    """Create a challenge with its first draft."""
    require(ctx.viewer, may_write_content)

    async def do(tx: Transaction) -> Ids:
        id = await drafts.create(
            tx, ctx.keyring, ctx.act(), lesson_id=lesson_id, slug=slug, position=position, edit=edit
        )
        return {"id": id}

    return await run_once(ctx, asked, do)


async def update_draft(
    ctx: Context, asked: IdempotentCall, *, challenge_id: UUID, expected_revision: int, edit: Edit
) -> Ids:
    """Save an edit of a draft."""
    require(ctx.viewer, may_write_content)

    async def do(tx: Transaction) -> Ids:
        await drafts.update(
            tx,
            ctx.keyring,
            ctx.act(),
            challenge_id=challenge_id,
            expected_revision=expected_revision,
            edit=edit,
        )
        return {"id": challenge_id}

    return await run_once(ctx, asked, do)


async def restore_draft(
    ctx: Context, asked: IdempotentCall, *, challenge_id: UUID, from_label: str, expected_revision: int
) -> Ids:
    """Copy a version's text into the draft."""
    require(ctx.viewer, may_write_content)

    async def do(tx: Transaction) -> Ids:
        await drafts.restore(
            tx,
            ctx.keyring,
            ctx.act(),
            challenge_id=challenge_id,
            from_label=from_label,
            expected_revision=expected_revision,
        )
        return {"id": challenge_id}

    return await run_once(ctx, asked, do)


async def review_draft(
    ctx: Context, asked: IdempotentCall, *, challenge_id: UUID, content_hash: str, verdict: Verdict, note: str | None
) -> Ids:
    """Approve a draft or ask for changes; never with a token."""
    require(ctx.viewer, may_review)

    async def do(tx: Transaction) -> Ids:
        act = ctx.act()
        id = await reviews.review(
            tx, act, challenge_id=challenge_id, content_hash=content_hash, verdict=verdict, note=note
        )
        await audit.record(tx, act, "draft_reviewed", challenge_id, {"verdict": verdict, "contentHash": content_hash})
        return {"id": id}

    return await run_once(ctx, asked, do)


async def request_review(
    ctx: Context, asked: IdempotentCall, *, challenge_id: UUID, content_hash: str, note: str | None
) -> Ids:
    """Ask for a review of what a draft says now."""
    require(ctx.viewer, may_write_content)

    async def do(tx: Transaction) -> Ids:
        await reviews.request(tx, ctx.act(), challenge_id=challenge_id, content_hash=content_hash, note=note)
        return {"id": challenge_id}

    return await run_once(ctx, asked, do)
