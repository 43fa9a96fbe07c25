"""Rows of what publications mean for learners on other versions, field by field as the queries name their columns."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class JudgedVersionRow:
    """A version and the hash that decides verdicts about it."""

    challenge_id: UUID
    id: UUID
    judged_hash: str


@dataclass(frozen=True, slots=True)
class MigrationRow:
    """The policy of a publication for a challenge; ``judged_hash`` is that of the version that it made live."""

    challenge_id: UUID
    seq: int
    policy: str
    from_version_ids: list[UUID]
    to_version_id: UUID
    reason: str | None
    state: str
    finished_at: datetime | None
    moved: int
    at: datetime
    judged_hash: str
    superseded: bool


@dataclass(frozen=True, slots=True)
class SuccessionRow:
    """From a publication on, a version takes the place of another one."""

    from_version_id: UUID
    to_version_id: UUID
    seq: int


@dataclass(frozen=True, slots=True)
class WorkStandRow:
    """How work stands against a version: judged alike as the best (or first full) score, and what it came to there.

    ``number`` is the place in the question, from 1; ``tests`` as in a verdict, None where there is none.
    """

    number: int
    judged_hash: str
    as_best: bool | None
    as_completed: bool | None
    passed: bool | None
    tests: Any
    under_way: bool


@dataclass(frozen=True, slots=True)
class PinnedRow:
    """A learner at work: their pin, whether something waits for its verdict, and the attempt of their best score.

    ``best_code_hash`` is None where there is no score, and where it is older than notes of it.
    """

    user_id: UUID
    challenge_id: UUID
    pinned_version_id: UUID
    pinned_seq: int
    total_attempts: int
    best_attempt_id: UUID | None
    best_version_id: UUID | None
    best_code_hash: str | None
    best_score: int | None
    best_judged_hash: str | None
    waiting: bool

    def noted(self, code_hash: str) -> "PinnedRow":
        """Return the row after its best code was noted."""
        return replace(self, best_code_hash=code_hash)


@dataclass(frozen=True, slots=True)
class BestCodeRow:
    """The code of a learner's attempt."""

    user_id: UUID
    code_html: str
    code_css: str
    code_js: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """What a learner is told, with their best work; ``successions`` are [from, to, seq] since, None without any."""

    user_id: UUID
    challenge_id: UUID
    id: UUID
    seq: int
    kind: str
    from_version_id: UUID
    to_version_id: UUID
    created_at: datetime
    seen_at: datetime | None
    reason: str | None
    best_version_id: UUID | None
    best_code_hash: str | None
    best_score: int | None
    completed_version_id: UUID | None
    successions: Any
