"""Runs: a wish to see a text run, with starter and solution under its tests, until it is over or cancelled.

A run holds what is run, since the draft goes on. What it comes to are verdicts, by the hashes of the texts; a run that
finds them there already is over at once. Two wishes for the same text are one run.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import limits
from core.code import Code
from core.faults import Refused
from core.ids import new_id
from core.sealing import Keyring
from core.write_context import WriteContext
from sandbox.work import PageRun, Work
from sql.database import Database, Jsonb, Reads, Transaction
from sql.rows.operations import ThereRow
from sql.rows.runs import RunRow, RunTriesRow, VainRunRow
from sql.rows.tree import IdRow
from versioning.content import solutions
from versioning.content.definition import Content
from versioning.faults import TooManyWait
from versioning.judging import verdicts
from versioning.judging.verdicts import Judging, Key, Keys, queries

# Runs a work, a second time where the first one is in doubt; the second argument tells whether to take a picture.
Judge = Callable[[Work, bool], Awaitable[PageRun]]


@dataclass(slots=True)
class Room:
    """Whether there is room for new runs, with pictures or without; looked for once for all that are asked at once."""

    pictures: bool
    is_found: bool = False

    async def require(self, tx: Transaction) -> None:
        """Raise ``Refused`` with ``TooManyWait`` when too many wait already."""
        if self.is_found:
            return
        most = limits.PREVIEWS_WAITING if self.pictures else limits.TEXTS_WAITING
        found = await tx.fetch_one(queries.is_crowded, ThereRow, pictures=self.pictures, most=most)
        if found is not None and found.there:
            raise Refused(TooManyWait((), f"{most} texts wait to be run already; try again when some of them were."))
        self.is_found = True


async def request(
    tx: Transaction, keyring: Keyring, act: WriteContext, content: Content, challenge_id: UUID | None, room: Room
) -> UUID:
    """Ask for a run of a text in its normal form and return the run's id: the one under way, or a new one."""
    pictures = room.pictures
    hash = content.content_hash
    under_way = await tx.fetch_one(queries.run_under_way, IdRow, content_hash=hash, pictures=pictures)
    if under_way is not None:
        return under_way.id
    await room.require(tx)
    keys, id = Keys.of(content), new_id()
    await tx.execute(
        queries.insert_run,
        id=id,
        challenge_id=challenge_id,
        requested_by=act.actor,
        at=act.at,
        content_hash=hash,
        pictures=pictures,
        judged_hash=content.judged_hash,
        tests=Jsonb([test.stored() for test in content.tests]),
        hooks=Jsonb(content.hooks.stored()),
        libraries=Jsonb(list(content.libraries)),
        starter_html=content.starter.html,
        starter_css=content.starter.css,
        starter_js=content.starter.js,
        starter_code_hash=keys.starter[1],
        solution_hash=await solutions.store(tx, keyring, content.solution),
        solution_code_hash=keys.solution[1],
    )
    return id


async def by_id(reads: Reads, ids: Sequence[UUID]) -> list[RunRow]:
    """Return the runs of these ids."""
    return await reads.fetch_all(queries.runs_by_id, RunRow, ids=list(ids))


async def vain_tries(reads: Reads, content_hashes: Sequence[str]) -> dict[str, int]:
    """Return for each of these texts how often it was tried when it last came to no verdict, if it ever did."""
    if not content_hashes:
        return {}
    rows = await reads.fetch_all(queries.runs_in_vain, VainRunRow, hashes=list(content_hashes))
    return {row.content_hash: row.tries for row in rows}


async def end(tx: Transaction, id: UUID, state: str, at: datetime) -> bool:
    """End a run (FINISHED, CANCELLED, FAILED) and tell whoever watches it; False when it is over already."""
    ended = await tx.execute(queries.end_run, id=id, state=state, at=at)
    await tx.execute(queries.notify_run, id=id)
    return bool(ended)


async def without_job(reads: Reads, before: datetime, limit: int) -> list[UUID]:
    """Return runs, asked for before a moment, that are not over and that no job does."""
    rows = await reads.fetch_all(queries.runs_without_job, IdRow, before=before, limit=limit)
    return [row.id for row in rows]


async def count_tries(tx: Transaction, id: UUID, tries: int) -> int:
    """Add tries that came to no verdict to a run and return how many they are by now; 0 when it is over."""
    counted = await tx.fetch_one(queries.count_run_tries, RunTriesRow, id=id, tries=tries)
    return counted.tries if counted else 0


async def forget(tx: Transaction, before: datetime) -> int:
    """Delete wishes older than a moment and return how many; what came of them stays."""
    return await tx.execute(queries.delete_old_runs, before=before)


async def carry_out(
    database: Database, keyring: Keyring, id: UUID, judge: Judge, engine: str, clock: Callable[[], datetime]
) -> PageRun | None:
    """Do a run, in whatever of it is still to be done; returns the run of a page that came to no verdict, if one did.

    It can be done twice: what was judged is not judged again. Between the pages it looks whether it was cancelled.
    """
    run = await _begun(database, id, clock())
    if run is None:
        return None
    judging = await Judging.of_solved(database, keyring, run)
    opened = await solutions.opened(database, keyring, [run.solution_hash])
    pages = (
        ((run.judged_hash, run.solution_code_hash), opened[run.solution_hash], True),
        ((run.judged_hash, run.starter_code_hash), Code(run.starter_html, run.starter_css, run.starter_js), False),
    )
    for key, code, twice in pages:
        vain = await _judged(database, key, judging.work(code), twice, run.pictures, judge, engine, clock)
        if vain is not None:
            return vain
        if await _begun(database, id, clock()) is None:
            return None
    async with database.transaction() as tx:
        await end(tx, id, "FINISHED", clock())
    return None


async def _begun(database: Database, id: UUID, at: datetime) -> RunRow | None:
    async with database.transaction() as tx:
        run = await tx.fetch_one(queries.begin_run, RunRow, id=id, at=at)
        if run is not None:
            await tx.execute(queries.notify_run, id=id)
    return run


async def _judged(
    database: Database,
    key: Key,
    work: Work,
    twice: bool,
    picture: bool,
    judge: Judge,
    engine: str,
    clock: Callable[[], datetime],
) -> PageRun | None:
    """Judge a page that this browser has not judged; a solution that passes has to pass a second time.

    One that hung is tried again, whenever it is asked for: it may have been the machine. Returns a run that came to no
    verdict, None when there is one.
    """
    earlier = await verdicts.of_engine(database, key, engine)
    if (
        earlier is not None
        and earlier.status == "FINISHED"
        and (earlier.has_screenshot or not picture)
        and (earlier.confirmed or not (twice and earlier.passed))
    ):
        return None
    found = await judge(work, picture)
    if found.status in verdicts.STORED and twice and found.passed:
        again = await judge(work, False)
        # One that passes now and then has failed; the run that shows it is kept.
        found = found if again.passed else again
    if found.status not in verdicts.STORED:
        return found
    async with database.transaction() as tx:
        await verdicts.keep(tx, key, found, confirmed=twice, at=clock())
    return None
