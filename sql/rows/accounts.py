"""Rows of people and their credentials."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class UserRow:
    """A person or a service account, without what is secret about them."""

    id: UUID
    kind: str
    display_name: str
    avatar_url: str | None
    role: str
    created_at: datetime
    suspended_at: datetime | None


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """Whom a session or an API token stands for, and for a token what it may be used for (``scopes``)."""

    user_id: UUID
    kind: str
    display_name: str
    role: str
    token_id: UUID | None
    scopes: list[str] | None
    last_used_at: datetime | None
    visitor_hash: str | None


@dataclass(frozen=True, slots=True)
class PasswordRow:
    """A person's id and argon2id hash; the hash is None until an invitation was accepted."""

    user_id: UUID
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class RoleRow:
    """An account's role, and whether it has a password to sign in with."""

    id: UUID
    kind: str
    role: str
    can_sign_in: bool


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """Whom an invitation is for."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class ApiTokenRow:
    """An API token without its secret, which is not stored."""

    id: UUID
    user_id: UUID
    name: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class HeadRow:
    """The end of a hash-chained log: the last number, its hash and its moment."""

    seq: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AuditEventRow:
    """One deed of an admin; ``detail`` is a mapping without personal data, and ``hash`` covers all but itself."""

    seq: int
    id: UUID
    action: str
    actor_id: UUID | None
    subject_id: UUID | None
    detail: Any
    at: datetime
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting by name."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class IdempotencyRow:
    """What was done under a key: the hash of its input and the ids of the result."""

    input_hash: str
    result: Any


@dataclass(frozen=True, slots=True)
class RateLimitRow:
    """For how many seconds one of the limits asked for lets nothing more pass; 0: one of each was used."""

    seconds: float


@dataclass(frozen=True, slots=True)
class RateLimitKeyRow:
    """The key of a limit that is in use."""

    key: bytes
