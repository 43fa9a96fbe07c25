"""Invitations: an admin makes an account, and whose it is sets the first password within seven days.

An account whose invitation was lost or ran out is invited again by making it again with the same facts. Deliberately
absent: sending mail; the admin hands the secret over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from accounts import audit, people
from accounts.people import Newcomer
from accounts.roles import ROLES
from accounts.secrets import INVITATION, new_secret, stored_hash
from core.faults import Invalid, NotFound, Refused
from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.accounts import InvitationRow, PasswordRow, UserRow

LIFETIME = timedelta(days=7)


@dataclass(frozen=True)
class _Queries:
    insert_invitation: Query
    open_invitation: Query
    use_invitation: Query


_q = load("accounts/invitations", _Queries)


@dataclass(frozen=True, slots=True)
class Invited:
    """An account without a password, and the secret with which its owner sets one."""

    user: UserRow
    secret: str


async def create_user(tx: Transaction, keyring: Keyring, newcomer: Newcomer, role: str, act: WriteContext) -> Invited:
    """Make an account and an invitation to it; raises ``Refused`` with all faults at once, ``Taken`` among them.

    The address of somebody who was invited and never came is not taken when name and role are the same as then.
    """
    faults = newcomer.check()
    if role not in ROLES:
        faults.append(Invalid(("role",), f"Use one of {', '.join(ROLES)}."))
    user = await _waiting(tx, keyring, newcomer, role)
    if user is None and await people.password_by_email(tx, keyring, newcomer.email):
        faults.append(people.taken())
    faults.settle()
    if user is not None:
        return Invited(user, await _invite(tx, user.id, act.at))
    user = await people.add(tx, keyring, newcomer, role=role, password_hash=None, at=act.at)
    secret = await _invite(tx, user.id, act.at)
    await audit.record(tx, act, "user_created", user.id, {"role": role})
    return Invited(user, secret)


async def is_open(reads: Reads, secret: str, now: datetime) -> bool:
    """Tell whether an invitation can be accepted, before anything costly is done for it."""
    found = await reads.fetch_one(_q.open_invitation, InvitationRow, token_hash=stored_hash(secret), now=now)
    return found is not None


async def accept(tx: Transaction, secret: str, password_hash: str, now: datetime) -> UserRow:
    """Spend an invitation and set the first password; raises ``Refused`` with ``NotFound`` when it cannot be."""
    used = await tx.fetch_one(_q.use_invitation, InvitationRow, token_hash=stored_hash(secret), now=now)
    user = await people.replace_password(tx, PasswordRow(used.user_id, None), password_hash) if used else None
    if user is None:
        raise Refused(unknown())
    return user


def unknown() -> NotFound:
    """Return the fault of an invitation that cannot be accepted, for whatever reason."""
    return NotFound(
        ("token",), "The invitation is unknown, accepted already, or older than seven days; ask for another."
    )


async def _waiting(tx: Transaction, keyring: Keyring, newcomer: Newcomer, role: str) -> UserRow | None:
    known = await people.password_by_email(tx, keyring, newcomer.email)
    if known is None or known.password_hash is not None:
        return None
    for user in await people.users_by_id(tx, [known.user_id]):
        if (user.display_name, user.role) == (people.named(newcomer.display_name), role):
            return user
    return None


async def _invite(tx: Transaction, user_id: UUID, now: datetime) -> str:
    secret = new_secret(INVITATION)
    await tx.execute(
        _q.insert_invitation,
        token_hash=stored_hash(secret),
        user_id=user_id,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    return secret
