"""Rows about learners are covered by policies, table by table; indexes say which query they serve, and serve it."""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

import psycopg
import pytest
from psycopg._queries import PostgresQuery

from embedded.supervisor import EmbeddedPostgres
from sql import named
from sql.named import PERSONAL, Query, read
from tests.fix_database import ROLES

COVERED = {
    "user_enrollments",
    "user_progress",
    "challenge_attempts",
    "challenge_attempts_archive",
    "leaderboard_entries",
    "experiment_assignments",
    "replay_items",
    "notices",
}
# Every other table, and why no policy hides its rows from the gateway's role. A new table has to be put on either list.
OPEN = {
    "people, whose names are shown on leaderboards and in histories; addresses in it are sealed": "users",
    "how often somebody tried to get in, by keyed hashes, before anybody is known": "rate_limits",
    "found by the hash of a secret before anybody is known": "sessions api_tokens invitations",
    "read before and after whose they are is known, by key of one's own": "idempotency_keys",
    "content, which all read as far as the queries show it": (
        "tracks modules lessons challenges challenge_versions redirects solutions draft_history"
    ),
    "code of tests, by staff": "test_libraries test_library_names",
    "history and its ends, append only": "publications publication_records publication_head audit_events audit_head",
    "what publications mean for learners, and names none": "version_migrations version_successions",
    "reviews of content, by staff": "reviews review_requests",
    "plans of what to publish, by staff": "releases release_items",
    "verdicts on texts by their hashes, and authors' wishes for them; none names a learner": (
        "verdicts verdict_changes runs"
    ),
    "workers with a browser": "runners",
    "experiments and the weights of their arms, by staff": "experiments experiment_arms",
    "counts of what learners' code came to, and authors' wishes for them; whose it was lies in replay_items": "replays",
    "the house's own": "settings schema_migrations schema_migration_steps",
}
QUERIES = {query.name: query for noun in named.nouns() for query in read(noun).values()}


Owner: TypeAlias = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def owner(owner_url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(owner_url, autocommit=True)


@pytest.fixture
def untouched(postgres: EmbeddedPostgres, template: str, fresh: Callable[..., str]) -> Iterator[Owner]:
    """A clone that no test has used: the planner looks at the sizes of files, where deleted rows count."""
    with psycopg.connect(postgres.url(database=fresh(template)), autocommit=True) as owner:
        yield owner


TABLES = """select c.relname::text, c.relrowsecurity and c.relforcerowsecurity from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition"""
INDEXES = """select i.relname::text, obj_description(i.oid, 'pg_class') from pg_class i
    join pg_index x on x.indexrelid = i.oid
    where i.relnamespace = 'public'::regnamespace and not i.relispartition
        and not exists (select from pg_constraint c where c.conindid = i.oid and c.contype in ('p', 'u', 'x'))"""


BODY = "select prosrc from pg_proc where proname = %s and prolang = (select oid from pg_language where lanname = 'sql')"


def test_every_table_is_covered_by_policies_or_listed_with_a_reason(
    owner: psycopg.Connection[tuple[object, ...]],
) -> None:
    with owner:
        found = {str(name): bool(forced) for name, forced in owner.execute(TABLES).fetchall()}
        covered = {name for (name,) in owner.execute("select tablename::text from pg_policies").fetchall()}
    listed = {name for names in OPEN.values() for name in names.split()}
    assert listed & COVERED == set()
    assert {name for name, forced in found.items() if forced} == covered == COVERED
    assert set(found) == listed | COVERED
    shared = {"leaderboard_entries", "replay_items"}  # read by all, and by the worker alone
    assert set(PERSONAL) - {"attempts"} == COVERED - shared, "and queries of them say for whom they ask"


def test_the_gateway_owns_nothing_and_is_above_no_policy(owner: psycopg.Connection[tuple[object, ...]]) -> None:
    with owner:
        roles = owner.execute(
            "select rolname::text, rolcanlogin, rolsuper, rolbypassrls,"
            " (select count(*) from pg_class c where c.relowner = r.oid) from pg_roles r where rolname = any(%s)",
            [list(ROLES.all)],
        ).fetchall()
    by_name = {row[0]: row[1:] for row in roles}
    assert all(row[1:3] == (False, False) for row in by_name.values())
    assert by_name[ROLES.gateway][3] == 0
    assert by_name[ROLES.owner][0] is False, "who migrates never logs in"


def test_every_index_names_a_query_and_serves_it(untouched: Owner) -> None:
    with untouched as owner:
        owner.execute("select make_month_of_attempts('2020-01-01'), archive_month_of_attempts('2020-01-01')")
        owner.execute("set enable_seqscan = off")
        silent, unused = [], []
        for name, sentence in owner.execute(INDEXES).fetchall():
            told = re.fullmatch(r"(\w+\.\w+): .+\.", str(sentence))
            if told is None or told[1] not in QUERIES:
                silent.append((name, sentence))
            elif not _uses(owner, QUERIES[told[1]], str(name)):
                unused.append((name, told[1]))
    assert silent == []
    assert unused == []


def _uses(connection: psycopg.Connection[tuple[object, ...]], query: Query, index: str) -> bool:
    if query.text.startswith("refresh materialized view concurrently"):
        return True  # which takes a unique index, and is told by the server when there is none
    function = re.search(r"\bfrom (\w+)\(", query.text)
    body = connection.execute(BODY, [function[1]]).fetchone() if function else None
    text = PostgresQuery(psycopg.adapt.Transformer(connection))
    text.convert(query.text, dict.fromkeys(query.params))
    explained = str(body[0]).encode() if body else text.query
    for setting in ("", "set local enable_bitmapscan = off", "set local enable_sort = off"):
        with connection.transaction(force_rollback=True):
            if setting:
                connection.execute(setting.encode())
            plan = connection.pgconn.exec_(b"explain (generic_plan) " + explained)
            told = "\n".join((plan.get_value(row, 0) or b"").decode() for row in range(plan.ntuples))
            if re.search(rf"\b{index}\b", told) or _of_partition(connection, told, index):
                return True
    return False


def _of_partition(connection: psycopg.Connection[tuple[object, ...]], plan: str, index: str) -> bool:
    children = "select inhrelid::regclass::text from pg_inherits where inhparent = %s::regclass"
    return any(str(name) in plan for (name,) in connection.execute(children, [index]).fetchall())
