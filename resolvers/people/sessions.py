"""Signing in and out, and finding out for whom a request's credential stands."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from accounts import invitations, passwords, people, sessions, tokens, tries
from accounts.errors import PasswordsBusy
from accounts.faults import InvalidCredentials
from accounts.people import Newcomer
from accounts.secrets import API_TOKEN, stored_hash
from accounts.tries import Admitted
from core.faults import Faults, Refused
from resolvers.context import VISITOR, Context, Role, Scope, Viewer
from resolvers.policy import may_manage_own_account, require
from sql.database import Database
from sql.rows.accounts import CredentialRow, PasswordRow


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that was just begun: its secret, told once, and who is signed in."""

    secret: str
    viewer: Viewer


async def viewer_of(database: Database, secret: str, now: datetime) -> Viewer | None:
    """Return for whom a session's or an API token's secret stands, or None when it stands for nobody (any more)."""
    if secret.startswith(API_TOKEN):
        credential = await tokens.resolve(database, secret, now)
        if credential and credential.token_id and tokens.use_is_due(credential, now):
            async with database.transaction() as tx:
                await tokens.note_use(tx, credential.token_id, now)
        return _viewer(credential, None) if credential else None
    credential = await sessions.resolve(database, secret, now)
    return _viewer(credential, stored_hash(secret)) if credential else None


async def sign_up(ctx: Context, email: str, password: str, display_name: str) -> SignedIn:
    """Make a learner's account and begin a session; raises ``Refused`` with all faults at once, ``Overloaded``."""
    async with ctx.database.transaction() as tx:
        await tries.sign_up(tx, ctx.keyring, ctx.client, ctx.clock())
    newcomer = Newcomer(email, display_name, password)
    faults = await people.faults_of(ctx.database, ctx.keyring, newcomer)
    faults.settle()
    password_hash = await passwords.hashed(password)
    now = ctx.clock()
    async with ctx.database.transaction() as tx:
        user = await people.add(
            tx,
            ctx.keyring,
            newcomer,
            role="learner",
            password_hash=password_hash,
            at=now,
            visitor_hash=ctx.viewer.visitor,
        )
        secret = await sessions.begin(tx, user.id, now)
    tries.remember(ctx.keyring, ctx.client, tries.account_of(ctx.keyring, email), now)
    return await _enter(ctx, secret)


async def log_in(ctx: Context, email: str, password: str, *, ends_others: bool = False) -> SignedIn:
    """Begin a session; ``ends_others`` ends all others of the person.

    Raises ``Refused`` with ``InvalidCredentials``, no sooner for an unknown address, and ``Overloaded``.
    """
    async with ctx.database.transaction() as tx:
        admitted = await tries.log_in(tx, ctx.keyring, ctx.client, email, ctx.clock())
    # A password that is changed between its verification and the session makes the second round decide.
    for _ in range(2):
        known = await people.password_by_email(ctx.database, ctx.keyring, email)
        if not await _verified(ctx, admitted, known.password_hash if known else None, password):
            break
        assert known is not None
        assert known.password_hash is not None
        async with ctx.database.transaction() as tx:
            user = await people.hold_password(tx, known)
            if user is not None and user.suspended_at is not None:
                # Told to whoever knows the password, and to nobody else.
                raise Refused(InvalidCredentials((), "This account is suspended; ask an admin."))
            if user is not None:
                if ends_others:
                    await sessions.end_all(tx, user.id)
                secret = await sessions.begin(tx, user.id, ctx.clock())
                await tries.succeeded(tx, admitted, ctx.clock())
        if user is not None:
            tries.remember(ctx.keyring, ctx.client, admitted.account, ctx.clock())
            if passwords.is_outdated(known.password_hash):
                await _renew(ctx, known, password)
            return await _enter(ctx, secret)
    raise Refused(InvalidCredentials())


async def accept_invitation(ctx: Context, invitation: str, password: str) -> SignedIn:
    """Set the first password of an invited account and begin a session.

    Raises ``Refused`` with all faults, and ``Overloaded``.
    """
    async with ctx.database.transaction() as tx:
        await tries.accept_invitation(tx, ctx.keyring, ctx.client, ctx.clock())
    faults = Faults()
    passwords.check(faults, ("password",), password)
    if not await invitations.is_open(ctx.database, invitation, ctx.clock()):
        faults.append(invitations.unknown())
    faults.settle()
    password_hash = await passwords.hashed(password)
    now = ctx.clock()
    async with ctx.database.transaction() as tx:
        user = await invitations.accept(tx, invitation, password_hash, now)
        secret = await sessions.begin(tx, user.id, now)
    return await _enter(ctx, secret)


async def log_out(ctx: Context, *, everywhere: bool = False) -> None:
    """End the session of this request, or all of the person's; the rest of the request is a visitor's."""
    require(ctx.viewer, may_manage_own_account)
    assert ctx.viewer.user_id is not None
    async with ctx.database.transaction() as tx:
        if everywhere:
            await sessions.end_all(tx, ctx.viewer.user_id)
        elif ctx.viewer.session is not None:
            await sessions.end(tx, ctx.viewer.session)
    ctx.viewer = VISITOR
    ctx.forget()


async def change_password(ctx: Context, current: str, new: str) -> None:
    """Change one's own password and end all other sessions.

    Raises ``Refused`` with all faults at once, and ``Overloaded``.
    """
    require(ctx.viewer, may_manage_own_account)
    assert ctx.viewer.user_id is not None
    async with ctx.database.transaction() as tx:
        admitted = await tries.change_password(tx, ctx.keyring, ctx.viewer.user_id, ctx.clock())
    known = await people.password_by_id(ctx.database, ctx.viewer.user_id)
    faults = Faults()
    if not await _verified(ctx, admitted, known.password_hash if known else None, current):
        faults.append(people.wrong_password())
    passwords.check(faults, ("newPassword",), new)
    faults.settle()
    assert known is not None
    password_hash = await passwords.hashed(new)
    async with ctx.database.transaction() as tx:
        await people.change_password(tx, known, password_hash, ctx.viewer.session)
        await tries.succeeded(tx, admitted, ctx.clock())
    ctx.forget()


async def _verified(ctx: Context, admitted: Admitted, stored: str | None, password: str) -> bool:
    """Tell whether the password is right; a try that nobody had the time to look at does not count."""
    try:
        return await passwords.verified(stored, password)
    except PasswordsBusy:
        async with ctx.database.transaction() as tx:
            await tries.withdrawn(tx, admitted)
        raise


async def _renew(ctx: Context, known: PasswordRow, password: str) -> None:
    """Store the password's hash with the parameters of today, or at another time when there is no time now."""
    with suppress(PasswordsBusy):
        renewed = await passwords.hashed(password)
        async with ctx.database.transaction() as tx:
            await people.replace_password(tx, known, renewed)


async def _enter(ctx: Context, secret: str) -> SignedIn:
    """Go on as whom the session stands for that was just begun."""
    viewer = await viewer_of(ctx.database, secret, ctx.clock())
    assert viewer is not None
    ctx.viewer = viewer
    ctx.forget()
    return SignedIn(secret, ctx.viewer)


def _viewer(credential: CredentialRow, session: bytes | None) -> Viewer:
    scopes = None if credential.scopes is None else frozenset(cast("list[Scope]", credential.scopes))
    return Viewer(
        user_id=credential.user_id,
        role=cast(Role, credential.role),
        display_name=credential.display_name,
        scopes=scopes,
        session=session,
        token_id=credential.token_id,
        visitor=credential.visitor_hash,
    )
