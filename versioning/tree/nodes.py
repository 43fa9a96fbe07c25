"""Nodes of the tree, whatever their level: locking, finding, and the dense order under a parent.

Everything that changes the tree's shape takes one lock first (``lock_tree``), so that two such writers can neither
deadlock nor leave a gap; publishing does not take it and is never held up by it for longer than a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from core.faults import Faults, Invalid, NotFound, Taken
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.tree import IdRow, LockedRow, NodeRow
from versioning.faults import Archived

Level = Literal["track", "module", "lesson", "challenge"]

NO_PARENT = UUID(int=0)
PARENT: dict[Level, Level] = {"module": "track", "lesson": "module", "challenge": "lesson"}


@dataclass(frozen=True)
class _Queries:
    lock_track: Query
    lock_module: Query
    lock_lesson: Query
    lock_challenge: Query
    insert_track: Query
    insert_module: Query
    insert_lesson: Query
    update_track: Query
    update_module: Query
    update_lesson: Query
    update_challenge: Query
    track_order: Query
    module_order: Query
    lesson_order: Query
    challenge_order: Query
    place_tracks: Query
    place_modules: Query
    place_lessons: Query
    place_challenges: Query
    show_track: Query
    show_module: Query
    show_lesson: Query
    leave_redirect: Query
    lock_tree: Query
    tree_of_tracks: Query
    node_at_path: Query
    node_by_slug: Query


queries = load("versioning/nodes", _Queries)


def query(verb: str, level: Level) -> Query:
    """Return the statement of that verb for that level: ``query("lock", "lesson")``."""
    found = getattr(queries, f"{verb}_{level}")
    assert isinstance(found, Query)
    return found


async def lock_tree(tx: Transaction) -> None:
    """Keep other writers of the tree's shape waiting until this transaction ends."""
    await tx.fetch_one(queries.lock_tree, LockedRow)


async def lock_node(tx: Transaction, level: Level, id: UUID) -> NodeRow | None:
    """Lock a node against every other writer and return it."""
    return await tx.fetch_one(query("lock", level), NodeRow, id=id)


async def node_by_slug(reads: Reads, level: Level, parent_id: UUID, slug: str) -> NodeRow | None:
    """Return the node of that current name under a parent."""
    return await reads.fetch_one(queries.node_by_slug, NodeRow, level=level, parent_id=parent_id, slug=slug)


async def slug_must_be_free(reads: Reads, faults: Faults, level: Level, parent_id: UUID, slug: str) -> None:
    """Add the fault of a slug that another node there has; one of a wrong form is nobody's."""
    wrong = any(fault.path == ("slug",) for fault in faults)
    if not wrong and await node_by_slug(reads, level, parent_id, slug):
        faults.append(Taken(("slug",), f"Another {level} here has the slug {slug}."))


async def node_at_path(reads: Reads, path: str) -> NodeRow | None:
    """Return the node whose current address this is (``track/module`` reaches a module)."""
    return await reads.fetch_one(queries.node_at_path, NodeRow, path=path)


async def parent_for(
    tx: Transaction,
    faults: Faults,
    level: Level,
    parent_id: UUID,
    path: tuple[str, ...],
    position: int | None,
) -> NodeRow | None:
    """Lock the parent of a ``level`` that is to stand there and collect what speaks against it."""
    parent = await lock_node(tx, level, parent_id)
    if parent is None:
        faults.append(NotFound(path, f"There is no {level} of this id."))
    elif parent.deleted_at is not None:
        faults.append(Archived(path, f"The {level} is archived; unarchive it first."))
    if position is not None and position < 1:
        faults.append(Invalid(("position",), "Positions begin at 1; leave it out to stand last."))
    return parent


async def order(reads: Reads, level: Level, parent_id: UUID) -> list[UUID]:
    """Return the ids of a parent's nodes in order; tracks have the parent ``NO_PARENT``."""
    params = {} if level == "track" else {"parent_id": parent_id}
    return [row.id for row in await reads.fetch_all(query_order(level), IdRow, **params)]


async def place(tx: Transaction, level: Level, ids: Sequence[UUID]) -> None:
    """Give a parent's nodes the positions 1, 2, 3 in this order."""
    await tx.execute(getattr(queries, f"place_{level}s"), ids=list(ids))


async def insert_at(tx: Transaction, level: Level, parent_id: UUID, id: UUID, position: int) -> None:
    """Move a node of a parent to a position; one beyond the end is the end."""
    ids = [other for other in await order(tx, level, parent_id) if other != id]
    ids.insert(position - 1, id)
    await place(tx, level, ids)


def query_order(level: Level) -> Query:
    """Return the statement that reads the order of a parent's nodes."""
    found = getattr(queries, f"{level}_order")
    assert isinstance(found, Query)
    return found
