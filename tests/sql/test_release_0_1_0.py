"""What was there under release 0.1.0 is there after migrating: every row, every hash, every answer of the contract."""

import gzip
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import psycopg

from accounts import audit
from core.sealing import Keyring
from embedded.supervisor import EmbeddedPostgres
from sql.database import Pool
from sql.migrate import Roles, dump, migrate, require_fit
from tests.fix_api import Api
from tests.fix_database import ROLES
from tests.fix_release import WRITTEN, Released
from tests.sql import release
from tests.sql.questions import NOW, Answered, Question, answer, queries, viewers
from versioning.log.verify import verify_log

ATTEMPTS = 100_011  # 119, and 884 times the 113 of those who are learners still


def kept() -> list[Answered]:
    """Return what release 0.1.0 answered."""
    lines = gzip.decompress((release.FOLDER / "release-0.1.0.answers.jsonl.gz").read_bytes()).decode().splitlines()
    rows = [json.loads(line) for line in lines]
    return [Answered(Question(who, operation, given), data, codes) for who, operation, given, data, codes in rows]


def without_moment_of_counting(data: dict[str, Any]) -> None:
    """Statistics say when they were counted, and loading a dump counts anew."""
    if data.get("trackStatistics"):
        assert data["trackStatistics"].pop("refreshedAt")


def without_verdicts_of_protocol_1(data: dict[str, Any]) -> None:
    """A verdict holds for one protocol (decision 0017), which is 2 since decision 0024: all texts are to be run again.

    The gate TESTS_ASSERT is new with it.
    """
    if data.get("publishPlan"):
        data["publishPlan"]["gates"] = [gate for gate in data["publishPlan"]["gates"] if gate["gate"] not in RUN_AGAIN]


RUN_AGAIN = ("SOLUTION_PASSES", "STARTER_DOES_NOT_PASS", "TESTS_ASSERT", "COMPATIBLE")
# Queries that the contract has had since then.
NEW = {"AttemptDetail", "VerdictsChanged"}
# What may differ from the answers of 0.1.0, by operation; each with its rule.
CHANGED: dict[str, Callable[[dict[str, Any]], None]] = {
    "ChallengeStatistics": without_moment_of_counting,
    "PublishPlan": without_verdicts_of_protocol_1,
}


async def test_every_query_of_the_contract_answers_as_before(released: Released) -> None:
    expected = kept()
    texts, who = queries(), viewers(released.url)
    assert {one.question.operation for one in expected} == set(texts) - NEW
    pool = Pool(released.url, role=ROLES.gateway)
    await pool.open()
    different, asked = [], Counter[str]()
    try:
        for one in expected:
            question = one.question
            api = Api(pool, Keyring.parse(release.KEYS), lambda: NOW, who[question.who])
            now = await answer(api, texts, question)
            if change := CHANGED.get(question.operation):
                change(one.data)
                change(now.data)
            asked[question.operation] += 1
            if (now.data, now.codes) != (one.data, one.codes):
                different.append((question, one.data, now.data))
    finally:
        await pool.close()
    assert different == []
    assert asked.total() >= 1_000
    assert min(asked.values()) >= 10, asked


async def test_history_is_intact(released: Released) -> None:
    pool = Pool(released.url, role=ROLES.gateway)
    await pool.open()
    try:
        reads = pool.database()
        async for so_far in verify_log(reads, Keyring.parse(release.KEYS)):
            last = so_far
        assert (last.checked_versions, last.checked_publications, last.first_fault) == (23, 34, None)
        assert await audit.verify(reads) is None
    finally:
        await pool.close()


def test_migrating_changed_no_row(released: Released) -> None:
    assert released.applied[0].startswith("0013_")
    assert sum(released.before[f"public.challenge_attempts{name}"][1] for name in ("", "_archive")) == ATTEMPTS
    assert sum(count for _, count, _ in released.before.values()) > 290_000
    changed = {table for table, was in released.before.items() if released.after[table] != was}
    assert changed <= WRITTEN


async def test_the_migrated_schema_is_that_of_a_new_database(
    postgres: EmbeddedPostgres, template: str, database_url: str
) -> None:
    release.load(database_url)
    with psycopg.connect(database_url) as owner:
        months = owner.execute("select relname::text from pg_class where relname ~ '^challenge_attempts_[0-9_]+$'")
        for (month,) in months.fetchall():
            owner.execute(f"drop table {month}".encode())
    await migrate(database_url, ROLES, gateway_logs_in=True)
    assert dump(database_url) == dump(postgres.url(database=template))


async def test_roles_may_have_another_prefix(
    postgres: EmbeddedPostgres, fresh: Callable[..., str], roles: Roles, database_url: str
) -> None:
    await migrate(postgres.url(database=fresh()), roles)
    release.load(database_url, roles.prefix)
    await migrate(database_url, roles)
    await require_fit(database_url, roles)
    with psycopg.connect(database_url) as owner:
        owners = "select distinct relowner::regrole::text from pg_class where relnamespace = 'public'::regnamespace"
        assert {name for (name,) in owner.execute(owners).fetchall()} == {roles.owner, roles.worker}
