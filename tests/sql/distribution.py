"""Which rules of statements over a cluster a query breaks, found in its syntax tree.

Learner tables are distributed by ``user_id``; everything else stays plain on the coordinator. Which tables these are is
read from the catalogue. A *level* is one SELECT, UPDATE, DELETE or INSERT with its own FROM: each CTE and each
sub-select is one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from pglast import ast, parse_sql
from pglast.enums import A_Expr_Kind, BoolExprType, JoinType, OnConflictAction

from sql.named import Query

OWN = "a learner table without <table>.user_id = %(user_id)s"
PLAIN = "a learner table beside a table that stays plain"
CONFLICT = "on conflict does not begin with user_id"
LOCK = "for update on more than one learner table of one learner"
CTE = "an insert inside a CTE"
VALUES = "a sub-select in insert … values"
SELECT = "insert … select into a learner table without on conflict"
WINDOW = "a window that does not begin with user_id"
BOARD = "a leaderboard beside another table"
ALL = "a view over learner tables without a condition on user_id"
BATCH = "the rows of all learners, neither of given ones nor up to a limit"
RULES = {OWN, PLAIN, CONFLICT, LOCK, CTE, VALUES, SELECT, WINDOW, BOARD, ALL, BATCH}

LEADERBOARD = "leaderboard_entries"
_REFRESH = ast.RefreshMatViewStmt

_FORCED = """select c.relname::text, (
        select a.attname::text from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
        where i.indrelid = c.oid and i.indisprimary)
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relforcerowsecurity and not c.relispartition"""
_PARTITIONS = "select inhrelid::regclass::text from pg_inherits where inhparent = any(%s::regclass[])"
_READ_BY = """select distinct v.relname::text, v.relkind::text, t.relname::text
    from pg_depend d
    join pg_rewrite r on r.oid = d.objid
    join pg_class v on v.oid = r.ev_class
    join pg_class t on t.oid = d.refobjid
    where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and v.oid <> t.oid
        and v.relnamespace = 'public'::regnamespace"""
_BODIES = "select proname::text, prosrc from pg_proc where pronamespace = 'public'::regnamespace"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the database says of its relations, by name.

    ``tables``: the learner tables, which have forced row-level security and a primary key that begins with ``user_id``.
    ``learner``: these, their partitions, and ``views`` of them. ``undivided``: tables with forced row-level security
    and another key. ``crossing``: functions and materialized views that read learner tables. ``names``: all relations.
    """

    tables: frozenset[str]
    learner: frozenset[str]
    views: frozenset[str]
    undivided: frozenset[str]
    crossing: frozenset[str]
    names: frozenset[str]

    @classmethod
    def read(cls, owner: psycopg.Connection[Any]) -> "Catalogue":
        forced = dict(owner.execute(_FORCED).fetchall())
        tables = {name for name, first in forced.items() if first == "user_id"} - {LEADERBOARD}
        parts = {name for (name,) in owner.execute(_PARTITIONS, [sorted(tables)]).fetchall()}
        read_by = owner.execute(_READ_BY).fetchall()
        views = {view for view, kind, table in read_by if kind == "v" and table in tables}
        learner = tables | parts | views
        known = re.compile(rf"\b(?:{'|'.join(sorted(learner | {LEADERBOARD}))})\b")
        crossing = {name for name, body in owner.execute(_BODIES).fetchall() if known.search(body)}
        crossing |= {view for view, kind, table in read_by if kind == "m" and table in learner | {LEADERBOARD}}
        names = {name for (name,) in owner.execute("select relname::text from pg_class").fetchall()}
        undivided = {name for name, first in forced.items() if first != "user_id"}
        return cls(*map(frozenset, (tables, learner, views, undivided, crossing, names)))


