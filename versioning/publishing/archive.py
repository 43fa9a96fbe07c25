"""Archiving a challenge: nothing of it is live; unarchiving restores the live set that archiving ended.

Deliberately absent: deleting. Its versions, its log and its draft stay; only a challenge that was never published
gives its slug back.
"""

from collections.abc import Mapping, Sequence
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
from versioning.publishing.publish_state import PublishState, lock, versions_by_number
from versioning.publishing.publishing import queries
from versioning.publishing.rollback import reason_faults
from versioning.tree.nodes import lock_tree, node_by_slug


async def archive(
    tx: Transaction, keyring: Keyring, act: WriteContext, *, challenge_id: UUID, live_set_hash: str, reason: str
) -> PublicationRow:
    """Archive a challenge; raises ``Refused`` (STALE first and alone, else all faults)."""
    standing = await _locked(tx, keyring, challenge_id)
    standing.compare((), None, live_set_hash)
    faults = reason_faults(reason)
    if standing.draft.deleted_at is not None:
        faults.append(Archived(("challengeId",), "It is archived already."))
    if standing.trial is not None:
        faults.append(ExperimentRunning(("challengeId",)))
    faults.settle()
    (record,) = await take_out(tx, [standing], act)
    return await (await Entry.open(tx, act)).close("ARCHIVE", [record], reason=texts.lf(reason))


async def take_out(tx: Transaction, standings: Sequence[PublishState], act: WriteContext) -> list[Record]:
    """Archive locked challenges and return their shares of the log, where nothing is written yet."""
    ids = [standing.draft.id for standing in standings]
    await tx.execute(queries.take_out_of_service, challenge_ids=ids)
    unpublished = [standing.highest is None for standing in standings]
    await tx.execute(queries.mark_archived, ids=ids, at=act.at, releases=unpublished)
    return [
        Record(
            "challenge",
            standing.draft.id,
            standing.live.plain(),
            (),
            published_before=standing.draft.is_published,
            published_after=False,
        )
        for standing in standings
    ]


async def put_back(tx: Transaction, live_sets: Mapping[UUID, Sequence[Mapping[str, int]]]) -> None:
    """Make live again what the log says was live of challenges of which nothing is live."""
    arms = [(id, arm["version"], arm["weight"]) for id, live in live_sets.items() for arm in live]
    rows = await versions_by_number(tx, [(id, number) for id, number, _ in arms])
    ids = {(row.challenge_id, row.number): row.id for row in rows}
    await tx.execute(
        queries.put_into_service,
        ids=[ids[id, number] for id, number, _ in arms],
        weights=[weight for _, _, weight in arms],
    )


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
    await put_back(tx, {challenge_id: before})
    await tx.execute(queries.mark_unarchived, id=challenge_id, published=bool(before))
    entry = await Entry.open(tx, act)
    record = Record("challenge", challenge_id, (), before, published_before=False, published_after=bool(before))
    return await entry.close(
        "UNARCHIVE", [record], reason=texts.lf(reason), inverse_of=last.publication_id if last else None
    )


async def _locked(tx: Transaction, keyring: Keyring, challenge_id: UUID) -> PublishState:
    standing = (await lock(tx, keyring, [challenge_id])).get(challenge_id)
    Faults([] if standing else [NotFound(("challengeId",))]).settle()
    assert standing is not None
    return standing
