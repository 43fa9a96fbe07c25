"""Collect the verdicts that a release lacks: have run what it would publish."""

from collections.abc import Callable
from uuid import UUID

from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Database
from sql.signals import Signals
from versioning.publishing import releases
from workflows.publishing.collect_verdicts import collect


async def collect_release(
    database: Database,
    keyring: Keyring,
    act: Callable[[], WriteContext],
    release_id: UUID,
    *,
    signals: Signals | None = None,
    wait_seconds: int = 0,
) -> UUID | None:
    """Have run what a release's texts lack; returns a run that is under way after the wait or came to no verdict."""
    texts = await releases.contents_of(database, keyring, release_id)
    challenges = {id: id for id in texts}
    return await collect(
        database, keyring, act, texts, "bulk", signals=signals, wait_seconds=wait_seconds, challenges=challenges
    )
