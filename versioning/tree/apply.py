"""``applyContent``: bring the tree to what is wanted, all of it or nothing, changing only what differs.

One transaction: shape (create, rename, move), drafts, order, prune, then showing and publishing in one entry of the log
each. Faults are collected over the whole tree and raised together, which undoes everything. What a rollback took out of
service is held back, so that a nightly push never undoes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from core import limits, texts
from core.faults import Faults, Invalid, Refused, Stale, Taken
from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Transaction
from sql.rows.drafts import DraftRow
from sql.rows.tree import NodeRow
from versioning.content import drafts, libraries
from versioning.content.libraries import Library
from versioning.experiments.assignment import running
from versioning.faults import Archived
from versioning.log.live import live_sets
from versioning.log.publication_log import Entry, Pending, Place, Record
from versioning.publishing import archive
from versioning.publishing.gates import gates
from versioning.publishing.publish_state import PublishState, lock, lock_drafts
from versioning.publishing.publishing import PublishRequest, append
from versioning.tree import changes
from versioning.tree.apply_holds import held
from versioning.tree.apply_input import (
    Action,
    ChallengeWish,
    Change,
    Options,
    Placed,
    TrackWish,
    form_faults,
    settle_libraries,
    walk,
)
from versioning.tree.nodes import NO_PARENT, Level, lock_node, lock_tree, node_at_path, order, place, queries, query


@dataclass(slots=True)
class _Apply:
    """One run: what is there, what was done so far, what is wrong so far."""

    tx: Transaction
    keyring: Keyring
    act: WriteContext
    options: Options
    nodes: dict[str, NodeRow] = field(default_factory=dict)
    ids: dict[str, UUID] = field(default_factory=dict)
    existing: set[UUID] = field(default_factory=set)
    former: dict[str, NodeRow] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    moved: set[str] = field(default_factory=set)
    pending: list[Pending] = field(default_factory=list)

    def tell(self, path: str, action: Action) -> None:
        """Note what happened to a node, unless it is told already that it was moved."""
        if path not in self.moved:
            self.changes.append(Change(path, action))


async def apply(
    tx: Transaction,
    keyring: Keyring,
    act: WriteContext,
    tracks: Sequence[TrackWish],
    options: Options,
    shared: Sequence[Library] = (),
) -> list[Change]:
    """Apply a tree and the libraries that come along; return what became of each node, or refuse with every fault."""
    faults = form_faults(tracks)
    texts.prose(faults, ("changelog",), options.changelog, limits.CHANGELOG)
    faults.extend(libraries.faults(shared))
    faults.settle()
    await lock_tree(tx)
    await libraries.upload(tx, act, shared)
    tracks = await settle_libraries(tx, tracks)
    run = _Apply(tx, keyring, act, options)
    placed = list(walk(tracks))
    await _read(run, tracks, placed)
    await _lock_challenges(run)
    for one in placed:
        if one.level != "challenge":
            await _shape(run, one)
    challenges = [one for one in placed if one.level == "challenge"]
    for one in challenges:
        await _settle_place(run, one)
    written = await _write_drafts(run, challenges)
    if options.prune:
        await _prune(run, tracks, placed)
    await _order(run, placed)
    passed: list[tuple[PublishState, PublishRequest]] = []
    if options.publish:
        await _show(run, placed)
        passed = await _publish(run, written)
    run.faults.settle()
    if passed:
        await append(tx, act, passed, run.pending)
    elif run.pending:
        await (await Entry.open(tx, act, run.pending)).write()
    return run.changes


async def _read(run: _Apply, tracks: Sequence[TrackWish], placed: Sequence[Placed]) -> None:
    slugs = {track.slug for track in tracks}
    run.nodes = {
        row.path: row
        for row in await run.tx.fetch_all(queries.tree_of_tracks, NodeRow, slugs=sorted(slugs))
        if not row.slug_released
    }
    run.existing = {row.id for row in run.nodes.values()}
    run.ids = {path: row.id for path, row in run.nodes.items()}
    # Former paths tell where things stand before anything moves: a parent's move must not hide its children's.
    for one in placed:
        former = one.wish.former_path
        if former not in (None, one.path) and (node := await node_at_path(run.tx, former)):
            run.former[one.path] = node


async def _lock_challenges(run: _Apply) -> None:
    """Lock every challenge that may be touched before anything is entered into the log, as publishing does."""
    slugs = sorted({node.path.partition("/")[0] for node in run.former.values()})
    elsewhere = await run.tx.fetch_all(queries.tree_of_tracks, NodeRow, slugs=slugs) if slugs else []
    await lock_drafts(run.tx, _challenges([*run.nodes.values(), *elsewhere]))


async def _settle_place(run: _Apply, one: Placed) -> NodeRow | None:
    """Find the node of a wish, moving it here from its former path when it still stands there."""
    node = run.nodes.get(one.path)
    former = one.wish.former_path
    found = run.former.get(one.path)
    if found is None or (node is not None and node.id == found.id):
        return node
    if node is not None:
        run.faults.append(Taken((*one.at, "formerPath"), f"Both {former} and {one.path} exist; remove formerPath."))
        return node
    if found.level != one.level:
        run.faults.append(Invalid((*one.at, "formerPath"), f"{former} is a {found.level}, not a {one.level}."))
        return None
    elsewhere = await lock_node(run.tx, one.level, found.id)
    assert elsewhere is not None
    kind = "RENAME" if elsewhere.path.rpartition("/")[0] == one.path.rpartition("/")[0] else "MOVE"
    try:
        record = await changes.rewritten(
            run.tx,
            elsewhere,
            parent_id=_parent(run, one),
            position=None if kind == "RENAME" else 1_000_000,
            slug=one.wish.slug,
        )
    except Refused as refused:
        run.faults.extend(fault.under(*one.at) for fault in refused.faults)
        return None
    run.pending.append(Pending(kind, [record]))
    run.changes.append(Change(one.path, "UPDATED", f"moved here from {former}"))
    run.moved.add(one.path)
    # Everything below moved with it: read the tree of its track again.
    before = run.existing | {elsewhere.id}
    rows = await run.tx.fetch_all(queries.tree_of_tracks, NodeRow, slugs=[one.path.partition("/")[0]])
    there = {row.id for row in rows}
    run.nodes = {path: row for path, row in run.nodes.items() if row.id not in there}
    run.nodes |= {row.path: row for row in rows if not row.slug_released}
    run.ids = {path: id for path, id in run.ids.items() if id not in there}
    run.ids |= {row.path: row.id for row in rows if not row.slug_released}
    run.existing = before | {row.id for row in rows}
    return run.nodes[one.path]


async def _shape(run: _Apply, one: Placed) -> None:
    """Create or rename one track, module or lesson."""
    node = await _settle_place(run, one)
    assert not isinstance(one.wish, ChallengeWish)
    description = one.wish.description if isinstance(one.wish, TrackWish) else ""
    if node is None:
        run.ids[one.path] = await changes.insert(
            run.tx, run.act, one.level, _parent(run, one), one.wish.slug, one.wish.title, description
        )
        run.changes.append(Change(one.path, "CREATED"))
    elif node.deleted_at is not None:
        run.faults.append(Archived(one.at, f"{one.path} is archived; unarchive it first."))
    elif (node.title, node.description) != (one.wish.title, texts.lf(description)):
        title, prose = one.wish.title, texts.lf(description)
        run.pending.append(Pending("RENAME", [await changes.rewritten(run.tx, node, title=title, description=prose)]))
        run.tell(one.path, "UPDATED")
    else:
        run.tell(one.path, "UNCHANGED")


async def _write_drafts(run: _Apply, challenges: Sequence[Placed]) -> list[Placed]:
    """Create and save drafts; returns the challenges that may be published."""
    known = [run.ids[one.path] for one in challenges if one.path in run.ids]
    rows = {row.id: row for row in await lock_drafts(run.tx, known)}
    holds = await _held(run, challenges, rows) if run.options.publish else {}
    creators_only = await drafts.only_creators_edit(run.tx)
    written = []
    for one in challenges:
        assert isinstance(one.wish, ChallengeWish)
        content = one.wish.content.normal()
        row = rows.get(run.ids[one.path]) if one.path in run.ids else None
        if row is None:
            run.ids[one.path] = await drafts.insert(
                run.tx, run.keyring, run.act, _parent(run, one), one.wish.slug, content, applied=True
            )
            run.changes.append(Change(one.path, "CREATED"))
        elif row.deleted_at is not None:
            run.faults.append(Archived(one.at, f"{one.path} is archived; unarchive it first."))
            continue
        elif why := holds.get(row.id):
            run.changes.append(Change(one.path, "HELD", why))
            continue
        elif creators_only and row.created_by != run.act.actor and content.content_hash != row.content_hash:
            run.faults.append(drafts.not_the_creators(one.at))
            continue
        elif not run.options.overwrite and _edited_by_another(run, row, content.content_hash):
            run.faults.append(
                Stale(
                    one.at,
                    "Somebody else edited this draft since the last apply; take that over, or apply with overwrite.",
                    expected=row.applied_hash,
                    actual=row.content_hash,
                )
            )
            continue
        else:
            changed = await drafts.save(
                run.tx, run.keyring, run.act, row, content, restored_from=row.draft_restored_from, applied=True
            )
            run.tell(one.path, "UPDATED" if changed else "UNCHANGED")
        written.append(one)
    return written


def _edited_by_another(run: _Apply, row: DraftRow, wanted: str) -> bool:
    return row.content_hash not in (row.applied_hash, wanted) and row.draft_updated_by != run.act.actor


async def _held(run: _Apply, challenges: Sequence[Placed], rows: dict[UUID, DraftRow]) -> dict[UUID, str]:
    """Return, by challenge, why what is wanted is not published."""
    pairs = [
        (run.ids[one.path], one.wish.content.normal().content_hash)
        for one in challenges
        if isinstance(one.wish, ChallengeWish) and run.ids.get(one.path) in rows
    ]
    return await held(run.tx, pairs)


async def _prune(run: _Apply, tracks: Sequence[TrackWish], placed: Sequence[Placed]) -> None:
    """Archive what the named tracks hold beside what is wanted; the topmost of what is absent hides the rest."""
    wanted = {one.path for one in placed}
    top = {track.slug for track in tracks}
    created = {change.path for change in run.changes if change.action == "CREATED"}
    added = {
        one.wish.content.normal().content_hash: one
        for one in placed
        if isinstance(one.wish, ChallengeWish) and one.path in created
    }
    absent = [
        node
        for path, node in sorted(run.nodes.items())
        if path.partition("/")[0] in top and path not in wanted and node.deleted_at is None
    ]
    moved = {run.ids[path] for path in wanted if path in run.ids}
    absent = [node for node in absent if node.id not in moved]
    trials = await running(run.tx, _challenges(absent))
    locked = await lock_drafts(run.tx, _challenges(absent))
    # The tree was read before its challenges were locked: who archived one of them meanwhile was first.
    archived = {row.id for row in locked if row.deleted_at is not None}
    absent = [node for node in absent if node.id not in archived]
    hashes = {row.id: row.content_hash for row in locked}
    # What stands below a node that is archived already is hidden by it, as it would be by one archived now.
    gone = [
        path
        for path, node in run.nodes.items()
        if path not in wanted and node.deleted_at is not None and node.level != "challenge"
    ]
    absent = [node for node in absent if not any(node.path.startswith(f"{above}/") for above in gone)]
    put_away: list[NodeRow] = []
    for node in absent:
        if node.id in trials:
            run.changes.append(Change(node.path, "HELD", "An experiment is running on it; stop it first."))
        elif node.id in hashes and (twin := added.get(hashes[node.id])):
            run.faults.append(
                Invalid(
                    (*twin.at, "formerPath"),
                    f"{node.path} would be archived and says exactly this; name it as formerPath to move it.",
                )
            )
        elif not any(node.path.startswith(f"{above}/") for above in gone):
            put_away.append(node)
            if node.level != "challenge":
                gone.append(node.path)
            run.changes.append(Change(node.path, "ARCHIVED"))
    await _put_away(run, put_away)


async def _put_away(run: _Apply, nodes: Sequence[NodeRow]) -> None:
    """Archive nodes, each in an entry of its own: each comes back by itself."""
    if not nodes:
        return
    challenges = list((await lock(run.tx, run.keyring, _challenges(nodes))).values())
    records = {record.subject_id: record for record in await archive.take_out(run.tx, challenges, run.act)}
    for node in nodes:
        record = records.get(node.id) or await changes.put_away(run.tx, run.act, node)
        run.pending.append(Pending("ARCHIVE", [record], "Absent from the content tree that was applied."))


async def _order(run: _Apply, placed: Sequence[Placed]) -> None:
    """Give every parent's nodes the order of the lists; nodes that are not named follow in the order they had."""
    parents: dict[tuple[Level, UUID], list[UUID]] = {}
    for one in placed:
        if one.path in run.ids and one.level != "track":
            parents.setdefault((one.level, _parent(run, one)), []).append(run.ids[one.path])
    moved: list[tuple[Level, UUID, int, int]] = []
    for (level, parent_id), wanted in parents.items():
        before = await order(run.tx, level, parent_id)
        after = [*wanted, *(id for id in before if id not in set(wanted))]
        if after == before:
            continue
        await place(run.tx, level, after)
        old = [id for id in before if id in run.existing]
        new = [id for id in after if id in run.existing]
        moved += [
            (level, id, before.index(id) + 1, after.index(id) + 1)
            for id, other in zip(new, old, strict=True)
            if id != other
        ]
    if moved:
        live = await live_sets(run.tx, [id for level, id, _, _ in moved if level == "challenge"])
        records = [
            Record(
                level,
                id,
                live[id].plain() if id in live else (),
                live[id].plain() if id in live else (),
                place_before=Place(position=before_position),
                place_after=Place(position=after_position),
            )
            for level, id, before_position, after_position in moved
        ]
        run.pending.append(Pending("MOVE", records, "Order of the content tree that was applied."))