@dataclass(frozen=True, slots=True)
class Level:
    """One level: its relations by alias, and its conditions, each with the aliases that it filters."""

    node: ast.Node
    relations: dict[str, str]
    conditions: list[tuple[ast.Node, set[str]]]

    def leads(self, alias: str, only: int | None) -> bool:
        """Tell whether a condition compares the table's ``user_id``: with that parameter, or with anything for None."""
        for one, filtered in self.conditions:
            if alias not in filtered or not isinstance(one, ast.A_Expr) or _last(one.name) != "=":
                continue
            for side, other in ((one.lexpr, one.rexpr), (one.rexpr, one.lexpr)):
                with_it = one.kind == A_Expr_Kind.AEXPR_OP and _parameter(other) == only
                if self._is_user_id(side, alias) and (only is None or with_it):
                    return True
        return False

    def _is_user_id(self, node: Any, alias: str) -> bool:
        if not isinstance(node, ast.ColumnRef):
            return False
        fields = [getattr(field, "sval", "*") for field in node.fields or ()]
        return fields == [alias, "user_id"] or (fields == ["user_id"] and len(self.relations) == 1)


def breaches(query: Query, catalogue: Catalogue) -> set[str]:
    """Return the rules that a query breaks."""
    return Statement(query, catalogue).breaches()


