"""API tokens: keys for tools, of a person or of a service account, cut down to scopes, with an end if wished."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from accounts import audit
from accounts.faults import AlreadyRevoked
from accounts.roles import SCOPES
from accounts.secrets import API_TOKEN, new_secret, stored_hash
from core import limits, texts
from core.faults import Faults, Invalid, NotFound, Refused, Required
from core.ids import new_id
from core.write_context import WriteContext
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.accounts import ApiTokenRow, CredentialRow, UserRow

USE_IS_NOTED_EVERY = timedelta(minutes=1)
SHOWN = 200


@dataclass(frozen=True)
class _Queries:
    insert_token: Query
    credential_by_token_hash: Query
    touch_token: Query
    revoke_token: Query
    tokens_by_id: Query
    tokens_by_user_id: Query


_q = load("accounts/tokens", _Queries)


@dataclass(frozen=True, slots=True)
class Created:
    """A token and its secret, which is told once."""

    secret: str
    token: ApiTokenRow


async def create(
    tx: Transaction,
    owner: UserRow,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None,
    act: WriteContext,
) -> Created:
    """Make a token of ``owner``; raises ``Refused`` with all faults of its name, scopes and end."""
    faults = Faults()
    texts.line(faults, ("name",), name.strip(), limits.TOKEN_NAME)
    _check_scopes(faults, owner.role, scopes)
    if expires_at is not None and expires_at.tzinfo is None:
        faults.append(Invalid(("expiresAt",), "Say the time zone: 2030-01-31T12:00:00Z."))
    elif expires_at is not None and expires_at <= act.at:
        faults.append(Invalid(("expiresAt",), "This moment is past."))
    faults.settle()
    secret = new_secret(API_TOKEN)
    made = await tx.fetch_one(
        _q.insert_token,
        ApiTokenRow,
        id=new_id(),
        user_id=owner.id,
        name=name.strip(),
        token_hash=stored_hash(secret),
        scopes=list(dict.fromkeys(scopes)),
        created_at=act.at,
        expires_at=expires_at,
    )
    assert made is not None
    await audit.record(tx, act, "token_created", made.id, {"owner": str(owner.id), "scopes": list(made.scopes)})
    return Created(secret, made)


async def revoke(tx: Transaction, token_id: UUID, act: WriteContext, *, owner: UUID | None) -> ApiTokenRow:
    """End a token of ``owner`` (None: of anybody); raises ``Refused`` with ``NotFound`` or ``AlreadyRevoked``."""
    ended = await tx.fetch_one(_q.revoke_token, ApiTokenRow, id=token_id, owner=owner, at=act.at)
    if ended is None:
        known = await by_id(tx, [token_id], owner=owner)
        raise Refused(AlreadyRevoked(("apiTokenId",)) if known else NotFound(("apiTokenId",)))
    await audit.record(tx, act, "token_revoked", ended.id, {"owner": str(ended.user_id)})
    return ended


async def resolve(reads: Reads, secret: str, now: datetime) -> CredentialRow | None:
    """Return whom a token's secret stands for; None when there is none, it was revoked, or it has expired."""
    return await reads.fetch_one(_q.credential_by_token_hash, CredentialRow, token_hash=stored_hash(secret), now=now)


def use_is_due(credential: CredentialRow, now: datetime) -> bool:
    """Tell whether a use is to be noted now; one a minute is enough, and costs requests no write."""
    last = credential.last_used_at
    return credential.token_id is not None and (last is None or last <= now - USE_IS_NOTED_EVERY)


async def note_use(tx: Transaction, token_id: UUID, now: datetime) -> None:
    """Note that a token was used, unless another request noted it within the minute."""
    await tx.execute(_q.touch_token, id=token_id, now=now, before=now - USE_IS_NOTED_EVERY)


async def by_id(reads: Reads, ids: Sequence[UUID], *, owner: UUID | None = None) -> list[ApiTokenRow]:
    """Return these tokens of ``owner`` (None: of anybody) in any order."""
    return await reads.fetch_all(_q.tokens_by_id, ApiTokenRow, ids=list(ids), owner=owner)


async def by_user_id(reads: Reads, user_ids: Sequence[UUID]) -> list[ApiTokenRow]:
    """Return the newest 200 tokens of each owner, those that still work before those that were revoked."""
    return await reads.fetch_all(_q.tokens_by_user_id, ApiTokenRow, user_ids=list(user_ids), limit=SHOWN)


def _check_scopes(faults: Faults, role: str, scopes: Sequence[str]) -> None:
    if not scopes:
        faults.append(Required(("scopes",), f"Give at least one of {', '.join(SCOPES)}."))
    for index, scope in enumerate(scopes):
        if scope not in SCOPES:
            faults.append(Invalid(("scopes", str(index)), f"There is no scope of this name; use {', '.join(SCOPES)}."))
        elif role not in SCOPES[scope]:
            faults.append(
                Invalid(("scopes", str(index)), f"{scope} needs the role {' or '.join(SCOPES[scope])}, not {role}.")
            )
