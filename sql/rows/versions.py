"""Rows of versions and of what is live of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


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
class AsOfRow(VersionRow):
    """The version that was live at the moment asked about."""

    asked_at: datetime


@dataclass(frozen=True, slots=True)
class VersionTextRow:
    """A version's long texts."""

    id: UUID
    instructions: str
    starter_html: str
    starter_css: str
    starter_js: str
    tests: Any
    hooks: Any
    libraries: Any
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
    hooks: Any
    libraries: Any
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
class LiveRow:
    """One member of a live set, and the challenge's last publication."""

    challenge_id: UUID
    id: UUID
    number: int
    weight: int
    seq: int


@dataclass(frozen=True, slots=True)
class LiveSetRow:
    """A live set as ``[[number, weight], ...]``, and the number of the challenge's last publication, 0 for none."""

    challenge_id: UUID
    arms: Any
    seq: int


@dataclass(frozen=True, slots=True)
class LiveChangeRow:
    """A publication of a challenge; ``changed`` is False where it only moved or renamed the challenge."""

    challenge_id: UUID
    seq: int
    kind: str
    changed: bool


@dataclass(frozen=True, slots=True)
class SolutionRow:
    """A sealed reference solution, named by the hash of its plain text."""

    hash: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class ApprovalRow:
    """Who last approved a content hash of a challenge."""

    challenge_id: UUID
    content_hash: str
    reviewer_id: UUID


@dataclass(frozen=True, slots=True)
class HeldRow:
    """Why a text is not published: the kind of entry that took its version out of service, or that an experiment runs.

    ``name`` is the version's label, or the experiment's name.
    """

    challenge_id: UUID
    kind: str
    name: str