class Statement:
    """A query's syntax tree, with its levels and the relations that it names."""

    def __init__(self, query: Query, catalogue: Catalogue) -> None:
        numbers = {name: number for number, name in enumerate(sorted(query.params), 1)}
        text = re.sub(r"%\((\w+)\)s", lambda found: f"${numbers[found[1]]}", query.text).replace("%%", "%")
        (raw,) = parse_sql(text)
        self.catalogue = catalogue
        self.user_id = numbers.get("user_id", 0)
        self.batched = "user_ids" in numbers
        self.nodes = list(walk(raw.stmt))
        self.ctes = {node.ctename for node in self.nodes if isinstance(node, ast.CommonTableExpr)}
        if hidden := self.ctes & catalogue.names:
            raise ValueError(f"A CTE hides a table: {hidden}")
        self.levels = [level for node in self.nodes if (level := self._level(node))]
        self.named = {name for level in self.levels for name in level.relations.values() if name}
        self.learner = self.named & catalogue.learner
        called = {_last(node.funcname) for node in self.nodes if isinstance(node, ast.FuncCall)}
        called |= {str(getattr(node.relation, "relname", "")) for node in self.nodes if isinstance(node, _REFRESH)}
        self.crosses = bool(called & catalogue.crossing)

    def breaches(self) -> set[str]:
        found = set()
        if self.crosses:
            found |= {OWN}
        if LEADERBOARD in self.named and self.named != {LEADERBOARD}:
            found |= {BOARD}
        if self.learner and self.named - self.learner - {LEADERBOARD}:
            found |= {PLAIN}
        if self.learner:
            found |= self._shape()
        for level in self.levels:
            found |= self._own(level) | self._insert(level.node)
        if OWN in found and not (self.batched or any(getattr(node, "limitCount", None) for node in self.nodes)):
            found |= {BATCH}
        return found

    def _own(self, level: Level) -> set[str]:
        found = set()
        for alias, name in level.relations.items():
            if name not in self.catalogue.learner:
                continue
            inserts = isinstance(level.node, ast.InsertStmt)
            own = self._inserts_own(level.node) if inserts else level.leads(alias, self.user_id)
            found |= set() if own else {OWN}
            if name in self.catalogue.views and not level.leads(alias, None):
                found |= {ALL}
            if getattr(level.node, "lockingClause", None) and not (own and len(level.relations) == 1):
                found |= {LOCK}
        return found

    def _shape(self) -> set[str]:
        """What holds for every part of a statement that names a learner table."""
        found = set()
        for node in self.nodes:
            if isinstance(node, ast.CommonTableExpr) and isinstance(node.ctequery, ast.InsertStmt):
                found |= {CTE}
            over = getattr(node, "over", None)
            windows = [over] if over and not over.name else []  # one with a name stands in the clause
            for window in (*windows, *(getattr(node, "windowClause", None) or ())):
                first = next(iter(window.partitionClause or ()), None)
                if not (isinstance(first, ast.ColumnRef) and _last(first.fields) == "user_id"):
                    found |= {WINDOW}
            if getattr(node, "lockingClause", None) and len(self.levels) > 1:
                found |= {LOCK}
        return found

    def _insert(self, node: ast.Node) -> set[str]:
        if not isinstance(node, ast.InsertStmt) or node.relation is None:
            return set()
        if node.relation.relname not in self.catalogue.learner | {LEADERBOARD}:
            return set()
        found, values = set(), getattr(node.selectStmt, "valuesLists", None)
        if values and any(isinstance(part, ast.SubLink) for row in values for item in row for part in walk(item)):
            found |= {VALUES}
        if conflict := node.onConflictClause:
            first = next(iter(getattr(conflict.infer, "indexElems", None) or ()), None)
            if getattr(first, "name", None) != "user_id":
                found |= {CONFLICT}
        if not values and (conflict is None or conflict.action == OnConflictAction.ONCONFLICT_NONE):
            found |= {SELECT}
        return found

    def _inserts_own(self, node: Any) -> bool:
        place = [column.name for column in node.cols or ()].index("user_id")
        if rows := getattr(node.selectStmt, "valuesLists", None):
            return all(_parameter(row[place]) == self.user_id for row in rows)
        columns = getattr(node.selectStmt, "targetList", None) or ()
        return bool(columns) and _parameter(columns[place].val) == self.user_id

    def _level(self, node: ast.Node) -> Level | None:
        if not isinstance(node, ast.SelectStmt | ast.UpdateStmt | ast.DeleteStmt | ast.InsertStmt):
            return None
        sources = [getattr(node, "relation", None), *(getattr(node, "fromClause", None) or ())]
        sources += getattr(node, "usingClause", None) or ()
        level = Level(node, {}, [])
        for source in filter(None, sources):
            self._add(source, level)
        level.conditions.extend((one, set(level.relations)) for one in _conjuncts(getattr(node, "whereClause", None)))
        return level

    def _add(self, source: Any, level: Level) -> set[str]:
        """Take in a part of a FROM and return its aliases; a sub-select or a CTE there is a level of its own."""
        if isinstance(source, ast.JoinExpr):
            left, right = self._add(source.larg, level), self._add(source.rarg, level)
            sides = {JoinType.JOIN_INNER: left | right, JoinType.JOIN_LEFT: right, JoinType.JOIN_RIGHT: left}
            filtered = sides.get(source.jointype or JoinType.JOIN_INNER, set())  # an outer join keeps what fails it
            level.conditions.extend((one, filtered) for one in _conjuncts(source.quals))
            return left | right
        is_table = isinstance(source, ast.RangeVar) and source.relname not in self.ctes
        alias = source.alias.aliasname if source.alias else getattr(source, "relname", f"#{len(level.relations)}")
        level.relations[alias] = source.relname if is_table else ""
        return {alias}


def walk(node: Any) -> Iterator[ast.Node]:
    """Yield a node and all below it."""
    if isinstance(node, tuple | list):
        for each in node:
            yield from walk(each)
    elif isinstance(node, ast.Node):
        yield node
        for slot in node:
            yield from walk(getattr(node, slot))


def _conjuncts(node: Any) -> Iterator[ast.Node]:
    if isinstance(node, ast.BoolExpr) and node.boolop == BoolExprType.AND_EXPR:
        for each in node.args or ():
            yield from _conjuncts(each)
    elif node is not None:
        yield node


def _parameter(node: Any) -> int | None:
    """Return the number of the parameter that an expression is, cast or not; None for any other."""
    while isinstance(node, ast.TypeCast):
        node = node.arg
    return node.number if isinstance(node, ast.ParamRef) else None


def _last(names: Any) -> str:
    return str(getattr(names[-1], "sval", "*"))
