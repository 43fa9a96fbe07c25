"""Notices: what learners are told of the versions of what they work on, one for each learner and challenge.

Jobs tell after a publication, some learners at a time; a learner reads their own, and puts them away. Telling twice is
as telling once, and the newest word wins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from core.ids import new_id
from core.write_context import WriteContext
from practice.attempts import Place
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.migrations import NoticeRow

Kind: TypeAlias = Literal["OFFERED", "MOVED", "FORCED"]
LATEST = UUID(int=2**128 - 1)


@dataclass(frozen=True)
class _Queries:
    notices_page: Query
    notices_by_id: Query
    dismiss: Query
    forget: Query
    tell: Query
    tell_forced: Query
    untell: Query


_q = load("practice/notices", _Queries)


@dataclass(frozen=True, slots=True)
class Word:
    """What a learner is told: which version is there for them in the place of which one."""

    user_id: UUID
    kind: Kind
    from_version_id: UUID


async def page(reads: Reads, user_id: UUID, *, before: UUID | None, limit: int) -> list[NoticeRow]:
    """Return what a learner is told and has not put away, newest first, below an id."""
    return await reads.fetch_all(_q.notices_page, NoticeRow, user_id=user_id, before=before or LATEST, limit=limit)


async def by_id(reads: Reads, user_id: UUID, ids: Sequence[UUID]) -> list[NoticeRow]:
    """Return what a learner was told, put away or not; what others were told is absent."""
    return await reads.fetch_all(_q.notices_by_id, NoticeRow, user_id=user_id, ids=list(ids))


async def dismiss(tx: Transaction, act: WriteContext, id: UUID) -> bool:
    """Put a notice of the acting learner away; False when there is no such one."""
    return bool(await tx.execute(_q.dismiss, user_id=act.actor, id=id, at=act.at))


async def forget(tx: Transaction, user_id: UUID, challenge_id: UUID) -> None:
    """Forget what a learner was told of a challenge: they took it."""
    await tx.execute(_q.forget, user_id=user_id, challenge_id=challenge_id)


async def tell_forced(tx: Transaction, act: WriteContext, challenge_id: UUID, place: Place) -> None:
    """Tell the acting learner why they are elsewhere, where their own write is the first to come upon it."""
    if place.is_new:
        await tx.execute(
            _q.tell_forced,
            user_id=act.actor,
            challenge_id=challenge_id,
            id=new_id(),
            seq=place.seq,
            from_version_id=place.before,
            at=act.at,
        )


async def tell(
    tx: Transaction, challenge_id: UUID, seq: int, to_version_id: UUID, words: Sequence[Word], at: datetime
) -> None:
    """Tell learners of a publication; who was told the same of it already is not told again."""
    about = {"challenge_id": challenge_id, "seq": seq, "to_version_id": to_version_id, "at": at}
    await tx.execute_many(
        _q.tell,
        [
            {**about, "user_id": one.user_id, "id": new_id(), "kind": one.kind, "from_version_id": one.from_version_id}
            for one in words
        ],
    )


async def untell(tx: Transaction, challenge_id: UUID, seq: int, user_ids: Sequence[UUID]) -> None:
    """Forget what these learners were told of a challenge before a publication that leaves nothing to tell them."""
    if user_ids:
        await tx.execute(_q.untell, challenge_id=challenge_id, seq=seq, user_ids=list(user_ids))
