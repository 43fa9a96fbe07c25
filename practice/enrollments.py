"""Enrolments: beginning a track, and how far a learner is in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from core.write_context import WriteContext
from practice.counting import recount
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.practice import CountedRow, EnrollmentRow

TRACKS_KEPT = 2_000


@dataclass(frozen=True)
class _Queries:
    enroll: Query
    enrollments_by_user_id: Query
    enrollments_by_track_id: Query
    enrollment_of_challenge: Query
    counted_challenges: Query


_q = load("practice/enrollments", _Queries)


async def enroll(tx: Transaction, act: WriteContext, track_id: UUID) -> None:
    """Enrol the acting learner in a track that is there; doing so again changes nothing.

    What they completed elsewhere and stands in this track now is counted.
    """
    if await tx.execute(_q.enroll, user_id=act.actor, track_id=track_id, at=act.at):
        await recount(tx, track_id, [act.actor])


async def is_enrolled(reads: Reads, user_id: UUID, challenge_id: UUID) -> bool:
    """Tell whether a learner follows the track in which a challenge stands."""
    found = await reads.fetch_one(_q.enrollment_of_challenge, EnrollmentRow, user_id=user_id, challenge_id=challenge_id)
    return found is not None


async def of_learner(reads: Reads, user_id: UUID) -> list[EnrollmentRow]:
    """Return a learner's enrolments in tracks that are shown, the last begun first."""
    return await reads.fetch_all(_q.enrollments_by_user_id, EnrollmentRow, user_id=user_id)


async def in_tracks(reads: Reads, user_id: UUID, track_ids: Sequence[UUID]) -> list[EnrollmentRow]:
    """Return a learner's enrolments in these tracks."""
    return await reads.fetch_all(_q.enrollments_by_track_id, EnrollmentRow, user_id=user_id, track_ids=list(track_ids))


@dataclass(frozen=True, slots=True)
class Totals:
    """What a track holds for everybody: its shown challenges, their points, and when each came in."""

    challenges: int = 0
    points: int = 0
    entered: tuple[datetime, ...] = ()

    def since(self, moment: datetime) -> int:
        """Return how many challenges came into the track after a moment."""
        return sum(at > moment for at in self.entered)


NOTHING = Totals()


@dataclass(slots=True)
class TrackTotals:
    """The totals of tracks, kept for as long as the log's end stays where it was: exact without a clock."""

    _seq: int = -1
    _kept: dict[UUID, Totals] = field(default_factory=dict)

    async def of(self, reads: Reads, seq: int, track_ids: Sequence[UUID]) -> dict[UUID, Totals]:
        """Return the totals of tracks as of the publication numbered ``seq``, the last one that was committed."""
        if seq > self._seq:
            self._seq, self._kept = seq, {}
        missing = [id for id in track_ids if seq != self._seq or id not in self._kept]
        if not missing:
            return {id: self._kept[id] for id in track_ids}
        rows = await reads.fetch_all(_q.counted_challenges, CountedRow, track_ids=missing)
        found = {id: _totals([row for row in rows if row.track_id == id]) for id in missing}
        known = {id: self._kept[id] for id in track_ids if id not in found}
        if seq == self._seq and len(self._kept) < TRACKS_KEPT:
            self._kept |= found
        return known | found


def percentage(completed: int, total: int) -> float:
    """Return the share of completed challenges from 0 to 100; of nothing it is 0."""
    return round(100 * min(completed, total) / total, 2) if total else 0.0


def _totals(rows: Sequence[CountedRow]) -> Totals:
    return Totals(len(rows), sum(row.points for row in rows), tuple(sorted(row.entered_at for row in rows)))
