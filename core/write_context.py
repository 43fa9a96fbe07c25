"""Who does something, and when: the two facts that every write records."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class WriteContext:
    """One deed: the acting user's id and the moment (aware, UTC) that the request began to write."""

    actor: UUID
    at: datetime
