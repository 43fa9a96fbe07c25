"""Replays: what learners' accepted solutions come to under a draft's tests, asked for before it is published.

A replay is a wish, like a run: it holds the tests that it runs, and is done in steps, each a job of its own, so that it
can be cancelled in between and others come in between. What it runs is chosen once. What code comes to is a verdict
under (judged hash, code hash) like any other, so nothing is run twice, not even by two replays. It is bound to tests
and not to texts: an edit of prose, in the draft or in what is live, leaves it standing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from core import limits
from core.faults import Refused
from core.ids import new_id
from core.write_context import WriteContext
from sql.database import Database, Jsonb, Reads, Transaction
from sql.named import Query, load
from sql.rows.practice import CountRow
from sql.rows.replays import ReplayItemRow, ReplayRow, ReplaySampleRow, ReplayWorkRow
from sql.rows.tree import IdRow
from versioning.content.definition import Content
from versioning.faults import TooManyWait

Outcome = Literal["PASSED", "FAILED", "UNKNOWN"]

SAMPLES = 5  # of each kind are shown


@dataclass(frozen=True)
class _Queries:
    insert_replay: Query
    replays_by_id: Query
    newest_replay: Query
    finished_replays: Query
    replay_under_way: Query
    replays_waiting: Query
    unfinished_replays: Query
    learners_of_challenges: Query
    begin_step: Query
    next_step: Query
    versions_judged_alike: Query
    insert_item: Query
    chosen: Query
    items_to_run: Query
    mark_item: Query
    try_item_again: Query
    tally: Query
    end_replay: Query
    notify_replay: Query
    replay_samples: Query
    delete_old_items: Query
    delete_old_replays: Query
    replays_without_job: Query


queries = load("versioning/replays", _Queries)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is replayed: a draft's text, and the live version whose tests have accepted what learners did."""

    challenge_id: UUID
    content: Content
    live_id: UUID
    live_judged_hash: str


class Chosen(Protocol):
    """One attempt of those to run, as far as a replay knows it."""

    @property
    def kind(self) -> str: ...
    @property
    def code_hash(self) -> str: ...
    @property
    def learners(self) -> int: ...
    @property
    def user_id(self) -> UUID: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def attempt_id(self) -> UUID: ...


async def request(
    tx: Transaction, act: WriteContext, subject: Subject, *, seed: int | None = None, most: int | None = None
) -> tuple[UUID, bool]:
    """Ask for a replay and return its id and whether it is new: the one under way, or a new one.

    ``seed`` and ``most`` are what is wanted; without them whatever is under way will do. Raises ``Refused`` with
    ``TooManyWait``.
    """
    content = subject.content
    about = {
        "challenge_id": subject.challenge_id,
        "judged_hash": content.judged_hash,
        "against_judged_hash": subject.live_judged_hash,
    }
    under_way = await tx.fetch_one(queries.replay_under_way, IdRow, **about, seed=seed, most=most)
    if under_way is not None:
        return under_way.id, False
    waiting = await tx.fetch_one(queries.replays_waiting, CountRow)
    if waiting is not None and waiting.number >= limits.REPLAYS_WAITING:
        told = f"{waiting.number} replays are under way already; try again when some of them are over."
        raise Refused(TooManyWait((), told))
    id = new_id()
    await tx.execute(
        queries.insert_replay,
        id=id,
        requested_by=act.actor,
        at=act.at,
        content_hash=content.content_hash,
        tests=Jsonb([test.stored() for test in content.tests]),
        hooks=Jsonb(content.hooks.stored()),
        libraries=Jsonb(list(content.libraries)),
        declared_names=Jsonb(list(content.declared)),
        against_version_id=subject.live_id,
        seed=seed or 0,
        most=most or limits.REPLAY_SOLUTIONS,
        **about,
    )
    return id, True


async def by_id(reads: Reads, ids: Sequence[UUID]) -> list[ReplayRow]:
    """Return the replays of these ids."""
    return await reads.fetch_all(queries.replays_by_id, ReplayRow, ids=list(ids))


async def newest(reads: Reads, challenge_id: UUID, judged_hash: str, live_judged_hash: str) -> ReplayRow | None:
    """Return the last replay of a draft's tests against those that are live, however it stands."""
    return await reads.fetch_one(
        queries.newest_replay,
        ReplayRow,
        challenge_id=challenge_id,
        judged_hash=judged_hash,
        against_judged_hash=live_judged_hash,
    )


async def is_under_way(reads: Reads, id: UUID) -> bool:
    """Tell whether a replay is not over."""
    return bool(await reads.fetch_all(queries.unfinished_replays, IdRow, ids=[id]))


