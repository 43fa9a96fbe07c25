"""Migrations: numbered plain SQL under ``migrations/``, rolled forward, each in one transaction or resumable.

The number is inserted first, under a lock, so that of five starters one applies and four find nothing to do. An
applied file whose text was edited, or a number that this program does not know, is refused: the database was made by
other code. There is no way back down; a mistake is mended by the next number. How one file is applied beside a gateway
that serves is told in ``migration_runs``.

Three roles own, serve and work: ``<prefix>_owner`` (cannot log in, owns every object), ``<prefix>_gateway`` (serves
requests, owns nothing) and ``<prefix>_worker`` (jobs and upkeep; a member of the owner). They are made here. In a
migration they are written ``:"owner"``, ``:"gateway"`` and ``:"worker"``, which psql reads too
(``psql -v gateway=palimpsest_gateway -f …``).
"""

import asyncio
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg.sql import SQL, Identifier

from embedded.supervisor import binary
from sql.errors import Unavailable, Unfit
from sql.migration_files import FOLDER, Migration, Roles, migrations
from sql.migration_runs import Patience, Tell, apply

__all__ = ["FOLDER", "Migration", "Patience", "Roles", "migrate", "migrations", "require_fit"]

OLDEST_SERVER = 15

_LOCK = 0x70616C696D  # any number of our own; advisory locks are told apart by it


async def migrate(
    url: str,
    roles: Roles = Roles(),
    folder: Path = FOLDER,
    *,
    gateway_logs_in: bool = False,
    patience: Patience = Patience(),
    tell: Tell = lambda line: None,
) -> list[str]:
    """Bring the database at ``url`` up to date and return the names of the migrations applied.

    ``url`` is that of a superuser, or of a user who owns the database and may create roles. ``gateway_logs_in`` lets
    the gateway's role log in by itself, which only the embedded server's private socket makes safe. ``tell`` hears a
    line for every try that gave way to others' locks and for every statement outside of a transaction.
    """
    async with await _connect(url) as connection:
        await _require_version(connection)
        await _alone(connection, tell)
        for left in (4, 3, 2, 1, 0):
            try:
                await _make_roles(connection, roles, gateway_logs_in)
                break
            except (psycopg.errors.InternalError_, psycopg.errors.UniqueViolation):
                # Roles belong to the whole server: a starter for another of its databases changed the same row.
                if not left:
                    raise
        await connection.execute(SQL("set role {}").format(Identifier(roles.owner)))
        await connection.execute(
            "create table if not exists schema_migrations ("
            " number int primary key, name text not null, checksum text not null, applied_at timestamptz not null)"
        )
        # What is done of a migration that runs outside of a transaction, until all of it is; empty otherwise.
        await connection.execute(
            "create table if not exists schema_migration_steps ("
            " number int, step int, checksum text not null, primary key (number, step))"
        )
        await connection.execute(SQL("grant select on schema_migrations to {}").format(Identifier(roles.gateway)))
        known = migrations(folder)
        applied = await _applied(connection)
        _compare(known, applied)
        for migration in known[len(applied) :]:
            await apply(connection, migration, roles, patience, tell)
        return [migration.name for migration in known[len(applied) :]]


async def require_fit(url: str, roles: Roles = Roles()) -> None:
    """Refuse (``Unfit``) to serve a database that is behind, or under a role that could do more than serve."""
    async with await _connect(url) as connection:
        await _require_version(connection)
        try:
            await connection.execute(SQL("set role {}").format(Identifier(roles.gateway)))
            applied = await _applied(connection)
        except psycopg.Error as error:
            raise Unfit(f"The database is not set up ({error}); run ./palimpsest migrate.") from error
        known = migrations()
        _compare(known, applied)
        if len(applied) < len(known):
            raise Unfit(f"The database lacks migration {known[len(applied)].name}; run ./palimpsest migrate.")
        row = await (
            await connection.execute(
                "select r.rolsuper or r.rolbypassrls, exists (select from pg_class c where c.relowner = r.oid)"
                " from pg_roles r where r.rolname = current_user"
            )
        ).fetchone()
        if row is None or row[0] or row[1]:
            raise Unfit(f"The role {roles.gateway} is a superuser, bypasses row security or owns a table.")


async def lacking(connection: AsyncConnection[Any], known: list[Migration]) -> list[str]:
    """Return the names of the ``known`` that the database lacks; raises ``Unfit`` where it is of other code."""
    applied = await _applied(connection)
    _compare(known, applied)
    return [migration.name for migration in known[len(applied) :]]


