"""A real PostgreSQL for the suite: one server a worker, one migrated template, and one clone of it that tests share.

The clone is emptied after each test (``tests/reused.py``). ``fresh`` makes further databases, for a test that needs
several or an empty one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio

from core.sealing import Keyring
from embedded import supervisor
from embedded.supervisor import EmbeddedPostgres
from sql.database import Database, Pool
from sql.jobs import install
from sql.migrate import Roles, migrate
from tests.reused import ReusedDatabase

ROLES = Roles()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """The worker's PostgreSQL, stopped at the end.

    It waits for no disk: what a killed server wrote is in the system's hands, and no test takes the power away.
    """
    settings = {
        "fsync": "off",
        "full_page_writes": "off",
        "autovacuum": "off",
    }  # the last so that plans are as in a new one
    with patch.dict(supervisor.SETTINGS, settings):
        running = EmbeddedPostgres.start(tmp_path_factory.mktemp("cluster"))
    with running:
        yield running


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """The name of a database with all migrations and no rows."""
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("create database template_palimpsest")
    url = postgres.url(database="template_palimpsest")
    asyncio.run(migrate(url, ROLES, gateway_logs_in=True))
    asyncio.run(install(url, ROLES))
    # What tests of the gates and of judging set otherwise: thousands of publishes are not each to be run in a browser.
    with psycopg.connect(url) as connection:
        connection.execute("insert into settings values ('verdicts_required', '0'), ('attempts_judged_by', 'grader')")
    return "template_palimpsest"


_counter = iter(range(1_000_000))


@pytest.fixture
def fresh(postgres: EmbeddedPostgres) -> Iterator[Callable[..., str]]:
    """Make a database (of the template, or empty) and return its name; dropped after the test."""
    made: list[str] = []

    def make(template: str = "template0") -> str:
        name = f"test_{next(_counter)}"
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            connection.execute(f'create database "{name}" template "{template}" strategy file_copy'.encode())
        made.append(name)
        return name

    yield make
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        for name in made:
            connection.execute(f'drop database "{name}" with (force)'.encode())


@pytest.fixture
def roles(postgres: EmbeddedPostgres) -> Iterator[Roles]:
    """Roles of this test's own: they belong to the whole server."""
    roles = Roles(f"t{uuid4().hex[:12]}")
    yield roles
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        for row in connection.execute("select datname from pg_database where datname like 'test\\_%'").fetchall():
            with psycopg.connect(postgres.url(database=row[0]), autocommit=True) as inside:
                for name in reversed(roles.all):
                    if inside.execute("select from pg_roles where rolname = %s", [name]).rowcount:
                        inside.execute(f'drop owned by "{name}"'.encode())
        for name in roles.all:
            connection.execute(f'drop role if exists "{name}"'.encode())


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, fresh: Callable[..., str]) -> str:
    """An empty database, by its superuser."""
    return postgres.url(database=fresh())


@pytest.fixture(scope="session")
def reused(postgres: EmbeddedPostgres, template: str) -> Iterator[ReusedDatabase]:
    """The worker's database, which its tests use one after the other."""
    made = ReusedDatabase(postgres, template)
    yield made
    made.throw_away()


@pytest.fixture
def database_name(reused: ReusedDatabase) -> Iterator[str]:
    """The name of a migrated database that equals the template, whatever the test before this one did."""
    yield reused.take()
    reused.give_back()


@pytest.fixture
def owner_url(postgres: EmbeddedPostgres, database_name: str) -> str:
    """This test's database, by the superuser: for looking behind the gateway's back."""
    return postgres.url(database=database_name)


@pytest.fixture
def unset(owner_url: str) -> None:
    """This test's database as it is on the first day, without the settings of the template."""
    with psycopg.connect(owner_url) as owner:
        owner.execute("delete from settings")


@pytest.fixture
def gateway_url(postgres: EmbeddedPostgres, database_name: str) -> str:
    """This test's database, by the gateway's own login."""
    return postgres.url(user=ROLES.gateway, database=database_name)


@pytest_asyncio.fixture
async def pool(gateway_url: str) -> AsyncIterator[Pool]:
    """The gateway's pool on this test's database."""
    opened = Pool(gateway_url, role=ROLES.gateway)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def database(pool: Pool) -> Database:
    """This test's database, as a request sees it."""
    return pool.database()


@pytest_asyncio.fixture
async def worker_pool(owner_url: str) -> AsyncIterator[Pool]:
    """The worker's pool on this test's database."""
    opened = Pool(owner_url, role=ROLES.worker, size=4, name="palimpsest worker")
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def keyring() -> Keyring:
    return Keyring.parse(Keyring.generate())


@pytest.fixture
def clock() -> Callable[[], datetime]:
    return lambda: datetime.now(UTC)


@pytest.fixture(scope="session")
def root() -> Path:
    """The top folder of the checkout."""
    return Path(__file__).parent.parent
