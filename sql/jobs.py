"""The job queue's tables, which are the library procrastinate's own, and asking for a job.

They lie in a schema of their own (``jobs``), made and brought up to date by the library's files, which are not ours to
number. A job is asked for on the caller's connection, so it and its cause commit together or not at all. Its arguments
are ids and nothing else: who runs it reads the rest.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal, TypeAlias
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier

from sql.database import Database, Jsonb, Reads, Transaction
from sql.errors import ConstraintViolated, DatabaseError, Unavailable, Unfit
from sql.migrate import Roles
from sql.named import Query, load
from sql.rows.operations import JobIdRow, StalledJobRow

Queue: TypeAlias = Literal["author", "learner", "bulk", "maintenance"]

# How urgent: authors wait at their desks, learners a moment longer, trees of content as long as it takes.
AUTHORS, LEARNERS, BULK = 30, 20, 10

SCHEMA = "jobs"
_LOCK = 0x70616C696E  # beside the one of migrations
_KEY_OF_WAITING = "procrastinate_jobs_queueing_lock_idx_v1"
_SUSPECTS = "queue.suspects"
_GRANTS = """
grant usage on schema jobs to {gateway};
grant select, insert, update on procrastinate_jobs to {gateway};
grant select, insert on procrastinate_events to {gateway};
grant select on procrastinate_workers to {gateway};
grant usage on all sequences in schema jobs to {gateway};
"""
# Jobs are taken by the worker, a member of the owner; the gateway asks for them by an insert.
_NOT_PUBLIC = "revoke execute on all functions in schema jobs from public"


@dataclass(frozen=True)
class _Queries:
    ask_for_job: Query
    ask_for_jobs: Query
    stalled_jobs: Query
    lock_stalled_job: Query
    note_death: Query
    give_way: Query
    wait_again: Query
    lock_own_job: Query
    end_job: Query
    delete_job: Query
    fail_dead_job: Query


_q = load("operations/jobs", _Queries)


async def ask(
    tx: Transaction,
    task: str,
    *,
    queue: Queue,
    priority: int = 0,
    lock: str | None = None,
    once: str | None = None,
    at: datetime | None = None,
    ids: Mapping[str, UUID | str] | None = None,
) -> None:
    """Ask for a job; it begins after the transaction commits, not before ``at``.

    Of jobs with one ``lock`` one runs at a time, in their order; while a job waits under ``once`` no second is added.
    """
    await tx.execute(
        _q.ask_for_job,
        queue=queue,
        task=task,
        priority=priority,
        lock=lock,
        once=once,
        at=at,
        args=Jsonb({name: str(value) for name, value in (ids or {}).items()}),
    )


async def ask_each(tx: Transaction, task: str, *, queue: Queue, ids: Mapping[str, Mapping[str, UUID | str]]) -> None:
    """Ask for several jobs of one task in one statement, by the keys under which each waits once."""
    if ids:
        args = [Jsonb({name: str(value) for name, value in one.items()}) for one in ids.values()]
        await tx.execute(_q.ask_for_jobs, queue=queue, task=task, once=list(ids), args=args)


async def wait_again(database: Database, id: int, at: datetime | None = None, *, worker: int | None = None) -> bool:
    """Let a failed job of ``worker`` wait again, from a moment on; False when it gave way to one under its key.

    That one goes on with the attempts of both, so nothing is tried more often for being asked for twice.
    """
    while True:
        try:
            async with database.transaction() as tx:
                return await _wait_again(tx, id, at, None, worker)
        except ConstraintViolated as violated:
            if violated.constraint != _KEY_OF_WAITING:  # else: it was asked for just now, and is seen next time
                raise


async def is_own(tx: Transaction, id: int, worker: int | None) -> bool:
    """Lock a job and tell whether ``worker`` still has it: one that was taken for dead may have lost it."""
    return await tx.fetch_one(_q.lock_own_job, JobIdRow, id=id, worker=worker) is not None


async def end(tx: Transaction, id: int, worker: int | None, status: str) -> None:
    """End a job that ``worker`` did: "succeeded" ones are forgotten, others stay to be seen."""
    if status == "succeeded":
        await tx.execute(_q.delete_job, id=id, worker=worker)
    else:
        await tx.execute(_q.end_job, id=id, worker=worker, status=status)


async def end_dead(tx: Transaction, id: int) -> None:
    """End a locked job that outlived too many workers as failed."""
    await tx.execute(_q.note_death, id=id)
    await tx.execute(_q.fail_dead_job, id=id)


async def stalled(reads: Reads, seconds: float) -> list[int]:
    """Return the jobs whose worker gave no sign of life for so long."""
    return [row.id for row in await reads.fetch_all(_q.stalled_jobs, JobIdRow, seconds=seconds)]


async def lock_stalled(tx: Transaction, id: int, seconds: float) -> StalledJobRow | None:
    """Lock a job whose worker died and return it; None when somebody else has it by now."""
    return await tx.fetch_one(_q.lock_stalled_job, StalledJobRow, id=id, seconds=seconds)


async def outlive(tx: Transaction, id: int) -> bool:
    """Note that a locked job's worker died, and let the job wait again; False when it gave way.

    What worker it killed nobody knows: of the jobs that outlived one, those without a lock run one at a time from then
    on, so that no other one of them is counted for the deaths that one causes.
    """
    await tx.execute(_q.note_death, id=id)
    return await _wait_again(tx, id, None, _SUSPECTS, None)


async def _wait_again(tx: Transaction, id: int, at: datetime | None, lock: str | None, worker: int | None) -> bool:
    if await tx.execute(_q.give_way, id=id, worker=worker):
        return False
    await tx.execute(_q.wait_again, id=id, at=at, lock=lock, worker=worker)
    return True


async def install(url: str, roles: Roles) -> list[str]:
    """Bring the queue's tables to what the installed library wants; returns the names of the files applied.

    ``url`` is that of a superuser, or of a user who owns the database, as for ``migrate``, which comes first.
    """
    try:
        connection = await AsyncConnection.connect(url, autocommit=True, application_name="palimpsest migrate")
    except psycopg.Error as error:
        raise Unavailable(f"The database cannot be reached: {error}") from error
    async with connection:
        await connection.execute("select pg_advisory_lock(%s)", [_LOCK])
        try:
            async with connection.transaction():
                return await _install(connection, roles)
        except psycopg.Error as error:
            raise DatabaseError(f"The job queue's tables could not be made and left nothing: {error}") from error


async def require_installed(url: str) -> None:
    """Refuse (``Unfit``) to serve a database whose queue is not the installed library's."""
    async with await AsyncConnection.connect(url, autocommit=True, connect_timeout=10) as connection:
        try:
            cursor = await connection.execute("select name from jobs.library_files")
            known = {str(name) for (name,) in await cursor.fetchall()}
        except psycopg.Error as error:
            raise Unfit("The database lacks the job queue's tables; run ./palimpsest migrate.") from error
    if missing := [path.name for path in _files() if path.name not in known]:
        raise Unfit(f"The job queue's tables lack {missing[0]}; run ./palimpsest migrate.")


