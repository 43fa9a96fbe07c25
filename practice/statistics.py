"""Counts for authors, read as they were when they were last taken."""

from dataclasses import dataclass
from uuid import UUID

from sql.database import Database, Reads
from sql.named import Query, load
from sql.rows.practice import ChallengeStatisticsRow, TrackStatisticsRow


@dataclass(frozen=True)
class _Queries:
    track_statistics: Query
    challenge_statistics: Query
    refresh_track_statistics: Query
    refresh_challenge_statistics: Query


_q = load("practice/statistics", _Queries)


async def of_track(reads: Reads, track_id: UUID) -> TrackStatisticsRow | None:
    """Return a track's counts, None for one that is newer than they are."""
    return await reads.fetch_one(_q.track_statistics, TrackStatisticsRow, track_id=track_id)


async def of_challenges(reads: Reads, track_id: UUID) -> list[ChallengeStatisticsRow]:
    """Return the counts of a track's challenges, those that most learners fail to complete first."""
    return await reads.fetch_all(_q.challenge_statistics, ChallengeStatisticsRow, track_id=track_id)


async def refresh(database: Database) -> None:
    """Count anew; readers have the old counts until then. The role is the worker's: others see too little to count."""
    await database.run_alone(_q.refresh_challenge_statistics)
    await database.run_alone(_q.refresh_track_statistics)
