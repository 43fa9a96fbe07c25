"""Loading releases, what they hold, and why they failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from loaders.batch import by_key, grouped
from loaders.loader import ReadContext, list_loader, loader
from loaders.pages import Page, PageOf, cursor_of, key_in, uuid_in
from sql.database import Reads
from sql.rows.releases import ReleaseItemRow, ReleaseRow
from versioning.publishing import releases

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Failure:
    """A fault for which a release failed; ``code`` names its class."""

    code: str
    message: str
    path: list[str]
    expected: str | None
    actual: str | None


@dataclass(frozen=True, slots=True)
class Release:
    """A release as it is shown."""

    id: UUID
    name: str
    changelog: str
    state: str
    created_by: UUID
    created_at: datetime
    scheduled_at: datetime | None
    scheduled_by: UUID | None
    ended_at: datetime | None
    late_seconds: int | None
    failures: list[Failure]
    publication_id: UUID | None
    revert_id: UUID | None


@dataclass(frozen=True, slots=True)
class ReleaseItem:
    """What a release does to a subject, with the faults that were about it."""

    subject: tuple[str, UUID]
    challenge_id: UUID | None
    version_id: UUID | None
    content_hash: str | None
    title: str | None
    published: bool | None
    live_set_hash: str | None
    changelog: str | None
    bump: str | None
    added_by: UUID
    added_at: datetime
    failures: list[Failure]


@loader
async def release_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, Release]:
    """Find releases by id."""
    return by_key(map(_release, await releases.by_id(ctx.database, ids)), lambda release: release.id)


@list_loader
async def items_by_release_id(ctx: ReadContext, release_ids: Sequence[UUID]) -> dict[UUID, list[ReleaseItem]]:
    """Find what these releases hold."""
    failures = {row.id: row.failures for row in await releases.by_id(ctx.database, release_ids)}
    rows = grouped(await releases.items_of(ctx.database, release_ids), lambda row: row.release_id)
    return {id: [_item(row, failures[id]) for row in own] for id, own in rows.items()}


async def page(reads: Reads, page: PageOf, state: str | None) -> Page[Release]:
    """Return a page of releases, the newest first; of one state, or all."""
    after = None
    if page.after is not None:
        micros, id = key_in(page.after, int, str)
        after = _EPOCH + timedelta(microseconds=int(micros)), uuid_in(id)
    rows = await releases.page(reads, after=after, state=state, limit=page.size + 1)
    return Page.cut(list(map(_release, rows)), page.size, _cursor, later=page.after is not None)


def _cursor(row: Release) -> str:
    return cursor_of((row.created_at - _EPOCH) // timedelta(microseconds=1), str(row.id))


def _release(row: ReleaseRow) -> Release:
    return Release(
        id=row.id,
        name=row.name,
        changelog=row.changelog,
        state=row.state,
        created_by=row.created_by,
        created_at=row.created_at,
        scheduled_at=row.scheduled_at,
        scheduled_by=row.scheduled_by,
        ended_at=row.ended_at,
        late_seconds=row.late_seconds,
        failures=[_failure(one) for one in row.failures],
        publication_id=row.publication_id,
        revert_id=row.revert_id,
    )


def _item(row: ReleaseItemRow, failures: list[dict[str, Any]]) -> ReleaseItem:
    return ReleaseItem(
        subject=(row.subject_type, row.subject_id),
        challenge_id=row.subject_id if row.subject_type == "challenge" else None,
        version_id=row.version_id,
        content_hash=row.content_hash,
        title=row.title,
        published=row.published,
        live_set_hash=row.live_set_hash,
        changelog=row.changelog,
        bump=row.bump,
        added_by=row.added_by,
        added_at=row.added_at,
        failures=[_failure(one) for one in failures if one["subject"] == str(row.subject_id)],
    )


def _failure(kept: dict[str, Any]) -> Failure:
    return Failure(kept["kind"], kept["message"], kept["path"], kept["expected"], kept["actual"])
