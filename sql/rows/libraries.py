"""Rows of test libraries."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LibraryRow:
    """JavaScript that tests share, by the SHA-256 of its text; the name is the one of its last upload."""

    hash: str
    source: str
    name: str
    uploaded_at: datetime
    uploaded_by: UUID


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
