"""One database for all tests of a worker: after each it is emptied, which takes a tenth of the time of a new clone.

What there is to empty is read from the catalogue, so a new table needs no line here. What a test cannot have touched
by rows alone (a changed schema, statistics of the planner, files that have grown) is not repaired: such a database is
thrown away, and the next test gets a new clone. Roles belong to the whole server: a test that leaves them changed
fails.
"""

import contextlib
import itertools
import time
from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from embedded.supervisor import EmbeddedPostgres

WORN_BLOCKS = 64  # of 8 kB: a table whose deleted rows fill so many makes its database worn out
ENDING_SECONDS = 20.0

_OURS = "n.nspname <> 'information_schema' and n.nspname !~ '^pg_'"  # not the server's own, nor the temporary
_TABLES = f"""select n.nspname::text, c.relname::text, c.relkind::text from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm') and {_OURS} order by 1, 2"""

# Everything that says what a database is, beside its rows. Numbers that vacuum and analyze write are part of it: with
# them the planner would choose otherwise than in a new clone.
SCHEMA = {
    "schemas": f"select n.nspname, n.nspowner, n.nspacl from pg_namespace n where {_OURS}",
    "relations": "select c.relname, n.nspname, c.relkind, c.relowner, c.relacl, c.reloptions, c.relrowsecurity,"
    " c.relforcerowsecurity, c.relispopulated, c.relpartbound, case when c.relkind = 'r' then c.reltuples end"
    f" from pg_class c join pg_namespace n on n.oid = c.relnamespace where {_OURS}",
    "columns": "select a.attrelid, a.attname, a.atttypid, a.attnotnull, a.attisdropped, a.attacl, a.attgenerated"
    " from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace"
    f" where a.attnum > 0 and {_OURS}",
    "defaults": "select adrelid, adnum, adbin from pg_attrdef",
    "constraints": "select c.conname, c.conrelid, c.contype, c.conbin, c.convalidated, c.confdeltype"
    f" from pg_constraint c join pg_namespace n on n.oid = c.connamespace where {_OURS}",
    "indexes": "select x.indexrelid, x.indrelid, x.indisvalid, x.indisunique, x.indpred from pg_index x"
    f" join pg_class c on c.oid = x.indexrelid join pg_namespace n on n.oid = c.relnamespace where {_OURS}",
    "functions": "select p.proname, p.pronamespace, p.proowner, p.prosrc, p.proacl, p.proconfig, p.prosecdef"
    f" from pg_proc p join pg_namespace n on n.oid = p.pronamespace where {_OURS}",
    "triggers": "select tgrelid, tgname, tgenabled, tgfoid from pg_trigger",
    "policies": "select polrelid, polname, polcmd, polroles, polqual, polwithcheck from pg_policy",
    "views": "select r.ev_class, r.rulename, r.ev_action from pg_rewrite r join pg_class c on c.oid = r.ev_class"
    f" join pg_namespace n on n.oid = c.relnamespace where {_OURS}",
    "types": "select t.typname, t.typnamespace from pg_type t join pg_namespace n on n.oid = t.typnamespace"
    f" where {_OURS}",
    "statistics": "select s.starelid, s.staattnum from pg_statistic s join pg_class c on c.oid = s.starelid"
    f" join pg_namespace n on n.oid = c.relnamespace where {_OURS}",
    "settings": "select d.datallowconn, d.datconnlimit, d.datacl, s.setrole, s.setconfig from pg_database d"
    " left join pg_db_role_setting s on s.setdatabase = d.oid where d.datname = current_database()",
}
_SERVER = {
    "roles": "select * from pg_authid",
    "memberships": "select roleid, member, grantor, admin_option from pg_auth_members",
    "settings of roles": "select setrole, setconfig from pg_db_role_setting where setdatabase = 0",
    "settings": "select name, setting from pg_file_settings where sourcefile like '%auto.conf'",
}


_numbers = itertools.count(1)


def _digests(parts: dict[str, str]) -> bytes:
    """Return a statement that gives a name and a number for each part, the same for the same rows in any order."""
    each = (
        f"select '{name}' as name, coalesce(sum(hashtextextended(t::text, 0)), 0)::text as digest from ({query}) t"
        for name, query in parts.items()
    )
    return " union all ".join(each).encode()


