"""Attempts that wait without a job: their worker died, their job failed, or it was lost with the queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.practice import StrandedRow


@dataclass(frozen=True)
class _Queries:
    attempts_without_job: Query
    queue_again: Query


_q = load("practice/sweeping", _Queries)


async def without_job(reads: Reads, before: datetime, limit: int) -> Sequence[StrandedRow]:
    """Return the oldest attempts, submitted before a moment, that wait and that no worker judges.

    Those with ``has_job`` count as running though their job only waits; the others have no job at all.
    """
    return await reads.fetch_all(_q.attempts_without_job, StrandedRow, before=before, limit=limit)


async def queue_again(tx: Transaction, attempt: StrandedRow) -> None:
    """Let an attempt count as one that waits. The transaction's identity is the learner's."""
    await tx.execute(_q.queue_again, user_id=attempt.user_id, created_at=attempt.created_at, id=attempt.id)
