"""A database that is stopped, killed or slow: every request ends by its deadline, and what it was told is so."""

import asyncio
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from bench.hang_ups import hang_ups
from bench.outages import Figures, Load, killed, outages, processes, signalled, stopped_for
from core import limits
from embedded.supervisor import EmbeddedPostgres
from schema.errors import failure
from sql.database import Database, Pool
from sql.errors import Busy, OutcomeUnknown, TimedOut, Unavailable, Uncounted
from tests.fix_api import Api
from tests.fix_gateway import GatewayServer
from tests.practice.makers import opened
from tests.sql.makers import CHANGE, ONE, SET, SLEEP, Number, narrow, query, rows, write
from tests.waits import eventually

TRACKS = "{ tracks(first: 1) { edges { node { id } } } }"
CREATE = """mutation ($input: CreateTrackInput!) { createTrack(input: $input) {
    track { slug } userErrors { code path } } }"""


@contextmanager
def stopped(postgres: EmbeddedPostgres) -> Iterator[None]:
    """Stop the server and all its back ends; nothing answers, and no connection is refused."""
    halted = processes(postgres)
    signalled(halted, signal.SIGSTOP)
    try:
        yield
    finally:
        signalled(halted, signal.SIGCONT)


def timed(server: GatewayServer, method: str, path: str, token: str | None, **more: Any) -> tuple[int, Any, float]:
    """Send a request; return its status, what it answered, and how long that took."""
    began = time.monotonic()
    with server.client(token) as client:
        response = client.request(method, path, **more)
    return response.status_code, response.json(), time.monotonic() - began


