"""Publish a release: collect the verdicts that it lacks without a connection, then write in one transaction."""

from collections.abc import Callable
from uuid import UUID

from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Database, Transaction
from sql.signals import Signals
from versioning.publishing import release_execution, releases
from workflows.publishing.collect_verdicts import collect, or_unproven
from workflows.writes import Ids, Write


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


async def publish_release(
    database: Database,
    keyring: Keyring,
    act: Callable[[], WriteContext],
    release_id: UUID,
    write: Write,
    *,
    signals: Signals | None,
    wait_seconds: int,
) -> Ids:
    """Publish a release now. Raises ``Unproven`` when the wait for what has to be run ended before that."""
    waits = await collect_release(database, keyring, act, release_id, signals=signals, wait_seconds=wait_seconds)

    async def do(tx: Transaction) -> Ids:
        release = await releases.hold(tx, release_id, (*releases.OPEN, "SCHEDULED"))
        publication = await release_execution.publish(tx, keyring, act(), release)
        return {"release": release_id, "publication": publication.id}

    return await or_unproven(write(do), waits)
