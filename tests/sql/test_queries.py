"""Every named query is prepared against the migrated database and compared with the row it fills."""

import ast
import dataclasses
from pathlib import Path

import psycopg
import pytest
from psycopg import pq

import sql.rows.accounts
import sql.rows.drafts
import sql.rows.experiments
import sql.rows.gateway
import sql.rows.libraries
import sql.rows.log
import sql.rows.migrations
import sql.rows.operations
import sql.rows.practice
import sql.rows.releases
import sql.rows.replays
import sql.rows.runs
import sql.rows.tree
import sql.rows.versions
from sql import named
from sql.named import Query, read

PACKAGES = ("sql", "versioning", "practice", "accounts", "loaders", "workflows", "resolvers", "gateway")

NOUNS = named.nouns()
QUERIES = {query.name: query for noun in NOUNS for query in read(noun).values()}


def _row_types() -> dict[str, type]:
    rows = sql.rows
    modules = (
        rows.accounts,
        rows.drafts,
        rows.experiments,
        rows.gateway,
        rows.libraries,
        rows.log,
        rows.migrations,
        rows.operations,
        rows.practice,
        rows.releases,
        rows.replays,
        rows.runs,
        rows.tree,
        rows.versions,
    )
    return {
        name: cls
        for module in modules
        for name, cls in vars(module).items()
        if isinstance(cls, type) and dataclasses.is_dataclass(cls)
    }


def _uses(root: Path) -> dict[str, set[str]]:
    """Return, by the name of a query's attribute, the names of the row types that the code reads it into."""
    found: dict[str, set[str]] = {}
    for package in PACKAGES:
        for path in (root / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in ("fetch_all", "fetch_one")
                    and len(node.args) >= 2
                    and isinstance(node.args[1], ast.Name)
                ):
                    for query in ast.walk(node.args[0]):
                        if isinstance(query, ast.Attribute):
                            found.setdefault(query.attr, set()).add(node.args[1].id)
    return found


def _prepared(connection: psycopg.Connection[object], query: Query) -> list[str]:
    """Prepare a query and return the names of its columns."""
    text, types = psycopg._queries.PostgresQuery(psycopg.adapt.Transformer(connection)), None
    text.convert(query.text, dict.fromkeys(query.params))
    result = connection.pgconn.prepare(b"", text.query, types)
    assert result.status == pq.ExecStatus.COMMAND_OK, f"{query.name}: {result.error_message.decode()}"
    described = connection.pgconn.describe_prepared(b"")
    return [(described.fname(column) or b"").decode() for column in range(described.nfields)]


def test_every_query_prepares_and_its_columns_are_its_rows_fields(owner_url: str, root: Path) -> None:
    rows, uses = _row_types(), _uses(root)
    compared = 0
    with psycopg.connect(owner_url) as connection:
        for name, query in QUERIES.items():
            columns = _prepared(connection, query)
            for row in uses.get(name.partition(".")[2], ()):
                fields = {field.name for field in dataclasses.fields(rows[row])}
                assert set(columns) == fields, f"{name} does not fill {row}"
                compared += 1
    assert compared >= 60


def test_a_misspelt_column_is_told_by_name(owner_url: str) -> None:
    with psycopg.connect(owner_url) as connection, pytest.raises(AssertionError, match=r"made_up.*no_such_column"):
        _prepared(connection, Query("made_up", "select no_such_column from users", frozenset()))


def test_every_query_is_used(root: Path) -> None:
    code = "\n".join(path.read_text() for package in PACKAGES for path in (root / package).rglob("*.py"))
    built = {f"{verb}_{level}" for verb in ("lock", "insert", "update", "show") for level in _LEVELS}
    built |= {f"place_{level}s" for level in _LEVELS} | {f"{level}_order" for level in _LEVELS}
    unused = [
        name for name in QUERIES if f".{name.partition('.')[2]}" not in code and name.partition(".")[2] not in built
    ]
    assert unused == []


_LEVELS = ("track", "module", "lesson", "challenge")
