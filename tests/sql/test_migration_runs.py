"""How one migration is applied: short waits for locks with many tries, and long builds that go on where they failed."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from sql.errors import DatabaseError, Unfit
from sql.migrate import Patience, Roles, migrate, migrations
from sql.migration_files import OUTSIDE, WHOLE

SHORT = Patience(lock_ms=100, tries=3, pause=0.05)
PARTED = """create table parted (id int not null, month int not null) partition by range (month);
create table parted_1 partition of parted for values from (1) to (2);
create table parted_2 partition of parted for values from (2) to (3);
insert into parted select n, 1 + n % 2 from generate_series(1, 1000) n;"""
INDEXES = """select c.relname::text, c.relkind::text, x.indisvalid
    from pg_index x join pg_class c on c.oid = x.indexrelid
    where c.relname ~ 'parted|things_by|schema_migrations' order by 1"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """As many files as were released whole, and the first of those that are run statement by statement."""
    for number in range(1, WHOLE + 1):
        (tmp_path / f"{number:04}_old.sql").write_text("select 1;")
    (tmp_path / "0001_old.sql").write_text("create table things (id int not null, name text);")
    return tmp_path


def added(folder: Path, text: str) -> str:
    """Add the next file and return its name."""
    name = f"{len(list(folder.iterdir())) + 1:04}_new"
    (folder / f"{name}.sql").write_text(text)
    return name


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


async def test_a_file_is_sent_statement_by_statement_in_one_transaction(
    database_url: str, roles: Roles, folder: Path
) -> None:
    sent = "select current_query() as query, pg_current_xact_id()::text as within"
    name = added(folder, f"create table more as {sent};\n-- Another.\ninsert into more {sent};")
    await migrate(database_url, roles, folder)
    assert ask(database_url, "select count(distinct within) from more") == [(1,)]
    assert ask(database_url, "select query from more") == [
        (f"create table more as {sent}",),
        (f"insert into more {sent}",),
    ]
    other = added(folder, "drop table more; select 1 / 0;")
    with pytest.raises(DatabaseError, match=rf"^Migration {other} failed and left nothing: division by zero"):
        await migrate(database_url, roles, folder)
    assert ask(database_url, "select count(*) from more, schema_migrations where number >= 18") == [(2,)]
    assert name == "0018_new"


async def test_a_lock_is_waited_for_shortly_and_asked_for_again(database_url: str, roles: Roles, folder: Path) -> None:
    await migrate(database_url, roles, folder)
    name = added(folder, "create table more (id int); alter table things add column more int;")
    told: list[str] = []
    with psycopg.connect(database_url) as reader:
        reader.execute("select from things")
        with pytest.raises(DatabaseError, match=rf"^Migration {name} failed and left nothing: canceling statem"):
            await migrate(database_url, roles, folder, patience=SHORT, tell=told.append)
        assert told == [
            f"Migration {name} waits for a lock: try 1 of 3 gave way, the next one in 0.05 s.",
            f"Migration {name} waits for a lock: try 2 of 3 gave way, the next one in 0.1 s.",
        ]
        assert ask(database_url, "select to_regclass('more'), count(*) from schema_migrations") == [(None, WHOLE)]

        def give_way(line: str) -> None:
            told.append(line)
            if "try 1" in line:
                reader.rollback()

        assert await migrate(database_url, roles, folder, patience=SHORT, tell=give_way) == [name]
    assert len(told) == 3


async def test_pauses_grow_up_to_the_longest(database_url: str) -> None:
    patience = Patience()
    assert [patience.after(attempt) for attempt in (1, 2, 3, 4, 5, 30)] == [1, 2, 4, 8, 10, 10]
    assert sum(patience.after(attempt) for attempt in range(1, patience.tries)) < 300


async def test_a_file_outside_of_a_transaction_goes_on_with_what_failed(
    database_url: str, roles: Roles, folder: Path
) -> None:
    await migrate(database_url, roles, folder)
    ask(database_url, "insert into things values (1), (1)")
    name = added(folder, OUTSIDE + "create index concurrently if not exists things_by_name on things (name);\n"
                 "create unique index concurrently if not exists things_by_id on things (id);\n"
                 "comment on index things_by_id is 'A test''s; its own.';\n")  # fmt: skip
    with pytest.raises(DatabaseError, match=rf"^Migration {name}, statement 2 of 3, failed; those before it are"):
        await migrate(database_url, roles, folder)
    # What PostgreSQL leaves of a build that failed keeps the name and is of no use.
    assert ("things_by_id", "i", False) in ask(database_url, INDEXES)
    assert ask(database_url, "select number, step from schema_migration_steps") == [(18, 1)]
    with pytest.raises(DatabaseError, match="statement 2 of 3, failed"):
        await migrate(database_url, roles, folder)
    ask(database_url, "drop index things_by_name")
    ask(database_url, "delete from things")
    told: list[str] = []
    assert await migrate(database_url, roles, folder, tell=told.append) == [name]
    assert told == [f"Migration {name}, statement {step} of 3, runs." for step in (2, 3)]
    assert ask(database_url, INDEXES) == [("schema_migrations_pkey", "i", True), ("things_by_id", "i", True)]
    assert ask(database_url, "select from schema_migration_steps") == []
    assert await migrate(database_url, roles, folder) == []


async def test_what_was_done_of_a_file_may_not_change_and_the_rest_may(
    database_url: str, roles: Roles, folder: Path
) -> None:
    await migrate(database_url, roles, folder)
    ask(database_url, "insert into things values (1), (1)")
    first = OUTSIDE + "create index concurrently if not exists things_by_name on things (name);\n"
    name = added(folder, first + "create unique index concurrently if not exists things_by_id on things (id);")
    with pytest.raises(DatabaseError, match="statement 2 of 2, failed"):
        await migrate(database_url, roles, folder)
    for text in (first.replace("(name)", "(name, id)"), OUTSIDE + "analyze things;", OUTSIDE):
        (folder / f"{name}.sql").write_text(text)
        with pytest.raises(Unfit, match=rf"^Migration {name} was begun in another form; its first 1 statements are"):
            await migrate(database_url, roles, folder)
    (folder / f"{name}.sql").write_text(first + "drop index concurrently if exists things_by_id;")
    assert await migrate(database_url, roles, folder) == [name]


async def test_an_index_of_a_partitioned_table_is_built_partition_by_partition(
    database_url: str, roles: Roles, folder: Path
) -> None:
    added(folder, PARTED)
    long = "parted_by_a_name_that_leaves_no_room_for_the_name_of_a_month"
    create = "create index concurrently if not exists"
    texts = f"{create} parted_by_id on parted (id);\n{create} {long} on parted (id, month) where id > 3;"
    added(folder, OUTSIDE + texts)
    ask_for = [(f"{part}_parted_by_id", "i", True) for part in ("parted_1", "parted_2")] + [("parted_by_id", "I", True)]
    await migrate(database_url, roles, folder)
    found = ask(database_url, INDEXES)
    assert [row for row in ask_for if row not in found] == []
    assert (long, "I", True) in found
    assert len(found) == 7
    ask(database_url, "create table parted_3 partition of parted for values from (3) to (4)")
    assert len(ask(database_url, INDEXES)) == 9


async def test_an_index_that_failed_in_one_partition_goes_on_there(
    database_url: str, roles: Roles, folder: Path
) -> None:
    added(folder, PARTED)
    name = added(folder, OUTSIDE + "create unique index concurrently if not exists parted_key on parted (month, id);")
    ask_for = [("parted_1_parted_key", "i", True), ("parted_2_parted_key", "i", True), ("parted_key", "I", True)]
    await migrate(database_url, roles, folder)
    assert [row for row in ask(database_url, INDEXES) if "parted" in str(row[0])] == ask_for
    ask(database_url, "drop index parted_key; insert into parted values (3, 2), (3, 2)")
    ask(database_url, f"delete from schema_migrations where name = '{name}'")
    with pytest.raises(DatabaseError, match="could not create unique index"):
        await migrate(database_url, roles, folder)
    states = {str(row[0]): row[2] for row in ask(database_url, INDEXES)}
    assert (states["parted_1_parted_key"], states["parted_2_parted_key"], states["parted_key"]) == (True, False, False)
    ask(database_url, "delete from parted where id = 3")
    assert await migrate(database_url, roles, folder) == [name]
    assert [row for row in ask(database_url, INDEXES) if "parted" in str(row[0])] == ask_for


@pytest.mark.parametrize(
    "statement",
    [
        "create index concurrently things_by_id on things (id)",
        "create index if not exists things_by_id on things (id)",
        "drop index concurrently things_by_id",
        "alter table things add column more int",
        "insert into things values (1)",
        "reindex index concurrently things_by_id",
    ],
)
def test_what_cannot_be_run_twice_may_not_run_outside_of_a_transaction(folder: Path, statement: str) -> None:
    name = added(folder, f"{OUTSIDE}analyze things;\n{statement};\n")
    with pytest.raises(Unfit, match=rf"^Statement 2 of migration {name} may not run outside of a transaction: "):
        migrations(folder)


async def test_of_five_starters_one_builds_and_four_wait_without_a_snapshot(
    database_url: str, roles: Roles, folder: Path
) -> None:
    await migrate(database_url, roles, folder)
    ask(database_url, "insert into things select n from generate_series(1, 20000) n")
    name = added(folder, OUTSIDE + "create index concurrently if not exists things_by_id on things (id);")
    told: list[str] = []
    found = await asyncio.gather(*(migrate(database_url, roles, folder, tell=told.append) for _ in range(5)))
    assert sorted(found, key=len) == [[], [], [], [], [name]]
    assert told.count(f"Migration {name}, statement 1 of 1, runs.") == 1
    assert "Another process migrates this database; waiting for it." in told
