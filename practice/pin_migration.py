"""Learners after a publication, some of them at a time: who works on what, their best code, and moving them.

Nobody is moved between a submission and its verdict: whoever does something of their own in between keeps their pin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from core.code import Code
from practice.attempts import moment_of
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.migrations import BestCodeRow, PinnedRow

BATCH = 200


@dataclass(frozen=True)
class _Queries:
    pinned_learners: Query
    best_codes: Query
    note_best: Query
    move_learner: Query


_q = load("practice/pin_migration", _Queries)


async def learners(reads: Reads, challenge_id: UUID, seq: int, above: UUID | None) -> list[PinnedRow]:
    """Return the next learners of a challenge, by id, who came to where they work before a publication."""
    return await reads.fetch_all(
        _q.pinned_learners, PinnedRow, challenge_id=challenge_id, seq=seq, above=above, limit=BATCH
    )


async def best_codes(reads: Reads, rows: Sequence[PinnedRow]) -> dict[UUID, Code]:
    """Return the code of these learners' best attempts, by learner."""
    known = [(row.user_id, row.best_attempt_id) for row in rows if row.best_attempt_id is not None]
    if not known:
        return {}
    found = await reads.fetch_all(
        _q.best_codes,
        BestCodeRow,
        user_ids=[user_id for user_id, _ in known],
        ids=[id for _, id in known],
        moments=[moment_of(id) for _, id in known],
    )
    return {row.user_id: Code(row.code_html, row.code_css, row.code_js) for row in found}


async def note_best(tx: Transaction, row: PinnedRow, code_hash: str) -> None:
    """Note which attempt was a learner's best, where its score is older than such notes."""
    await tx.execute(
        _q.note_best,
        user_id=row.user_id,
        challenge_id=row.challenge_id,
        best_attempt_id=row.best_attempt_id,
        best_version_id=row.best_version_id,
        best_code_hash=code_hash,
    )


async def move(tx: Transaction, row: PinnedRow, version_id: UUID, seq: int) -> bool:
    """Move a learner's pin; False when they did something of their own since they were looked at."""
    moved = await tx.execute(
        _q.move_learner,
        user_id=row.user_id,
        challenge_id=row.challenge_id,
        version_id=version_id,
        seq=seq,
        pinned_version_id=row.pinned_version_id,
        pinned_seq=row.pinned_seq,
        total_attempts=row.total_attempts,
    )
    return bool(moved)
