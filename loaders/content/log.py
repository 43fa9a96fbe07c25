"""Loading the publication log: entries, their records, and the share that a subject has in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from loaders.batch import by_key, grouped
from loaders.loader import ReadContext, list_loader, loader
from loaders.pages import Page, PageOf, cursor_of
from sql.database import Reads
from sql.rows.log import PublicationRow, RecordRow
from sql.rows.migrations import MigrationRow
from versioning.log.publication_log import Place, queries
from versioning.pins import forwarding


@dataclass(frozen=True, slots=True)
class Record:
    """A record with its live sets as keys by which their versions are loaded."""

    publication_id: UUID
    seq: int
    kind: str
    at: datetime
    reason: str | None
    actor_id: UUID
    subject: tuple[str, UUID]
    challenge_id: UUID | None
    before: tuple[UUID, tuple[tuple[int, int], ...]]
    after: tuple[UUID, tuple[tuple[int, int], ...]]
    published_before: bool | None
    published_after: bool | None
    place_before: Place | None
    place_after: Place | None

    @property
    def direct(self) -> bool:
        """What the log stores and hashes of every record; nothing ever came along unasked."""
        return True

    @property
    def migration(self) -> tuple[UUID, int] | None:
        """The key of what it means for learners."""
        return (self.challenge_id, self.seq) if self.challenge_id is not None else None


@loader
async def publication_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, PublicationRow]:
    """Find entries of the log by id."""
    rows = await ctx.database.fetch_all(queries.publications_by_id, PublicationRow, ids=list(ids))
    return by_key(rows, lambda row: row.id)


@loader
async def migration_by_record(
    ctx: ReadContext, keys: Sequence[tuple[UUID, int]]
) -> dict[tuple[UUID, int], MigrationRow]:
    """Find what records mean for learners; a key is a challenge with the record's number."""
    return by_key(await forwarding.migrations(ctx.database, keys), lambda row: (row.challenge_id, row.seq))


@list_loader
async def records_by_publication_id(ctx: ReadContext, publication_ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """Find what entries did to each of their subjects."""
    rows = await ctx.database.fetch_all(queries.records_by_publication_id, RecordRow, ids=list(publication_ids))
    return grouped(map(_record, rows), lambda row: row.publication_id)


@loader
async def history_by_subject_id(
    ctx: ReadContext, keys: Sequence[tuple[UUID, PageOf]]
) -> dict[tuple[UUID, PageOf], Page[Record]]:
    """Find pages of subjects' records, newest first; one statement for each page size and cursor."""
    found: dict[tuple[UUID, PageOf], Page[Record]] = {}
    for page in {page for _, page in keys}:
        ids = [id for id, asked in keys if asked == page]
        rows = await ctx.database.fetch_all(
            queries.record_pages_by_subject_id,
            RecordRow,
            subject_ids=ids,
            below=[page.key()] * len(ids),
            limit=page.size + 1,
        )
        own = grouped(map(_record, rows), lambda row: row.subject[1])
        for id in ids:
            found[id, page] = Page.cut(
                own.get(id, []), page.size, lambda row: cursor_of(row.seq), later=page.after is not None
            )
    return found


async def page(reads: Reads, page: PageOf, track_id: UUID | None) -> Page[PublicationRow]:
    """Return a page of the whole log, newest first."""
    rows = await reads.fetch_all(
        queries.publications_page, PublicationRow, below=page.key(), track_id=track_id, limit=page.size + 1
    )
    return Page.cut(rows, page.size, lambda row: cursor_of(row.seq), later=page.after is not None)


def _record(row: RecordRow) -> Record:
    return Record(
        publication_id=row.publication_id,
        seq=row.seq,
        kind=row.kind,
        at=row.at,
        reason=row.reason,
        actor_id=row.actor_id,
        subject=(row.subject_type, row.subject_id),
        challenge_id=row.subject_id if row.subject_type == "challenge" else None,
        before=(row.subject_id, _arms(row.before)),
        after=(row.subject_id, _arms(row.after)),
        published_before=row.published_before,
        published_after=row.published_after,
        place_before=Place(**row.place_before) if row.place_before else None,
        place_after=Place(**row.place_after) if row.place_after else None,
    )


def _arms(live_set: list[dict[str, Any]]) -> tuple[tuple[int, int], ...]:
    return tuple((arm["version"], arm["weight"]) for arm in live_set)
