"""Nobody gets a row of another person, whatever happens at once, and even when the house's own filters are gone."""

import asyncio
import gc
import random
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest

from accounts import sessions
from core.sealing import Keyring
from gateway.app_state import now
from gateway.bootstrap import Opened
from gateway.demo import sample
from practice.sample import Sample
from schema.fields import global_id
from schema.node import parsed_id
from sql.database import Pool
from sql.named import Query
from tests.fix_database import ROLES
from tests.fix_gateway import serving
from tests.practice.test_day import OPERATIONS

LEARNERS, ATTEMPTS, REQUESTS, AT_ONCE = 50, 1_500, 3_000, 24
PERSONAL = ("Attempt", "ChallengeProgress", "Enrollment", "Notice")
NOTICES = "{ viewer { notices { edges { node { id kind changes from { label } } } } } }"
NODE = "query ($id: ID!) { node(id: $id) { id ... on Attempt { code { html } } } }"
FILTER = re.compile(r"\b(?:\w+\.)?user_id = %\(user_id\)s(?:::uuid)?")


@dataclass
class Seen:
    """What all answers together held: own rows, rows of others, and how requests ended."""

    own: int = 0
    foreign: list[str] = field(default_factory=list)
    answered: int = 0
    errors: int = 0
    cancelled: int = 0


@dataclass(frozen=True)
class Crowd:
    """Learners with sessions and histories; ``ids`` are global ids of somebody's rows, ``paths`` of challenges."""

    tokens: dict[UUID, str]
    ids: dict[UUID, list[str]]
    challenges: Sequence[tuple[str, str]]


@pytest.fixture
async def crowd(pool: Pool, worker_pool: Pool, keyring: Keyring, owner_url: str) -> Crowd:
    """Make the sample's learners and sign them all in."""
    await sample.load(Opened(pool, keyring), worker_pool, LEARNERS, ATTEMPTS)
    with psycopg.connect(owner_url) as owner:
        learners = [row[0] for row in owner.execute("select distinct user_id from user_progress order by 1")]
        ids: dict[UUID, list[str]] = {learner: [] for learner in learners}
        for user, at, id in owner.execute("select user_id, created_at, id from challenge_attempts"):
            assert at
            ids[user].append(global_id("Attempt", user, id))
        for user, challenge in owner.execute("select user_id, challenge_id from user_progress"):
            ids[user].append(global_id("ChallengeProgress", user, challenge))
        owner.execute(
            "insert into notices select user_id, challenge_id, gen_random_uuid(), 0, 'OFFERED', pinned_version_id,"
            " pinned_version_id, now() from user_progress"
        )
        for user, id in owner.execute("select user_id, id from notices"):
            ids[user].append(global_id("Notice", user, id))
        challenges = [
            (global_id("Challenge", id), path)
            for id, path in owner.execute("select id, path from challenge_nodes order by path").fetchall()
        ]
    assert len(learners) == LEARNERS
    tokens = {}
    for learner in learners:
        async with pool.database().transaction() as tx:
            tokens[learner] = await sessions.begin(tx, learner, now())
    return Crowd(tokens, ids, challenges)


@pytest.fixture
def unfiltered() -> Iterator[int]:
    """Replace every filter by the asking person in the house's queries by ``true``."""
    mutated = [(one, one.text) for one in gc.get_objects() if isinstance(one, Query) and FILTER.search(one.text)]
    for query, text in mutated:
        object.__setattr__(query, "text", FILTER.sub("true", text))
    yield len(mutated)
    for query, text in mutated:
        object.__setattr__(query, "text", text)


