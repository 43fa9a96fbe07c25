"""Collect missing verdicts: have texts run that nobody has run yet, and wait for that. No connection is held meanwhile.

A run commits with its job. Whoever waits is woken by a signal and reads; the run goes on when nobody waits any more, so
the same call again goes on from what is there.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from core.faults import Refused
from core.sealing import Keyring
from core.write_context import WriteContext
from sql import settings
from sql.database import Database, Transaction
from sql.jobs import AUTHORS, BULK, Queue, ask
from sql.rows.runs import TextRow
from sql.rows.tree import IdRow
from sql.signals import Signals
from versioning.content.definition import Content
from versioning.faults import RunnerUnavailable
from versioning.judging import runs
from versioning.judging.verdicts import queries
from versioning.publishing.publish_state import Proof, proofs_of
from workflows.waiting import wait, wait_for_browser

K = TypeVar("K")
T = TypeVar("T")


class Unproven(Refused):
    """A publish was refused while a run of its text is still under way, or after it came to no verdict."""

    def __init__(self, refused: Refused, run_id: UUID) -> None:
        super().__init__(refused.faults)
        self.run_id = run_id


async def collect(
    database: Database,
    keyring: Keyring,
    act: Callable[[], WriteContext],
    texts: Mapping[K, Content],
    queue: Queue,
    *,
    signals: Signals | None = None,
    wait_seconds: int = 0,
    challenges: Mapping[K, UUID] | None = None,
) -> UUID | None:
    """Have run what is missing for these texts to be published.

    Returns a run that is still under way after the wait, else one that came to no verdict, None when there is neither.
    Nothing is asked for where verdicts are not required, or nobody is there to run it: the gates tell that.
    """
    if await settings.get(database, "verdicts_required") == "0":
        return None
    wanted = {key: text.normal() for key, text in texts.items() if text.tests and not text.check()}
    if not wanted:
        return None
    hashes = [text.content_hash for text in wanted.values()]
    rows = await database.fetch_all(queries.published_texts, TextRow, hashes=hashes)
    there = {row.content_hash for row in rows}
    proofs = await proofs_of(database, wanted)
    missing = {
        key: text
        for key, text in wanted.items()
        if not proofs[key].is_complete and proofs[key].runner and text.content_hash not in there
    }
    left = await wait_for_browser(database, signals, wait_seconds) if missing else None
    if left is None:
        return None
    room = runs.Room(pictures=queue == "author")
    async with database.transaction() as tx:
        ids = [
            await request_run(tx, keyring, act(), text, proofs[key], (challenges or {}).get(key), queue, room)
            for key, text in missing.items()
        ]
    if (waits := await over(database, signals, ids, left)) is not None:
        return waits
    failed = await database.fetch_one(queries.failed_run, IdRow, ids=ids)
    return failed.id if failed else None


async def request_run(
    tx: Transaction,
    keyring: Keyring,
    act: WriteContext,
    content: Content,
    proof: Proof,
    challenge_id: UUID | None,
    queue: Queue,
    room: runs.Room,
) -> UUID:
    """Ask for a run with its job, or for one that is over at once when nothing is left to run."""
    if not proof.is_complete and not proof.runner:
        raise Refused(RunnerUnavailable(()))
    id = await runs.request(tx, keyring, act, content, challenge_id, room)
    if proof.is_complete and (proof.has_pictures or not (room.pictures and proof.runner)):
        await runs.end(tx, id, "FINISHED", act.at)
    else:
        priority = AUTHORS if queue == "author" else BULK
        await ask(tx, "runs:run", queue=queue, priority=priority, once=f"runs.{id}", ids={"run_id": id})
    return id


async def over(database: Database, signals: Signals | None, ids: Sequence[UUID], seconds: float) -> UUID | None:
    """Wait until these runs are over, at most so long; returns one that is not."""

    async def under_way() -> list[UUID]:
        rows = await database.fetch_all(queries.unfinished_runs, IdRow, ids=list(ids))
        return [row.id for row in rows]

    left = await wait(signals, "palimpsest_runs", None, seconds, under_way)
    return left[0] if left else None


async def or_unproven(done: Awaitable[T], waits: UUID | None) -> T:
    """Say with a refusal which run is still under way or came to no verdict."""
    try:
        return await done
    except Refused as refused:
        if waits is None:
            raise
        raise Unproven(refused, waits) from refused
