"""Loading drafts, what they said before, their reviews, and how two texts of a challenge differ."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from core.code import Code
from core.sealing import Keyring
from loaders.batch import by_key, grouped
from loaders.content.versions import Hint
from loaders.pages import ReadError
from sql.database import Reads
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


@dataclass(frozen=True, slots=True)
class Drafts:
    """Drafts, which only those who read drafts ever ask for."""

    reads: Reads
    keyring: Keyring

    async def by_id(self, ids: Sequence[UUID]) -> dict[UUID, Draft]:
        return by_key(await self.opened(await drafts_by_id(self.reads, ids)), lambda draft: draft.id)

    async def opened(self, rows: Sequence[DraftRow]) -> list[Draft]:
        """Return the rows with their solutions opened."""
        solutions = await opened(self.reads, self.keyring, [row.solution_hash for row in rows])
        return [
            _draft(row.id, row.draft_revision, row, solutions, row.draft_updated_at, row.draft_updated_by)
            for row in rows
        ]

    async def past(self, ids: Sequence[UUID]) -> dict[UUID, list[Draft]]:
        """Return what drafts said before, newest first."""
        rows = await past_drafts(self.reads, ids)
        solutions = await opened(self.reads, self.keyring, [row.solution_hash for row in rows])
        return {
            id: [_draft(id, row.revision, row, solutions, row.saved_at, row.saved_by) for row in own]
            for id, own in grouped(rows, lambda row: row.challenge_id).items()
        }

    async def reviews(self, ids: Sequence[UUID]) -> dict[UUID, list[ReviewRow]]:
        rows = await self.reads.fetch_all(reviews.reviews_by_challenge_id, ReviewRow, ids=list(ids))
        return grouped(rows, lambda row: row.challenge_id)

    async def reviews_by_id(self, ids: Sequence[UUID]) -> dict[UUID, ReviewRow]:
        return by_key(await self.reads.fetch_all(reviews.reviews_by_id, ReviewRow, ids=list(ids)), lambda row: row.id)

    async def review_requests(self, ids: Sequence[UUID]) -> dict[UUID, ReviewRequestRow]:
        rows = await self.reads.fetch_all(reviews.open_review_requests_by_challenge_id, ReviewRequestRow, ids=list(ids))
        return by_key(rows, lambda row: row.challenge_id)

    async def diffs(self, keys: Sequence[tuple[UUID, DiffOf]]) -> dict[tuple[UUID, DiffOf], Diff]:
        """Compare named texts; raises ``ReadError`` naming the one that does not exist."""
        for name in {name for _, names in keys for name in (names.from_, names.to)}:
            if not history.is_name(name):
                raise ReadError(f"{name!r} is no text of a challenge: give a label such as v1.0, or draft, or live.")
        wanted = {(id, name) for id, names in keys for name in (names.from_, names.to)}
        texts = await history.named_texts(self.reads, self.keyring, wanted)
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
