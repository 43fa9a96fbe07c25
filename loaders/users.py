"""Batched reading of people and of their API tokens."""

from collections.abc import Sequence
from uuid import UUID

from accounts import people, tokens
from loaders.batch import by_key, grouped
from sql.database import Reads
from sql.rows.accounts import ApiTokenRow, UserRow


async def users_by_id(reads: Reads, ids: Sequence[UUID]) -> dict[UUID, UserRow]:
    """Return accounts by id."""
    return by_key(await people.users_by_id(reads, ids), lambda row: row.id)


async def api_tokens_by_user_id(reads: Reads, user_ids: Sequence[UUID]) -> dict[UUID, list[ApiTokenRow]]:
    """Return the tokens of each owner, newest first, those that still work before those that were revoked."""
    return grouped(await tokens.by_user_id(reads, user_ids), lambda row: row.user_id)
