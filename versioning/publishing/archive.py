"""Archiving a challenge: nothing of it is live; unarchiving restores the live set that archiving ended.

Deliberately absent: deleting. Its versions, its log and its draft stay; only a challenge that was never published
gives its slug back.
"""

from uuid import UUID

from core import texts
from core.faults import Faults, Invalid, NotFound, Taken
from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Transaction
from sql.rows.log import PublicationRow, RecordRow
from versioning.faults import Archived, ExperimentRunning
from versioning.log.publication_log import Entry, Record
from versioning.log.publication_log import queries as log
from versioning.publishing.publish_state import PublishState, full_versions, lock
from versioning.publishing.publishing import queries
from versioning.publishing.rollback import reason_faults
from versioning.tree.nodes import lock_tree, node_by_slug


async def archive(
    tx: Transaction, keyring: Keyring, act: WriteContext, *, challenge_id: UUID, live_set_hash: str | None, reason: str
) -> PublicationRow:
    """Archive a challenge; ``live_set_hash`` None skips the comparison (for prune, which holds the lock already)."""
    standing = await _locked(tx, keyring, challenge_id)
    if live_set_hash is not None:
        standing.compare((), None, live_set_hash)
    faults = reason_faults(reason)
    if standing.draft.deleted_at is not None:
        faults.append(Archived(("challengeId",), "It is archived already."))
    if standing.trial is not None:
        faults.append(ExperimentRunning(("challengeId",)))
    faults.settle()
    entry = await Entry.open(tx, act)
    await tx.execute(queries.take_out_of_service, challenge_id=challenge_id)
    await tx.execute(queries.mark_archived, id=challenge_id, at=entry.at, release=standing.highest is None)
    record = Record(
        "challenge",
        challenge_id,
        standing.live.plain(),
        (),
        published_before=standing.draft.is_published,
        published_after=False,
    )
    return await entry.close("ARCHIVE", [record], reason=texts.lf(reason))


async def unarchive(
    tx: Transaction, keyring: Keyring, act: WriteContext, *, challenge_id: UUID, live_set_hash: str, reason: str
) -> PublicationRow:
    """Bring a challenge back with the live set that it had; raises ``Refused`` when its slug was taken meanwhile."""
    await lock_tree(tx)
    standing = await _locked(tx, keyring, challenge_id)
    standing.compare((), None, live_set_hash)
    faults = reason_faults(reason)
    draft = standing.draft
    if draft.deleted_at is None:
        faults.append(Invalid(("challengeId",), "It is not archived."))
    elif draft.slug_released and await node_by_slug(tx, "challenge", draft.lesson_id, draft.slug):
        faults.append(
            Taken(
                ("challengeId",),
                f"Its slug {draft.slug} was taken meanwhile; rename the other challenge first.",
            )
        )
    faults.settle()
    last = await tx.fetch_one(log.latest_live_set, RecordRow, challenge_id=challenge_id)
    before: list[dict[str, int]] = last.before if last else []
    entry = await Entry.open(tx, act)
    ids = {version.number: version.id for version in await full_versions(tx, challenge_id)} if before else {}
    for arm in before:
        await tx.execute(queries.put_into_service, id=ids[arm["version"]], weight=arm["weight"])
    await tx.execute(queries.mark_unarchived, id=challenge_id, published=bool(before))
    record = Record("challenge", challenge_id, (), before, published_before=False, published_after=bool(before))
    return await entry.close(
        "UNARCHIVE", [record], reason=texts.lf(reason), inverse_of=last.publication_id if last else None
    )


async def _locked(tx: Transaction, keyring: Keyring, challenge_id: UUID) -> PublishState:
    standing = (await lock(tx, keyring, [challenge_id])).get(challenge_id)
    Faults([] if standing else [NotFound(("challengeId",))]).settle()
    assert standing is not None
    return standing
