"""Sessions: what somebody has who signed in, for thirty days or until they sign out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from accounts.secrets import SESSION, new_secret, stored_hash
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.accounts import CredentialRow

LIFETIME = timedelta(days=30)


@dataclass(frozen=True)
class _Queries:
    insert_session: Query
    credential_by_session_hash: Query
    delete_session: Query
    delete_sessions_but: Query


_q = load("accounts/sessions", _Queries)


async def begin(tx: Transaction, user_id: UUID, now: datetime) -> str:
    """Begin a session for somebody who was verified in this transaction; return its secret, which is told once."""
    secret = new_secret(SESSION)
    await tx.execute(
        _q.insert_session,
        token_hash=stored_hash(secret),
        user_id=user_id,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    return secret


async def resolve(reads: Reads, secret: str, now: datetime) -> CredentialRow | None:
    """Return whom a session's secret stands for; None when there is no such session or it has expired."""
    return await reads.fetch_one(_q.credential_by_session_hash, CredentialRow, token_hash=stored_hash(secret), now=now)


async def end(tx: Transaction, session: bytes) -> None:
    """End one session, by its secret's hash; one that is gone already is no fault."""
    await tx.execute(_q.delete_session, token_hash=session)


async def end_all(tx: Transaction, user_id: UUID, *, kept: bytes | None = None) -> None:
    """End all sessions of a person but ``kept``."""
    await tx.execute(_q.delete_sessions_but, user_id=user_id, kept=kept)
