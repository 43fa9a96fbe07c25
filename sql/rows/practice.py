"""Rows of learners' work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class EnrollmentRow:
    """A learner's enrolment in a track; ``completed_challenges`` are of those that are shown."""

    user_id: UUID
    track_id: UUID
    enrolled_at: datetime
    completed_challenges: int
    earned_points: int
    last_completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class CountedRow:
    """A challenge that counts in its track: its points now, and when it came into the track."""

    track_id: UUID
    challenge_id: UUID
    points: int
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """A learner's progress in a challenge; ``best_score`` is None before the first verdict, else 0 to 100.

    The pin was set when ``pinned_seq`` was the challenge's last publication; ``successions`` are [from, to, seq] since.
    """

    user_id: UUID
    challenge_id: UUID
    status: str
    best_score: int | None
    total_attempts: int
    started_at: datetime
    last_attempt_at: datetime | None
    pinned_version_id: UUID
    pinned_seq: int
    completed_at: datetime | None
    completed_version_id: UUID | None
    best_version_id: UUID | None
    best_code_hash: str | None
    successions: Any


@dataclass(frozen=True, slots=True)
class ReachRow:
    """A version of a challenge that a learner has begun: their pin, and whether they tried or completed the version."""

    id: UUID
    pinned_version_id: UUID
    pinned_seq: int
    successions: Any
    tried: bool


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt; ``results`` is a list of ``{"id", "outcome", "message", "hidden"}``, None before the verdict.

    ``page_errors`` is a list of ``{"kind", "message", "file", "line", "column"}``; ``rejudged_at`` are the last three
    moments at which its learner had it judged again. ``code_hash`` is None of attempts older than the column.
    """

    user_id: UUID
    created_at: datetime
    id: UUID
    challenge_id: UUID
    version_id: UUID
    number: int
    code_html: str
    code_css: str
    code_js: str
    status: str
    score: int | None
    results: Any
    graded_at: datetime | None
    run_status: str | None
    page_errors: Any
    rejudged_at: list[datetime]
    code_hash: str | None


@dataclass(frozen=True, slots=True)
class TriesRow:
    """How many runs of an attempt reached a browser, and how many times judging it ended by an exception."""

    tries: int
    failures: int


@dataclass(frozen=True, slots=True)
class StrandedRow:
    """An attempt that waits and that no worker judges; ``has_job`` tells that a job for it waits too."""

    user_id: UUID
    created_at: datetime
    id: UUID
    has_job: bool


@dataclass(frozen=True, slots=True)
class LeaderboardRow:
    """An entry of a challenge's leaderboard; ``attempts`` up to the completing one."""

    user_id: UUID
    display_name: str
    avatar_url: str | None
    best_score: int
    completed_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class TrackStatisticsRow:
    """A track's counts; minutes on average over its challenges."""

    track_id: UUID
    total_challenges: int
    average_minutes: float | None
    enrolled_users: int
    refreshed_at: datetime


@dataclass(frozen=True, slots=True)
class CountRow:
    """How many there are."""

    number: int


@dataclass(frozen=True, slots=True)
class ChallengeStatisticsRow:
    """A challenge's counts; rate and score in percent."""

    challenge_id: UUID
    total_users: int
    completed_users: int
    completion_rate: float | None
    average_score: float | None
    average_attempts: float | None


@dataclass(frozen=True, slots=True)
class LearnerRow:
    """A learner's id."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class SampleChallengeRow:
    """A live challenge that sample learners attempt; ``tests`` are the version's."""

    challenge_id: UUID
    version_id: UUID
    tests: Any
