"""The database that tests share equals the template after each of them, whatever one did to it."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from embedded.supervisor import EmbeddedPostgres
from tests import reused
from tests.fix_database import ROLES
from tests.reused import ReusedDatabase

Owner = psycopg.Connection[tuple[Any, ...]]

RELATIONS = """select n.nspname::text, c.relname::text, c.relkind::text from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm', 'S') and n.nspname in ('public', 'jobs') order by 1, 2"""
COLUMNS = """select a.attname::text, coalesce(e.oid, t.oid)::regtype::text, t.typcategory::text,
        coalesce((select enumlabel::text from pg_enum where enumtypid = t.oid order by enumsortorder limit 1), '')
    from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_type e on e.oid = t.typbasetype
    where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''"""
CHECKS = """select conrelid::regclass::text, conname::text from pg_constraint c
    where contype = 'c' and conislocal and connamespace in ('public'::regnamespace, 'jobs'::regnamespace)"""
VALUES = {"uuid": "gen_random_uuid()", "jsonb": "'{}'", "bytea": "'x'", "boolean": "true", "date": "now()"}
OF_CATEGORY = {"N": "1", "D": "now()", "S": "'x'", "A": "'{}'", "B": "true"}


def contents(owner: Owner) -> dict[str, list[str]]:
    """Return all rows of all tables, materialized views and sequences, as text."""
    found = {}
    for schema, name, kind in owner.execute(RELATIONS.encode()).fetchall():
        shown = SQL("last_value, is_called" if kind == "S" else "t::text")
        rows = owner.execute(SQL("select {} from {} t").format(shown, Identifier(schema, name))).fetchall()
        found[f"{schema}.{name}"] = sorted(map(str, rows))
    return found


def fill(owner: Owner) -> None:
    """Put a row into every table, of values by the types of its columns; the rows of a table that has some go."""
    owner.execute("set session_replication_role = replica")  # no references, no triggers
    for schema, name, kind in owner.execute(RELATIONS.encode()).fetchall():
        if kind != "r":
            continue
        table = Identifier(schema, name)
        if owner.execute(SQL("delete from {}").format(table)).rowcount:
            continue
        columns = owner.execute(COLUMNS.encode(), [f'"{schema}"."{name}"']).fetchall()
        values = [SQL(f"'{label}'" if label else VALUES.get(of) or OF_CATEGORY[cat]) for _, of, cat, label in columns]
        insert = SQL("insert into {} ({}) overriding system value values ({})").format(
            table,
            SQL(", ").join(Identifier(column) for column, *_ in columns),
            SQL(", ").join(values),
        )
        owner.execute(insert)
    for schema, name, kind in owner.execute(RELATIONS.encode()).fetchall():
        if kind == "S":
            owner.execute("select nextval(%s)", [f'"{schema}"."{name}"'])
        if kind == "m":
            owner.execute(SQL("refresh materialized view concurrently {}").format(Identifier(schema, name)))
    owner.execute("reset session_replication_role")


@pytest.fixture
def loose(postgres: EmbeddedPostgres, template: str, fresh: Callable[..., str]) -> str:
    """A template whose tables take any row: without their checks."""
    name = fresh(template)
    with psycopg.connect(postgres.url(database=name)) as owner:
        for table, check in owner.execute(CHECKS.encode()).fetchall():
            owner.execute(SQL("alter table {} drop constraint {}").format(SQL(table), Identifier(check)))
    return name


@pytest.fixture
def mine(postgres: EmbeddedPostgres, template: str) -> Iterator[ReusedDatabase]:
    """A reused database beside the one that other tests are given."""
    made = ReusedDatabase(postgres, template)
    made.take()
    yield made
    made.throw_away()


@pytest.fixture
def connected(postgres: EmbeddedPostgres, mine: ReusedDatabase) -> Callable[[], Owner]:
    """Connect to the database that is reused now."""
    return lambda: psycopg.connect(postgres.url(database=mine.take()), autocommit=True)


