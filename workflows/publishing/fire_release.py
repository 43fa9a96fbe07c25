"""Fire a release whose moment has come: have its texts run, wait for that, and publish it, or note why not.

What it publishes is run beforehand, as for any publish: asked for when it is scheduled and again when it fires, which
then waits for it, so that no transaction does.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from core import limits
from core.faults import Refused
from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Database, Reads, Transaction
from sql.jobs import ask
from sql.rows.releases import ReleaseRow
from versioning.faults import GateFailed, NotAllowed
from versioning.publishing import release_execution, releases
from workflows.publishing.publish_release import collect_release
from workflows.publishing.recount import ask_for_recounts

LATEST = timedelta(seconds=limits.RELEASE_LATE_SECONDS)
# How long a release that is due waits for its texts to be run before it takes what there is, and how long before it
# would be too late it stops waiting.
PATIENCE = timedelta(minutes=10)
MARGIN = timedelta(seconds=30)
AGAIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Fired:
    """What became of a release that was due: its state, how late that was, how many faults, the log's new ends."""

    state: str
    late_seconds: int
    faults: int
    heads: list[tuple[int, str]]


async def fire(
    database: Database,
    keyring: Keyring,
    clock: Callable[[], datetime],
    release_id: UUID,
    may_publish: Callable[[Reads, UUID], Awaitable[bool]],
) -> Fired | None:
    """Publish a release whose moment has come, or note why not; None when it is not its moment, or was done already.

    It is published if ``may_publish`` allows it to its scheduler now. Of several who fire one at once, the first does
    it: the others wait for the lock and find another state. Where its texts are still to be run it asks for that, and
    to be fired again in a moment.
    """
    found = next(iter(await releases.by_id(database, [release_id])), None)
    if found is None or not _is_due(found, clock()):
        return None
    assert found.scheduled_by is not None
    allowed = await may_publish(database, found.scheduled_by)
    if allowed and not _is_missed(found, clock()) and await _waits(database, keyring, clock, found):
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
                if not await may_publish(tx, release.scheduled_by):
                    raise Refused(NotAllowed())
                await release_execution.publish(tx, keyring, act, release, late)
                await ask_for_recounts(tx)
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


async def ask_to_fire(tx: Transaction, release_id: UUID, at: datetime) -> None:
    """Ask for a release to be fired at a moment."""
    # Not under a key: a job for a moment that was given up must not stand in the way of the one for the new moment.
    await ask(tx, "releases:fire", queue="maintenance", at=at, ids={"release_id": release_id})


async def ask_for_due(database: Database, now: datetime) -> int:
    """Ask for every release that is due to be fired, in case its own job was lost; returns how many there are."""
    ids = await releases.due(database, now)
    async with database.transaction() as tx:
        for id in ids:
            await ask(tx, "releases:fire", queue="maintenance", once=f"releases.{id}", ids={"release_id": id})
    return len(ids)


async def _waits(database: Database, keyring: Keyring, clock: Callable[[], datetime], release: ReleaseRow) -> bool:
    """Have run what is missing; tells whether that is under way and is still to be waited for."""
    assert release.scheduled_at is not None
    assert release.scheduled_by is not None
    last = release.scheduled_at + LATEST - MARGIN
    if clock() > (last if release.proving_since is None else min(last, release.proving_since + PATIENCE)):
        return False
    scheduler = release.scheduled_by
    try:
        theirs = database.of(scheduler)
        if await collect_release(theirs, keyring, lambda: WriteContext(scheduler, clock()), release.id) is None:
            return False
    except Refused:
        pass  # too many texts wait to be run: there may be room later
    async with database.transaction() as tx:
        if await tx.execute(releases.queries.prove_release, id=release.id, at=clock()):
            await ask_to_fire(tx, release.id, clock() + AGAIN)
    return True


def _is_due(release: ReleaseRow, now: datetime) -> bool:
    return release.state == "SCHEDULED" and release.scheduled_at is not None and release.scheduled_at <= now


def _is_missed(release: ReleaseRow, now: datetime) -> bool:
    assert release.scheduled_at is not None
    return now > release.scheduled_at + LATEST
