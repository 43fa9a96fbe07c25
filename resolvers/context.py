"""What every resolver is handed: who asks, the database, the loaders, and the clock."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from accounts.tries import Client
from core import limits
from core.sealing import Keyring
from core.write_context import WriteContext
from loaders.loader import ReadContext
from practice.enrollments import TrackTotals
from resolvers.errors import LimitExceeded
from sql.database import Database
from sql.signals import Signals

Role = Literal["learner", "author", "reviewer", "admin"]
Scope = Literal["content:read", "content:write", "content:publish", "grade", "operate"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. A visitor has no ``user_id`` and no ``role``; ``scopes`` is None for a session, which has all rights
    of the role, and the allowed uses for an API token. ``session`` is the SHA-256 of the session's secret, ``visitor``
    that of the id under which they are or were a visitor."""

    user_id: UUID | None = None
    role: Role | None = None
    display_name: str = ""
    scopes: frozenset[Scope] | None = None
    session: bytes | None = None
    token_id: UUID | None = None
    visitor: str | None = None

    @property
    def learner(self) -> UUID | None:
        """Who takes part in experiments: people who do not read drafts; all others get the control."""
        return None if self.is_token or sees_all(self) else self.user_id

    @property
    def subject(self) -> str | None:
        """By what they are drawn: the visitor that they are or were when they signed up, else who they are."""
        if self.user_id is not None and self.learner is None:
            return None
        return self.visitor or (str(self.user_id) if self.user_id else None)

    @property
    def is_token(self) -> bool:
        return self.scopes is not None


VISITOR = Viewer()


async def _pause() -> None:
    await asyncio.sleep(0)


@dataclass(slots=True)
class Context:
    """One request: made by the gateway, dropped with the answer. ``signals`` is there where one can
    subscribe; ``totals`` are kept from one request to the next; ``client`` is where the request comes from.

    ``exceeded`` says by which limit the answer is too large, and ``when_exceeded`` is called when that becomes so.
    ``pause`` lets other requests go on, and returns when this one may.
    """

    viewer: Viewer
    database: Database
    keyring: Keyring
    clock: Callable[[], datetime]
    signals: Signals | None = None
    totals: TrackTotals = field(default_factory=TrackTotals)
    client: Client = field(default_factory=Client)
    loaders: ReadContext = field(init=False)
    objects: int = 0
    answer_bytes: int = 0
    exceeded: LimitExceeded | None = None
    when_exceeded: Callable[[], None] | None = None
    pause: Callable[[], Awaitable[None]] = _pause
    _answer_limit: int = field(init=False)

    def __post_init__(self) -> None:
        self._answer_limit = answer_limit(self.viewer)
        self.forget()

    def forget(self) -> None:
        """Load afresh, for who asks now: after a write nothing read before it may be shown."""
        self.database.identity = self.viewer.user_id
        self.loaders = ReadContext(
            database=self.database,
            keyring=self.keyring,
            now=self.clock(),
            totals=self.totals,
            user_id=self.viewer.user_id,
            sees_all=sees_all(self.viewer),
            in_person=not self.viewer.is_token,
            grades=grades(self.viewer),
            learner=self.viewer.learner,
            subject=self.viewer.subject,
        )

    def next_event(self) -> None:
        """Begin another event of a subscription: it reads anew and is counted by itself."""
        self.objects = self.answer_bytes = 0
        self.exceeded = None
        self.forget()

    def count(self, entries: int) -> None:
        """Count entries of lists that go into the answer; raises ``LimitExceeded`` beyond what one may ask for.

        What a document could cost is judged before it runs, by guesses at the length of plain lists; this is what
        it does cost, and ends what slipped through.
        """
        self.objects += entries
        if self.objects > limits.OPERATION_OBJECTS:
            self._exceed(
                f"The answer has more than {limits.OPERATION_OBJECTS} entries; ask for fewer levels or smaller pages."
            )

    def weigh(self, size: int) -> None:
        """Count bytes that go into the answer, at least; raises ``LimitExceeded`` above ``answer_limit``."""
        self.answer_bytes += size
        if self.answer_bytes > self._answer_limit:
            self._exceed(too_many_bytes(self._answer_limit))

    def require_room(self) -> None:
        """Raise ``LimitExceeded`` when the answer is too large already: nothing more is read for it."""
        if self.exceeded is not None:
            raise LimitExceeded(str(self.exceeded))

    def _exceed(self, message: str) -> None:
        if self.exceeded is None:
            self.exceeded = LimitExceeded(message)
            if self.when_exceeded is not None:
                self.when_exceeded()
        raise LimitExceeded(message)

    def act(self) -> WriteContext:
        """Return who acts and when; only called behind a policy check, which has refused visitors."""
        assert self.viewer.user_id is not None
        return WriteContext(self.viewer.user_id, self.clock())


def grades(viewer: Viewer) -> bool:
    """Whether somebody records verdicts: a token with the scope for it, and no person, whatever their role."""
    return viewer.role == "admin" and viewer.scopes is not None and "grade" in viewer.scopes


def answer_limit(viewer: Viewer) -> int:
    """Return how many bytes an answer to the viewer may have."""
    return limits.ANSWER_BYTES_OF_TOKENS if viewer.is_token and sees_all(viewer) else limits.ANSWER_BYTES


def too_many_bytes(allowed: int) -> str:
    """Say that an answer is too large."""
    return f"The answer is larger than {allowed} bytes; ask for smaller pages or for fewer long texts."


def sees_all(viewer: Viewer) -> bool:
    """Whether somebody reads drafts, and with them every version."""
    return viewer.role in ("author", "reviewer", "admin") and (
        viewer.scopes is None or bool(viewer.scopes & {"content:read", "content:write", "content:publish"})
    )
