"""What a learner's pages read: statements, rows and buffers, by the server's own account, as the gateway's role.

Each operation is run through the schema in a warm process, its statements are noted, and each is then explained by the
server with the same parameters, role and identity. ``python -m bench.reads --data DIR`` measures a database that
load-sample filled.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, TypeVar
from uuid import UUID

import psycopg

from core.sealing import Keyring
from gateway.app_state import now
from gateway.bootstrap import database as opened_database
from gateway.config import Config
from gateway.demo.sample import TRACK
from practice.enrollments import TrackTotals
from resolvers.context import Context, Viewer
from schema.api import schema
from schema.fields import global_id
from sql.database import Database, Pool
from sql.migrate import Roles
from sql.named import PERSONAL, Query

R = TypeVar("R")

LEARNERS = (*PERSONAL, "leaderboard_entries")
ATTEMPT = "id status score createdAt version { id label } results { testId outcome message }"
OPERATIONS = {
    "AttemptHistory": f"""query ($challengeId: ID!) {{ viewer {{ attempts(challengeId: $challengeId, first: 20) {{
        edges {{ node {{ {ATTEMPT} }} }} pageInfo {{ hasNextPage endCursor }} }} }} }}""",
    "AllAttempts": f"""{{ viewer {{ attempts(first: 20) {{ edges {{ node {{ {ATTEMPT} }} }}
        pageInfo {{ hasNextPage endCursor }} }} }} }}""",
    "ChallengePage": """query ($path: String!) { challenge(path: $path) { id slug path
        lesson { id title module { id title track { id slug title } } }
        version { id label title instructions starter { html css js } tests { testId text } hints { text } }
        viewerProgress { id status bestScore totalAttempts version { id label } newerVersion { id label } } } }""",
    "Dashboard": """{ viewer { dashboard { id track { id slug title } enrolledAt progressPercentage totalChallenges
        completedChallenges earnedPoints totalPoints newChallenges } } }""",
    "Progress": """{ viewer { progress(first: 20) { edges { node { id status bestScore challenge { id path }
        version { id label } newerVersion { id label } } } pageInfo { hasNextPage endCursor } } } }""",
    "Leaderboard": """query ($challengeId: ID!) { leaderboard(challengeId: $challengeId, first: 10) {
        edges { node { rank displayName bestScore totalAttempts completedAt } }
        pageInfo { hasNextPage endCursor } } }""",
}


@dataclass(slots=True)
class Cost:
    """What an operation costs: medians over the learners who sent it; ``scans`` are tables read from end to end."""

    statements: int = 0
    rows: int = 0
    buffers: int = 0
    ms: float = 0.0
    scans: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Sent:
    query: Query
    params: dict[str, object]
    identity: UUID | None


class _Noting(Database):
    """A database that notes what is asked of it."""

    def __init__(self, pool: Pool) -> None:
        super().__init__(pool)
        self.sent: list[_Sent] = []

    async def fetch_all(self, query: Query, row: type[R], **params: object) -> list[R]:
        self.sent.append(_Sent(query, params, self.identity))
        return await super().fetch_all(query, row, **params)


async def costs(pool: Pool, url: str, keyring: Keyring, roles: Roles, learners: int = 20) -> dict[str, Cost]:
    """Return the cost of each operation; ``url`` is a login that may put on the gateway's role and sees all rows."""
    with psycopg.connect(url, autocommit=True) as looking:
        people = [row[0] for row in looking.execute(_BUSY, [learners]).fetchall()]
        begun = {person: looking.execute(_BEGUN, [person]).fetchall()[0] for person in people}
    found, totals = {}, TrackTotals()
    for name, operation in OPERATIONS.items():
        each = []
        for person in people:
            challenge, path = begun[person]
            viewer = Viewer(person, "learner", "Learner")
            context = Context(viewer, noting := _Noting(pool), keyring, now, totals=totals)
            given = {"challengeId": global_id("Challenge", challenge), "path": path}
            variables = {key: value for key, value in given.items() if f"${key}" in operation}
            result = await schema.execute(operation, variables, context)
            if result.errors:
                raise RuntimeError(f"{name}: {result.errors[0]}")
            each.append((noting, _explained(url, roles, noting.sent)))
        found[name] = Cost(
            int(median(one.meter.statements for one, _ in each)),
            int(median(one.meter.rows for one, _ in each)),
            int(median(sum(_buffers(plan) for plan in plans) for _, plans in each)),
            round(median(sum(plan["Actual Total Time"] for plan in plans) for _, plans in each), 2),
            {scan for _, plans in each for plan in plans for scan in _scans(plan)},
        )
    return found


_BUSY = "select user_id from user_progress group by user_id order by sum(total_attempts) desc, user_id limit %s"
_BEGUN = """select p.challenge_id, n.path from user_progress p join challenge_nodes n on n.id = p.challenge_id
    where p.user_id = %s order by p.total_attempts desc, p.challenge_id limit 1"""


def _explained(url: str, roles: Roles, sent: list[_Sent]) -> list[dict[str, Any]]:
    """Return the server's account of each statement, run as the gateway runs it; the second run's, when it is warm."""
    plans = []
    with psycopg.connect(url) as connection:
        connection.execute(psycopg.sql.SQL("set role {}").format(psycopg.sql.Identifier(roles.gateway)))
        for one in sent:
            connection.execute("select set_config('app.user_id', %s, true)", [str(one.identity or "")])
            for _ in range(2):
                text = f"explain (analyze, buffers, format json) {one.query.text}"
                (told,) = connection.execute(text.encode(), one.params).fetchone() or (None,)
            plans.append((json.loads(told) if isinstance(told, str) else told)[0]["Plan"])
        connection.rollback()
    return plans


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


def _buffers(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _scans(plan: dict[str, Any]) -> Iterator[str]:
    for node in _nodes(plan):
        if node["Node Type"] == "Seq Scan" and node["Relation Name"].startswith(LEARNERS):
            yield node["Relation Name"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.reads", description=__doc__.partition("\n")[0])
    parser.add_argument("--data", required=True, type=Path, metavar="DIR", help="the folder that load-sample filled")
    parser.add_argument("--learners", type=int, default=20, metavar="N", help="how many learners send each (20)")
    options = parser.parse_args()
    config = Config.read({}, data=str(options.data))
    with opened_database(config, may_create=False) as addresses:
        found = asyncio.run(_measured(config, addresses.owner, options.learners))
    print(f"{'operation':16}{'statements':>11}{'rows':>6}{'buffers':>9}{'ms':>8}  read from end to end")
    for name, cost in found.items():
        scans = ", ".join(sorted(cost.scans)) or "nothing"
        print(f"{name:16}{cost.statements:>11}{cost.rows:>6}{cost.buffers:>9}{cost.ms:>8.2f}  {scans}")
    return 1 if any(cost.scans for cost in found.values()) else 0


async def _measured(config: Config, url: str, learners: int) -> dict[str, Cost]:
    roles = Roles(config.role_prefix)
    pool = Pool(url, role=roles.gateway, size=4)
    await pool.open()
    try:
        with psycopg.connect(url) as looking:
            attempts = looking.execute("select count(*) from attempts").fetchall()[0][0]
        print(f"{attempts:,} attempts at the challenges of {TRACK}", file=sys.stderr)
        return await costs(pool, url, config.keyring(), roles, learners)
    finally:
        await pool.close()


if __name__ == "__main__":
    sys.exit(main())