async def samples(reads: Reads, ids: Sequence[UUID]) -> list[ReplaySampleRow]:
    """Return code of these replays that is broken or newly passes, without names."""
    return await reads.fetch_all(queries.replay_samples, ReplaySampleRow, ids=list(ids), most=SAMPLES)


async def end(tx: Transaction, id: UUID, state: str, at: datetime) -> bool:
    """End a replay (FINISHED, CANCELLED, FAILED) and tell whoever watches it; False when it is over already."""
    ended = await tx.execute(queries.end_replay, id=id, state=state, at=at)
    await tx.execute(queries.notify_replay, id=id)
    return bool(ended)


async def without_job(reads: Reads, before: datetime, limit: int) -> list[UUID]:
    """Return replays, asked for before a moment, that are not over and that no job does."""
    rows = await reads.fetch_all(queries.replays_without_job, IdRow, before=before, limit=limit)
    return [row.id for row in rows]


async def forget(tx: Transaction, before: datetime) -> int:
    """Delete replays older than a moment and return how many; verdicts stay, and what publishes noted of them."""
    await tx.execute(queries.delete_old_items, before=before)
    return await tx.execute(queries.delete_old_replays, before=before)


async def begin_step(database: Database, id: UUID, step: int, at: datetime) -> ReplayWorkRow | None:
    """Go on with a replay; None when it is over, or when this step of it was done."""
    async with database.transaction() as tx:
        return await tx.fetch_one(queries.begin_step, ReplayWorkRow, id=id, step=step, at=at)


async def versions_judged_alike(reads: Reads, replay: ReplayWorkRow) -> list[UUID]:
    """Return the versions under whose tests attempts were accepted: that which is live, and all with the same tests."""
    rows = await reads.fetch_all(
        queries.versions_judged_alike,
        IdRow,
        challenge_id=replay.challenge_id,
        judged_hash=replay.against_judged_hash,
    )
    return [row.id for row in rows]


async def choose(tx: Transaction, replay: ReplayWorkRow, chosen: Sequence[Chosen], found: int) -> None:
    """Write down what a replay runs, once, and how many learners there are."""
    if not await tx.fetch_one(
        queries.chosen,
        IdRow,
        id=replay.id,
        challenge_id=replay.challenge_id,
        against_judged_hash=replay.against_judged_hash,
        total=len(chosen),
        found=found,
    ):
        return
    await tx.execute_many(
        queries.insert_item,
        [
            {
                "replay_id": replay.id,
                "ordinal": ordinal,
                "kind": one.kind,
                "code_hash": one.code_hash,
                "learners": one.learners,
                "user_id": one.user_id,
                "created_at": one.created_at,
                "attempt_id": one.attempt_id,
            }
            for ordinal, one in enumerate(chosen, 1)
        ],
    )
    await tx.execute(queries.notify_replay, id=replay.id)


async def to_run(reads: Reads, id: UUID, limit: int) -> list[ReplayItemRow]:
    """Return the next attempts of which nothing is known yet."""
    return await reads.fetch_all(queries.items_to_run, ReplayItemRow, replay_id=id, limit=limit)


async def mark(tx: Transaction, id: UUID, came_to: Iterable[tuple[int, Outcome, Sequence[str]]]) -> None:
    """Write what attempts came to (ordinal, outcome, tests that did not pass); what is written stays."""
    await tx.execute_many(
        queries.mark_item,
        [
            {"replay_id": id, "ordinal": ordinal, "outcome": outcome, "failed": list(failed)}
            for ordinal, outcome, failed in came_to
        ],
    )


async def try_again(tx: Transaction, id: UUID, ordinal: int) -> None:
    """Note that the machine could not tell of an attempt."""
    await tx.execute(queries.try_item_again, replay_id=id, ordinal=ordinal)


def lane(step: int) -> str:
    """Return the lock of a step's job; of two lanes, so that the next begins while the one before says that it is done.

    Jobs of one lock wait for one another, and who waits is looked at again only when a job comes or after seconds.
    """
    return f"replays.{step % 2}"


async def end_step(tx: Transaction, id: UUID, step: int, at: datetime, *, is_last: bool) -> bool:
    """Count, end the replay with its last step, and tell; True when another step is to follow."""
    if await tx.fetch_one(queries.next_step, IdRow, id=id, step=step) is None:
        return False
    await tx.execute(queries.tally, id=id)
    if is_last:
        await end(tx, id, "FINISHED", at)
        return False
    await tx.execute(queries.notify_replay, id=id)
    return True
