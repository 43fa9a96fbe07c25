"""Rows of the publication log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


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
    facts: Any = None

    @property
    def broken_reasons(self) -> list[str]:
        """Why what was published may break accepted solutions, where somebody said so."""
        replays = (self.facts or {}).get("replays", {}).values()
        return [replay["accepted"]["reason"] for replay in replays if replay["accepted"]]


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
class NothingRow:
    """What a statement answers that is run for its effect."""

    pg_notify: str
