"""Applying one migration while the gateway serves: short waits for locks, many tries, long builds that resume.

A statement that waits for a lock holds up everybody who comes after it. So none waits longer than
``Patience.lock_ms``: the transaction is rolled back, the others go on, and it is tried again after a pause.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeAlias

import psycopg
from psycopg import AsyncConnection

from sql.errors import DatabaseError, Unfit
from sql.migration_files import INDEX, Migration, Roles

Tell: TypeAlias = Callable[[str], object]

_NAME_BYTES = 63


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a migration waits for a lock, how many times it is tried, and how long it pauses between two tries.

    The pause doubles up to ``longest_pause``. Statements that run ``concurrently`` hold nobody up: they wait
    ``build_ms`` for transactions that began before them.
    """

    lock_ms: int = 1_000
    build_ms: int = 600_000
    tries: int = 30
    pause: float = 1.0
    longest_pause: float = 10.0

    def after(self, attempt: int) -> float:
        """Return the pause in seconds after the given try, the first being 1."""
        return float(min(self.pause * 2 ** (attempt - 1), self.longest_pause))


async def apply(
    connection: AsyncConnection[Any], migration: Migration, roles: Roles, patience: Patience, tell: Tell
) -> None:
    """Apply a migration and note it in ``schema_migrations``; raises ``DatabaseError`` where it fails."""
    if migration.outside:
        await _apply_outside(connection, migration, roles, patience, tell)
        return

    async def once() -> None:
        async with connection.transaction():
            await connection.execute(_timeout("local", patience.lock_ms))
            await _note(connection, migration)
            for statement in migration.statements(roles):
                await connection.execute(statement.encode())

    try:
        await _patiently(once, f"Migration {migration.name}", patience, tell)
    except psycopg.Error as error:
        raise DatabaseError(f"Migration {migration.name} failed and left nothing: {error}") from error


async def _patiently(once: Callable[[], Awaitable[None]], what: str, patience: Patience, tell: Tell) -> None:
    for attempt in range(1, patience.tries + 1):
        try:
            return await once()
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            if attempt == patience.tries:
                raise
            pause = patience.after(attempt)
            tell(f"{what} waits for a lock: try {attempt} of {patience.tries} gave way, the next one in {pause:g} s.")
            await asyncio.sleep(pause)
    return None


async def _apply_outside(
    connection: AsyncConnection[Any], migration: Migration, roles: Roles, patience: Patience, tell: Tell
) -> None:
    sent = migration.statements(roles)
    digests = [hashlib.sha256(statement.encode()).hexdigest() for statement in sent]
    done = await _steps_done(connection, migration)
    if done != digests[: len(done)]:
        raise Unfit(f"Migration {migration.name} was begun in another form; its first {len(done)} statements are done.")
    for step, (statement, digest) in enumerate(zip(sent, digests, strict=True), 1):
        if step <= len(done):
            continue
        what = f"Migration {migration.name}, statement {step} of {len(sent)},"
        tell(f"{what} runs.")
        try:
            for part in await _parts(connection, statement):
                await _patiently(partial(_run, connection, part, patience), what, patience, tell)
            await connection.execute(
                "insert into schema_migration_steps (number, step, checksum) values (%s, %s, %s)",
                [migration.number, step, digest],
            )
        except psycopg.Error as error:
            raise DatabaseError(
                f"{what} failed; those before it are done, and migrate goes on with it: {error}"
            ) from error
    async with connection.transaction():
        await _note(connection, migration)
        await connection.execute("delete from schema_migration_steps where number = %s", [migration.number])


async def _steps_done(connection: AsyncConnection[Any], migration: Migration) -> list[str]:
    cursor = await connection.execute(
        "select checksum from schema_migration_steps where number = %s order by step", [migration.number]
    )
    return [checksum for (checksum,) in await cursor.fetchall()]


async def _note(connection: AsyncConnection[Any], migration: Migration) -> None:
    await connection.execute(
        "insert into schema_migrations (number, name, checksum, applied_at) values (%s, %s, %s, now())",
        [migration.number, migration.name, migration.checksum],
    )


async def _run(connection: AsyncConnection[Any], statement: str, patience: Patience) -> None:
    """Run a statement by itself, after removing what an earlier build of the same index left when it failed."""
    if match := INDEX.fullmatch(statement):
        cursor = await connection.execute(
            "select from pg_index x join pg_class c on c.oid = x.indexrelid"
            " where x.indexrelid = to_regclass(%s) and c.relkind = 'i' and not x.indisvalid",
            [match[1]],
        )
        if cursor.rowcount:
            await _run(connection, f"drop index concurrently if exists {match[1]}", patience)
    await connection.execute(
        _timeout("session", patience.build_ms if "concurrently" in statement else patience.lock_ms)
    )
    await connection.execute(statement.encode())


async def _parts(connection: AsyncConnection[Any], statement: str) -> list[str]:
    """Return what a statement is run as: an index of a partitioned table is built partition by partition."""
    match = INDEX.fullmatch(statement)
    if match is None:
        return [statement]
    index, table, rest = match.groups()
    cursor = await connection.execute(
        "select i.inhrelid::regclass::text from pg_inherits i join pg_class c on c.oid = i.inhparent"
        " where i.inhparent = to_regclass(%s) and c.relkind = 'p' order by 1",
        [table],
    )
    partitions = [name for (name,) in await cursor.fetchall()]
    kind = await connection.execute("select from pg_class where oid = to_regclass(%s) and relkind = 'p'", [table])
    if not kind.rowcount:
        return [statement]
    begun = statement[: statement.index("index")]
    parts = [f"{begun}index if not exists {index} on only {table}{rest}"]
    for partition in partitions:
        own = _index_name(index, partition)
        parts.append(f"{begun}index concurrently if not exists {own} on {partition}{rest}")
        parts.append(f"alter index {index} attach partition {own}")
    return parts


def _index_name(index: str, partition: str) -> str:
    """Return the name of a partition's part of an index, the same in every run."""
    name = f"{partition}_{index}"
    if len(name) > _NAME_BYTES:
        name = f"{index[:30]}_{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return name


def _timeout(reach: Literal["local", "session"], milliseconds: int) -> bytes:
    return f"set {reach} lock_timeout = {milliseconds}".encode()
