"""Firing a release, and taking it back: each one entry of the log, with everything or with nothing.

In order: the release is locked; the tree, if it shows or hides nodes; its challenges; the nodes; then everything is
compared and every gate read, as a publish or a rollback of each would do; only then is anything written. So a refusal
leaves the transaction as it found it, and the caller may note in it why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core import texts
from core.faults import Fault, Faults, Refused, Stale
from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Jsonb, Transaction
from sql.rows.log import PublicationRow, RecordRow
from sql.rows.releases import ReleaseItemRow, ReleaseRow
from sql.rows.tree import NodeRow
from sql.rows.versions import FullVersionRow
from versioning.content.labels import Bump
from versioning.faults import AlreadyLive, Archived, ExperimentRunning
from versioning.log.live import LastChange, last_changes, live_sets
from versioning.log.publication_log import Entry, Record
from versioning.log.publication_log import queries as log
from versioning.pins.forwarding import live_versions, migrate_by_change
from versioning.publishing.archive import put_back
from versioning.publishing.publish_state import PublishState, full_versions_by_id, lock_drafts
from versioning.publishing.publishing import (
    PublishRequest,
    append_versions,
    live_record,
    make_room,
    next_version,
    queries,
    refusals,
    replay_facts,
)
from versioning.publishing.releases import empty, items_of, plain_faults, standings_of, texts_of
from versioning.publishing.releases import queries as releases
from versioning.publishing.rollback import reason_faults
from versioning.tree.nodes import Level, lock_node, lock_tree, query

_LEVELS: tuple[Level, ...] = ("track", "module", "lesson")
# By what a live set was changed since, in words: see the kinds of publications.
_CHANGED_BY = {
    "PUBLISH": "a publish",
    "ROLLBACK": "a rollback",
    "EXPERIMENT_START": "an experiment",
    "EXPERIMENT_REWEIGH": "an experiment",
    "EXPERIMENT_STOP": "an experiment that ended",
    "PROMOTE": "an experiment that promoted one of its versions",
    "ARCHIVE": "archiving",
    "UNARCHIVE": "unarchiving",
    "RELEASE": "another release",
}


@dataclass(frozen=True, slots=True)
class _Held:
    """What a release holds, locked and read."""

    standings: Mapping[UUID, PublishState]
    changes: Mapping[UUID, LastChange]
    versions: Mapping[UUID, FullVersionRow]
    nodes: Mapping[UUID, NodeRow]


async def publish(
    tx: Transaction, keyring: Keyring, act: WriteContext, release: ReleaseRow, late_seconds: int | None = None
) -> PublicationRow:
    """Publish all that a locked release holds; raises ``Refused`` before anything is written: with what no longer holds
    of every item first and alone (STALE, ARCHIVED, or an experiment that runs), else with every fault."""
    items = await items_of(tx, [release.id])
    if not items:
        raise Refused(empty())
    held = await _hold(tx, keyring, release, items)
    faults = Faults()
    for number, item in enumerate(items):
        faults.extend(_moved(held, item, ("items", str(number))))
    faults.settle()
    for number, item in enumerate(items):
        faults.extend(_refused(held, release, item, ("items", str(number))))
    faults.settle()
    changed = [item.subject_id for item in items if item.published is None]
    before = await live_versions(tx, changed)
    texts_of_items = [item for item in items if item.subject_type == "challenge" and item.version_id is None]
    passed = [(held.standings[item.subject_id], _wish(release, item, ())) for item in texts_of_items]
    versions = {standing.draft.id: next_version(act, standing, wish) for standing, wish in passed}
    facts = replay_facts(passed)
    records = [_record(held, item, versions) for item in items]
    await _set_flags(
        tx, [(held.nodes[item.subject_id], item.published) for item in items if item.published is not None]
    )
    await make_room(tx, list(versions.values()))
    back = {item.subject_id: item.version_id for item in items if item.version_id is not None}
    await tx.execute(queries.take_out_of_service, challenge_ids=list(back))
    await tx.execute(queries.put_into_service, ids=list(back.values()), weights=[100] * len(back))
    await tx.execute(queries.mark_shown, ids=list(back), published=True)
    entry = await Entry.open(tx, act)
    await append_versions(tx, entry, list(versions.values()), release.id)
    reason = release.changelog.strip() or release.name
    publication = await entry.close("RELEASE", records, reason=reason, facts=facts)
    await migrate_by_change(tx, before, changed, entry.seq, entry.at)
    await end(tx, act, release, "PUBLISHED", late_seconds=late_seconds, publication_id=publication.id)
    return publication


async def end(
    tx: Transaction,
    act: WriteContext,
    release: ReleaseRow,
    state: str,
    *,
    faults: Sequence[Fault] = (),
    late_seconds: int | None = None,
    publication_id: UUID | None = None,
) -> None:
    """Note what became of a locked release."""
    items = await items_of(tx, [release.id]) if faults else []
    await tx.execute(
        releases.end_release,
        id=release.id,
        state=state,
        at=act.at,
        late_seconds=late_seconds,
        failures=Jsonb(plain_faults(faults, items)),
        publication_id=publication_id,
    )


async def revert(tx: Transaction, act: WriteContext, release: ReleaseRow, reason: str) -> PublicationRow:
    """Restore every live set and flag that a locked, published release replaced, in one entry that is its inverse.

    A challenge of which nothing was live is a draft again, with versions. Raises ``Refused`` where anything is no
    longer what the release left: with ARCHIVED, or with STALE and what holds now.
    """
    reason_faults(reason).settle()
    records = await tx.fetch_all(log.records_by_publication_id, RecordRow, ids=[release.publication_id])
    if any(record.subject_type != "challenge" for record in records):
        await lock_tree(tx)
    challenges = [record.subject_id for record in records if record.subject_type == "challenge"]
    drafts = {row.id: row for row in await lock_drafts(tx, challenges)}
    live = await live_sets(tx, challenges)
    nodes = await _lock_nodes(tx, [(record.subject_type, record.subject_id) for record in records])
    archived = {id for rows in (drafts, nodes) for id, row in rows.items() if row.deleted_at is not None}
    faults = Faults()
    for number, record in enumerate(records):
        if record.subject_type == "challenge":
            left, now = _told(record.after), _told(live[record.subject_id].plain())
        else:
            node = nodes[record.subject_id]
            left = _flag(record.published_after)
            now = _flag(node.is_published)
        if record.subject_id in archived:
            faults.append(Archived(("items", str(number)), expected=left, actual="archived"))
        elif left != now:
            told = f"The release left {left}, and now it is {now}; go back from there by itself."
            faults.append(Stale(("items", str(number)), told, expected=left, actual=now))
    faults.settle()
    before = await live_versions(tx, challenges)
    undone = []
    for record in records:
        if record.subject_type != "challenge":
            undone.append(_flagged(nodes[record.subject_id], bool(record.published_before)))
            continue
        shown = drafts[record.subject_id].is_published
        flags = (shown, bool(record.before)) if shown != bool(record.before) else (None, None)
        undone.append(Record("challenge", record.subject_id, record.after, record.before, *flags))
    await _set_flags(
        tx, [(nodes[one.subject_id], bool(one.published_before)) for one in records if one.subject_id in nodes]
    )
    await _restore(tx, {record.subject_id: record.before for record in records if record.subject_type == "challenge"})
    entry = await Entry.open(tx, act)
    publication = await entry.close("RELEASE", undone, reason=texts.lf(reason), inverse_of=release.publication_id)
    await migrate_by_change(tx, before, challenges, entry.seq, entry.at)
    await tx.execute(releases.take_release_back, id=release.id, revert_id=publication.id)
    return publication


async def _hold(tx: Transaction, keyring: Keyring, release: ReleaseRow, items: Sequence[ReleaseItemRow]) -> _Held:
    if any(item.subject_type != "challenge" for item in items):
        await lock_tree(tx)
    ids = [item.subject_id for item in items if item.subject_type == "challenge"]
    standings = await standings_of(tx, keyring, ids, await texts_of(tx, release.id))
    versions = await full_versions_by_id(tx, [item.version_id for item in items if item.version_id is not None])
    nodes = await _lock_nodes(tx, [(item.subject_type, item.subject_id) for item in items])
    return _Held(standings, await last_changes(tx, ids), {row.id: row for row in versions}, nodes)


async def _lock_nodes(tx: Transaction, subjects: Sequence[tuple[str, UUID]]) -> dict[UUID, NodeRow]:
    found = {}
    for level in _LEVELS:
        for id in sorted(id for kind, id in subjects if kind == level):
            node = await lock_node(tx, level, id)
            assert node is not None, "no node is ever deleted"
            found[id] = node
    return found


def _moved(held: _Held, item: ReleaseItemRow, path: tuple[str, ...]) -> Sequence[Fault]:
    """Return where what was seen when the item was added no longer holds. A challenge may have moved or been renamed
    since: learners get the same of it as before."""
    if item.subject_type != "challenge":
        node = held.nodes[item.subject_id]
        if node.deleted_at is not None:
            return [Archived(path)]
        if node.is_published != item.published:
            return ()
        told = f"The {item.subject_type} is {_flag(item.published)} already; take it out of the release."
        return [Stale((*path, "published"), told, expected=_flag(not item.published), actual=_flag(item.published))]
    standing = held.standings[item.subject_id]
    assert item.live_set_hash is not None
    # Archiving and experiments move the live set, and say more of what to do than that it moved.
    if standing.draft.deleted_at is not None:
        return [Archived(path)]
    if standing.trial is not None:
        return [ExperimentRunning((*path, "NO_EXPERIMENT"))]
    change = held.changes[item.subject_id]
    if change.since(standing.live, item.live_set_hash):
        cause = _CHANGED_BY.get(change.kind or "", "a publication")
        told = f"What is live was changed by {cause} since this was added; add it again if it is still to go live."
        actual = standing.live.hash
        return [Stale((*path, "liveSetHash"), told, expected=item.live_set_hash, actual=actual)]
    if item.content_hash is not None and standing.content.content_hash != item.content_hash:
        told = "The stored text is not the one that was added; add it again."
        return [Stale((*path, "contentHash"), told, expected=item.content_hash, actual=standing.content.content_hash)]
    return ()


def _refused(held: _Held, release: ReleaseRow, item: ReleaseItemRow, path: tuple[str, ...]) -> Sequence[Fault]:
    """Return all that speaks against what an item does."""
    if item.subject_type != "challenge":
        return ()
    standing = held.standings[item.subject_id]
    if item.version_id is None:
        return refusals(standing, _wish(release, item, path))
    version = held.versions[item.version_id]
    if standing.live.arms == ((version.number, 100),):
        return [AlreadyLive((*path, "label"), f"{version.label} is live already.")]
    return ()


def _record(held: _Held, item: ReleaseItemRow, versions: Mapping[UUID, dict[str, Any]]) -> Record:
    """Return the share of the entry of what an item says."""
    if item.published is not None:
        return _flagged(held.nodes[item.subject_id], item.published)
    number = versions[item.subject_id]["number"] if item.version_id is None else held.versions[item.version_id].number
    return live_record(held.standings[item.subject_id], [(number, 100)])


async def _restore(tx: Transaction, live_sets: Mapping[UUID, Sequence[Mapping[str, int]]]) -> None:
    """Make live what the log says was live before, by challenge."""
    await tx.execute(queries.take_out_of_service, challenge_ids=list(live_sets))
    await put_back(tx, live_sets)
    for published in (True, False):
        ids = [id for id, live in live_sets.items() if bool(live) == published]
        await tx.execute(queries.mark_shown, ids=ids, published=published)


async def _set_flags(tx: Transaction, wanted: Sequence[tuple[NodeRow, bool]]) -> None:
    for level in _LEVELS:
        for published in (True, False):
            ids = [node.id for node, wish in wanted if node.level == level and wish == published]
            if ids:
                await tx.execute(query("show", level), ids=ids, is_published=published, deleted_at=None)


def _flagged(node: NodeRow, published: bool) -> Record:
    return Record(node.level, node.id, published_before=node.is_published, published_after=published)


def _wish(release: ReleaseRow, item: ReleaseItemRow, path: tuple[str, ...]) -> PublishRequest:
    assert item.live_set_hash is not None
    changelog = release.changelog if item.changelog is None else item.changelog
    bump: Bump | None = None if item.bump is None else "MAJOR" if item.bump == "MAJOR" else "MINOR"
    # Nobody is there to wait when it fires.
    return PublishRequest(item.subject_id, item.content_hash, item.live_set_hash, changelog, bump, path, waits=False)


def _flag(published: bool | None) -> str:
    return "shown" if published else "hidden"


def _told(live_set: Sequence[dict[str, Any]]) -> str:
    """Return a live set in words."""
    arms = [f"version {arm['version']}" + f" ({arm['weight']} %)" * (arm["weight"] != 100) for arm in live_set]
    return " and ".join(arms) or "nothing live"
