"""Progress: beginning a challenge, the version that one works on, and moving to another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.faults import Refused, Stale
from core.write_context import WriteContext
from practice.attempts import Place
from practice.faults import NotBegun
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.practice import ProgressRow, ReachRow
from sql.rows.tree import ChallengeRow, IdRow


@dataclass(frozen=True)
class _Queries:
    begin_challenge: Query
    move_pin: Query
    progress_by_challenge_id: Query
    progress_page: Query
    versions_within_reach: Query
    begun_archived_challenges: Query
    begun_archived_challenge_at: Query


_q = load("practice/progress", _Queries)


async def begin(tx: Transaction, act: WriteContext, challenge_id: UUID, place: Place) -> None:
    """Begin a challenge at a version; of what was begun before only the pin is moved to where it leads."""
    if place.stored is None:
        await tx.execute(
            _q.begin_challenge,
            user_id=act.actor,
            challenge_id=challenge_id,
            version_id=place.version_id,
            seq=place.seq,
            at=act.at,
        )
    elif place.is_new:
        # Whoever else moved it meanwhile led it somewhere too.
        await _move(tx, act, challenge_id, place.stored, place.version_id, place.seq)


async def adopt(
    tx: Transaction, act: WriteContext, challenge_id: UUID, place: Place | None, version_id: UUID, seq: int
) -> None:
    """Move the acting learner from where they work (None: not begun) to what was live at the publication ``seq``.

    Raises ``Refused`` when they have not begun, or were moved meanwhile.
    """
    if place is None or place.stored is None:
        raise Refused(NotBegun(("challengeId",)))
    if place.version_id == version_id:
        await begin(tx, act, challenge_id, place)
    elif not await _move(tx, act, challenge_id, place.stored, version_id, seq):
        raise Refused(Stale(("versionId",), "Your version was moved meanwhile; read it again."))


async def _move(
    tx: Transaction, act: WriteContext, challenge_id: UUID, stored: tuple[UUID, int], version_id: UUID, seq: int
) -> bool:
    moved = await tx.execute(
        _q.move_pin,
        user_id=act.actor,
        challenge_id=challenge_id,
        version_id=version_id,
        seq=seq,
        pinned_version_id=stored[0],
        pinned_seq=stored[1],
    )
    return bool(moved)


async def one(reads: Reads, user_id: UUID, challenge_id: UUID) -> ProgressRow | None:
    """Return a learner's progress in a challenge, None before it was begun."""
    return next(iter(await by_challenge_id(reads, user_id, [challenge_id])), None)


async def by_challenge_id(reads: Reads, user_id: UUID, challenge_ids: Sequence[UUID]) -> list[ProgressRow]:
    """Return a learner's progress in these challenges; those not begun are absent."""
    return await reads.fetch_all(
        _q.progress_by_challenge_id, ProgressRow, user_id=user_id, challenge_ids=list(challenge_ids)
    )


async def page(
    reads: Reads, user_id: UUID, *, status: str | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[ProgressRow]:
    """Return a learner's progress, the last begun first, after a key of (``started_at``, challenge)."""
    return await reads.fetch_all(
        _q.progress_page,
        ProgressRow,
        user_id=user_id,
        status=status,
        at=after[0] if after else None,
        challenge_id=after[1] if after else None,
        limit=limit,
    )


async def versions_within_reach(reads: Reads, user_id: UUID, version_ids: Sequence[UUID]) -> list[ReachRow]:
    """Return which of these versions are of challenges that a learner has begun, and what decides on their reach."""
    return await reads.fetch_all(_q.versions_within_reach, ReachRow, user_id=user_id, version_ids=list(version_ids))


async def begun_archived(reads: Reads, user_id: UUID, challenge_ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these challenges are archived and stay readable for a learner who has progress in them."""
    rows = await reads.fetch_all(
        _q.begun_archived_challenges, IdRow, user_id=user_id, challenge_ids=list(challenge_ids)
    )
    return {row.id for row in rows}


async def begun_archived_at(reads: Reads, user_id: UUID, path: str) -> ChallengeRow | None:
    """Return the archived challenge at an address, for a learner who has progress in it."""
    return await reads.fetch_one(_q.begun_archived_challenge_at, ChallengeRow, user_id=user_id, path=path)
