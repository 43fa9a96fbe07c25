"""Recount how much of a track each learner completed, after what counts in it changed."""

from uuid import UUID

from practice import counting
from sql.database import Database, Transaction
from sql.jobs import ask_each
from versioning.log.publication_log import tracks_to_count


async def ask_for_recounts(tx: Transaction) -> None:
    """Queue a recount of every track whose visible challenges this transaction changed."""
    if tx.heads:
        tracks = await tracks_to_count(tx, [seq for seq, _ in tx.heads])
        jobs = {f"counting.{id}": {"track_id": id} for id in tracks}
        await ask_each(tx, "counting:recount_track", queue="maintenance", ids=jobs)


async def recount(database: Database, track_id: UUID) -> int:
    """Count a track's learners anew, some in each transaction, and return how many counts were changed."""
    above, changed = None, 0
    while learners := await counting.learners(database, track_id, above):
        async with database.transaction() as tx:
            changed += await counting.recount(tx, track_id, learners)
        above = learners[-1]
    return changed
