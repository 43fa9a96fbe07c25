"""People and service accounts: making them, finding them, and changing what is said about them.

A taken address and the last admin are decided by the database inside the writing statement or under a lock, so two
requests at once cannot both be right. Deliberately absent: deleting anybody, and reading an address back, which
nothing in the contract shows.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal, TypeAlias
from urllib.parse import urlsplit
from uuid import UUID

from accounts import addresses, audit, passwords
from accounts.faults import InvalidCredentials, LastAdmin
from accounts.roles import ROLES
from accounts.sessions import end_all
from core import limits, texts
from core.faults import Faults, Invalid, NotFound, Refused, Required, Taken
from core.ids import new_id
from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Reads, Transaction
from sql.named import Query, load
from sql.rows.accounts import PasswordRow, RoleRow, UserRow


@dataclass(frozen=True)
class _Queries:
    insert_person: Query
    insert_service: Query
    users_by_id: Query
    service_by_name: Query
    users_page: Query
    password_by_email_hash: Query
    password_by_id: Query
    hold_password: Query
    replace_password: Query
    hold_roles: Query
    set_role: Query
    update_profile: Query
    suspend: Query


_q = load("accounts/people", _Queries)

COMMAND_LINE = "command line"


class Keep(Enum):
    """Says that a field of a change was not given and stays as it is."""

    KEEP = "keep"


KEEP = Keep.KEEP
_Kept: TypeAlias = Literal[Keep.KEEP]


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who wants an account; ``password`` is None for whom an admin invites."""

    email: str
    display_name: str
    password: str | None = None

    def check(self) -> Faults:
        """Return every fault of form."""
        faults = Faults()
        addresses.check(faults, ("email",), self.email)
        texts.line(faults, ("displayName",), named(self.display_name), limits.DISPLAY_NAME)
        if self.password is not None:
            passwords.check(faults, ("password",), self.password)
        return faults


@dataclass(frozen=True, slots=True)
class ProfileChanges:
    """What people change about themselves; None takes the picture away and is refused for the rest."""

    display_name: str | _Kept | None = KEEP
    avatar_url: str | _Kept | None = KEEP
    hide_from_leaderboards: bool | _Kept | None = KEEP

    def check(self) -> Faults:
        """Return every fault of form."""
        faults = Faults()
        if isinstance(self.display_name, str):
            texts.line(faults, ("displayName",), named(self.display_name), limits.DISPLAY_NAME)
        elif self.display_name is None:
            faults.append(Required(("displayName",), "A name can be changed, not taken away."))
        if isinstance(self.avatar_url, str):
            _check_picture(faults, ("avatarUrl",), self.avatar_url)
        if self.hide_from_leaderboards is None:
            faults.append(Required(("hideFromLeaderboards",), "Say true or false."))
        return faults


def named(display_name: str) -> str:
    """Return a display name as it is kept: without white space around it, in Unicode's composed form."""
    return unicodedata.normalize("NFC", display_name.strip())


async def faults_of(reads: Reads, keyring: Keyring, newcomer: Newcomer) -> Faults:
    """Return all that is wrong with a newcomer, a taken address included."""
    faults = newcomer.check()
    if await password_by_email(reads, keyring, newcomer.email):
        faults.append(taken())
    return faults


async def add(
    tx: Transaction,
    keyring: Keyring,
    newcomer: Newcomer,
    *,
    role: str,
    password_hash: str | None,
    at: datetime,
    visitor_hash: str | None = None,
) -> UserRow:
    """Make a person's account; raises ``Refused`` with all faults of form, or with ``Taken``, also in a race."""
    newcomer.check().settle()
    id, address = new_id(), addresses.normal(newcomer.email)
    made = await tx.fetch_one(
        _q.insert_person,
        UserRow,
        id=id,
        display_name=named(newcomer.display_name),
        role=role,
        email_sealed=keyring.seal(address.encode(), id.bytes),
        email_hash=addresses.lookup(keyring, address),
        password_hash=password_hash,
        at=at,
        visitor_hash=visitor_hash,
    )
    if made is None:
        raise Refused(taken())
    return made


