"""Rows of releases and of what they hold."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ReleaseRow:
    """A release; ``failures`` is a list of ``{"subject", "kind", "path", "message", "expected", "actual"}``, where
    ``kind`` names the fault's class and ``subject`` is an id, or null for what concerns the whole."""

    id: UUID
    name: str
    changelog: str
    state: str
    created_by: UUID
    created_at: datetime
    scheduled_at: datetime | None
    scheduled_by: UUID | None
    proving_since: datetime | None
    ended_at: datetime | None
    late_seconds: int | None
    failures: Any
    publication_id: UUID | None
    revert_id: UUID | None


@dataclass(frozen=True, slots=True)
class ReleaseItemRow:
    """What a release does to one subject; ``title`` is that of a stored text."""

    release_id: UUID
    ordinal: int
    subject_type: str
    subject_id: UUID
    version_id: UUID | None
    content_hash: str | None
    published: bool | None
    live_set_hash: str | None
    changelog: str | None
    bump: str | None
    title: str | None
    added_by: UUID
    added_at: datetime


@dataclass(frozen=True, slots=True)
class ReleaseTextRow:
    """A text that a release publishes, with what was known of the draft that said it."""

    challenge_id: UUID
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
    edited_by: UUID
    editors: list[UUID]
    restored_from: UUID | None