def test_a_database_with_rows_everywhere_is_emptied_to_what_the_template_holds(
    postgres: EmbeddedPostgres, loose: str
) -> None:
    with psycopg.connect(postgres.url(database=loose)) as owner:
        expected = contents(owner)
    assert len(expected) > 50
    filled = ReusedDatabase(postgres, loose)
    for _ in range(2):
        url = postgres.url(database=filled.take())
        with psycopg.connect(url, autocommit=True) as owner:
            fill(owner)
            same = {name for name, rows in contents(owner).items() if rows == expected[name]}
        assert same <= {"public.mv_track_statistics", "public.mv_challenge_statistics"}, "whose rows come of joins"
        filled.give_back()
        with psycopg.connect(url, autocommit=True) as owner:
            assert contents(owner) == expected
    assert (filled.clones, filled.thrown_away) == (1, [])
    filled.throw_away()


def _alive(owner: Owner) -> bool:
    try:
        owner.execute("")
    except psycopg.OperationalError:
        return False
    return True


def test_open_transactions_and_locks_of_a_test_end_with_it(
    mine: ReusedDatabase, connected: Callable[[], Owner]
) -> None:
    held = connected()
    held.execute("select pg_advisory_lock(7)")
    held.execute("begin; update publication_head set seq = 9; listen something; lock table users")
    mine.give_back()
    with connected() as owner:
        assert owner.execute("select pg_try_advisory_lock(7)").fetchone() == (True,)
        assert owner.execute("select seq from publication_head").fetchone() == (0,)
        assert owner.execute("select count(*) from users").fetchone() == (0,)
    assert not _alive(held)
    assert mine.clones == 1


CHANGES = {
    "create schema kept": "schemas",
    "alter table user_progress no force row level security": "relations",
    "alter table tracks rename column title to name": "columns",
    "alter table tracks alter position set default 3": "defaults",
    "alter table users add constraint more check (id is not null)": "constraints",
    "create unique index more on audit_events (actor_id, at)": "indexes",
    "alter function attempts_partition(date) set work_mem = '1MB'": "functions",
    "alter table publications disable trigger all": "triggers",
    "alter policy jobs on notices using (false)": "policies",
    "create type more as enum ('a')": "types",
    "create view many as select 1 as one": "views",
    "analyze settings": "statistics",
    "do $$begin execute format('alter database %I set work_mem = 64', current_database()); end$$": "settings",
}


def test_what_emptying_cannot_undo_costs_the_database(mine: ReusedDatabase, connected: Callable[[], Owner]) -> None:
    told: set[str] = set()
    for change, part in CHANGES.items():
        with connected() as owner:
            assert part not in told, f"{part} differ already before: {change}"
            owner.execute(change.encode())
        told |= set(re.findall(r"\w+", mine.emptied()))
        assert part in told, change
    assert set(CHANGES.values()) == set(reused.SCHEMA), "each part of a schema has its example"
    mine.give_back()
    assert len(mine.thrown_away) == 1
    with connected() as owner:
        owner.execute(
            "insert into solutions select n::text, decode(repeat('00', 1000), 'hex') from generate_series(1, %s) n",
            [reused.WORN_BLOCKS * 9],
        )
    mine.give_back()
    assert mine.thrown_away[1:] == ["solutions has grown"]


def test_a_test_that_leaves_roles_changed_fails(mine: ReusedDatabase, postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.url(), autocommit=True) as server:
        server.execute(f'create role "left behind"; grant "{ROLES.gateway}" to "left behind"'.encode())
        try:
            with pytest.raises(AssertionError, match="roles, memberships"):
                mine.give_back()
        finally:
            server.execute('drop role "left behind"')


def test_a_database_that_lets_nobody_in_is_replaced(
    mine: ReusedDatabase, connected: Callable[[], Owner], postgres: EmbeddedPostgres
) -> None:
    name = mine.take()
    with psycopg.connect(postgres.url(), autocommit=True) as server:
        server.execute(SQL("alter database {} allow_connections false").format(Identifier(name)))
        server.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", [name])
    mine.give_back()
    assert mine.take() != name
    with connected() as owner:
        assert owner.execute("select count(*) from settings").fetchone() == (2,)
