"""Rows of replays, field by field as the queries name their columns."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """A replay with its counts; those of learners, ``found`` and ``total`` are None until it is chosen what to run.

    ``breaks`` is a list of ``{"id", "breaks"}`` of the tests that accepted solutions fail.
    """

    id: UUID
    challenge_id: UUID
    requested_at: datetime
    content_hash: str
    judged_hash: str
    against_version_id: UUID
    against_judged_hash: str
    seed: int
    most: int
    state: str
    finished_at: datetime | None
    pinned: int | None
    in_progress: int | None
    completed: int | None
    solved: int | None
    found: int | None
    total: int | None
    done: int
    still_pass: int
    broken: int
    broken_learners: int
    newly_pass: int
    unknown: int
    breaks: Any


@dataclass(frozen=True, slots=True)
class ReplayWorkRow:
    """A replay that goes on: what it runs, and whether that was chosen (``total``)."""

    id: UUID
    challenge_id: UUID
    judged_hash: str
    against_judged_hash: str
    seed: int
    most: int
    total: int | None
    tests: Any
    hooks: Any
    libraries: Any
    declared_names: Any


@dataclass(frozen=True, slots=True)
class ReplayItemRow:
    """An attempt that a replay is still to run."""

    ordinal: int
    code_hash: str
    user_id: UUID
    created_at: datetime
    attempt_id: UUID
    tries: int


@dataclass(frozen=True, slots=True)
class ReplaySampleRow:
    """Code of a replay, without a name: an accepted one that fails now, or a wrong one that passes."""

    replay_id: UUID
    kind: str
    code_hash: str
    learners: int
    html: str
    css: str
    js: str


@dataclass(frozen=True, slots=True)
class ChallengeLearnersRow:
    """How many learners work on the tests that are live (``pinned``), are not through, are through, and have passed
    those tests (``solved``)."""

    challenge_id: UUID
    pinned: int
    in_progress: int
    completed: int
    solved: int


@dataclass(frozen=True, slots=True)
class BeginnerRow:
    """A learner of a challenge, and since when."""

    user_id: UUID
    started_at: datetime


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """An attempt that was judged; its code is there only where its hash is not known."""

    user_id: UUID
    created_at: datetime
    id: UUID
    status: str
    code_hash: str | None
    code_html: str
    code_css: str
    code_js: str


@dataclass(frozen=True, slots=True)
class SubmittedCodeRow:
    """The code of an attempt."""

    id: UUID
    code_html: str
    code_css: str
    code_js: str
