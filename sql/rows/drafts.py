"""Rows of drafts, what they said before, and their reviews."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A challenge's draft with what decides whether it may be edited and published.

    ``tests`` is a list of ``{"id", "text", "code", "weight", "hidden", "timeout_ms", "fresh"}``, ``hooks`` an object of
    ``"before_all", "before_each", "after_each"``, ``libraries`` a list of hashes, ``hints`` a list of texts.
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
    hooks: Any
    libraries: Any
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
    hooks: Any
    libraries: Any
    hints: Any
    content_hash: str
    saved_at: datetime
    saved_by: UUID


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
