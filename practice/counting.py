"""Taking counts anew: how many shown challenges of a track each learner completed, after the tree changed.

A verdict counts one more at once; what is hidden, archived, moved or brought back changes the counts of many, and that
is done here, for some learners at a time, by a job. It can be stopped and begun again at any learner.
"""

from dataclasses import dataclass
from uuid import UUID

from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.practice import LearnerRow

BATCH = 500


@dataclass(frozen=True)
class _Queries:
    enrolled_learners: Query
    hold_enrollments: Query
    recount: Query


_q = load("practice/counting", _Queries)


async def learners(reads: Reads, track_id: UUID, above: UUID | None) -> list[UUID]:
    """Return the next learners of a track, by id."""
    rows = await reads.fetch_all(_q.enrolled_learners, LearnerRow, track_id=track_id, above=above, limit=BATCH)
    return [row.user_id for row in rows]


async def recount(tx: Transaction, track_id: UUID, user_ids: list[UUID]) -> int:
    """Count anew for these learners and return how many counts were changed."""
    # First the lock, then in a statement of its own the count: it sees every verdict that the lock has waited for.
    await tx.fetch_all(_q.hold_enrollments, LearnerRow, user_ids=user_ids, track_id=track_id)
    return await tx.execute(_q.recount, user_ids=user_ids, track_id=track_id)
