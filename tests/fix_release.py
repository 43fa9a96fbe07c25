"""The database of release 0.1.0 as a school would have it: 100,000 attempts, migrated by the code that is there."""

import asyncio
from dataclasses import dataclass

import psycopg
import pytest

from embedded.supervisor import EmbeddedPostgres
from sql.jobs import install
from sql.migrate import migrate
from tests.fix_database import ROLES
from tests.sql import release

NAME = "release_0_1_0"
# Migrations may write into these, and into no row of another table that the release had.
WRITTEN = {"public.schema_migrations", "jobs.library_files"}


@dataclass(frozen=True, slots=True)
class Released:
    """The migrated database, and what its tables held before and after: rows and a digest of the release's columns."""

    name: str
    url: str
    before: dict[str, tuple[str, int, str]]
    after: dict[str, tuple[str, int, str]]
    applied: list[str]


@pytest.fixture(scope="session")
def released(postgres: EmbeddedPostgres, template: str) -> Released:
    """The release's data, loaded, multiplied and migrated once for a worker's session. Tests read it, or clone it."""
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute(f"create database {NAME}".encode())
    url = postgres.url(database=NAME)
    release.load(url)
    release.multiply(url)
    before = digests(url)
    applied = asyncio.run(migrate(url, ROLES, gateway_logs_in=True))
    asyncio.run(install(url, ROLES))
    return Released(NAME, url, before, digests(url, before), applied)


def digests(url: str, columns: dict[str, tuple[str, int, str]] | None = None) -> dict[str, tuple[str, int, str]]:
    """Return, for every table, its columns, its rows and the sum of their hashes; of those ``columns`` where given."""
    found = {}
    with psycopg.connect(url) as owner:
        for table, names in owner.execute(COLUMNS).fetchall():
            given = columns[table][0] if columns and table in columns else names
            statement = f"select count(*), coalesce(sum(hashtextextended(row({given})::text, 0)), 0)::text from {table}"
            ((count, digest),) = owner.execute(statement.encode()).fetchall()
            found[str(table)] = (str(given), int(count), str(digest))
    return found


COLUMNS = """
select t.schemaname || '.' || t.tablename, string_agg(quote_ident(c.column_name), ', ' order by c.ordinal_position)
from pg_tables t
join information_schema.columns c on c.table_schema = t.schemaname and c.table_name = t.tablename
where t.schemaname in ('public', 'jobs') and t.tablename !~ '^challenge_attempts_(20|default)'
group by 1
order by 1
"""
