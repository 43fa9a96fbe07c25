"""What every resolver is handed: who asks, the database, the loaders, and the clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from loaders.registry import Loaders
from sql.act import Act
from sql.database import Database
from sql.sealing import Keyring

Role = Literal["learner", "author", "reviewer", "admin"]
Scope = Literal["content:read", "content:write", "content:publish", "grade", "operate"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. A visitor has no ``user_id`` and no ``role``; ``scopes`` is None for a session, which has all rights
    of the role, and the allowed uses for an API token. ``session`` is the SHA-256 of the session's secret."""

    user_id: UUID | None = None
    role: Role | None = None
    display_name: str = ""
    scopes: frozenset[Scope] | None = None
    session: bytes | None = None
    token_id: UUID | None = None

    @property
    def is_token(self) -> bool:
        return self.scopes is not None


VISITOR = Viewer()


@dataclass(slots=True)
class Context:
    """One request: made by the gateway, dropped with the answer."""

    viewer: Viewer
    database: Database
    keyring: Keyring
    clock: Callable[[], datetime]
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Take fresh loaders: after a write nothing read before it may be shown."""
        sees_all = _sees_all(self.viewer)
        self.loaders = Loaders(self.database, self.keyring, sees_all=sees_all, now=self.clock())

    def act(self) -> Act:
        """Return who acts and when; only called behind a policy check, which has refused visitors."""
        assert self.viewer.user_id is not None
        return Act(self.viewer.user_id, self.clock())


def _sees_all(viewer: Viewer) -> bool:
    return viewer.role in ("author", "reviewer", "admin") and (
        viewer.scopes is None or bool(viewer.scopes & {"content:read", "content:write", "content:publish"})
    )
