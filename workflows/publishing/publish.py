"""Publish a challenge's draft: collect what its gates need without a connection, then write in one transaction."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from core.faults import Refused
from core.sealing import Keyring
from core.write_context import WriteContext
from sql.database import Database, Transaction
from sql.signals import Signals
from versioning.publishing import publish_state, publishing
from versioning.publishing.publishing import PublishRequest
from workflows.publishing.collect_replay import Unreplayed, collect_replay
from workflows.publishing.collect_verdicts import collect, or_unproven
from workflows.writes import Ids, Write


async def publish(
    database: Database,
    keyring: Keyring,
    act: Callable[[], WriteContext],
    wish: PublishRequest,
    write: Write,
    *,
    signals: Signals | None,
    wait_seconds: int,
) -> Ids:
    """Publish a draft as its challenge's next version, after having run what nobody has run yet.

    Raises ``Unproven`` when the wait ended before the run, ``Unreplayed`` when it ended before learners' solutions were
    run under its tests.
    """
    clock = asyncio.get_running_loop().time
    until, id = clock() + wait_seconds, wish.challenge_id
    standing = (await publish_state.load(database, keyring, [id])).get(id)
    waits: UUID | None = None
    replay: UUID | None = None
    seen = wish.content_hash, wish.live_set_hash
    # What the caller did not see is not run for them: it is refused as stale.
    if standing and standing.proof and (standing.draft.content_hash, standing.live.hash) == seen:
        texts, challenges = {id: standing.content}, {id: id}
        waits = await collect(
            database, keyring, act, texts, "author", signals=signals, wait_seconds=wait_seconds, challenges=challenges
        )
        if waits is None:
            replay = await collect_replay(database, keyring, act, wish, signals=signals, seconds=until - clock())

    async def do(tx: Transaction) -> Ids:
        done = await publishing.publish(tx, keyring, act(), [wish])
        return {"challenge": id, "version": done.version_ids[0], "publication": done.publication.id}

    try:
        return await or_unproven(write(do), waits)
    except Refused as refused:
        if replay is None:
            raise
        raise Unreplayed(refused, replay) from refused