async def _install(connection: AsyncConnection[tuple[object, ...]], roles: Roles) -> list[str]:
    owner, gateway = Identifier(roles.owner), Identifier(roles.gateway)
    known = await connection.execute("select from pg_namespace where nspname = %s", [SCHEMA])
    if known.rowcount == 0:
        await connection.execute(SQL("create schema {} authorization {}").format(Identifier(SCHEMA), owner))
    await connection.execute(SQL("set local role {}").format(owner))
    await connection.execute("set local search_path = jobs")
    await connection.execute("create table if not exists library_files (name text primary key)")
    cursor = await connection.execute("select name from library_files")
    applied = {str(name) for (name,) in await cursor.fetchall()}
    files = [path for path in _files() if path.name not in applied]
    if not files:
        await connection.execute(_NOT_PUBLIC)
        return []
    if applied:
        texts = [path.read_text(encoding="utf-8") for path in files]
    else:
        texts = [(resources.files("procrastinate.sql") / "schema.sql").read_text(encoding="utf-8")]
    for text in texts:
        await connection.execute(text.encode())
    for path in files:
        await connection.execute("insert into library_files values (%s)", [path.name])
    await connection.execute(SQL(_GRANTS).format(gateway=gateway))
    await connection.execute(_NOT_PUBLIC)
    await connection.execute(SQL("grant select on library_files to {}").format(gateway))
    # So that they find their tables from any connection, whatever it looks through.
    functions = await connection.execute(
        "select p.oid::regprocedure::text from pg_proc p where p.pronamespace = 'jobs'::regnamespace"
    )
    for (signature,) in await functions.fetchall():
        await connection.execute(f"alter function {signature} set search_path = jobs".encode())
    return [path.name for path in files]


def _files() -> list[Traversable]:
    """Return the library's own migrations in order."""
    folder = resources.files("procrastinate.sql.migrations")
    return sorted(
        (path for path in folder.iterdir() if re.fullmatch(r"\d\d\.\d\d\.\d\d_\d\d_\w+\.sql", path.name)),
        key=lambda path: path.name,
    )
