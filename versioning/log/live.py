"""Live sets: which versions of a challenge learners get, and the hash that a caller states to change it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from core.canonical import Canonical, digest
from sql.database import Reads
from sql.named import Query, load
from sql.rows.versions import LiveChangeRow, LiveRow, LiveSetRow


@dataclass(frozen=True, slots=True)
class LiveSet:
    """The live versions' numbers with their weights (percent), in order, and the challenge's last publication."""

    arms: tuple[tuple[int, int], ...] = ()
    last_seq: int = 0

    def plain(self) -> list[dict[str, Canonical]]:
        """Return the form that the log holds."""
        return plain(self.arms)

    @property
    def hash(self) -> str:
        """Covers the live set and the last publication's number: v1 → v2 → v1 is a new value."""
        return digest({"live": self.plain(), "seq": self.last_seq})


def plain(arms: Iterable[tuple[int, int]]) -> list[dict[str, Canonical]]:
    """Return a live set in the form that the log holds."""
    return [{"version": number, "weight": weight} for number, weight in sorted(arms)]


@dataclass(frozen=True)
class _Queries:
    live_sets: Query
    live_arms: Query
    live_changes: Query


_q = load("versioning/live", _Queries)


async def live_sets(reads: Reads, ids: Sequence[UUID]) -> dict[UUID, LiveSet]:
    """Return the live set of every one of these challenges; an unpublished one has the empty set and 0."""
    # One statement: members and last publication are of one moment, so their hash is one that held.
    rows = await reads.fetch_all(_q.live_sets, LiveSetRow, ids=list(ids))
    return {row.challenge_id: LiveSet(tuple((number, weight) for number, weight in row.arms), row.seq) for row in rows}


async def arms_of(reads: Reads, ids: Sequence[UUID]) -> dict[UUID, list[LiveRow]]:
    """Return the members of these challenges' live sets; a challenge of which nothing is live is absent."""
    found: dict[UUID, list[LiveRow]] = {}
    for live in await reads.fetch_all(_q.live_arms, LiveRow, ids=list(ids)):
        found.setdefault(live.challenge_id, []).append(live)
    return found


@dataclass(frozen=True, slots=True)
class LastChange:
    """When what is live of a challenge changed last, and by what kind of publication (None: never).

    ``seqs`` are the numbers of that publication, or 0, and of all later ones, which moved or renamed the challenge.
    """

    kind: str | None = None
    seqs: tuple[int, ...] = (0,)

    def since(self, live: LiveSet, hash: str) -> bool:
        """Tell whether ``live``, the challenge's live set now, changed since its hash was ``hash``.

        A live set's hash covers the number of the last publication, and a new position or slug is a publication too.
        """
        return all(replace(live, last_seq=seq).hash != hash for seq in self.seqs)


async def last_changes(reads: Reads, ids: Sequence[UUID]) -> dict[UUID, LastChange]:
    """Return of every one of these challenges when what is live of it changed last."""
    found: dict[UUID, LastChange] = {id: LastChange() for id in ids}
    for row in await reads.fetch_all(_q.live_changes, LiveChangeRow, ids=list(ids)):
        last = found[row.challenge_id]
        found[row.challenge_id] = (
            LastChange(row.kind, (row.seq,)) if row.changed else replace(last, seqs=(*last.seqs, row.seq))
        )
    return found
