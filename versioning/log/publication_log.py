"""The publication log: appended at its end, under its head's lock, each entry's hash covering the one before.

``Entry`` is opened as the last lock of a transaction: it knows the entry's number and moment before anything is
written, so that versions can carry the same moment. A hash covers the previous hash and the canonical entry with its
records, nothing that can change later (``is_active``, ``weight``) and nothing personal.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from core.canonical import CANONICAL, Canonical, canonical, digest
from core.ids import new_id
from core.write_context import WriteContext
from sql.database import Jsonb, Reads, Transaction
from sql.named import Query, load
from sql.rows.log import LogHeadRow, NothingRow, PublicationRow
from sql.rows.tree import IdRow


@dataclass(frozen=True)
class _Queries:
    lock_head: Query
    head: Query
    move_head: Query
    append_publications: Query
    append_records: Query
    notify: Query
    latest_replacing: Query
    latest_live_set: Query
    publications_by_id: Query
    publications_page: Query
    records_by_publication_id: Query
    record_pages_by_subject_id: Query
    publications_naming: Query
    publications_by_seq: Query
    publications_from: Query
    challenges_from: Query
    challenges_known: Query
    records_of_subject: Query
    tracks_to_count: Query


queries = load("versioning/log", _Queries)

_AT_ONCE = 50  # records hashed between two turns of the event loop


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands and how it is called, as far as a publication changed it."""

    path: str | None = None
    position: int | None = None
    title: str | None = None
    description: str | None = None

    def plain(self) -> dict[str, Canonical]:
        found = {
            "path": self.path,
            "position": self.position,
            "title": self.title,
            "description": self.description,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Record:
    """One subject's share of an entry: live sets for a challenge, the flag for the rest of the tree, or places."""

    subject_type: str
    subject_id: UUID
    before: Sequence[Any] = ()
    after: Sequence[Any] = ()
    published_before: bool | None = None
    published_after: bool | None = None
    place_before: Place | None = None
    place_after: Place | None = None
    direct: bool = True


class RecordLike(Protocol):
    """What a record's hash needs, whether it was just made or read back."""

    @property
    def subject_type(self) -> str: ...
    @property
    def subject_id(self) -> UUID: ...
    @property
    def before(self) -> Any: ...
    @property
    def after(self) -> Any: ...
    @property
    def published_before(self) -> bool | None: ...
    @property
    def published_after(self) -> bool | None: ...
    @property
    def place_before(self) -> Any: ...
    @property
    def place_after(self) -> Any: ...
    @property
    def direct(self) -> bool: ...


def publication_hash(publication: PublicationRow, records: Sequence[RecordLike]) -> str:
    """Return the hash that an entry must carry."""
    # Few entries have facts: what an experiment or a replay showed. The hashes of all others are as before there were.
    facts: dict[str, Canonical] = {} if publication.facts is None else {"facts": publication.facts}
    return digest(
        {
            **facts,
            "canonical": CANONICAL,
            "previous": publication.previous_hash,
            "id": str(publication.id),
            "seq": publication.seq,
            "kind": publication.kind,
            "actor": str(publication.actor_id),
            "reason": publication.reason,
            "at": moment(publication.at),
            "inverseOf": str(publication.inverse_of) if publication.inverse_of else None,
            "records": [
                {
                    "ordinal": ordinal,
                    "subjectType": record.subject_type,
                    "subject": str(record.subject_id),
                    "before": list(record.before),
                    "after": list(record.after),
                    "publishedBefore": record.published_before,
                    "publishedAfter": record.published_after,
                    "placeBefore": _place(record.place_before),
                    "placeAfter": _place(record.place_after),
                    "direct": record.direct,
                }
                for ordinal, record in enumerate(records, start=1)
            ],
        }
    )


def moment(at: datetime) -> str:
    """Return a moment as hashes spell it: microseconds since 1970 UTC."""
    return str((at - datetime.fromtimestamp(0, at.tzinfo)) // timedelta(microseconds=1))


@dataclass(frozen=True, slots=True)
class Pending:
    """An entry that is complete but for its place in the log."""

    kind: str
    records: Sequence[Record]
    reason: str | None = None
    inverse_of: UUID | None = None
    facts: dict[str, Canonical] | None = None


@dataclass(slots=True)
class Entry:
    """An entry being written: open it last, write what needs its number or moment, then ``close`` it.

    From ``open`` to the commit everybody else who publishes waits, so a publication sends as many statements in between
    for thousands of subjects as for one, and does beforehand all that can be done.
    """

    tx: Transaction
    act: WriteContext
    seq: int
    at: datetime
    previous_hash: str
    written: list[tuple[PublicationRow, Sequence[Record]]] = field(default_factory=list)
    closed: bool = field(default=False)

    @classmethod
    async def open(cls, tx: Transaction, act: WriteContext, before: Sequence[Pending] = ()) -> "Entry":
        """Take the end of the log; nobody else publishes until this transaction ends.

        What the same transaction did ``before`` becomes the entries before this one.
        """
        head = await tx.fetch_one(queries.lock_head, LogHeadRow)
        assert head is not None
        entry = cls(tx, act, head.seq + 1, _after(head.at, act), head.hash)
        if before:
            await asyncio.to_thread(entry._come_after, before)
        return entry

    async def close(
        self,
        kind: str,
        records: Sequence[Record],
        *,
        reason: str | None = None,
        inverse_of: UUID | None = None,
        facts: dict[str, Canonical] | None = None,
    ) -> PublicationRow:
        """Write the entry and its records, move the head, and tell every gateway at commit."""
        pending = Pending(kind, records, reason, inverse_of, facts)
        # Thousands of records take their time, and other requests go on meanwhile.
        many = len(records) > _AT_ONCE
        row = await asyncio.to_thread(self._append, pending) if many else self._append(pending)
        await self.write()
        return row

    async def write(self) -> None:
        """Write what came before, without an entry of its own, or all of it when ``close`` asks."""
        assert not self.closed
        self.closed = True
        entries = [asdict(row) for row, _ in self.written]
        records = [
            _stored(row, ordinal, record)
            for row, records in self.written
            for ordinal, record in enumerate(records, start=1)
        ]
        await self.tx.execute(queries.append_publications, entries=Jsonb(entries))
        await self.tx.execute(queries.append_records, records=Jsonb(records))
        last, _ = self.written[-1]
        await self.tx.execute(queries.move_head, seq=last.seq, hash=last.hash, at=last.at)
        self.tx.heads += [(row.seq, row.hash) for row, _ in self.written]
        # A notification holds at most 8,000 bytes: its number is enough to read the rest.
        payloads = [canonical({"seq": row.seq}).decode() for row, _ in self.written]
        await self.tx.fetch_all(queries.notify, NothingRow, payloads=payloads)

    def _come_after(self, before: Sequence[Pending]) -> None:
        for pending in before:
            row = self._append(pending)
            self.seq, self.at, self.previous_hash = row.seq + 1, _after(row.at, self.act), row.hash

    def _append(self, pending: Pending) -> PublicationRow:
        assert pending.records
        unsealed = PublicationRow(
            id=new_id(),
            seq=self.seq,
            kind=pending.kind,
            actor_id=self.act.actor,
            reason=pending.reason,
            at=self.at,
            inverse_of=pending.inverse_of,
            previous_hash=self.previous_hash,
            hash="",
            facts=pending.facts,
        )
        row = replace(unsealed, hash=publication_hash(unsealed, pending.records))
        self.written.append((row, pending.records))
        return row


def _after(at: datetime, act: WriteContext) -> datetime:
    """Return the moment of the entry after the one at ``at``: times only grow."""
    return max(act.at, at + timedelta(microseconds=1))


def _stored(row: PublicationRow, ordinal: int, record: Record) -> dict[str, object]:
    return {
        "publication_id": row.id,
        "ordinal": ordinal,
        "seq": row.seq,
        "at": row.at,
        "subject_type": record.subject_type,
        "subject_id": record.subject_id,
        "before": list(record.before),
        "after": list(record.after),
        "published_before": record.published_before,
        "published_after": record.published_after,
        "place_before": record.place_before.plain() if record.place_before else None,
        "place_after": record.place_after.plain() if record.place_after else None,
        "direct": record.direct,
    }


async def latest_replacing(reads: Reads, challenge_id: UUID, live_set: list[Any]) -> UUID | None:
    """Return the latest publication that replaced exactly this live set, which a rollback to it inverts."""
    found = await reads.fetch_one(
        queries.latest_replacing, PublicationRow, challenge_id=challenge_id, live_set=Jsonb(live_set)
    )
    return found.id if found else None


async def tracks_to_count(reads: Reads, seqs: Sequence[int]) -> list[UUID]:
    """Return the tracks in which other challenges count for learners after these entries than before."""
    return [row.id for row in await reads.fetch_all(queries.tracks_to_count, IdRow, seqs=list(seqs))]


def _place(place: Any) -> Canonical:
    if isinstance(place, Place):
        return place.plain()
    return place  # type: ignore[no-any-return]  # read back from the database as the mapping that plain() made
