"""Migrations on a real server: applied once whoever starts, in order, whole or not at all, and never edited."""

import asyncio
import hashlib
import struct
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from embedded.supervisor import EmbeddedPostgres
from sql.errors import DatabaseError, Unavailable, Unfit
from sql.migrate import FOLDER, Migration, Roles, migrate, migrations, require_fit

ALL = [migration.name for migration in migrations()]
FIRST = 'create table things (id int primary key);\ngrant select on things to :"gateway";\n'
SECOND = "alter table things add column name text;\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two small migrations."""
    (tmp_path / "0001_things.sql").write_text(FIRST)
    (tmp_path / "0002_names.sql").write_text(SECOND)
    return tmp_path


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def applied(url: str) -> list[tuple[object, ...]]:
    return ask(url, "select number, name, checksum from schema_migrations order by number")


async def test_migrations_are_applied_in_order_and_only_once(database_url: str, roles: Roles, folder: Path) -> None:
    assert await migrate(database_url, roles, folder) == ["0001_things", "0002_names"]
    assert await migrate(database_url, roles, folder) == []
    assert applied(database_url) == [
        (1, "0001_things", hashlib.sha256(FIRST.encode()).hexdigest()),
        (2, "0002_names", hashlib.sha256(SECOND.encode()).hexdigest()),
    ]
    (folder / "0003_more.sql").write_text("create table more (id int);")
    assert await migrate(database_url, roles, folder) == ["0003_more"]


async def test_every_object_belongs_to_the_owner_who_cannot_log_in(database_url: str, roles: Roles) -> None:
    assert await migrate(database_url, roles) == ALL
    owners = ask(
        database_url,
        "select distinct relowner::regrole::text from pg_class where relnamespace = 'public'::regnamespace"
        " and relname !~ '^mv_'",
    )
    assert owners == [(roles.owner,)]
    # Under forced row security a view that the owner refreshed would be empty.
    views = ask(database_url, "select distinct matviewowner from pg_matviews")
    assert views == [(roles.worker,)]
    logins = "select rolname, rolcanlogin, rolsuper, rolbypassrls from pg_roles where rolname like '{}%' order by 1"
    assert ask(database_url, logins.format(roles.prefix)) == [
        (roles.gateway, False, False, False),
        (roles.owner, False, False, False),
        (roles.worker, False, False, False),
    ]
    await migrate(database_url, roles, gateway_logs_in=True)
    assert ask(database_url, logins.format(roles.prefix))[0] == (roles.gateway, True, False, False)


async def test_of_five_starters_one_applies_and_four_find_nothing(database_url: str, roles: Roles) -> None:
    found = await asyncio.gather(*(migrate(database_url, roles, gateway_logs_in=True) for _ in range(5)))
    assert sorted(found, key=len) == [[], [], [], [], ALL]
    assert [row[1] for row in applied(database_url)] == ALL
    await require_fit(database_url, roles)


async def test_starters_on_several_databases_of_one_server_make_the_roles_once(
    postgres: EmbeddedPostgres, fresh: Callable[..., str], roles: Roles, folder: Path
) -> None:
    urls = [postgres.url(database=fresh()) for _ in range(4)]
    for _ in range(3):
        found = await asyncio.gather(*(migrate(url, roles, folder, gateway_logs_in=True) for url in [*urls, *urls]))
        assert all(sorted(found[place::4], key=len)[0] == [] for place in range(4))
        for url in urls:
            assert len(applied(url)) == 2
            ask(url, f'drop table schema_migrations, things; revoke all on schema public from "{roles.owner}"')
            ask(url, f'drop owned by "{roles.owner}", "{roles.gateway}", "{roles.worker}"')
        ask(urls[0], "; ".join(f'drop role "{name}"' for name in roles.all))


async def test_an_edited_file_is_refused_and_nothing_more_is_applied(
    database_url: str, roles: Roles, folder: Path
) -> None:
    await migrate(database_url, roles, folder)
    (folder / "0001_things.sql").write_text(FIRST + "\n")
    (folder / "0003_more.sql").write_text("create table more (id int);")
    with pytest.raises(Unfit, match=r"^Migration 0001_things was applied in another form; an applied file is never e"):
        await migrate(database_url, roles, folder)
    assert ask(database_url, "select to_regclass('more')") == [(None,)]


async def test_a_migration_that_this_program_does_not_know_is_refused(
    database_url: str, roles: Roles, folder: Path
) -> None:
    await migrate(database_url, roles, folder)
    (folder / "0002_names.sql").unlink()
    with pytest.raises(
        Unfit, match=r"^The database has migration 0002_names, which this program does not know; it is older\.$"
    ):
        await migrate(database_url, roles, folder)


async def test_a_failing_migration_leaves_nothing_and_those_before_it(
    database_url: str, roles: Roles, folder: Path
) -> None:
    (folder / "0002_names.sql").write_text("create table half (id int); insert into things values (1); select 1 / 0;")
    with pytest.raises(DatabaseError, match=r"^Migration 0002_names failed and left nothing: division by zero"):
        await migrate(database_url, roles, folder)
    assert [row[1] for row in applied(database_url)] == ["0001_things"]
    assert ask(database_url, "select to_regclass('half'), (select count(*) from things)") == [(None, 0)]
    (folder / "0002_names.sql").write_text(SECOND)
    assert await migrate(database_url, roles, folder) == ["0002_names"]


