"""Loading test libraries, which only those who read drafts ever ask for."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from loaders.batch import grouped
from loaders.loader import ReadContext, list_loader
from loaders.pages import Page, PageOf, cursor_of, key_in
from sql.database import Reads
from sql.rows.libraries import LibraryRow, NamedLibraryRow
from versioning.content.libraries import by_hash, queries

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@list_loader
async def libraries_by_hashes(
    ctx: ReadContext, keys: Sequence[tuple[str, ...]]
) -> dict[tuple[str, ...], list[LibraryRow]]:
    """Find the libraries of each list of hashes, in its order."""
    found = await by_hash(ctx.database, (hash for key in keys for hash in key))
    return {key: [found[hash] for hash in key] for key in keys}


@list_loader
async def libraries_by_version_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, list[LibraryRow]]:
    """Find the libraries that these versions are judged with."""
    rows = await ctx.database.fetch_all(queries.libraries_by_version_id, NamedLibraryRow, ids=list(ids))
    found = await by_hash(ctx.database, (row.hash for row in rows))
    return {id: [found[row.hash] for row in own] for id, own in grouped(rows, lambda row: row.version_id).items()}


async def page(reads: Reads, page: PageOf, name: str | None) -> Page[LibraryRow]:
    """Return a page of libraries, the last uploaded first."""
    micros, hash, after_name = key_in(page.after, int, str, str) if page.after is not None else (None, None, None)
    at = None if micros is None else _EPOCH + timedelta(microseconds=int(micros))
    rows = await reads.fetch_all(
        queries.libraries_page,
        LibraryRow,
        name=name,
        at=at,
        hash=hash,
        after_name=after_name,
        limit=page.size + 1,
    )
    return Page.cut(rows, page.size, _cursor, later=page.after is not None)


def _cursor(row: LibraryRow) -> str:
    assert row.uploaded_at is not None
    assert row.name is not None
    return cursor_of((row.uploaded_at - _EPOCH) // timedelta(microseconds=1), row.hash, row.name)
