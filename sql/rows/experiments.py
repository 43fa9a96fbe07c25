"""Rows of experiments."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ExperimentRow:
    """An experiment; ``facts`` are the counts that the log keeps of one that is over."""

    id: UUID
    challenge_id: UUID
    name: str
    hypothesis: str
    salt: UUID
    control_version_id: UUID
    phase: int
    state: str
    started_at: datetime
    started_by: UUID
    stopped_at: datetime | None
    stopped_by: UUID | None
    policy: Any
    guardrail: str | None
    facts: Any


@dataclass(frozen=True, slots=True)
class TrialRow:
    """A running experiment for drawing learners: ``arms`` are pairs of version and percent."""

    id: UUID
    challenge_id: UUID
    salt: UUID
    control_version_id: UUID
    phase: int
    arms: Any


@dataclass(frozen=True, slots=True)
class ArmRow:
    """An arm's weight in a phase."""

    experiment_id: UUID
    phase: int
    version_id: UUID
    number: int
    label: str
    weight: int


@dataclass(frozen=True, slots=True)
class AssignmentRow:
    """What a learner was drawn for."""

    experiment_id: UUID
    challenge_id: UUID
    version_id: UUID


@dataclass(frozen=True, slots=True)
class CountsRow:
    """What became of those drawn for an arm in a phase.

    ``attempts`` are all of theirs, ``completing_attempts`` those up to their completion (and the sum of the squares of
    their numbers), ``settled`` those who came more than a day ago, ``abandoned`` those of them who did nothing since.
    """

    experiment_id: UUID
    phase: int
    version_id: UUID
    weight: int
    exposures: int
    completions: int
    begun: int
    attempts: int
    scored: int
    score_sum: int
    completing_attempts: int
    completing_squares: int
    settled: int
    abandoned: int


@dataclass(frozen=True, slots=True)
class ErrorsRow:
    """Judged attempts at an arm, and those of them in which something broke."""

    version_id: UUID
    judged: int
    with_errors: int