async def service_account(tx: Transaction, name: str, role: str, act: WriteContext) -> UserRow:
    """Return the service account of this name, made now if there is none; ``Taken`` when it has another role."""
    return await _service_account(tx, name, role, act.at, act.actor)


async def command_line(tx: Transaction, at: datetime) -> UserRow:
    """Return the account as which commands act: an admin that makes itself at the first command."""
    return await _service_account(tx, COMMAND_LINE, "admin", at, None)


async def set_role(tx: Transaction, user_id: UUID, role: str, act: WriteContext) -> UserRow:
    """Give an account a role; raises ``Refused`` with ``NotFound`` or ``LastAdmin``. The same role changes nothing."""
    if role not in ROLES:
        raise Refused(Invalid(("role",), f"Use one of {', '.join(ROLES)}."))
    held = await tx.fetch_all(_q.hold_roles, RoleRow, id=user_id)
    before = next((row for row in held if row.id == user_id), None)
    if before is None:
        raise Refused(NotFound(("userId",)))
    others = [row for row in held if row.id != user_id and row.can_sign_in]
    if before.kind == "person" and before.role == "admin" and role != "admin" and not others:
        raise Refused(LastAdmin(("role",)))
    changed = await tx.fetch_one(_q.set_role, UserRow, id=user_id, role=role)
    assert changed is not None
    if before.role != role:
        await audit.record(tx, act, "role_set", user_id, {"before": before.role, "after": role})
    return changed


async def suspend(tx: Transaction, user_id: UUID, reason: str, act: WriteContext) -> UserRow:
    """Keep an account out: no session, no token, no place on a leaderboard; what it did stays.

    Raises ``Refused`` with ``NotFound`` or ``LastAdmin``. Suspending again changes nothing.
    """
    _check_reason(reason)
    held = await tx.fetch_all(_q.hold_roles, RoleRow, id=user_id)
    before = next((row for row in held if row.id == user_id), None)
    if before is None:
        raise Refused(NotFound(("userId",)))
    others = [row for row in held if row.id != user_id and row.can_sign_in]
    if before.kind == "person" and before.role == "admin" and not others:
        raise Refused(LastAdmin(("userId",)))
    changed = await tx.fetch_one(_q.suspend, UserRow, id=user_id, at=act.at)
    if changed is not None:
        await end_all(tx, user_id)
        await audit.record(tx, act, "user_suspended", user_id, {"reason": reason})
    return changed or await _one(tx, user_id)


async def reinstate(tx: Transaction, user_id: UUID, reason: str, act: WriteContext) -> UserRow:
    """Let a suspended account in again; raises ``Refused`` with ``NotFound``. One that is in stays as it is."""
    _check_reason(reason)
    changed = await tx.fetch_one(_q.suspend, UserRow, id=user_id, at=None)
    if changed is not None:
        await audit.record(tx, act, "user_reinstated", user_id, {"reason": reason})
    return changed or await _one(tx, user_id)


async def update_profile(tx: Transaction, user_id: UUID, changes: ProfileChanges) -> UserRow:
    """Change what a person says about themselves; raises ``Refused`` with all faults of form."""
    changes.check().settle()
    changed = await tx.fetch_one(
        _q.update_profile,
        UserRow,
        id=user_id,
        display_name=named(changes.display_name) if isinstance(changes.display_name, str) else None,
        keep_avatar=changes.avatar_url is KEEP,
        avatar_url=changes.avatar_url if isinstance(changes.avatar_url, str) else None,
        hide_from_leaderboards=(
            changes.hide_from_leaderboards if isinstance(changes.hide_from_leaderboards, bool) else None
        ),
    )
    if changed is None:
        raise Refused(NotFound())
    return changed


async def change_password(tx: Transaction, verified: PasswordRow, password_hash: str, kept: bytes | None) -> None:
    """Put another password in the place of the verified one and end all sessions but ``kept`` (a secret's hash).

    Raises ``Refused`` with ``InvalidCredentials`` when the password was changed since it was verified.
    """
    if not await replace_password(tx, verified, password_hash):
        raise Refused(wrong_password())
    await end_all(tx, verified.user_id, kept=kept)


