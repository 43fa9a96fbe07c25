"""Rows of the content tree, its drafts, its versions and its log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class TrackRow:
    """A track. ``state`` is DRAFT, PUBLISHED or ARCHIVED; ``shown`` tells whether learners see it."""

    id: UUID
    slug: str
    title: str
    description: str
    position: int
    state: str
    path: str
    shown: bool


@dataclass(frozen=True, slots=True)
class ModuleRow:
    """A module of a track; ``path`` is ``track/module``."""

    id: UUID
    track_id: UUID
    slug: str
    title: str
    position: int
    state: str
    path: str
    shown: bool


@dataclass(frozen=True, slots=True)
class LessonRow:
    """A lesson of a module; ``path`` is ``track/module/lesson``."""

    id: UUID
    module_id: UUID
    slug: str
    title: str
    position: int
    state: str
    path: str
    shown: bool


@dataclass(frozen=True, slots=True)
class ChallengeRow:
    """A challenge's identity and place, without any content; ``path`` is ``track/module/lesson/challenge``."""

    id: UUID
    lesson_id: UUID
    slug: str
    position: int
    state: str
    path: str
    shown: bool


@dataclass(frozen=True, slots=True)
class NeighboursRow:
    """A challenge with its neighbours in the track's reading order, for walking from one to the next."""

    id: UUID
    next_id: UUID | None
    previous_id: UUID | None


@dataclass(frozen=True, slots=True)
class IdRow:
    """An id alone."""

    id: UUID


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A challenge's draft with what decides whether it may be edited and published.

    ``tests`` is a list of ``{"id", "text", "code", "weight", "hidden"}``, ``hints`` a list of texts. ``last_seq`` is
    the number of the last publication that names the challenge, 0 when there is none.
    """

    id: UUID
    lesson_id: UUID
    slug: str
    position: int
    is_published: bool
    deleted_at: datetime | None
    slug_released: bool
    draft_revision: int
    title: str
    instructions: str
    difficulty: str
    points: int
    estimated_time_minutes: int
    starter_html: str
    starter_css: str
    starter_js: str
    solution_hash: str | None
    tests: Any
    hints: Any
    content_hash: str
    judged_hash: str
    draft_updated_at: datetime
    draft_updated_by: UUID
    draft_editors: list[UUID]
    draft_restored_from: UUID | None
    applied_hash: str | None
    created_at: datetime
    created_by: UUID
    last_seq: int


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version without its long texts: what cards, histories and publishing read."""

    id: UUID
    challenge_id: UUID
    number: int
    major: int
    minor: int
    label: str
    title: str
    difficulty: str
    points: int
    estimated_time_minutes: int
    solution_hash: str | None
    content_hash: str
    judged_hash: str
    chain_hash: str
    restored_from: UUID | None
    changelog: str
    created_by: UUID
    reviewed_by: UUID | None
    published_by: UUID
    published_at: datetime
    is_active: bool
    weight: int


@dataclass(frozen=True, slots=True)
class VersionTextRow:
    """A version's long texts."""

    id: UUID
    instructions: str
    starter_html: str
    starter_css: str
    starter_js: str
    tests: Any
    hints: Any


@dataclass(frozen=True, slots=True)
class FullVersionRow:
    """All of a version that its hashes cover, and what is live of it."""

    id: UUID
    challenge_id: UUID
    number: int
    major: int
    minor: int
    label: str
    title: str
    instructions: str
    difficulty: str
    points: int
    estimated_time_minutes: int
    starter_html: str
    starter_css: str
    starter_js: str
    solution_hash: str | None
    tests: Any
    hints: Any
    canonical: int
    content_hash: str
    judged_hash: str
    chain_hash: str
    restored_from: UUID | None
    changelog: str
    created_by: UUID
    reviewed_by: UUID | None
    published_by: UUID
    published_at: datetime
    is_active: bool
    weight: int


@dataclass(frozen=True, slots=True)
class PastDraftRow:
    """A text of a draft that a later one replaced."""

    challenge_id: UUID
    revision: int
    title: str
    instructions: str
    difficulty: str
    points: int
    estimated_time_minutes: int
    starter_html: str
    starter_css: str
    starter_js: str
    solution_hash: str | None
    tests: Any
    hints: Any
    content_hash: str
    saved_at: datetime
    saved_by: UUID


@dataclass(frozen=True, slots=True)
class SolutionRow:
    """A sealed reference solution, named by the hash of its plain text."""

    hash: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A reviewer's verdict on one content hash."""

    id: UUID
    challenge_id: UUID
    verdict: str
    content_hash: str
    reviewer_id: UUID
    note: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReviewRequestRow:
    """An author's wish that one content hash be reviewed."""

    id: UUID
    challenge_id: UUID
    content_hash: str
    requested_by: UUID
    note: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PublicationRow:
    """One entry of the log."""

    id: UUID
    seq: int
    kind: str
    actor_id: UUID
    reason: str | None
    at: datetime
    inverse_of: UUID | None
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One subject's share of a publication, with what its publication says.

    ``before`` and ``after`` are live sets as ``[{"version": number, "weight": percent}]``; places are
    ``{"path", "position", "title", "description"}``, as far as they changed.
    """

    publication_id: UUID
    ordinal: int
    seq: int
    at: datetime
    kind: str
    reason: str | None
    actor_id: UUID
    subject_type: str
    subject_id: UUID
    before: Any
    after: Any
    published_before: bool | None
    published_after: bool | None
    place_before: Any
    place_after: Any
    direct: bool


@dataclass(frozen=True, slots=True)
class LogHeadRow:
    """The end of the log: the last number, its hash and its moment."""

    seq: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A node of any level, as the writers of the tree need it; ``parent_id`` is all zeros for a track."""

    level: str
    id: UUID
    parent_id: UUID
    slug: str
    title: str
    description: str
    position: int
    is_published: bool
    deleted_at: datetime | None
    slug_released: bool
    path: str


@dataclass(frozen=True, slots=True)
class AsOfRow(VersionRow):
    """The version that was live at the moment asked about."""

    asked_at: datetime


@dataclass(frozen=True, slots=True)
class LiveRow:
    """One member of a live set."""

    challenge_id: UUID
    id: UUID
    number: int
    weight: int


@dataclass(frozen=True, slots=True)
class SettingValueRow:
    """A setting's value."""

    value: str


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """Who last approved a content hash of a challenge."""

    challenge_id: UUID
    content_hash: str
    reviewer_id: UUID


@dataclass(frozen=True, slots=True)
class LastSeqRow:
    """The number of the last publication that names a challenge."""

    challenge_id: UUID
    seq: int


@dataclass(frozen=True, slots=True)
class NothingRow:
    """What a statement answers that is run for its effect."""

    pg_notify: str


@dataclass(frozen=True, slots=True)
class LockedRow:
    """A lock that was taken."""

    locked: bool


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A version that a rollback took out of service and that is not live again."""

    challenge_id: UUID
    label: str