def test_every_request_ends_by_its_deadline_while_the_database_is_stopped(
    server: GatewayServer, postgres: EmbeddedPostgres, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = server.token("author")
    monkeypatch.setattr(limits, "REQUEST_SECONDS", 2)
    monkeypatch.setattr(limits, "LOOKUP_SECONDS", 1)
    create = {"query": CREATE, "variables": {"input": {"slug": "late", "title": "Late", "idempotencyKey": "k"}}}
    asked: list[tuple[str, str, str | None, dict[str, Any]]] = [
        ("POST", "/graphql", None, {"json": {"query": TRACKS}}),
        ("POST", "/graphql", token, {"json": {"query": TRACKS}}),
        ("POST", "/graphql", token, {"json": create}),
        ("GET", "/session", token, {}),
        ("POST", "/session", None, {"json": {"email": "a@example.org", "password": "12345678"}}),
        ("GET", f"/screenshots/{uuid4()}/solution.png", token, {}),
    ]
    with ThreadPoolExecutor(len(asked)) as threads, stopped(postgres):
        waiting = [threads.submit(timed, server, *one[:3], **one[3]) for one in asked]
        found = [one.result(20) for one in waiting]
    assert [status for status, _, _ in found] == [200, 503, 503, 503, 503, 503]
    assert found[0][1]["errors"][0]["extensions"] == {"code": "TIMEOUT"}
    assert found[1][1]["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
    # 3 s on a machine with nothing else to do; without deadlines it is as long as the server is stopped.
    assert max(seconds for _, _, seconds in found) < 8
    assert server.gql(TRACKS, token=token) == {"data": {"tracks": {"edges": []}}}
    with psycopg.connect(owner_url) as owner:
        assert owner.execute("select count(*) from tracks").fetchone() == (0,)


async def test_a_mutation_that_is_given_up_never_commits_afterwards(
    pool: Pool, postgres: EmbeddedPostgres, owner_url: str
) -> None:
    database = pool.database(seconds=1.5)
    began = time.monotonic()
    with stopped(postgres):
        with pytest.raises((TimedOut, Unavailable)):
            await write(database, (SET, {"name": "a", "value": "1"}))
        assert time.monotonic() - began < 4
    await asyncio.sleep(0.3)
    assert rows(owner_url) == []
    assert await pool.database().fetch_one(ONE, Number) == Number(1)


@pytest.mark.parametrize("seconds", [0.3, 5.0])
async def test_a_commit_under_way_is_of_unknown_outcome_and_obeys_the_deadline(
    pool: Pool, postgres: EmbeddedPostgres, owner_url: str, seconds: float
) -> None:
    """Stopped before COMMIT is sent: read after the deadline it is refused, before it carried out."""
    database = pool.database(seconds=5.0)
    halted = processes(postgres)

    async def change() -> None:
        async with database.transaction() as tx:
            await tx.execute(SET, name="a", value="1")
            signalled(halted, signal.SIGSTOP)
            database.end_in(seconds)

    try:
        if seconds < 1:
            with pytest.raises(OutcomeUnknown):
                await change()
        else:
            working = asyncio.ensure_future(change())
            await asyncio.sleep(0.5)
            working.cancel()
            await asyncio.wait({working}, timeout=1)
            assert working.cancelled()
        assert database.meter.in_doubt
    finally:
        signalled(halted, signal.SIGCONT)
    wanted = [] if seconds < 1 else [("a", "1")]
    assert await asyncio.to_thread(eventually, lambda: rows(owner_url) == wanted)
    await asyncio.sleep(0.2)
    assert rows(owner_url) == wanted


async def test_a_deadline_in_a_lock_is_the_database_s_word(pool: Pool, owner_url: str) -> None:
    async with pool.database().transaction() as tx:
        await tx.execute(SET, name="a", value="1")
    database = pool.database(seconds=0.4)
    async with pool.database().transaction() as holder:
        await holder.execute(CHANGE, name="a", value="2")
        began = time.monotonic()
        with pytest.raises(TimedOut):
            await write(database, (CHANGE, {"name": "a", "value": "3"}))
        assert 0.3 < time.monotonic() - began < 3
    with pytest.raises(Busy):
        await write(pool.database(seconds=30), (query("set local statement_timeout = '50ms'"), {}), (SLEEP, {}))
    assert rows(owner_url) == [("a", "2")]


async def test_a_read_that_nobody_waits_for_is_ended_in_the_server_too(pool: Pool, owner_url: str) -> None:
    reading = asyncio.ensure_future(pool.database().fetch_one(SLEEP, Number))
    asleep = "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"

    def sleeping() -> int:
        with psycopg.connect(owner_url) as owner:
            return int(owner.execute(asleep).fetchall()[0][0])

    assert await asyncio.to_thread(eventually, lambda: sleeping() == 1)
    reading.cancel()
    began = time.monotonic()
    await asyncio.wait({reading}, timeout=1)
    assert reading.cancelled()
    assert time.monotonic() - began < 0.5
    assert await asyncio.to_thread(eventually, lambda: sleeping() == 0)


async def test_a_count_that_the_driver_does_not_know_is_no_count(database: Database) -> None:
    async with database.transaction() as tx:
        assert await tx.execute(query("set local lock_timeout = '1s'")) == 0
        assert await tx.execute(query("lock table settings")) == 0
        assert await tx.execute(CHANGE, name="nobody", value="") == 0
    async with database.transaction() as tx, tx._connection.pipeline():
        with pytest.raises(Uncounted):
            await tx.execute(CHANGE, name="nobody", value="")


async def test_a_connection_that_is_not_as_it_was_lent_is_not_lent_again(gateway_url: str) -> None:
    async with narrow(gateway_url) as pool:
        for leave in ("begin", "select 1/0"):
            async with pool.connection() as connection:
                pid = connection.info.backend_pid
                if leave == "begin":
                    await connection.execute(b"begin")
                else:
                    connection.pgconn.enter_pipeline_mode()
            for _ in range(6):
                async with pool.connection() as other:
                    assert other.is_reusable()
                    assert other.info.backend_pid != pid


async def test_a_deadline_after_a_commit_tells_that_something_was_committed(pool: Pool) -> None:
    database = pool.database(seconds=0.7)
    await write(database, (SET, {"name": "a", "value": "1"}))
    with pytest.raises(TimedOut) as told:
        await database.fetch_one(SLEEP, Number)
    assert failure(told.value) == {"code": "TIMEOUT", "outcome": "COMMITTED"}
    assert failure(TimedOut()) == {"code": "TIMEOUT"}
    assert failure(OutcomeUnknown()) == {"code": "UNAVAILABLE", "outcome": "UNKNOWN"}


@pytest.mark.long
async def test_answers_are_true_while_the_database_is_stopped_and_killed(
    server: GatewayServer, author: Api, postgres: EmbeddedPostgres, owner_url: str
) -> None:
    room = await opened(author)
    track = (await author.run('{ track(slug: "track") { id } }'))["track"]["id"]
    token = server.token("learner", "s")
    enroll = "mutation ($input: EnrollInput!) { enroll(input: $input) { userErrors { code } } }"
    await asyncio.to_thread(server.gql, enroll, {"input": {"trackId": track}}, token)
    for fault in (stopped_for(postgres, 0.7), killed(postgres)):
        figures = Figures()
        load = Load(server.url, [token], room.id, 15, figures)
        await outages(load, figures, fault, 1, owner_url)
        assert figures.faults == []
        assert len(figures.recovered) == 1
        codes = {answer.code for answer in figures.answers}
        assert codes <= {"OK", "UNAVAILABLE", "UNKNOWN", "COMMITTED", "OVERLOADED", "TIMEOUT"}, codes


@pytest.mark.long
async def test_saves_and_keys_are_right_beside_learners_who_hang_up(
    server: GatewayServer, author: Api, owner_url: str
) -> None:
    await opened(author)
    tokens = [server.token("learner", str(number)) for number in range(4)]
    found = await hang_ups(server.url, tokens, server.token("author", "s"), 150, saves=5)
    assert found.is_right, found.told()
    assert found.done == 150
    with psycopg.connect(owner_url) as owner:
        idle = "select count(*) from pg_stat_activity where state like 'idle in tr%' and datname = current_database()"
        assert owner.execute(idle.encode()).fetchone() == (0,)