async def _show(run: _Apply, placed: Sequence[Placed]) -> None:
    """Show every named track, module and lesson that is hidden, in one entry of the log."""
    hidden = [
        one
        for one in placed
        if one.level != "challenge"
        and one.path in run.ids
        and not ((node := run.nodes.get(one.path)) and (node.is_published or node.deleted_at))
    ]
    if not hidden:
        return
    for level in {one.level for one in hidden}:
        ids = [run.ids[one.path] for one in hidden if one.level == level]
        await run.tx.execute(query("show", level), ids=ids, is_published=True, deleted_at=None)
    records = [Record(one.level, run.ids[one.path], published_before=False, published_after=True) for one in hidden]
    run.pending.append(Pending("SHOW", records, run.options.changelog.strip() or None))
    created = {change.path for change in run.changes if change.action == "CREATED"}
    run.changes += [Change(one.path, "UPDATED", "shown") for one in hidden if one.path not in created]


async def _publish(run: _Apply, written: Sequence[Placed]) -> list[tuple[PublishState, PublishRequest]]:
    """Return every challenge whose draft differs from what is live, to be published in one entry; trees wait for no
    replay."""
    standings = await lock(run.tx, run.keyring, [run.ids[one.path] for one in written])
    passed: list[tuple[PublishState, PublishRequest]] = []
    for one in written:
        standing = standings[run.ids[one.path]]
        if standing.same_text is not None and standing.same_text.is_active:
            continue
        changelog = run.options.changelog.strip() or (
            "Updated from the content tree." if standing.highest else "First version."
        )
        found = gates(standing, changelog, "MAJOR")
        pending = [gate.gate for gate in found if gate.fault and gate.state == "PENDING" and run.options.dry_run]
        faults = [gate.fault.under(*one.at) for gate in found if gate.fault and gate.gate not in pending]
        run.faults.extend(faults)
        if not faults:
            passed.append(
                (standing, PublishRequest(standing.draft.id, None, standing.live.hash, changelog, path=one.at))
            )
            told = f"PENDING: {', '.join(pending)}; the publish runs it first." if pending else None
            run.changes.append(Change(one.path, "PUBLISHED", told))
    return passed


def _parent(run: _Apply, one: Placed) -> UUID:
    above = one.path.rpartition("/")[0]
    return run.ids[above] if above else NO_PARENT


def _challenges(nodes: Sequence[NodeRow]) -> list[UUID]:
    return [node.id for node in nodes if node.level == "challenge"]
