"""The publication log: appended at its end, under its head's lock, each entry's hash covering the one before.

``Entry`` is opened as the last lock of a transaction: it knows the entry's number and moment before anything is
written, so that versions can carry the same moment. A hash covers the previous hash and the canonical entry with its
records, nothing that can change later (``is_active``, ``weight``) and nothing personal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
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
    append_publication: Query
    append_record: Query
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


@dataclass(slots=True)
class Entry:
    """An entry being written: open it last, write what it records, then ``close`` it."""

    tx: Transaction
    act: WriteContext
    seq: int
    at: datetime
    previous_hash: str
    closed: bool = field(default=False)

    @classmethod
    async def open(cls, tx: Transaction, act: WriteContext) -> "Entry":
        """Take the end of the log; nobody else publishes until this transaction ends."""
        head = await tx.fetch_one(queries.lock_head, LogHeadRow)
        assert head is not None
        at = max(act.at, head.at + timedelta(microseconds=1))
        return cls(tx, act, head.seq + 1, at, head.hash)

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
        assert not self.closed
        assert records
        self.closed = True
        unsealed = PublicationRow(
            new_id(), self.seq, kind, self.act.actor, reason, self.at, inverse_of, self.previous_hash, "", facts
        )
        hash = publication_hash(unsealed, records)
        await self.tx.execute(
            queries.append_publication,
            id=unsealed.id,
            seq=self.seq,
            kind=kind,
            actor_id=self.act.actor,
            reason=reason,
            at=self.at,
            inverse_of=inverse_of,
            previous_hash=self.previous_hash,
            hash=hash,
            facts=None if facts is None else Jsonb(facts),
        )
        await self.tx.execute_many(
            queries.append_record,
            [
                {
                    "publication_id": unsealed.id,
                    "ordinal": ordinal,
                    "seq": self.seq,
                    "at": self.at,
                    "subject_type": record.subject_type,
                    "subject_id": record.subject_id,
                    "before": Jsonb(list(record.before)),
                    "after": Jsonb(list(record.after)),
                    "published_before": record.published_before,
                    "published_after": record.published_after,
                    "place_before": Jsonb(record.place_before.plain()) if record.place_before else None,
                    "place_after": Jsonb(record.place_after.plain()) if record.place_after else None,
                    "direct": record.direct,
                }
                for ordinal, record in enumerate(records, start=1)
            ],
        )
        await self.tx.execute(queries.move_head, seq=self.seq, hash=hash, at=self.at)
        self.tx.heads.append((self.seq, hash))
        # A notification holds at most 8,000 bytes: its number is enough to read the rest.
        await self.tx.fetch_one(queries.notify, NothingRow, payload=canonical({"seq": self.seq}).decode())
        return replace(unsealed, hash=hash)


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
