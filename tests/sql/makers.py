"""Statements and rows for tests of the database itself, on its table of settings."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg

from sql.database import Database, Pool
from sql.named import Query
from tests.fix_database import ROLES


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Number:
    number: int


@dataclass(frozen=True, slots=True)
class Session:
    role: str
    login: str
    zone: str
    application: str
    pid: int


@dataclass(frozen=True, slots=True)
class Value:
    value: dict[str, int]


def query(text: str) -> Query:
    return Query("test.query", text, frozenset())


# But for those that the suite itself sets in every database.
OWN = "select name, value from settings where name not in ('verdicts_required', 'attempts_judged_by') order by name"
SETTINGS = query(OWN)
SET = query("insert into settings (name, value) values (%(name)s, %(value)s)")
CHANGE = query("update settings set value = %(value)s where name = %(name)s")
SESSION = query(
    "select current_user::text as role, session_user::text as login, current_setting('TimeZone') as zone,"
    " current_setting('application_name') as application, pg_backend_pid() as pid"
)
ONE = query("select 1 as number")
SLEEP = query("select 1 as number from pg_sleep(60)")
ADD_TRACK = query(
    "insert into tracks (id, slug, title, description, position, created_at)"
    " values (gen_random_uuid(), %(slug)s, 'Title', '', %(position)s, now())"
)


def rows(owner_url: str) -> list[tuple[str, str]]:
    with psycopg.connect(owner_url) as owner:
        found: list[tuple[str, str]] = owner.execute(OWN.encode()).fetchall()
    return found


@asynccontextmanager
async def narrow(gateway_url: str, patience: float = 5.0) -> AsyncIterator[Pool]:
    """A pool of two connections that does not wait long for one."""
    pool = Pool(gateway_url, role=ROLES.gateway, size=2, name="narrow", patience=patience)
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close()


async def write(database: Database, *steps: tuple[Query, Mapping[str, object]]) -> None:
    """Run the steps in one transaction."""
    async with database.transaction() as tx:
        for step, params in steps:
            await tx.execute(step, **params)


def kill(owner_url: str, application: str, *, asleep: bool = False) -> int:
    """End every backend of that name in this database (only those in ``SLEEP``) and return how many there were."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        killed = owner.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where application_name = %s and datname = current_database() and (not %s or wait_event = 'PgSleep')",
            [application, asleep],
        ).fetchall()
    assert all(one == (True,) for one in killed)
    return len(killed)
