"""Accounts for tests, made through the domain; passwords of those who need none are no hash at all."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

from accounts import people
from accounts.people import Newcomer
from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Database
from sql.rows.accounts import UserRow

NOW = datetime(2030, 1, 31, 12, 0, tzinfo=UTC)


async def make_person(
    database: Database,
    keyring: Keyring,
    name: str = "Ada",
    role: str = "learner",
    *,
    password_hash: str | None = "some hash",
    at: datetime = NOW,
) -> UserRow:
    """Make a person whose address is their name at example.org."""
    async with database.transaction() as tx:
        return await people.add(
            tx,
            keyring,
            Newcomer(f"{name.lower().replace(' ', '.')}@example.org", name),
            role=role,
            password_hash=password_hash,
            at=at,
        )


def act_of(user: UserRow, at: datetime = NOW) -> WriteContext:
    return WriteContext(user.id, at)


async def started(work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Start work that must wait for the caller's transaction, and see that it does."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait({task}, timeout=0.3)
    assert not done
    return task
