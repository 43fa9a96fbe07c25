"""Rolling back: an earlier version is live again. The draft stays as it is, and no version changes."""

from dataclasses import dataclass
from uuid import UUID

from core import limits, texts
from core.faults import Faults, Invalid, NotFound
from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.log import PublicationRow
from sql.rows.versions import VersionRow
from versioning.content import labels
from versioning.faults import AlreadyLive, Archived, ExperimentRunning, NotPublished
from versioning.log.live import plain
from versioning.log.publication_log import Entry, latest_replacing
from versioning.pins.forwarding import Policy, Stated, Successor, live_versions, migrate
from versioning.publishing.publish_state import lock
from versioning.publishing.publishing import live_record, queries


@dataclass(frozen=True)
class _Queries:
    versions_by_label: Query


by_label = load("versioning/labels", _Queries)


@dataclass(frozen=True, slots=True)
class RolledBack:
    """The entry of the log, and the id of the version that is live again."""

    publication: PublicationRow
    version_id: UUID


async def rollback(
    tx: Transaction,
    keyring: Keyring,
    act: WriteContext,
    *,
    challenge_id: UUID,
    to_label: str,
    live_set_hash: str,
    reason: str,
    policy: Policy | None = None,
) -> RolledBack:
    """Make the version ``to_label`` the live one; raises ``Refused`` (STALE first and alone, else all faults)."""
    standing = (await lock(tx, keyring, [challenge_id])).get(challenge_id)
    if standing is None:
        Faults([NotFound(("challengeId",))]).settle()
        raise AssertionError
    standing.compare((), None, live_set_hash)
    faults = reason_faults(reason)
    version = await version_by_label(tx, challenge_id, to_label)
    if standing.draft.deleted_at is not None:
        faults.append(Archived(("challengeId",)))
    elif standing.highest is None:
        faults.append(NotPublished(("challengeId",)))
    elif labels.parse(to_label) is None:
        faults.append(Invalid(("toLabel",), "A label is spelled like v1.0."))
    elif version is None:
        faults.append(
            NotFound(("toLabel",), f"There is no version {to_label}; the highest is {standing.highest.label}.")
        )
    elif standing.trial is not None:
        faults.append(ExperimentRunning(("challengeId",)))
    elif standing.live.arms == ((version.number, 100),):
        faults.append(AlreadyLive(("toLabel",), f"{to_label} is live already."))
    # What learners are moved for they are told; else it is the log's alone.
    migration = Stated(policy, reason if policy == "FORCE" else None)
    if version is not None:
        before = standing.live_content.judged_hash if standing.live_content else None
        faults.extend(migration.policy_faults((), before, version.judged_hash))
    faults.settle()
    assert version is not None
    replaced = await live_versions(tx, [challenge_id])
    after = plain([(version.number, 100)])
    inverse_of = await latest_replacing(tx, challenge_id, after)
    await tx.execute(queries.take_out_of_service, challenge_ids=[challenge_id])
    await tx.execute(queries.put_into_service, ids=[version.id], weights=[100])
    await tx.execute(queries.mark_shown, ids=[challenge_id], published=True)
    entry = await Entry.open(tx, act)
    publication = await entry.close(
        "ROLLBACK",
        [live_record(standing, [(version.number, 100)])],
        reason=texts.lf(reason),
        inverse_of=inverse_of,
    )
    successor = Successor(challenge_id, version.id, version.judged_hash, migration)
    await migrate(tx, replaced, [successor], entry.seq, entry.at)
    return RolledBack(publication, version.id)


async def version_by_label(reads: Reads, challenge_id: UUID, label: str) -> VersionRow | None:
    """Return the version of a challenge that carries the label."""
    parsed = labels.parse(label)
    if parsed is None:
        return None
    return await reads.fetch_one(
        by_label.versions_by_label,
        VersionRow,
        challenge_ids=[challenge_id],
        majors=[parsed[0]],
        minors=[parsed[1]],
    )


def reason_faults(reason: str) -> Faults:
    """Check the reason that every change of what is live must state."""
    faults = Faults()
    texts.prose(faults, ("reason",), reason, limits.REASON, required=True)
    return faults
