"""Releases: planning, scheduling, publishing now, taking back; and firing one whose moment has come.

All of it needs the right to publish. What a release publishes is run beforehand, as for any publish: asked for when it
is scheduled and again when it fires, which then waits for it, so that no transaction does.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from accounts import people
from core import limits
from core.faults import Refused
from core.sealing import Keyring
from core.write_context import WriteContext
from loaders.content.releases import Release
from loaders.content.releases import page as release_page
from loaders.pages import Page, PageOf
from resolvers.context import Context, Role, Viewer
from resolvers.idempotency import IdempotentCall, Ids, ask_for_counts, run_once
from resolvers.judging.runs import or_unproven, prove
from resolvers.policy import may_publish, may_read_content, require
from sql.database import Database, Transaction
from sql.jobs import ask
from sql.rows.releases import ReleaseRow
from versioning.faults import GateFailed, NotAllowed
from versioning.publishing import release_execution, releases
from versioning.publishing.releases import ReleaseItemRequest

LATEST = timedelta(seconds=limits.RELEASE_LATE_SECONDS)
# How long a release that is due waits for its texts to be run before it takes what there is, and how long before it
# would be too late it stops waiting.
PATIENCE = timedelta(minutes=10)
MARGIN = timedelta(seconds=30)
AGAIN = timedelta(seconds=5)


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
        await _ask_to_fire(tx, release_id, at)
        return {"release": release_id}

    done = await run_once(ctx, asked, do)
    with suppress(Refused):  # too many texts wait to be run: asked for again when it fires
        await _prove(ctx, release_id, 0)
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
    waits = await _prove(ctx, release_id, wait_seconds)

    async def do(tx: Transaction) -> Ids:
        release = await releases.hold(tx, release_id, (*releases.OPEN, "SCHEDULED"))
        publication = await release_execution.publish(tx, ctx.keyring, ctx.act(), release)
        return {"release": release_id, "publication": publication.id}

    return await or_unproven(run_once(ctx, asked, do), waits)


async def revert(ctx: Context, asked: IdempotentCall, release_id: UUID, reason: str) -> Ids:
    """Restore everything that a release replaced."""
    require(ctx.viewer, may_publish)

    async def do(tx: Transaction) -> Ids:
        release = await releases.hold(tx, release_id, ("PUBLISHED",))
        publication = await release_execution.revert(tx, ctx.act(), release, reason)
        return {"release": release_id, "publication": publication.id}

    return await run_once(ctx, asked, do)


@dataclass(frozen=True, slots=True)
class Fired:
    """What became of a release that was due: its state, how late that was, how many faults, the log's new ends."""

    state: str
    late_seconds: int
    faults: int
    heads: list[tuple[int, str]]


async def fire(database: Database, keyring: Keyring, clock: Callable[[], datetime], release_id: UUID) -> Fired | None:
    """Publish a release whose moment has come, or note why not; None when it is not its moment, or was done already.

    It is published under the rights that its scheduler has now. Of several who fire one at once, the first does it: the
    others wait for the lock and find another state. Where its texts are still to be run it asks for that, and to be
    fired again in a moment.
    """
    found = next(iter(await releases.by_id(database, [release_id])), None)
    if found is None or not _is_due(found, clock()):
        return None
    assert found.scheduled_by is not None
    viewer = await _scheduler(database, found.scheduled_by)
    if viewer is not None and not _is_missed(found, clock()) and await _waits(database, keyring, clock, found, viewer):
        return None
    async with database.transaction() as tx:
        release = await releases.lock(tx, release_id)
        if release is None or not _is_due(release, clock()):
            return None
        assert release.scheduled_at is not None
        assert release.scheduled_by is not None
        act = WriteContext(release.scheduled_by, clock())
        late = int((act.at - release.scheduled_at).total_seconds())
        state, faults = "PUBLISHED", 0
        if _is_missed(release, act.at):
            state = "MISSED"
            await release_execution.end(tx, act, release, state, late_seconds=late)
        else:
            try:
                if await _scheduler(tx, release.scheduled_by) is None:
                    raise Refused(NotAllowed())
                await release_execution.publish(tx, keyring, act, release, late)
                await ask_for_counts(tx)
            except Refused as refused:
                # It refuses before it writes, so the transaction goes on and keeps why.
                state, faults = "FAILED", len(refused.faults)
                await release_execution.end(tx, act, release, state, faults=refused.faults, late_seconds=late)
    return Fired(state, late, faults, list(tx.heads))


async def give_up(database: Database, now: datetime, release_id: UUID) -> None:
    """Note that a release that is due could not be published: its job ended its workers. It can be scheduled again."""
    async with database.transaction() as tx:
        release = await releases.lock(tx, release_id)
        if release is not None and _is_due(release, now):
            assert release.scheduled_at is not None
            assert release.scheduled_by is not None
            late = int((now - release.scheduled_at).total_seconds())
            fault = GateFailed((), "It could not be published: its job ended its worker each time. Schedule it again.")
            act = WriteContext(release.scheduled_by, now)
            await release_execution.end(tx, act, release, "FAILED", faults=[fault], late_seconds=late)


async def ask_for_due(database: Database, now: datetime) -> int:
    """Ask for every release that is due to be fired, in case its own job was lost; returns how many there are."""
    ids = await releases.due(database, now)
    async with database.transaction() as tx:
        for id in ids:
            await ask(tx, "releases:fire", queue="maintenance", once=f"releases.{id}", ids={"release_id": id})
    return len(ids)


async def _prove(ctx: Context, release_id: UUID, wait_seconds: int) -> UUID | None:
    texts = await releases.contents_of(ctx.database, ctx.keyring, release_id)
    return await prove(ctx, texts, "bulk", wait_seconds, {id: id for id in texts})


async def _waits(
    database: Database, keyring: Keyring, clock: Callable[[], datetime], release: ReleaseRow, viewer: Viewer
) -> bool:
    """Have run what is missing; tells whether that is under way and is still to be waited for."""
    assert release.scheduled_at is not None
    last = release.scheduled_at + LATEST - MARGIN
    if clock() > (last if release.proving_since is None else min(last, release.proving_since + PATIENCE)):
        return False
    assert viewer.user_id is not None
    try:
        if await _prove(Context(viewer, database.of(viewer.user_id), keyring, clock), release.id, 0) is None:
            return False
    except Refused:
        pass  # too many texts wait to be run: there may be room later
    async with database.transaction() as tx:
        if await tx.execute(releases.queries.prove_release, id=release.id, at=clock()):
            await _ask_to_fire(tx, release.id, clock() + AGAIN)
    return True


async def _ask_to_fire(tx: Transaction, release_id: UUID, at: datetime) -> None:
    # Not under a key: a job for a moment that was given up must not stand in the way of the one for the new moment.
    await ask(tx, "releases:fire", queue="maintenance", at=at, ids={"release_id": release_id})


async def _scheduler(reads: Database | Transaction, user_id: UUID) -> Viewer | None:
    """Return who scheduled a release if they may still publish, None otherwise."""
    (user,) = await people.users_by_id(reads, [user_id])
    viewer = Viewer(user.id, cast(Role, user.role), user.display_name)
    return viewer if user.suspended_at is None and may_publish(viewer) else None


def _is_due(release: ReleaseRow, now: datetime) -> bool:
    return release.state == "SCHEDULED" and release.scheduled_at is not None and release.scheduled_at <= now


def _is_missed(release: ReleaseRow, now: datetime) -> bool:
    assert release.scheduled_at is not None
    return now > release.scheduled_at + LATEST
