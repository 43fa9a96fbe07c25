"""Loading people and their API tokens."""

from collections.abc import Sequence
from uuid import UUID

from accounts import people, tokens
from loaders.batch import by_key, grouped
from loaders.loader import ReadContext, list_loader, loader
from sql.rows.accounts import ApiTokenRow, UserRow


@loader
async def user_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, UserRow]:
    """Find accounts by id."""
    return by_key(await people.users_by_id(ctx.database, ids), lambda row: row.id)


@loader
async def own_api_token_by_id(ctx: ReadContext, ids: Sequence[UUID]) -> dict[UUID, ApiTokenRow]:
    """Find tokens of the viewer's own; anybody else's is absent, as one that does not exist."""
    if ctx.user_id is None:
        return {}
    return by_key(await tokens.by_id(ctx.database, ids, owner=ctx.user_id), lambda row: row.id)


@list_loader
async def api_tokens_by_user_id(ctx: ReadContext, user_ids: Sequence[UUID]) -> dict[UUID, list[ApiTokenRow]]:
    """Find the tokens of each owner, newest first, those that still work before those that were revoked."""
    return grouped(await tokens.by_user_id(ctx.database, user_ids), lambda row: row.user_id)
