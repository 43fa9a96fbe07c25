"""Live sets: which versions of a challenge learners get, and the hash that a caller states to change it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from core.canonical import Canonical, digest
from sql.database import Reads
from sql.named import Query, load
from sql.rows.versions import LastSeqRow, LiveRow


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
    last_seqs: Query


_q = load("versioning/live", _Queries)


async def live_sets(reads: Reads, ids: Sequence[UUID]) -> dict[UUID, LiveSet]:
    """Return the live set of every one of these challenges; an unpublished one has the empty set and 0."""
    arms = await arms_of(reads, ids)
    seqs = {row.challenge_id: row.seq for row in await reads.fetch_all(_q.last_seqs, LastSeqRow, ids=list(ids))}
    return {id: LiveSet(tuple((arm.number, arm.weight) for arm in arms.get(id, ())), seqs.get(id, 0)) for id in ids}


async def arms_of(reads: Reads, ids: Sequence[UUID]) -> dict[UUID, list[LiveRow]]:
    """Return the members of these challenges' live sets; a challenge of which nothing is live is absent."""
    found: dict[UUID, list[LiveRow]] = {}
    for live in await reads.fetch_all(_q.live_sets, LiveRow, ids=list(ids)):
        found.setdefault(live.challenge_id, []).append(live)
    return found
