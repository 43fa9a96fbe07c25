"""Loading the content tree: nodes by id, and a level's nodes by their parents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from loaders.batch import by_key, grouped
from loaders.loader import ReadContext, list_loader, loader
from practice.progress import begun_archived
from sql.database import Reads
from sql.named import Query, load
from sql.rows.tree import ChallengeRow, LessonRow, ModuleRow, NeighboursRow, TrackRow

NodeRow: TypeAlias = TrackRow | ModuleRow | LessonRow | ChallengeRow


@dataclass(frozen=True)
class _Queries:
    tracks_after: Query
    tracks_before: Query
    track_by_slug: Query
    tracks_by_id: Query
    modules_by_id: Query
    modules_by_track_id: Query
    lessons_by_id: Query
    lessons_by_module_id: Query
    challenges_by_id: Query
    challenges_by_lesson_id: Query
    challenge_by_path: Query
    neighbours_by_challenge_id: Query


queries = load("versioning/tree", _Queries)


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree as far as the viewer sees it; ``all`` for those who read drafts.

    What is archived stays readable by its id for a learner (``user_id``) who has progress in it.
    """

    reads: Reads
    all: bool
    user_id: UUID | None = None

    async def tracks(self, ids: Sequence[UUID]) -> dict[UUID, TrackRow]:
        rows = await self.reads.fetch_all(queries.tracks_by_id, TrackRow, ids=list(ids), all=self.all)
        return by_key(rows, lambda row: row.id)

    async def modules(self, ids: Sequence[UUID]) -> dict[UUID, ModuleRow]:
        rows = await self.reads.fetch_all(queries.modules_by_id, ModuleRow, ids=list(ids), all=self.all)
        return by_key(rows, lambda row: row.id)

    async def lessons(self, ids: Sequence[UUID]) -> dict[UUID, LessonRow]:
        rows = await self.reads.fetch_all(queries.lessons_by_id, LessonRow, ids=list(ids), all=self.all)
        return by_key(rows, lambda row: row.id)

    async def challenges(self, ids: Sequence[UUID]) -> dict[UUID, ChallengeRow]:
        rows = await self.reads.fetch_all(queries.challenges_by_id, ChallengeRow, ids=list(ids), all=self.all)
        missing = set(ids) - {row.id for row in rows}
        if missing and self.user_id is not None and not self.all:
            begun = await begun_archived(self.reads, self.user_id, sorted(missing))
            if begun:
                rows += await self.reads.fetch_all(queries.challenges_by_id, ChallengeRow, ids=sorted(begun), all=True)
        return by_key(rows, lambda row: row.id)


@loader
async def track_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, TrackRow]:
    """Find tracks by id."""
    return await _tree(ctx).tracks(ids)


@loader
async def module_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, ModuleRow]:
    """Find modules by id."""
    return await _tree(ctx).modules(ids)


@loader
async def lesson_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, LessonRow]:
    """Find lessons by id."""
    return await _tree(ctx).lessons(ids)


@loader
async def challenge_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, ChallengeRow]:
    """Find challenges by id."""
    return await _tree(ctx).challenges(ids)


@loader
async def node_by_ref(ctx: ReadContext, refs: Sequence[tuple[str, UUID]]) -> dict[tuple[str, UUID], NodeRow]:
    """Find nodes of any level; a key is ``("lesson", id)``."""
    tree = _tree(ctx)
    found: dict[tuple[str, UUID], NodeRow] = {}
    for level, fetch in (
        ("track", tree.tracks),
        ("module", tree.modules),
        ("lesson", tree.lessons),
        ("challenge", tree.challenges),
    ):
        if ids := [id for one, id in refs if one == level]:
            found |= {(level, id): row for id, row in (await fetch(ids)).items()}
    return found


@list_loader
async def modules_by_track_id(ctx: ReadContext, track_ids: Sequence[UUID]) -> dict[UUID, list[ModuleRow]]:
    """Find the modules of tracks in order."""
    rows = await ctx.database.fetch_all(queries.modules_by_track_id, ModuleRow, ids=list(track_ids), all=ctx.sees_all)
    return grouped(rows, lambda row: row.track_id)


@list_loader
async def lessons_by_module_id(ctx: ReadContext, module_ids: Sequence[UUID]) -> dict[UUID, list[LessonRow]]:
    """Find the lessons of modules in order."""
    rows = await ctx.database.fetch_all(queries.lessons_by_module_id, LessonRow, ids=list(module_ids), all=ctx.sees_all)
    return grouped(rows, lambda row: row.module_id)


@list_loader
async def challenges_by_lesson_id(ctx: ReadContext, lesson_ids: Sequence[UUID]) -> dict[UUID, list[ChallengeRow]]:
    """Find the challenges of lessons in order."""
    rows = await ctx.database.fetch_all(
        queries.challenges_by_lesson_id, ChallengeRow, ids=list(lesson_ids), all=ctx.sees_all
    )
    return grouped(rows, lambda row: row.lesson_id)


@loader
async def next_challenge_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, ChallengeRow]:
    """Find the challenge after each of these in its track."""
    return await _beside(ctx, ids, lambda row: row.next_id)


@loader
async def previous_challenge_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, ChallengeRow]:
    """Find the challenge before each of these in its track."""
    return await _beside(ctx, ids, lambda row: row.previous_id)


def _tree(ctx: ReadContext) -> Tree:
    return Tree(ctx.database, ctx.sees_all, ctx.user_id)


async def _beside(
    ctx: ReadContext, ids: Sequence[UUID], side: Callable[[NeighboursRow], UUID | None]
) -> dict[UUID, ChallengeRow]:
    rows = await ctx.database.fetch_all(
        queries.neighbours_by_challenge_id, NeighboursRow, ids=list(ids), all=ctx.sees_all
    )
    beside = {row.id: other for row in rows if (other := side(row)) is not None}
    found = await _tree(ctx).challenges(list(beside.values()))
    return {id: found[other] for id, other in beside.items() if other in found}
