"""Loading drafts, what they said before, their reviews, and how two texts of a challenge differ."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from core.code import Code
from loaders.batch import by_key, grouped
from loaders.content.versions import Hint
from loaders.loader import ReadContext, list_loader, loader
from loaders.pages import ReadError
from sql.rows.drafts import DraftRow, PastDraftRow, ReviewRequestRow, ReviewRow
from versioning.content.definition import ChallengeTest, Content, Hooks
from versioning.content.diff import Diff, diff
from versioning.content.drafts import past_drafts
from versioning.content.reviews import queries as reviews
from versioning.content.solutions import opened
from versioning.log import history
from versioning.publishing.publish_state import drafts_by_id


@dataclass(frozen=True, slots=True)
class DiffOf:
    """The two texts to compare."""

    from_: str = field(metadata={"description": "A label such as v1.0, or draft, or live.", "name": "from"})
    to: str = field(metadata={"description": "A label such as v1.1, or draft, or live."})


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft with its solution opened."""

    id: UUID
    revision: int
    content_hash: str
    title: str
    instructions: str
    difficulty: str
    points: int
    estimated_time_minutes: int
    starter: Code
    solution: Code
    tests: tuple[ChallengeTest, ...]
    hints: tuple[Hint, ...]
    hooks: Hooks
    libraries: tuple[str, ...]
    updated_at: datetime
    updated_by: UUID


@loader
async def draft_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, Draft]:
    """Find the drafts of these challenges."""
    return by_key(await opened_drafts(ctx, await drafts_by_id(ctx.database, ids)), lambda draft: draft.id)


async def opened_drafts(ctx: ReadContext, rows: Sequence[DraftRow]) -> list[Draft]:
    """Return the rows with their solutions opened."""
    solutions = await opened(ctx.database, ctx.keyring, [row.solution_hash for row in rows])
    return [
        _draft(row.id, row.draft_revision, row, solutions, row.draft_updated_at, row.draft_updated_by) for row in rows
    ]


@list_loader
async def past_drafts_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, list[Draft]]:
    """Find what drafts said before, newest first."""
    rows = await past_drafts(ctx.database, ids)
    solutions = await opened(ctx.database, ctx.keyring, [row.solution_hash for row in rows])
    return {
        id: [_draft(id, row.revision, row, solutions, row.saved_at, row.saved_by) for row in own]
        for id, own in grouped(rows, lambda row: row.challenge_id).items()
    }


@list_loader
async def reviews_by_challenge_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, list[ReviewRow]]:
    """Find the latest reviews of these challenges' drafts."""
    rows = await ctx.database.fetch_all(reviews.reviews_by_challenge_id, ReviewRow, ids=list(ids))
    return grouped(rows, lambda row: row.challenge_id)


@loader
async def review_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, ReviewRow]:
    """Find reviews by id."""
    rows = await ctx.database.fetch_all(reviews.reviews_by_id, ReviewRow, ids=list(ids))
    return by_key(rows, lambda row: row.id)


@loader
async def review_request_by_challenge_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, ReviewRequestRow]:
    """Find the open wishes for a review."""
    rows = await ctx.database.fetch_all(reviews.open_review_requests_by_challenge_id, ReviewRequestRow, ids=list(ids))
    return by_key(rows, lambda row: row.challenge_id)


@loader
async def diff_by_names(ctx: ReadContext, keys: Sequence[tuple[UUID, DiffOf]]) -> dict[tuple[UUID, DiffOf], Diff]:
    """Compare named texts; raises ``ReadError`` naming the one that does not exist."""
    for name in {name for _, names in keys for name in (names.from_, names.to)}:
        if not history.is_name(name):
            raise ReadError(f"{name!r} is no text of a challenge: give a label such as v1.0, or draft, or live.")
    wanted = {(id, name) for id, names in keys for name in (names.from_, names.to)}
    texts = await history.named_texts(ctx.database, ctx.keyring, wanted)
    for id, name in sorted(wanted):
        if (id, name) not in texts:
            raise ReadError(f"The challenge has no text {name} to compare.")
    return {(id, names): diff(texts[id, names.from_], texts[id, names.to]) for id, names in keys}


def _draft(
    id: UUID,
    revision: int,
    row: DraftRow | PastDraftRow,
    solutions: dict[str | None, Code],
    at: datetime,
    by: UUID,
) -> Draft:
    content = Content.of_row(row, solutions[row.solution_hash])
    return Draft(
        id=id,
        revision=revision,
        content_hash=row.content_hash,
        title=content.title,
        instructions=content.instructions,
        difficulty=content.difficulty,
        points=content.points,
        estimated_time_minutes=content.estimated_time_minutes,
        starter=content.starter,
        solution=content.solution,
        tests=content.tests,
        hints=tuple(map(Hint, content.hints)),
        hooks=content.hooks,
        libraries=content.libraries,
        updated_at=at,
        updated_by=by,
    )
