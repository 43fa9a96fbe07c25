"""Rows of the content tree: nodes as readers see them and as their writers need them."""

from dataclasses import dataclass
from datetime import datetime
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
class IdRow:
    """An id alone."""

    id: UUID


@dataclass(frozen=True, slots=True)
class LockedRow:
    """A lock that was taken."""

    locked: bool
