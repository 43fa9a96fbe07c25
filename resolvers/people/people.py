"""People as admins manage them, and what people say about themselves."""

from datetime import datetime
from uuid import UUID

from accounts import invitations, people
from accounts.invitations import Invited
from accounts.people import Newcomer, ProfileChanges
from core import limits, texts
from core.faults import Faults
from loaders.pages import Page, PageOf, ReadError, cursor_of, key_in
from resolvers.context import Context
from resolvers.errors import InvalidArgument
from resolvers.idempotency import IdempotentCall, Ids, run_once
from resolvers.policy import may_manage_own_account, may_manage_people, require
from sql.database import Transaction
from sql.rows.accounts import UserRow


async def create_user(ctx: Context, email: str, display_name: str, role: str) -> Invited:
    """Make an account and an invitation to it; raises ``Refused`` with all faults at once."""
    require(ctx.viewer, may_manage_people)
    async with ctx.database.transaction() as tx:
        invited = await invitations.create_user(tx, ctx.keyring, Newcomer(email, display_name), role, ctx.act())
    ctx.forget()
    return invited


async def set_user_role(ctx: Context, asked: IdempotentCall, user_id: UUID, role: str) -> Ids:
    """Give somebody a role; raises ``Refused``, also for the last admin."""
    require(ctx.viewer, may_manage_people)

    async def do(tx: Transaction) -> Ids:
        return {"id": (await people.set_role(tx, user_id, role, ctx.act())).id}

    return await run_once(ctx, asked, do)


async def suspend_user(ctx: Context, asked: IdempotentCall, user_id: UUID, reason: str, *, back: bool) -> Ids:
    """Keep an account out, or let it in again; raises ``Refused``, also for the last admin."""
    require(ctx.viewer, may_manage_people)

    async def do(tx: Transaction) -> Ids:
        act = people.reinstate if back else people.suspend
        return {"id": (await act(tx, user_id, reason, ctx.act())).id}

    return await run_once(ctx, asked, do)


async def update_profile(ctx: Context, asked: IdempotentCall, changes: ProfileChanges) -> Ids:
    """Change what one says about oneself; raises ``Refused`` with all faults at once."""
    require(ctx.viewer, may_manage_own_account)

    async def do(tx: Transaction) -> Ids:
        return {"id": (await people.update_profile(tx, ctx.act().actor, changes)).id}

    return await run_once(ctx, asked, do)


async def users(ctx: Context, page: PageOf, search: str = "") -> Page[UserRow]:
    """Return accounts, newest first; raises ``InvalidArgument`` or ``ReadError`` for arguments that cannot be.

    ``search`` keeps those whose display name contains it or whose e-mail address it is.
    """
    require(ctx.viewer, may_manage_people)
    faults = Faults()
    texts.line(faults, ("search",), search, limits.SEARCH, required=False)
    if faults:
        raise InvalidArgument(f"search: {faults[0].text()}")
    after = None if page.after is None else _key_in(page.after)
    rows = await people.users_page(ctx.database, ctx.keyring, after=after, limit=page.size + 1, search=search)
    return Page.cut(rows, page.size, _cursor_of, later=after is not None)


def _cursor_of(row: UserRow) -> str:
    return cursor_of(row.created_at.isoformat(), str(row.id))


def _key_in(cursor: str) -> tuple[datetime, UUID]:
    at, id = key_in(cursor, str, str)
    try:
        moment = datetime.fromisoformat(str(at))
        if moment.tzinfo is None:
            raise ValueError("without a time zone")
        return moment, UUID(str(id))
    except ValueError as error:
        raise ReadError("The cursor is not one that this list gave; begin without one.") from error
