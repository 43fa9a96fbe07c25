"""Leaderboards: a challenge's best in order, with standard competition ranks (1, 2, 2, 4) across pages."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sql.database import Reads
from sql.named import Query, load
from sql.rows.practice import LeaderboardRow


@dataclass(frozen=True)
class _Queries:
    leaderboard_page: Query


NOBODY = UUID(int=0)

_q = load("practice/leaderboards", _Queries)


@dataclass(frozen=True, slots=True)
class Place:
    """A ranked entry, and the number of entries up to and with it."""

    rank: int
    count: int
    row: LeaderboardRow

    @property
    def display_name(self) -> str:
        return self.row.display_name

    @property
    def avatar_url(self) -> str | None:
        return self.row.avatar_url

    @property
    def best_score(self) -> int:
        return self.row.best_score

    @property
    def completed_at(self) -> datetime:
        return self.row.completed_at

    @property
    def attempts(self) -> int:
        return self.row.attempts


@dataclass(frozen=True, slots=True)
class After:
    """Where a page begins: behind the entry of this key, which has this rank and is the ``count``-th."""

    best_score: int = 101
    completed_at: datetime = datetime(1, 1, 1, tzinfo=UTC)
    attempts: int = 0
    user_id: UUID = NOBODY
    rank: int = 0
    count: int = 0


START = After()


async def page(reads: Reads, challenge_id: UUID, after: After, limit: int) -> list[Place]:
    """Return the next places of a challenge's leaderboard."""
    rows = await reads.fetch_all(
        _q.leaderboard_page,
        LeaderboardRow,
        challenge_id=challenge_id,
        score=-after.best_score,
        at=after.completed_at,
        attempts=after.attempts,
        user_id=after.user_id,
        limit=limit,
    )
    places: list[Place] = []
    key, rank = (after.best_score, after.completed_at, after.attempts), after.rank
    for count, row in enumerate(rows, start=after.count + 1):
        own = (row.best_score, row.completed_at, row.attempts)
        rank = rank if own == key else count
        key = own
        places.append(Place(rank, count, row))
    return places