class ReusedDatabase:
    """A worker's database, made of the template when it is asked for and not there.

    ``clones`` tells how often that was.
    """

    def __init__(self, postgres: EmbeddedPostgres, template: str) -> None:
        self._postgres = postgres
        self._template = template
        self._owner: psycopg.Connection[tuple[Any, ...]] | None = None
        self._tables: list[tuple[str, str, str]] = []
        self._full: set[tuple[str, str]] = set()
        self._kept: dict[tuple[str, str], tuple[str, bytes]] = {}
        self._schema: dict[str, str] = {}
        self._server: dict[str, str] = {}
        self.name = ""
        self.clones = 0
        self.thrown_away: list[str] = []

    def take(self) -> str:
        """Return the name of a database that equals the template."""
        if not self.name:
            self.clones += 1
            self.name = f"reused_{next(_numbers)}"
            with self._superuser() as server:
                copy = SQL("create database {} template {} strategy file_copy")
                server.execute(copy.format(Identifier(self.name), Identifier(self._template)))
            self._learn()
        self._server = self._of_server()
        return self.name

    def give_back(self) -> None:
        """Empty it, or throw it away where rows are not all that was changed; raises when that is more than it."""
        try:
            why = self.emptied()
        except (psycopg.Error, TimeoutError) as error:
            why = str(error) or type(error).__name__
        if why:
            self.thrown_away.append(why)
            self.throw_away()
        changed = _differences(self._server, self._of_server())
        assert not changed, f"this test leaves the server's {changed} changed"

    def throw_away(self) -> None:
        """Drop it, and whoever is connected to it."""
        if self._owner is not None:
            self._owner.close()
            self._owner = None
        if self.name:
            with self._superuser() as server:
                server.execute(SQL("drop database if exists {} with (force)").format(Identifier(self.name)))
            self.name = ""

    def _learn(self) -> None:
        """Read what a clone holds, which is what it is to hold after each test."""
        owner = self._connection()
        self._tables = [(str(a), str(b), str(c)) for a, b, c in owner.execute(_TABLES.encode()).fetchall()]
        self._full = self._with_rows(owner)
        self._kept = {}
        for table in self._full:
            with owner.cursor().copy(SQL("copy {} to stdout").format(Identifier(*table))) as copied:
                rows = b"".join(bytes(block) for block in copied)
            self._kept[table] = (self._digest(owner, table), rows)
        self._schema = dict(owner.execute(_digests(SCHEMA)).fetchall())

    def _of_server(self) -> dict[str, str]:
        if self._owner is not None:
            return dict(self._owner.execute(_digests(_SERVER), prepare=True).fetchall())
        with self._superuser() as server:
            return dict(server.execute(_digests(_SERVER)).fetchall())

    def emptied(self) -> str:
        """Make it hold what the template holds; returns why that cannot be done by rows, or nothing."""
        owner = self._connection()
        self._end_others(owner)
        changed = _differences(self._schema, dict(owner.execute(_digests(SCHEMA), prepare=True).fetchall()))
        if changed:
            return f"its {changed} differ"
        full = self._with_rows(owner)
        again = [table for table in sorted(self._full) if self._digest(owner, table) != self._kept[table][0]]
        filled = (full - self._full) | set(again)
        to_do: list[Composed] = []
        for schema, name, kind in sorted(self._tables, key=lambda table: table[2], reverse=True):  # views after tables
            if (schema, name) in filled:
                how = "refresh materialized view {}" if kind == "m" else "delete from {}"
                to_do.append(SQL(how).format(Identifier(schema, name)))
        for sequence, start in owner.execute(_SEQUENCES, prepare=True).fetchall():
            to_do.append(SQL("select setval({}, {}, false)").format(Literal(sequence), Literal(start)))
        with owner.transaction():
            owner.execute("set local session_replication_role = replica")  # neither triggers nor references
            if to_do:
                owner.execute(SQL("; ").join(to_do))
            for table in again:
                with owner.cursor().copy(SQL("copy {} from stdin").format(Identifier(*table))) as copied:
                    copied.write(self._kept[table][1])
        worn = owner.execute(_WORN.encode(), prepare=True).fetchall()
        return f"{worn[0][0]} has grown" if worn else ""

    def _end_others(self, owner: psycopg.Connection[tuple[Any, ...]]) -> None:
        """End whoever is still connected, and with them their transactions and locks."""
        until = time.monotonic() + ENDING_SECONDS
        while owner.execute(_END, prepare=True).fetchone() != (0,):
            if time.monotonic() > until:
                raise TimeoutError("somebody stays connected")
            time.sleep(0.002)

    def _with_rows(self, owner: psycopg.Connection[tuple[Any, ...]]) -> set[tuple[str, str]]:
        each = (
            SQL("select {}, {} where exists (select from {})").format(
                Literal(schema), Literal(name), Identifier(schema, name)
            )
            for schema, name, _ in self._tables
        )
        return {(str(a), str(b)) for a, b in owner.execute(SQL(" union all ").join(each), prepare=True).fetchall()}

    def _digest(self, owner: psycopg.Connection[tuple[Any, ...]], table: tuple[str, str]) -> str:
        query = SQL("select count(*) || ' ' || coalesce(sum(hashtextextended(t::text, 0)), 0) from {} t")
        row = owner.execute(query.format(Identifier(*table)), prepare=True).fetchone()
        return str(row and row[0])

    def _connection(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Return the connection that is kept from test to test, made anew where a test has ended it."""
        if self._owner is not None:
            try:
                self._owner.execute("")
            except psycopg.Error:
                self._owner.close()
                self._owner = None
        if self._owner is None:
            url = self._postgres.url(database=self.name)
            self._owner = psycopg.connect(url, autocommit=True, application_name="suite")
        return self._owner

    @contextlib.contextmanager
    def _superuser(self) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        with psycopg.connect(self._postgres.url(), autocommit=True, application_name="suite") as server:
            yield server


_END: LiteralString = """select count(pg_terminate_backend(pid)) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()"""
_SEQUENCES: LiteralString = """select seqrelid::regclass::text, seqstart from pg_sequence
    where pg_sequence_last_value(seqrelid) is not null"""
_WORN = f"""select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and {_OURS} and pg_relation_size(c.oid) > {8192 * WORN_BLOCKS}"""


def _differences(expected: dict[str, str], found: dict[str, str]) -> str:
    return ", ".join(name for name in expected if expected[name] != found[name])
