"""Reading the content tree, drafts, the log, and what a publish would do."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from loaders.content.drafts import Draft, opened_drafts
from loaders.content.libraries import page as library_page
from loaders.content.log import page as log_page
from loaders.content.tree import NodeRow, challenge_by_id, node_by_ref, queries
from loaders.pages import LARGEST_INTEGER, Page, PageOf, cursor_of, key_in, number_in, page_size, uuid_in
from practice.progress import begun_archived_at
from resolvers.context import Context
from resolvers.errors import InvalidArgument
from resolvers.policy import may_read_content, require
from sql.errors import Unavailable
from sql.rows.drafts import DraftRow
from sql.rows.libraries import LibraryRow
from sql.rows.log import LogHeadRow, PublicationRow
from sql.rows.tree import ChallengeRow, TrackRow
from versioning.content.drafts import queries as draft_queries
from versioning.log.publication_log import queries as log
from versioning.log.verify import Verification, verify_history
from versioning.publishing.publishing import Plan, plan

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def tracks(
    ctx: Context, *, first: int | None, after: str | None, last: int | None, before: str | None
) -> Page[TrackRow]:
    """Return a page of tracks in order, forward (``first``/``after``) or backward (``last``/``before``)."""
    if (first is not None or after is not None) and (last is not None or before is not None):
        raise InvalidArgument("first and after page forward, last and before backward; give one pair.")
    backward = last is not None or before is not None
    size = page_size(last if backward else first, "last" if backward else "first")
    cursor = before if backward else after
    key = key_in(cursor, int, str, most=LARGEST_INTEGER) if cursor is not None else [None, None]
    rows = await ctx.database.fetch_all(
        queries.tracks_before if backward else queries.tracks_after,
        TrackRow,
        all=ctx.loaders.sees_all,
        position=key[0],
        id=_uuid(key[1]),
        limit=size + 1,
    )
    return Page.cut(
        rows, size, lambda row: cursor_of(row.position, str(row.id)), later=cursor is not None, backward=backward
    )


async def track(ctx: Context, slug: str) -> TrackRow | None:
    """Return the track of that name or former name."""
    return await ctx.database.fetch_one(queries.track_by_slug, TrackRow, slug=_storable(slug), all=ctx.loaders.sees_all)


async def challenge(ctx: Context, path: str) -> ChallengeRow | None:
    """Return the challenge at an address, present or former; None for anything that is not four slugs."""
    parts = _storable(path).split("/")
    if len(parts) != 4:
        return None
    address = dict(zip(("track", "module", "lesson", "challenge"), parts, strict=True))
    found = await ctx.database.fetch_one(queries.challenge_by_path, ChallengeRow, **address, all=ctx.loaders.sees_all)
    if found is not None or ctx.loaders.sees_all or ctx.viewer.user_id is None:
        return found
    # What was archived stays readable for those who have progress in it.
    return await begun_archived_at(ctx.database, ctx.viewer.user_id, "/".join(parts))


async def node(ctx: Context, level: str, id: UUID) -> NodeRow | None:
    """Return a node of the tree by id."""
    return await ctx.loaders.load(node_by_ref, (level, id))


async def drafts(ctx: Context, page: PageOf, state: str | None) -> Page[Draft]:
    """Return a page of drafts, the last edited first."""
    require(ctx.viewer, may_read_content)
    key = key_in(page.after, int, str) if page.after is not None else [None, None]
    at = EPOCH + timedelta(microseconds=key[0]) if isinstance(key[0], int) else None
    rows = await ctx.database.fetch_all(
        draft_queries.drafts_page, DraftRow, state=state, at=at, id=_uuid(key[1]), limit=page.size + 1
    )
    shown = await opened_drafts(ctx.loaders, rows)
    return Page.cut(
        shown,
        page.size,
        lambda draft: cursor_of((draft.updated_at - EPOCH) // timedelta(microseconds=1), str(draft.id)),
        later=page.after is not None,
    )


async def libraries(ctx: Context, page: PageOf, name: str | None) -> Page[LibraryRow]:
    """Return a page of test libraries, the last uploaded first, of one name or all."""
    require(ctx.viewer, may_read_content)
    return await library_page(ctx.database, page, None if name is None else _storable(name))


async def publications(ctx: Context, page: PageOf, track_id: UUID | None) -> Page[PublicationRow]:
    """Return a page of the log, newest first, of one track or of all."""
    require(ctx.viewer, may_read_content)
    number_in(page.after)
    return await log_page(ctx.database, page, track_id)


async def follow_publications(ctx: Context) -> AsyncGenerator[PublicationRow, None]:
    """Yield every entry that is appended to the log from now on, in order, none left out, until closed."""
    require(ctx.viewer, may_read_content)
    assert ctx.signals is not None
    with ctx.signals.of("palimpsest_publications") as waking:
        head = await ctx.database.fetch_one(log.head, LogHeadRow)
        assert head is not None
        seq = head.seq
        while True:
            await waking.rung()
            while rows := await _appended(ctx, seq):
                for row in rows:
                    seq = row.seq
                    ctx.next_event()
                    yield row


async def _appended(ctx: Context, above: int) -> list[PublicationRow]:
    """Return what comes next in the log; a database that is away for a while is waited for."""
    while True:
        try:
            return await ctx.database.fetch_all(log.publications_from, PublicationRow, above=above, limit=100)
        except Unavailable:
            await asyncio.sleep(1)


async def publish_plan(ctx: Context, challenge_id: UUID | None) -> Plan | None:
    """Return what publishing a challenge's draft would do now."""
    require(ctx.viewer, may_read_content)
    return await plan(ctx.database, ctx.keyring, challenge_id) if challenge_id else None


async def verify(ctx: Context, challenge_id: UUID | None) -> Verification | None:
    """Recompute a challenge's history; None when there is no such challenge."""
    require(ctx.viewer, may_read_content)
    if challenge_id is None or await ctx.loaders.load(challenge_by_id, challenge_id) is None:
        return None
    return await verify_history(ctx.database, ctx.keyring, challenge_id)


def _uuid(text: object) -> UUID | None:
    return None if text is None else uuid_in(text)


def _storable(text: str) -> str:
    # PostgreSQL holds no NUL, so nothing is called so: the empty name is nobody's.
    return "" if "\0" in text else text
