"""The tree's own changes: creating, renaming, moving, showing, hiding, archiving its nodes.

Each change that a reader could notice is an entry of the publication log (SHOW, HIDE, RENAME, MOVE, ARCHIVE, UNARCHIVE)
and a former address leads on. Creating is none: a new node is hidden. Identity, history and progress stay with the
node wherever it goes. Archiving a track, module or lesson only hides it.
"""

from uuid import UUID

from core import limits, texts
from core.faults import Faults, Invalid, NotFound, Refused, Taken
from core.ids import new_id
from core.write_context import WriteContext
from sql.database import Transaction
from sql.errors import ConstraintViolated
from sql.rows.log import PublicationRow
from sql.rows.tree import NodeRow
from versioning.faults import Archived
from versioning.log.live import live_sets
from versioning.log.publication_log import Entry, Place, Record
from versioning.publishing.rollback import reason_faults
from versioning.tree.nodes import (
    NO_PARENT,
    PARENT,
    Level,
    insert_at,
    lock_node,
    lock_tree,
    node_by_slug,
    order,
    parent_for,
    place,
    queries,
    query,
    slug_must_be_free,
)


async def create(
    tx: Transaction,
    act: WriteContext,
    level: Level,
    *,
    parent_id: UUID = NO_PARENT,
    slug: str,
    title: str,
    description: str = "",
    position: int | None = None,
) -> UUID:
    """Create a hidden track, module or lesson and return its id; raises ``Refused`` with every fault."""
    await lock_tree(tx)
    faults = node_faults(slug, title, description)
    if level != "track":
        await parent_for(tx, faults, PARENT[level], parent_id, (f"{PARENT[level]}Id",), position)
    elif position is not None and position < 1:
        faults.append(Invalid(("position",), "Positions begin at 1; leave it out to stand last."))
    await slug_must_be_free(tx, faults, level, parent_id, slug)
    faults.settle()
    id = await insert(tx, act, level, parent_id, slug, title, description)
    if position is not None:
        await insert_at(tx, level, parent_id, id, position)
    return id


async def insert(
    tx: Transaction, act: WriteContext, level: Level, parent_id: UUID, slug: str, title: str, description: str = ""
) -> UUID:
    """Write a checked new node, last of its parent, under the tree's lock."""
    id = new_id()
    only = {"description": texts.lf(description)} if level == "track" else {"parent_id": parent_id}
    await tx.execute(query("insert", level), id=id, slug=slug, title=title, at=act.at, **only)
    return id


async def update(
    tx: Transaction,
    act: WriteContext,
    level: Level,
    id: UUID,
    *,
    slug: str | None = None,
    title: str | None = None,
    description: str | None = None,
) -> PublicationRow | None:
    """Rename a node or change its title or description; None when that changes nothing."""
    await lock_tree(tx)
    node = await locked(tx, level, id, (f"{level}Id",))
    slug = node.slug if slug is None else slug
    title = node.title if title is None else title
    description = node.description if description is None else texts.lf(description)
    faults = node_faults(slug, title if level != "challenge" else "-", description)
    if slug != node.slug:
        await slug_must_be_free(tx, faults, level, node.parent_id, slug)
    faults.settle()
    if (slug, title, description) == (node.slug, node.title, node.description):
        return None
    return await rewrite(tx, act, node, "RENAME", slug=slug, title=title, description=description)


async def move(
    tx: Transaction, act: WriteContext, level: Level, id: UUID, *, parent_id: UUID | None, position: int | None
) -> PublicationRow | None:
    """Move a node to another parent of the same kind, or to another position; None when it stands there already."""
    await lock_tree(tx)
    node = await locked(tx, level, id, ("id",))
    faults = Faults()
    target = node.parent_id if parent_id is None else parent_id
    if level == "track" and parent_id is not None:
        faults.append(Invalid(("parentId",), "A track stands at the top and has no parent."))
    elif level != "track":
        await parent_for(tx, faults, PARENT[level], target, ("parentId",), position)
    elif position is not None and position < 1:
        faults.append(Invalid(("position",), "Positions begin at 1; leave it out to stand last."))
    if target != node.parent_id and await node_by_slug(tx, level, target, node.slug):
        faults.append(
            Taken(("parentId",), f"Another {level} there has the slug {node.slug}; rename one of them first.")
        )
    faults.settle()
    siblings = [other for other in await order(tx, level, target) if other != id]
    place_at = len(siblings) + 1 if position is None else min(position, len(siblings) + 1)
    if (target, place_at) == (node.parent_id, node.position):
        return None
    return await rewrite(tx, act, node, "MOVE", parent_id=target, position=place_at)


async def rewrite(
    tx: Transaction,
    act: WriteContext,
    node: NodeRow,
    kind: str,
    *,
    parent_id: UUID | None = None,
    position: int | None = None,
    slug: str | None = None,
    title: str | None = None,
    description: str | None = None,
) -> PublicationRow:
    """Write a checked rename or move of a locked node with its entry of the log."""
    record = await rewritten(
        tx, node, parent_id=parent_id, position=position, slug=slug, title=title, description=description
    )
    return await (await Entry.open(tx, act)).close(kind, [record])


