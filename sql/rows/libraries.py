"""Rows of test libraries."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LibraryRow:
    """JavaScript that tests share, by the SHA-256 of its text. Name, moment and person are those of an upload, of the
    last one where it is asked for by hash; None for a text that was only tried."""

    hash: str
    source: str
    name: str | None
    uploaded_at: datetime | None
    uploaded_by: UUID | None


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """What a word that names a library means."""

    word: str
    hash: str


@dataclass(frozen=True, slots=True)
class NamedLibraryRow:
    """One of the libraries that a version names."""

    version_id: UUID
    hash: str
