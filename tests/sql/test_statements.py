"""Migrations are cut into the statements that psql would send, and what they make is the same either way."""

import psycopg
import pytest

from embedded.supervisor import EmbeddedPostgres
from sql.errors import Unfit
from sql.migrate import FOLDER, Roles, dump
from sql.migration_files import migrations
from sql.statements import statements
from tests.fix_database import ROLES


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" ;;\n-- nothing\n/* at all */;", []),
        ("select 1; select 2", ["select 1", "select 2"]),
        ("select ';' ; select 'it''s; so'", ["select ';'", "select 'it''s; so'"]),
        (r"select e'\'; ' || 'a\'; select 2", [r"select e'\'; ' || 'a\'", "select 2"]),
        ('select 1 as "a;""b"; select 2', ['select 1 as "a;""b"', "select 2"]),
        ("do $$ begin; end $$; select $a$ $$ ; $a$;", ["do $$ begin; end $$", "select $a$ $$ ; $a$"]),
        ("select a$b$c from d; select $1", ["select a$b$c from d", "select $1"]),
        ("select 1 -- one; two 'three\n; select 2", ["select 1", "select 2"]),
        ("select /* a; /* b; */ ' */ 1; select 2", ["select   1", "select 2"]),
        ("select '--' || '/*'; select 2", ["select '--' || '/*'", "select 2"]),
    ],
)
def test_a_semicolon_ends_a_statement_where_it_stands_in_no_quote_and_no_comment(text: str, found: list[str]) -> None:
    assert statements(text) == found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("select 'a", "has a quote ' without end"),
        ('select "a', 'has a quote " without end'),
        ("do $a$ begin $$", r"has a quote \$a\$ without end"),
        ("select 1 /* a /* b */", "has a comment without end"),
        (
            "create function f() returns int begin atomic select 1; end",
            "has a body that begins with begin atomic",
        ),
    ],
)
def test_what_has_no_end_is_refused(text: str, told: str) -> None:
    with pytest.raises(Unfit, match=f"^It {told}"):
        statements(text, "It")


def test_the_houses_migrations_make_the_same_one_statement_at_a_time(
    postgres: EmbeddedPostgres, template: str, database_url: str
) -> None:
    whole = migrations()
    sent = 0
    # The roles are there from the template; only the tables of this database are made here.
    with psycopg.connect(database_url) as connection:
        connection.execute(f'grant usage, create on schema public to "{ROLES.owner}"'.encode())
        for migration in whole:
            connection.execute(f'set local role "{ROLES.owner}"'.encode())
            for statement in statements(ROLES.written(migration.text), migration.name):
                connection.execute(statement.encode())
                sent += 1
            connection.commit()
    assert len(whole) == len(list(FOLDER.glob("*.sql")))
    assert sent >= 250
    assert dump(database_url) == dump(postgres.url(database=template))


def test_roles_are_written_before_a_text_is_cut() -> None:
    text = Roles("a").written('set local role :"owner"; select 1')
    assert statements(text) == ['set local role "a_owner"', "select 1"]