async def rewritten(
    tx: Transaction,
    node: NodeRow,
    *,
    parent_id: UUID | None = None,
    position: int | None = None,
    slug: str | None = None,
    title: str | None = None,
    description: str | None = None,
) -> Record:
    """Write a checked rename or move of a locked node, redirect, row and order, and return its share of the log."""
    level: Level = node.level  # type: ignore[assignment]  # the query spells one of the four levels
    parent_id = node.parent_id if parent_id is None else parent_id
    slug = node.slug if slug is None else slug
    if (parent_id, slug) != (node.parent_id, node.slug):
        await tx.execute(
            queries.leave_redirect, level=level, parent_id=node.parent_id, slug=node.slug, target_id=node.id
        )
    siblings = [other for other in await order(tx, level, parent_id) if other != node.id]
    if position is not None:
        siblings.insert(position - 1, node.id)
    moved = parent_id != node.parent_id
    params: dict[str, object] = {"title": node.title if title is None else title, "parent_id": parent_id}
    if level == "track":
        params = {
            "title": params["title"],
            "description": node.description if description is None else description,
        }
    elif level == "challenge":
        params = {"parent_id": parent_id}
    try:
        await tx.execute(
            query("update", level),
            id=node.id,
            slug=slug,
            position=len(siblings) + 1 if moved else node.position,
            **params,
        )
    except ConstraintViolated as error:
        raise Refused(Taken(("slug",), f"Another {level} there has the slug {slug}.")) from error
    if position is not None:
        await place(tx, level, siblings)
        if moved:
            await place(tx, level, await order(tx, level, node.parent_id))
    now = await lock_node(tx, level, node.id)
    assert now is not None
    return await _replaced(tx, node, now)


async def show(tx: Transaction, act: WriteContext, level: Level, id: UUID, published: bool) -> PublicationRow | None:
    """Publish or hide a track, module or lesson; None when it is so already. Its challenges' versions stay."""
    if level == "challenge":
        raise Refused(
            Invalid(("id",), "A challenge is published by publishChallenge and taken back by archiveChallenge.")
        )
    await lock_tree(tx)
    node = await locked(tx, level, id, ("id",))
    if node.is_published == published:
        return None
    entry = await Entry.open(tx, act)
    await tx.execute(query("show", level), ids=[id], is_published=published, deleted_at=None)
    return await entry.close("SHOW" if published else "HIDE", [_flagged(node, published)])


async def archive(tx: Transaction, act: WriteContext, level: Level, id: UUID, reason: str) -> PublicationRow:
    """Archive a track, module or lesson: it is hidden, nobody edits it, and everything below keeps its state."""
    if level == "challenge":
        raise Refused(Invalid(("id",), "A challenge is archived by archiveChallenge, which takes its liveSetHash."))
    await lock_tree(tx)
    node = await locked(tx, level, id, ("id",))
    reason_faults(reason).settle()
    record = await put_away(tx, act, node)
    return await (await Entry.open(tx, act)).close("ARCHIVE", [record], reason=texts.lf(reason))


async def put_away(tx: Transaction, act: WriteContext, node: NodeRow) -> Record:
    """Archive a locked track, module or lesson and return its share of the log."""
    level: Level = node.level  # type: ignore[assignment]  # the query spells one of the four levels
    await tx.execute(query("show", level), ids=[node.id], is_published=False, deleted_at=act.at)
    return _flagged(node, False)


async def unarchive(tx: Transaction, act: WriteContext, level: Level, id: UUID, reason: str) -> PublicationRow:
    """Bring an archived track, module or lesson back, hidden: showing it is a decision of its own."""
    if level == "challenge":
        raise Refused(
            Invalid(("id",), "A challenge is brought back by unarchiveChallenge, which takes its liveSetHash.")
        )
    await lock_tree(tx)
    node = await lock_node(tx, level, id)
    if node is None:
        raise Refused(NotFound(("id",)))
    faults = reason_faults(reason)
    if node.deleted_at is None:
        faults.append(Invalid(("id",), "It is not archived."))
    faults.settle()
    entry = await Entry.open(tx, act)
    await tx.execute(query("show", level), ids=[id], is_published=False, deleted_at=None)
    return await entry.close("UNARCHIVE", [_flagged(node, False)], reason=texts.lf(reason))


def node_faults(slug: str, title: str, description: str = "", path: tuple[str, ...] = ()) -> Faults:
    """Check the form of what a node is called."""
    faults = Faults()
    texts.slug(faults, (*path, "slug"), slug)
    texts.line(faults, (*path, "title"), title, limits.TITLE)
    texts.prose(faults, (*path, "description"), description, limits.DESCRIPTION)
    return faults


async def locked(tx: Transaction, level: Level, id: UUID, path: tuple[str, ...]) -> NodeRow:
    """Lock a node that is to be changed; raises ``Refused`` when there is none or it is archived."""
    node = await lock_node(tx, level, id)
    if node is None:
        raise Refused(NotFound(path, f"There is no {level} of this id."))
    if node.deleted_at is not None:
        raise Refused(Archived(path))
    return node


def _flagged(node: NodeRow, after: bool) -> Record:
    return Record(node.level, node.id, published_before=node.is_published, published_after=after)


async def _replaced(tx: Transaction, before: NodeRow, after: NodeRow) -> Record:
    # A challenge's record carries its live set, unchanged, so that the log alone tells what was live at any moment.
    live = (await live_sets(tx, [after.id]))[after.id].plain() if after.level == "challenge" else []
    changed = [
        name for name in ("path", "position", "title", "description") if getattr(before, name) != getattr(after, name)
    ]
    return Record(
        after.level,
        after.id,
        live,
        live,
        place_before=Place(**{name: getattr(before, name) for name in changed}),
        place_after=Place(**{name: getattr(after, name) for name in changed}),
    )