def test_a_gap_a_double_and_a_stray_name_are_refused(folder: Path) -> None:
    assert migrations(folder) == [Migration(1, "0001_things", FIRST), Migration(2, "0002_names", SECOND)]
    for name in ("0004_gap.sql", "0002_other.sql", "0000_zero.sql"):
        (folder / name).write_text("")
        with pytest.raises(Unfit, match=r"^The migrations are not numbered 0001, 0002, … without gap\.$"):
            migrations(folder)
        (folder / name).unlink()
    for name in ("3_short.sql", "0003-dash.sql", "0003_Upper.sql", "0003.sql", "notes.sql"):
        (folder / name).write_text("")
        with pytest.raises(Unfit, match=rf"^{name} is not named like a migration \(0001_what_it_does\.sql\)\.$"):
            migrations(folder)
        (folder / name).unlink()
    (folder / "README.md").write_text("No migration.")
    assert len(migrations(folder)) == 2


async def test_the_houses_migrations_name_their_roles_by_variable_only() -> None:
    texts = [path.read_text() for path in FOLDER.glob("*.sql")]
    assert all("palimpsest" not in text for text in texts)
    assert sum(':"gateway"' in text for text in texts) >= 3


async def test_a_database_that_was_never_set_up_or_is_behind_is_not_served(
    database_url: str, roles: Roles, tmp_path: Path
) -> None:
    with pytest.raises(Unfit, match=r"^The database is not set up \(role .* does not exist\); run \./palimpsest migr"):
        await require_fit(database_url, roles)
    first = migrations()[0]
    (tmp_path / f"{first.name}.sql").write_text(first.text)
    await migrate(database_url, roles, tmp_path)
    with pytest.raises(Unfit, match=rf"^The database lacks migration {ALL[1]}; run \./palimpsest migrate\.$"):
        await require_fit(database_url, roles)
    await migrate(database_url, roles)
    await require_fit(database_url, roles)


async def test_a_database_of_other_code_is_not_served(database_url: str, roles: Roles) -> None:
    await migrate(database_url, roles)
    ask(database_url, "insert into schema_migrations values (9999, '9999_later', '', now())")
    with pytest.raises(Unfit, match="9999_later, which this program does not know"):
        await require_fit(database_url, roles)
    ask(database_url, "delete from schema_migrations where number = 9999")
    ask(database_url, "update schema_migrations set checksum = 'other' where number = 1")
    with pytest.raises(Unfit, match=rf"^Migration {ALL[0]} was applied in another form"):
        await require_fit(database_url, roles)


@pytest.mark.parametrize(
    ("more", "less"),
    [
        ('alter role "{0}" superuser', 'alter role "{0}" nosuperuser'),
        ('alter role "{0}" bypassrls', 'alter role "{0}" nobypassrls'),
        ('create table own (id int); alter table own owner to "{0}"', "drop table own"),
    ],
)
async def test_a_role_that_could_do_more_than_serve_is_refused(
    database_url: str, roles: Roles, more: str, less: str
) -> None:
    await migrate(database_url, roles)
    ask(database_url, more.format(roles.gateway))
    with pytest.raises(Unfit) as refused:
        await require_fit(database_url, roles)
    assert str(refused.value) == f"The role {roles.gateway} is a superuser, bypasses row security or owns a table."
    ask(database_url, less.format(roles.gateway))
    await require_fit(database_url, roles)


def parameter(name: str, value: str) -> bytes:
    text = f"{name}\0{value}\0".encode()
    return struct.pack("!ci", b"S", 4 + len(text)) + text


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Welcome a client the way a server of version 14 does."""
    (length,) = struct.unpack("!i", await reader.readexactly(4))
    await reader.readexactly(length - 4)
    writer.write(struct.pack("!cii", b"R", 8, 0))
    writer.write(parameter("server_version", "14.20") + parameter("client_encoding", "UTF8"))
    writer.write(struct.pack("!cic", b"Z", 5, b"I"))
    await reader.read()
    writer.close()
    await writer.wait_closed()


async def test_an_old_server_is_refused_by_its_version() -> None:
    greetings: list[asyncio.Task[None]] = []

    def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greetings.append(asyncio.ensure_future(greet(reader, writer)))

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"postgresql://someone@127.0.0.1:{port}/any?sslmode=disable&gssencmode=disable"
        for start in (migrate(url), require_fit(url)):
            with pytest.raises(Unfit) as refused:
                await start
            assert str(refused.value) == "The database is PostgreSQL 14; version 15 or newer is needed."
        assert len(await asyncio.gather(*greetings)) == 2


async def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    for start in (migrate(f"postgresql:///any?host={tmp_path}"), require_fit(f"postgresql:///any?host={tmp_path}")):
        with pytest.raises(Unavailable, match=r"^The database cannot be reached: "):
            await start
