"""API tokens: everybody their own, in person; an admin in person may also end anybody's."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from accounts import people, tokens
from accounts.tokens import Created
from resolvers.context import Context
from resolvers.idempotency import IdempotentCall, Ids, run_once
from resolvers.policy import may_manage_own_account, may_manage_people, require
from sql.database import Transaction
from sql.rows.accounts import ApiTokenRow


async def create_api_token(ctx: Context, name: str, scopes: Sequence[str], expires_at: datetime | None) -> Created:
    """Make a token of one's own; raises ``Refused`` with all faults, a scope outside of one's role among them."""
    require(ctx.viewer, may_manage_own_account)
    act = ctx.act()
    async with ctx.database.transaction() as tx:
        (owner,) = await people.users_by_id(tx, [act.actor])
        created = await tokens.create(tx, owner, name, scopes, expires_at, act)
    ctx.forget()
    return created


async def revoke_api_token(ctx: Context, asked: IdempotentCall, token_id: UUID) -> Ids:
    """End a token; raises ``Refused`` with ``NotFound`` for one that is not the viewer's to end."""
    require(ctx.viewer, may_manage_own_account)
    act = ctx.act()
    owner = None if may_manage_people(ctx.viewer) else act.actor

    async def do(tx: Transaction) -> Ids:
        return {"id": (await tokens.revoke(tx, token_id, act, owner=owner)).id}

    return await run_once(ctx, asked, do)


async def api_token(ctx: Context, token_id: UUID) -> ApiTokenRow | None:
    """Return a token whose revoking was just answered."""
    return next(iter(await tokens.by_id(ctx.database, [token_id])), None)