def rows(answer: Any) -> Iterator[tuple[str, UUID]]:
    """Yield the type and the person of every row in an answer that belongs to one."""
    if isinstance(answer, dict):
        parsed = parsed_id(answer["id"]) if isinstance(answer.get("id"), str) else None
        if parsed and parsed[0] in PERSONAL:
            yield parsed[0], parsed[1][0]
        for value in answer.values():
            yield from rows(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from rows(value)


def asked(choice: random.Random, crowd: Crowd, me: UUID | None) -> dict[str, Any]:
    """Return one of the operations that show or touch a learner's rows, with variables."""
    id, path = choice.choice(crowd.challenges)
    other = choice.choice([learner for learner in crowd.ids if learner != me])
    name, variables = choice.choice(
        [
            ("Dashboard", {}),
            ("AttemptHistory", {"challengeId": id}),
            ("Progress", {"first": 100}),
            ("TrackTreeWithProgress", {"slug": "sample" if choice.random() < 0.2 else "no-such-track"}),
            ("ChallengePage", {"path": path}),
            ("Leaderboard", {"challengeId": id}),
            ("SubmitAttempt", {"input": {"challengeId": id, "code": {"js": "let x;"}}}),
            ("StartChallenge", {"input": {"challengeId": id}}),
            ("node", {"id": choice.choice(crowd.ids[other])}),
            ("node", {"id": choice.choice(crowd.ids[me or other])}),
            ("notices", {}),
            ("fault", {}),
        ]
    )
    text = {"node": NODE, "notices": NOTICES, "fault": "{ viewer { attempts(first: 1000) { edges { node { id } } } } }"}
    return {"query": text.get(name) or OPERATIONS[name], "variables": variables}


async def traffic(url: str, crowd: Crowd, count: int) -> Seen:
    """Send requests of learners and of one visitor in five, some of them given up half-way."""
    seen, gate, choice = Seen(), asyncio.Semaphore(AT_ONCE), random.Random(7)

    async def one(client: httpx.AsyncClient, me: UUID | None, body: dict[str, Any], patience: float) -> None:
        headers = {"authorization": f"Bearer {crowd.tokens[me]}"} if me else {}
        async with gate:
            with suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    answer = (await client.post("/graphql", json=body, headers=headers)).json()
                    seen.answered += 1
                    seen.errors += "errors" in answer
                    for kind, person in rows(answer):
                        if person == me:
                            seen.own += 1
                        else:
                            seen.foreign.append(f"{kind} of {person} shown to {me}")
                    return
            seen.cancelled += 1

    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client, asyncio.TaskGroup() as group:
        for _ in range(count):
            me = None if choice.random() < 0.2 else choice.choice(list(crowd.tokens))
            patience = choice.uniform(0.001, 0.02) if choice.random() < 0.1 else 60
            group.create_task(one(client, me, asked(choice, crowd, me), patience))
    return seen


def role_of_gateway(owner_url: str) -> tuple[Any, ...]:
    """Return who the running gateway is for the database, and whether policies hold for it."""
    with psycopg.connect(owner_url) as owner:
        (found,) = owner.execute(
            "select distinct a.usename, r.rolsuper, r.rolbypassrls from pg_stat_activity a"
            " join pg_roles r on r.rolname = a.usename"
            " where a.application_name = 'palimpsest gateway' and a.datname = current_database()"
        ).fetchall()
    return tuple(found)


@pytest.mark.long
async def test_3000_requests_at_once_show_nobody_a_row_of_another(
    crowd: Crowd, gateway_url: str, owner_url: str, keyring: Keyring
) -> None:
    with serving(gateway_url, keyring) as server:
        seen = await traffic(server.url, crowd, REQUESTS)
        assert role_of_gateway(owner_url) == (ROLES.gateway, False, False)
    assert seen.foreign == []
    assert seen.answered + seen.cancelled == REQUESTS
    assert min(seen.cancelled, seen.errors) > 30
    assert seen.own > REQUESTS


@pytest.mark.long
async def test_without_the_filters_of_the_house_still_nobody_does(
    crowd: Crowd, gateway_url: str, keyring: Keyring, unfiltered: int
) -> None:
    assert unfiltered >= 12
    with serving(gateway_url, keyring) as server:
        seen = await traffic(server.url, crowd, REQUESTS // 3)
    assert seen.foreign == []
    assert seen.own > REQUESTS // 3


@pytest.mark.long
async def test_without_policies_either_the_leak_is_noticed(
    crowd: Crowd, gateway_url: str, owner_url: str, keyring: Keyring, unfiltered: int
) -> None:
    assert unfiltered
    with psycopg.connect(owner_url, autocommit=True) as owner:
        for table in ("user_enrollments", "user_progress", "challenge_attempts", "notices"):
            owner.execute(f"alter table {table} no force row level security".encode())
            owner.execute(f"alter table {table} disable row level security".encode())
    with serving(gateway_url, keyring) as server:
        seen = await traffic(server.url, crowd, 100)
    assert len(seen.foreign) > 100


def test_the_sample_is_exact_and_the_same_everywhere() -> None:
    plan = Sample(1_000, 12_345, now().replace(day=1, hour=0, minute=0, second=0, microsecond=0))
    assert sum(plan.count(number) for number in range(1_000)) == 12_345
    assert len({plan.user_id(number) for number in range(1_000)}) == 1_000
