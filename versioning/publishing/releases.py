"""Releases: planning what is to be published together, and the moment of it. ``release_execution`` fires them.

A release names subjects: a challenge with a version of it, or with the text that its draft has now, which is stored as
it is; a track, module or lesson with the flag that it is to have. Each item holds what was live of its challenge when
it was added, and another live set at the moment of firing fails the release whole; adding the subject again brings the
item up to date. A release changes only while nothing waits to fire it. Deliberately absent: a right of its own for
planning, for a plan is what somebody will fire.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from core import limits, texts
from core.faults import Fault, Faults, Invalid, NotFound, Refused, Required, Stale, TooLarge
from core.ids import new_id
from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Jsonb, Reads, Transaction
from sql.named import Query, load
from sql.rows.drafts import DraftRow
from sql.rows.releases import ReleaseItemRow, ReleaseRow, ReleaseTextRow
from sql.rows.tree import IdRow
from versioning.content.definition import Content
from versioning.content.labels import Bump
from versioning.content.solutions import opened
from versioning.faults import AlreadyLive, Archived, IdenticalToVersion, NothingToPublish
from versioning.publishing.publish_state import PublishState, lock_drafts, stand
from versioning.publishing.rollback import version_by_label
from versioning.tree.nodes import Level, lock_node

OPEN = ("PLANNED", "FAILED", "MISSED")
_TOLD = {
    "PLANNED": "The release is not scheduled.",
    "SCHEDULED": "The release is scheduled; take that back with unscheduleRelease first.",
    "PUBLISHED": "The release is published.",
    "FAILED": "The release failed; nothing of it was published.",
    "MISSED": "The release missed its moment; nothing of it was published.",
    "REVERTED": "The release was published and taken back.",
}
ITEM = ("item",)
# What lies in an item beside the hash that names it, and what a draft calls that where it has another name for it.
_STORED = tuple(field.name for field in fields(ReleaseTextRow) if field.name not in ("challenge_id", "content_hash"))
_OF_DRAFT = {"edited_by": "draft_updated_by", "editors": "draft_editors", "restored_from": "draft_restored_from"}


@dataclass(frozen=True)
class _Queries:
    insert_release: Query
    lock_release: Query
    releases_by_id: Query
    releases_page: Query
    due_releases: Query
    schedule_release: Query
    unschedule_release: Query
    prove_release: Query
    end_release: Query
    take_release_back: Query
    put_item: Query
    delete_item: Query
    items_by_release_id: Query
    texts_by_release_id: Query


queries = load("versioning/releases", _Queries)


@dataclass(frozen=True, slots=True)
class ReleaseItemRequest:
    """What a release is to do to one subject: of a challenge make the version ``label`` live, or publish the text
    ``content_hash``; of another node set the flag ``published``. ``live_set_hash`` is what the caller saw, if told."""

    level: Level
    subject_id: UUID
    label: str | None = None
    content_hash: str | None = None
    published: bool | None = None
    live_set_hash: str | None = None
    changelog: str | None = None
    bump: Bump | None = None


async def create(tx: Transaction, act: WriteContext, *, name: str, changelog: str) -> UUID:
    """Make a release that holds nothing yet and return its id."""
    faults = Faults()
    texts.line(faults, ("name",), name, limits.TITLE)
    texts.prose(faults, ("changelog",), changelog, limits.CHANGELOG)
    faults.settle()
    id = new_id()
    await tx.execute(
        queries.insert_release, id=id, name=name, changelog=texts.lf(changelog), actor=act.actor, at=act.at
    )
    return id


async def add(
    tx: Transaction, keyring: Keyring, act: WriteContext, release_id: UUID, wanted: ReleaseItemRequest
) -> None:
    """Put a subject into a release, or what it holds of it up to date; raises ``Refused``: STALE alone, else all."""
    await hold(tx, release_id, OPEN)
    held = await items_of(tx, [release_id])
    faults = Faults()
    if len(held) >= limits.RELEASE_ITEMS and all(item.subject_id != wanted.subject_id for item in held):
        told = f"A release holds at most {limits.RELEASE_ITEMS} subjects; plan another one for the rest."
        faults.append(TooLarge(ITEM, told))
    if wanted.changelog is not None:
        texts.prose(faults, (*ITEM, "changelog"), wanted.changelog, limits.CHANGELOG)
    if wanted.level == "challenge":
        facts = await _of_challenge(tx, keyring, release_id, wanted, faults)
    else:
        facts = await _of_node(tx, wanted, faults)
    faults.settle()
    await tx.execute(
        queries.put_item,
        **dict.fromkeys(_STORED)
        | {"version_id": None, "content_hash": None, "published": None, "live_set_hash": None}
        | facts,
        release_id=release_id,
        subject_type=wanted.level,
        subject_id=wanted.subject_id,
        changelog=None if wanted.changelog is None else texts.lf(wanted.changelog),
        bump=wanted.bump,
        added_by=act.actor,
        added_at=act.at,
    )


async def remove(tx: Transaction, release_id: UUID, subject_id: UUID) -> None:
    """Take a subject out of a release."""
    await hold(tx, release_id, OPEN)
    if not await tx.execute(queries.delete_item, release_id=release_id, subject_id=subject_id):
        raise Refused(NotFound(("id",), "The release holds no such thing."))


async def schedule(tx: Transaction, act: WriteContext, release_id: UUID, at: datetime) -> None:
    """Have a release fire at a moment, under the rights that the actor has then; another moment may be given later."""
    await hold(tx, release_id, (*OPEN, "SCHEDULED"))
    faults = Faults()
    if at <= act.at:
        told = "The moment is over; give one that is to come, or publish now with publishRelease."
        faults.append(Invalid(("at",), told))
    if not await items_of(tx, [release_id]):
        faults.append(empty())
    faults.settle()
    await tx.execute(queries.schedule_release, id=release_id, at=at, actor=act.actor)


async def unschedule(tx: Transaction, release_id: UUID) -> None:
    """Take back that a release is to fire."""
    await hold(tx, release_id, ("SCHEDULED",))
    await tx.execute(queries.unschedule_release, id=release_id)


async def lock(tx: Transaction, release_id: UUID) -> ReleaseRow | None:
    """Lock a release, before anything that it holds, and return it."""
    return await tx.fetch_one(queries.lock_release, ReleaseRow, id=release_id)


async def hold(tx: Transaction, release_id: UUID, states: Sequence[str]) -> ReleaseRow:
    """Lock a release that is in one of these states; raises ``Refused`` otherwise."""
    release = await lock(tx, release_id)
    if release is None:
        raise Refused(NotFound(("releaseId",), "There is no release of this id."))
    if release.state not in states:
        told = _TOLD[release.state]
        raise Refused(Stale(("releaseId",), told, expected=" or ".join(states), actual=release.state))
    return release


async def due(reads: Reads, now: datetime) -> list[UUID]:
    """Return the scheduled releases whose moment has come, the one that waits longest first."""
    return [row.id for row in await reads.fetch_all(queries.due_releases, IdRow, now=now)]


async def by_id(reads: Reads, ids: Sequence[UUID]) -> list[ReleaseRow]:
    """Return the releases of these ids."""
    return await reads.fetch_all(queries.releases_by_id, ReleaseRow, ids=list(ids))


async def page(reads: Reads, *, after: tuple[datetime, UUID] | None, state: str | None, limit: int) -> list[ReleaseRow]:
    """Return releases, the newest first, after a key of (``created_at``, ``id``); of one state, or all."""
    at, id = after or (None, None)
    return await reads.fetch_all(queries.releases_page, ReleaseRow, at=at, id=id, state=state, limit=limit)


async def items_of(reads: Reads, release_ids: Sequence[UUID]) -> list[ReleaseItemRow]:
    """Return what these releases hold, each in its order."""
    return await reads.fetch_all(queries.items_by_release_id, ReleaseItemRow, ids=list(release_ids))


async def texts_of(reads: Reads, release_id: UUID) -> dict[UUID, ReleaseTextRow]:
    """Return the texts that a release publishes, by challenge."""
    rows = await reads.fetch_all(queries.texts_by_release_id, ReleaseTextRow, id=release_id)
    return {row.challenge_id: row for row in rows}


async def contents_of(reads: Reads, keyring: Keyring, release_id: UUID) -> dict[UUID, Content]:
    """Return the same texts with their solutions opened."""
    rows = await texts_of(reads, release_id)
    solutions = await opened(reads, keyring, [row.solution_hash for row in rows.values()])
    return {id: Content.of_row(row, solutions[row.solution_hash]) for id, row in rows.items()}


async def standings_of(
    tx: Transaction, keyring: Keyring, ids: Iterable[UUID], stored: dict[UUID, ReleaseTextRow]
) -> dict[UUID, PublishState]:
    """Lock challenges and return how they stand, those with a stored text as if their drafts still said that."""
    rows = await lock_drafts(tx, list(ids))
    return await stand(tx, keyring, [_saying(row, stored[row.id]) if row.id in stored else row for row in rows])


def empty() -> Fault:
    """Return the fault of a release that holds nothing."""
    return Required(("releaseId",), "The release holds nothing yet; add something with addToRelease first.")


def plain_faults(faults: Iterable[Fault], items: Sequence[ReleaseItemRow]) -> list[dict[str, Any]]:
    """Return faults in the form in which a release keeps them, each with the subject that its path leads to."""
    kept = []
    for fault in faults:
        of_item = len(fault.path) > 1 and fault.path[0] == "items"
        kept.append(
            {
                "subject": str(items[int(fault.path[1])].subject_id) if of_item else None,
                "kind": type(fault).__name__,
                "path": list(fault.path),
                "message": fault.text(),
                "expected": fault.expected,
                "actual": fault.actual,
            }
        )
    return kept


def _saying(row: DraftRow, text: ReleaseTextRow) -> DraftRow:
    """Return a challenge as it was when its draft said this text."""
    changes = {_OF_DRAFT.get(name, name): getattr(text, name) for name in (*_STORED, "content_hash")}
    return replace(row, **changes)


async def _of_challenge(
    tx: Transaction, keyring: Keyring, release_id: UUID, wanted: ReleaseItemRequest, faults: Faults
) -> dict[str, Any]:
    stored = (await texts_of(tx, release_id)).get(wanted.subject_id)
    kept = stored is not None and stored.content_hash == wanted.content_hash
    texts_there = {wanted.subject_id: stored} if kept and stored else {}
    standing = (await standings_of(tx, keyring, [wanted.subject_id], texts_there)).get(wanted.subject_id)
    if standing is None:
        faults.append(NotFound((*ITEM, "challengeId"), "There is no challenge of this id."))
        return {}
    standing.compare(ITEM, wanted.content_hash, wanted.live_set_hash or standing.live.hash)
    if standing.draft.deleted_at is not None:
        faults.append(Archived((*ITEM, "challengeId")))
    facts: dict[str, Any] = {"live_set_hash": standing.live.hash}
    if wanted.label is not None:
        version = await version_by_label(tx, wanted.subject_id, wanted.label)
        if version is None:
            told = f"The challenge has no version {wanted.label}; a label is spelled like v1.0."
            faults.append(NotFound((*ITEM, "label"), told))
        elif standing.live.arms == ((version.number, 100),):
            faults.append(AlreadyLive((*ITEM, "label"), f"{wanted.label} is live already."))
        return facts | {"version_id": version.id if version else None}
    same = standing.same_text
    if same is not None and same.is_active:
        faults.append(NothingToPublish((*ITEM, "contentHash"), f"This is what {same.label} says, which is live."))
    elif same is not None:
        told = f"This is what {same.label} says; add label {same.label} instead."
        faults.append(IdenticalToVersion((*ITEM, "contentHash"), told))
    text = {name: getattr(standing.draft, _OF_DRAFT.get(name, name)) for name in _STORED}
    text |= {name: Jsonb(text[name]) for name in ("tests", "hooks", "libraries", "hints")}
    return facts | {"content_hash": wanted.content_hash} | text


async def _of_node(tx: Transaction, wanted: ReleaseItemRequest, faults: Faults) -> dict[str, Any]:
    node = await lock_node(tx, wanted.level, wanted.subject_id)
    if node is None:
        faults.append(NotFound((*ITEM, "nodeId"), f"There is no {wanted.level} of this id."))
    elif node.deleted_at is not None:
        faults.append(Archived((*ITEM, "nodeId")))
    elif node.is_published == wanted.published:
        told = f"The {wanted.level} is {'shown' if wanted.published else 'hidden'} already."
        faults.append(Invalid((*ITEM, "published"), told))
    return {"published": wanted.published}
