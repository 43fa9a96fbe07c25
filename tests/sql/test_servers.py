"""The same house on every PostgreSQL that this machine has: the embedded one, and the system's from version 15 on."""

import asyncio
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from core.sealing import Keyring
from embedded.cluster import ServerUser, child_command, environment, own
from embedded.supervisor import EmbeddedPostgres
from sql import jobs
from sql.database import Pool
from sql.errors import Unfit
from sql.migrate import OLDEST_SERVER, Roles, migrate, migrations, require_fit
from tests.fix_api import Api
from versioning.log.verify import verify_log

SYSTEM = [
    programs
    for programs in sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if programs.parent.name.isdecimal() and int(programs.parent.name) >= OLDEST_SERVER
]
ALL = [migration.name for migration in migrations()]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its address by user and database."""

    url: Callable[[str, str], str]

    def run(self, statement: str, database: str = "postgres") -> None:
        with psycopg.connect(self.url("postgres", database), autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture(
    scope="module", params=[None, *SYSTEM], ids=["embedded", *(f"system {one.parent.name}" for one in SYSTEM)]
)
def server(request: pytest.FixtureRequest, postgres: EmbeddedPostgres) -> Iterator[Server]:
    """Each server in turn."""
    if request.param is None:
        yield Server(postgres.url)
        return
    folder = Path(tempfile.mkdtemp())
    try:
        user = ServerUser.choose(folder / "data")
        own(folder, user)
        yield from _system(request.param, folder, user)
    finally:
        shutil.rmtree(folder)


def _system(programs: Path, folder: Path, user: ServerUser | None) -> Iterator[Server]:
    def command(name: str, *arguments: str) -> list[str]:
        return child_command(user, [folder], [str(programs / name), "-D", str(folder / "data"), *arguments])

    initdb = command("initdb", "--username=postgres", "--auth=trust", "--locale=C", "--encoding=UTF8", "--no-sync")
    subprocess.run(initdb, check=True, capture_output=True, env=environment(), cwd="/")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command("postgres", "-F", "-c", f"unix_socket_directories={folder}", "-c", "listen_addresses="),
            stdout=log,
            stderr=log,
            env=environment(),
            cwd="/",
        )
    try:
        found = Server(lambda user, database: f"postgresql://{user}@/{database}?host={folder}")
        until = time.monotonic() + 30
        while time.monotonic() < until:
            assert process.poll() is None, (folder / "log").read_text()
            with suppress(psycopg.OperationalError):
                found.run("select")
                break
            time.sleep(0.05)
        yield found
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@pytest.fixture
def place(server: Server) -> Iterator[tuple[Server, Roles, str]]:
    """A server with the names of roles and of a database that it does not have yet."""
    name = f"s{uuid4().hex[:12]}"
    yield server, Roles(name), name
    server.run(f'drop database if exists "{name}" with (force)')
    for role in (f"{name}_worker", f"{name}_gateway", f"{name}_owner", f"{name}_user"):
        server.run(f'drop role if exists "{role}"')


async def test_publish_edit_and_roll_back_work_and_verify(place: tuple[Server, Roles, str], keyring: Keyring) -> None:
    server, roles, name = place
    server.run(f'create database "{name}"')
    url = server.url("postgres", name)
    assert await migrate(url, roles, gateway_logs_in=True) == ALL
    assert await migrate(url, roles, gateway_logs_in=True) == []
    assert await jobs.install(url, roles) != []
    assert await jobs.install(url, roles) == []
    await require_fit(url, roles)
    with psycopg.connect(url) as connection:  # what a database does is tried here, not what a browser does
        connection.execute("insert into settings values ('verdicts_required', '0')")
    pool = Pool(server.url(roles.gateway, name), role=roles.gateway)
    await pool.open()
    try:
        author = await Api(pool, keyring, lambda: datetime.now(UTC)).as_("author")
        id = (await author.challenge(title="First"))["id"]
        assert (await author.publish(id))["version"]["label"] == "v1.0"
        await author.edit(id, title="Second", tests=[{"text": "Another.", "code": "assert.ok(1);"}])
        assert (await author.publish(id))["version"]["label"] == "v2.0"
        assert (await author.rollback(id, "v1.0"))["publication"]["inverseOf"] is not None
        live = (await author.standing(id))["live"]
        assert live == [{"version": {"label": "v1.0"}, "weight": 100}]
        last = [one async for one in verify_log(pool.database(), keyring)][-1]
        assert (last.first_fault, last.checked_versions) == (None, 2)
    finally:
        await pool.close()


async def test_a_user_who_owns_the_database_and_may_make_roles_needs_no_superuser(
    place: tuple[Server, Roles, str],
) -> None:
    server, roles, name = place
    server.run(f'create role "{name}_user" login createrole')
    server.run(f'create database "{name}" owner "{name}_user"')
    url = server.url(f"{name}_user", name)
    found = await asyncio.gather(*(migrate(url, roles) for _ in range(3)))
    assert sorted(found, key=len) == [[], [], ALL]
    installed = await asyncio.gather(*(jobs.install(url, roles) for _ in range(3)))
    assert [len(files) > 0 for files in sorted(installed, key=len)] == [False, False, True]
    await require_fit(url, roles)
    pool = Pool(url, role=roles.gateway)
    await pool.open()
    await pool.close()


async def test_a_user_who_may_not_make_roles_is_told_what_is_missing(place: tuple[Server, Roles, str]) -> None:
    server, roles, name = place
    server.run(f'create role "{name}_user" login')
    server.run(f'create database "{name}" owner "{name}_user"')
    with pytest.raises(Unfit) as refused:
        await migrate(server.url(f"{name}_user", name), roles)
    assert str(refused.value).startswith(
        f"The database's user may not make the roles {', '.join(roles.all)} (permission denied to create"
    )
    assert str(refused.value).endswith(
        "; it must own the database and have CREATEROLE, or DATABASE_OWNER_URL must name such a user."
    )


async def test_starters_on_two_databases_without_a_superuser_do_not_trip_over_the_roles(
    place: tuple[Server, Roles, str],
) -> None:
    server, roles, name = place
    server.run(f'create role "{name}_user" login createrole')
    names = [f"{name}_{number}" for number in range(4)]
    try:
        for one in names:
            server.run(f'create database "{one}" owner "{name}_user"')
        found = await asyncio.gather(*(migrate(server.url(f"{name}_user", one), roles) for one in names))
        assert found == [ALL] * 4
    finally:
        for one in names:
            server.run(f'drop database if exists "{one}" with (force)')


def test_the_embedded_server_is_always_tried_and_every_system_server_that_there_is() -> None:
    assert all((programs / "postgres").exists() for programs in SYSTEM)
    assert len(SYSTEM) == len({programs.parent.name for programs in SYSTEM})
    assert OLDEST_SERVER == 15