async def require_worker(url: str, roles: Roles = Roles()) -> None:
    """Refuse (``Unfit``) an address that may not put on the worker's role."""
    async with await _connect(url) as connection:
        try:
            await connection.execute(SQL("set role {}").format(Identifier(roles.worker)))
        except psycopg.Error as error:
            raise Unfit(
                f"The database's user may not work as {roles.worker} ({error});"
                " DATABASE_OWNER_URL must name one who may, or jobs are left to another process (serve --no-worker)."
            ) from error


async def count_statements(url: str) -> None:
    """Make the extension that counts statements, where the server was started with it and the user may."""
    async with await _connect(url) as connection:
        with suppress(psycopg.Error):
            await connection.execute("create extension if not exists pg_stat_statements")


def dump(url: str) -> str:
    """Return the schema of the database at ``url`` as ``pg_dump`` writes it, without owners; the committed form."""
    done = subprocess.run(  # noqa: S603 - our own binary with our own arguments
        [
            binary("pg_dump"),
            "--schema-only",
            "--no-owner",
            "--restrict-key=palimpsest",
            "--exclude-table=schema_migration*",
            "--exclude-schema=jobs",
            "--exclude-extension=pg_stat_statements",
            url,
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


async def _connect(url: str) -> AsyncConnection[Any]:
    try:
        return await AsyncConnection.connect(
            url, autocommit=True, connect_timeout=10, application_name="palimpsest migrate"
        )
    except psycopg.Error as error:
        raise Unavailable(f"The database cannot be reached: {error}") from error


async def _alone(connection: AsyncConnection[Any], tell: Tell) -> None:
    """Take the lock of migrations, asking again and again.

    A process that waited in one statement would hold a snapshot, and an index that the lock's holder builds
    ``concurrently`` would wait for the end of that snapshot in turn.
    """
    told = False
    while True:
        cursor = await connection.execute("select where pg_try_advisory_lock(%s)", [_LOCK])
        if cursor.rowcount:
            return
        if not told:
            tell("Another process migrates this database; waiting for it.")
            told = True
        await asyncio.sleep(0.05)


async def _require_version(connection: AsyncConnection[Any]) -> None:
    found = connection.info.server_version // 10000
    if found < OLDEST_SERVER:
        raise Unfit(f"The database is PostgreSQL {found}; version {OLDEST_SERVER} or newer is needed.")


async def _make_roles(connection: AsyncConnection[Any], roles: Roles, gateway_logs_in: bool) -> None:
    # From version 16 on a user who makes a role may hand it out, but not put it on before handing it to themselves.
    wears = "set" if connection.info.server_version >= 160000 else "member"
    try:
        for name in roles.all:
            # Two starters may both find the role missing: the loser's error is the winner's success.
            known = await connection.execute("select from pg_roles where rolname = %s", [name])
            if known.rowcount == 0:
                with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                    await connection.execute(SQL("create role {} nologin").format(Identifier(name)))
            member = await connection.execute("select where pg_has_role(current_user, %s, %s)", [name, wears])
            if member.rowcount == 0:
                await connection.execute(SQL("grant {} to current_user").format(Identifier(name)))
        works = await connection.execute("select where pg_has_role(%s, %s, 'member')", [roles.worker, roles.owner])
        if works.rowcount == 0:
            await connection.execute(SQL("grant {} to {}").format(Identifier(roles.owner), Identifier(roles.worker)))
        if gateway_logs_in:
            known = await connection.execute("select from pg_roles where rolname = %s and rolcanlogin", [roles.gateway])
            if known.rowcount == 0:
                await connection.execute(SQL("alter role {} login").format(Identifier(roles.gateway)))
        granted = await connection.execute("select where has_schema_privilege(%s, 'public', 'create')", [roles.owner])
        if granted.rowcount == 0:
            await connection.execute(SQL("grant usage, create on schema public to {}").format(Identifier(roles.owner)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise Unfit(
            f"The database's user may not make the roles {', '.join(roles.all)} ({error}); it must own the"
            " database and have CREATEROLE, or DATABASE_OWNER_URL must name such a user."
        ) from error


async def _applied(connection: AsyncConnection[Any]) -> list[tuple[int, str, str]]:
    cursor = await connection.execute("select number, name, checksum from schema_migrations order by number")
    return await cursor.fetchall()


def _compare(known: list[Migration], applied: list[tuple[int, str, str]]) -> None:
    for place, (number, name, checksum) in enumerate(applied):
        if place >= len(known):
            raise Unfit(f"The database has migration {name}, which this program does not know; it is older.")
        if (known[place].number, known[place].checksum) != (number, checksum):
            raise Unfit(f"Migration {name} was applied in another form; an applied file is never edited.")