async def replace_password(tx: Transaction, verified: PasswordRow, password_hash: str) -> UserRow | None:
    """Store another hash unless the verified one (None: no password yet) was replaced already; sessions stay."""
    return await tx.fetch_one(
        _q.replace_password,
        UserRow,
        id=verified.user_id,
        previous=verified.password_hash,
        password_hash=password_hash,
    )


async def hold_password(tx: Transaction, verified: PasswordRow) -> UserRow | None:
    """Return the person if the verified password still holds, which it then does until the transaction ends."""
    return await tx.fetch_one(_q.hold_password, UserRow, id=verified.user_id, password_hash=verified.password_hash)


async def password_by_email(reads: Reads, keyring: Keyring, email: str) -> PasswordRow | None:
    """Return whose address this is, whatever its capitals; None for nobody's, and for what is no address."""
    if (email_hash := addresses.lookup(keyring, email)) is None:
        return None
    return await reads.fetch_one(_q.password_by_email_hash, PasswordRow, email_hash=email_hash)


async def password_by_id(reads: Reads, user_id: UUID) -> PasswordRow | None:
    """Return what a person who changes their password must know."""
    return await reads.fetch_one(_q.password_by_id, PasswordRow, id=user_id)


async def users_by_id(reads: Reads, ids: Sequence[UUID]) -> list[UserRow]:
    """Return these accounts in any order; unknown ids are absent."""
    return await reads.fetch_all(_q.users_by_id, UserRow, ids=list(ids))


async def users_page(
    reads: Reads, keyring: Keyring, *, after: tuple[datetime, UUID] | None, limit: int, search: str = ""
) -> list[UserRow]:
    """Return accounts, newest first, after a key of (``created_at``, ``id``).

    ``search`` keeps those whose display name contains it, whatever the capitals, or whose e-mail address it is, whole.
    """
    wanted = named(search)
    return await reads.fetch_all(
        _q.users_page,
        UserRow,
        after_at=after[0] if after else None,
        after_id=after[1] if after else None,
        pattern="%" + re.sub(r"([\\%_])", r"\\\1", wanted) + "%" if wanted else None,
        email_hash=addresses.lookup(keyring, wanted),
        limit=limit,
    )


async def _service_account(tx: Transaction, name: str, role: str, at: datetime, actor: UUID | None) -> UserRow:
    faults, kept = Faults(), named(name)
    texts.line(faults, ("name",), kept, limits.DISPLAY_NAME)
    faults.settle()
    made = await tx.fetch_one(_q.insert_service, UserRow, id=new_id(), display_name=kept, role=role, at=at)
    if made is not None:
        act = WriteContext(actor or made.id, at)
        await audit.record(tx, act, "service_account_created", made.id, {"role": role})
        return made
    found = await tx.fetch_one(_q.service_by_name, UserRow, name=kept)
    assert found is not None
    if found.role != role:
        raise Refused(Taken(("name",), f"The service account {kept} has the role {found.role}; choose another name."))
    return found


async def _one(reads: Reads, user_id: UUID) -> UserRow:
    for row in await users_by_id(reads, [user_id]):
        return row
    raise Refused(NotFound(("userId",)))


def _check_reason(reason: str) -> None:
    faults = Faults()
    texts.prose(faults, ("reason",), reason, limits.REASON, required=True)
    faults.settle()


def taken() -> Taken:
    """Return the fault of an address that somebody has."""
    return Taken(("email",), "There is an account with this e-mail address already.")


def wrong_password() -> InvalidCredentials:
    """Return the fault of a current password that is not the current one."""
    return InvalidCredentials(("currentPassword",), "This is not your current password.")


def _check_picture(faults: Faults, path: tuple[str, ...], url: str) -> None:
    before = len(faults)
    texts.line(faults, path, url, limits.URL)
    if len(faults) == before and not _is_web_address(url):
        faults.append(Invalid(path, "A picture's address begins with https:// or http:// and names a host."))


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname) and not re.search(r"\s", url)
