"""The audit record: what admins do beside publishing, appended under one lock, each hash covering the one before.

An event names its action, who did it, to what, and a small ``detail`` of ids, roles and names of settings: never
personal data, for nothing here can be erased without breaking the chain. What the chain cannot see is an end that was
cut off together with its head; the head's hash is worth noting elsewhere.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias
from uuid import UUID

from core.canonical import Canonical, digest
from core.ids import new_id
from core.write_context import WriteContext
from sql.database import Jsonb, Reads, Transaction
from sql.named import Query, load
from sql.rows.accounts import AuditEventRow, HeadRow

Action: TypeAlias = Literal[
    "user_created",
    "role_set",
    "token_created",
    "token_revoked",
    "setting_set",
    "service_account_created",
    "draft_reviewed",
    "user_suspended",
    "user_reinstated",
]

_GENESIS = "0" * 64


@dataclass(frozen=True)
class _Queries:
    lock_head: Query
    head: Query
    move_head: Query
    append_event: Query
    events_from: Query


_q = load("accounts/audit", _Queries)


@dataclass(frozen=True, slots=True)
class BrokenEvent:
    """The first event (or the head) that does not fit what is before it."""

    seq: int
    reason: str


async def record(
    tx: Transaction, act: WriteContext, action: Action, subject_id: UUID | None, detail: Mapping[str, Canonical]
) -> None:
    """Append one event. Call it last in a transaction: until that ends nobody else appends."""
    head = await tx.fetch_one(_q.lock_head, HeadRow)
    assert head is not None
    seq, at = head.seq + 1, max(act.at, head.at + timedelta(microseconds=1))
    id = new_id()
    hash = _hash(head.hash, seq, id, action, act.actor, subject_id, detail, at)
    await tx.execute(
        _q.append_event,
        seq=seq,
        id=id,
        action=action,
        actor_id=act.actor,
        subject_id=subject_id,
        detail=Jsonb(dict(detail)),
        at=at,
        previous_hash=head.hash,
        hash=hash,
    )
    await tx.execute(_q.move_head, seq=seq, hash=hash, at=at)


async def verify(reads: Reads, *, stretch: int = 1_000) -> BrokenEvent | None:
    """Walk the whole record and return the first fault, or None; events appended meanwhile are walked too.

    ``stretch`` is how many events are read at a time.
    """
    seq, hash, at, promised = 0, _GENESIS, datetime.min.replace(tzinfo=UTC), 0
    while True:
        async for event in _events(reads, seq, stretch):
            if event.seq != seq + 1:
                return BrokenEvent(seq + 1, f"The event is missing; the next one is {event.seq}.")
            if event.previous_hash != hash:
                return BrokenEvent(event.seq, "The event does not name the hash of the one before it.")
            if event.hash != _recomputed(event):
                return BrokenEvent(event.seq, "The event is not what its hash says.")
            if event.at <= at:
                return BrokenEvent(event.seq, "The event is not later than the one before it.")
            seq, hash, at = event.seq, event.hash, event.at
        if seq < promised:
            return BrokenEvent(seq + 1, f"The event is missing; the head says that there are {promised}.")
        head = await reads.fetch_one(_q.head, HeadRow)
        if head is None:
            return BrokenEvent(seq, "The head is missing.")
        # The head is read after the events: one that is further on is either of events appended since, or broken.
        promised = head.seq
        if promised <= seq:
            break
    if promised < seq:
        return BrokenEvent(promised + 1, "The event lies beyond the head.")
    if head.hash != hash or (seq > 0 and head.at != at):
        return BrokenEvent(seq, "The head is not that of the last event.")
    return None


async def _events(reads: Reads, above: int, stretch: int) -> AsyncIterator[AuditEventRow]:
    while rows := await reads.fetch_all(_q.events_from, AuditEventRow, above=above, limit=stretch):
        for row in rows:
            yield row
        above = rows[-1].seq


def _recomputed(event: AuditEventRow) -> str | None:
    try:
        return _hash(
            event.previous_hash,
            event.seq,
            event.id,
            event.action,
            event.actor_id,
            event.subject_id,
            event.detail,
            event.at,
        )
    except TypeError:
        return None  # a detail with a float was never written by us


def _hash(
    previous: str,
    seq: int,
    id: UUID,
    action: str,
    actor: UUID | None,
    subject: UUID | None,
    detail: Mapping[str, Canonical],
    at: datetime,
) -> str:
    return digest(
        {
            "previous": previous,
            "seq": seq,
            "id": str(id),
            "action": action,
            "actor": str(actor) if actor else None,
            "subject": str(subject) if subject else None,
            "detail": detail,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        }
    )
