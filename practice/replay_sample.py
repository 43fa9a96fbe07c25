"""Learners' judged work, chosen to be run under other tests: each different code once, in an order that a seed decides.

Of each learner the first and the last accepted attempt count, and the last wrong one. Code that was accepted somewhere
is not among the wrong. Read by the worker, whom the database shows all learners; nothing here leads back to a request.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from core.canonical import digest
from core.code import Code, code_hash
from sql.database import Reads
from sql.named import Query, load
from sql.rows.replays import BeginnerRow, SubmissionRow, SubmittedCodeRow

Kind = Literal["ACCEPTED", "WRONG"]

LEARNERS = 200  # read at once
BEFORE = timedelta(seconds=1)  # an attempt's moment is cut to the millisecond, its learner's beginning is not


@dataclass(frozen=True)
class _Queries:
    learners_of_versions: Query
    submissions: Query
    code_of_submissions: Query


_q = load("practice/replay_sample", _Queries)


@dataclass(frozen=True, slots=True)
class Submission:
    """One attempt that stands for all with the same code; ``learners`` is how many wrote exactly that."""

    kind: Kind
    code_hash: str
    learners: int
    user_id: UUID
    created_at: datetime
    attempt_id: UUID


@dataclass(slots=True)
class Submissions:
    """What was found, by kind and code: the attempt that stands for it, and who wrote it."""

    first: dict[tuple[Kind, str], SubmissionRow] = field(default_factory=dict)
    writers: dict[tuple[Kind, str], set[UUID]] = field(default_factory=dict)

    def add(self, row: SubmissionRow) -> None:
        """Add an attempt; of several with the same code the first in the order of ids stands for all."""
        hash = row.code_hash or code_hash(Code(row.code_html, row.code_css, row.code_js))
        key: tuple[Kind, str] = ("ACCEPTED" if row.status == "PASSED" else "WRONG", hash)
        known = self.first.get(key)
        if known is None or row.id < known.id:
            self.first[key] = row
        self.writers.setdefault(key, set()).add(row.user_id)

    @property
    def found(self) -> int:
        """How many different accepted solutions there are."""
        return sum(kind == "ACCEPTED" for kind, _ in self.first)

    def chosen(self, seed: int, most: int, wrong: int) -> list[Submission]:
        """Return at most so many accepted and so many wrong ones, in the order that the seed gives to hashes."""
        accepted = {hash for kind, hash in self.first if kind == "ACCEPTED"}
        mistaken = {hash for kind, hash in self.first if kind == "WRONG"} - accepted
        return [
            *(self._submission("ACCEPTED", hash) for hash in _drawn(accepted, seed, most)),
            *(self._submission("WRONG", hash) for hash in _drawn(mistaken, seed, wrong)),
        ]

    def _submission(self, kind: Kind, hash: str) -> Submission:
        row = self.first[kind, hash]
        return Submission(kind, hash, len(self.writers[kind, hash]), row.user_id, row.created_at, row.id)


def _drawn(hashes: set[str], seed: int, most: int) -> list[str]:
    return sorted(hashes, key=lambda hash: digest([seed, hash]))[:most]


async def of_versions(reads: Reads, challenge_id: UUID, version_ids: Sequence[UUID]) -> Submissions:
    """Return what learners on these versions of a challenge submitted, however many they are."""
    found = Submissions()
    async for learners in _learners(reads, challenge_id, version_ids):
        rows = await reads.fetch_all(
            _q.submissions,
            SubmissionRow,
            user_ids=[learner.user_id for learner in learners],
            since=[learner.started_at - BEFORE for learner in learners],
            challenge_id=challenge_id,
            version_ids=list(version_ids),
        )
        for row in rows:
            found.add(row)
    return found


async def _learners(reads: Reads, challenge_id: UUID, version_ids: Sequence[UUID]) -> AsyncIterator[list[BeginnerRow]]:
    above: UUID | None = None
    while learners := await reads.fetch_all(
        _q.learners_of_versions,
        BeginnerRow,
        challenge_id=challenge_id,
        version_ids=list(version_ids),
        above=above,
        limit=LEARNERS,
    ):
        yield learners
        above = learners[-1].user_id


async def code_of(reads: Reads, attempts: Sequence[tuple[UUID, datetime, UUID]]) -> Mapping[UUID, Code]:
    """Return the code of attempts (learner, moment, id) by id; what is gone is absent."""
    rows = await reads.fetch_all(
        _q.code_of_submissions,
        SubmittedCodeRow,
        user_ids=[learner for learner, _, _ in attempts],
        moments=[at for _, at, _ in attempts],
        ids=[id for _, _, id in attempts],
    )
    return {row.id: Code(row.code_html, row.code_css, row.code_js) for row in rows}
