"""Months of attempts: made ahead, filled from the default partition, archived whole while learners submit."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from core.sealing import Keyring
from gateway.bootstrap import Opened
from gateway.demo import sample
from practice import partitions
from sql.database import Pool
from tests.fix_api import Api
from tests.practice.makers import Room, enrolled, history, opened
from tests.waits import soon, waiting

TODAY = datetime.now(UTC).date()
PARTITIONS = """select inhrelid::regclass::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where c.relkind = 'r'"""
THIS_MONTH = partitions.name(TODAY)


def counted(owner_url: str, *tables: str) -> list[int]:
    """Return how many rows each table has."""
    with psycopg.connect(owner_url) as owner:
        return [owner.execute(f"select count(*) from {table}".encode()).fetchall()[0][0] for table in tables]


async def submitting(room: Room, until: asyncio.Event, made: list[str]) -> None:
    """Submit one attempt after the other; a refusal or a fault ends the test."""
    while not until.is_set():
        made.append(await room.submit())


async def test_archiving_a_year_while_learners_submit_loses_nothing_and_refuses_nobody(
    author: Api, pool: Pool, worker_pool: Pool, keyring: Keyring, owner_url: str
) -> None:
    await sample.load(Opened(pool, keyring), worker_pool, 40, 4_000)
    await partitions.make_ahead(worker_pool.database(), TODAY)
    room = await opened(author)
    rooms = [await room.another(str(number)) for number in range(4)]
    (before,) = counted(owner_url, "attempts")
    done, made = asyncio.Event(), list[str]()
    async with asyncio.TaskGroup() as group:
        for one in rooms:
            group.create_task(submitting(one, done, made))
        archived = await partitions.archive_old(worker_pool.database(), TODAY)
        done.set()
    assert len(archived) == 12
    assert len(made) > 10
    after, live, old = counted(owner_url, "attempts", "challenge_attempts", "challenge_attempts_archive")
    assert after == before + len(made) == live + old
    assert old > 1_500
    assert await partitions.archive_old(worker_pool.database(), TODAY) == []


async def test_old_attempts_are_read_from_the_archive_as_before(
    author: Api, pool: Pool, worker_pool: Pool, keyring: Keyring, owner_url: str
) -> None:
    room = await opened(author)
    first, second = await room.submit(), await room.submit()
    old = TODAY.replace(day=1) - timedelta(days=500)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        # As if it had been submitted then: an attempt's moment stands in its id.
        ms = int(datetime(old.year, old.month, 3, tzinfo=UTC).timestamp() * 1000)
        id = f"{ms:012x}7000800000000000abcd"
        owner.execute(
            "update challenge_attempts set id = %s, created_at = to_timestamp(%s / 1000.0) where number = 1", [id, ms]
        )
    before = await history(room.learner, room.id)
    assert [one["number"] for one in before] == [2, 1]
    assert await partitions.make(worker_pool.database(), old)
    assert await partitions.archive_old(worker_pool.database(), TODAY) == [old.replace(day=1)]
    assert await history(room.learner, room.id) == before
    assert counted(owner_url, "challenge_attempts", "challenge_attempts_archive") == [1, 1]
    node = "query ($id: ID!) { node(id: $id) { ... on Attempt { number code { html } } } }"
    assert (await room.learner.run(node, id=before[1]["id"]))["node"] == {
        "number": 1,
        "code": {"html": "<h1>Mine</h1>"},
    }
    assert (await (await enrolled(author, "other")).run(node, id=before[1]["id"]))["node"] is None
    assert before[0]["id"] == second
    assert first != before[1]["id"]


async def test_without_a_month_an_attempt_lies_in_the_default_until_its_month_is_made(
    author: Api, worker_pool: Pool, owner_url: str
) -> None:
    room = await opened(author)
    made = [await room.submit() for _ in range(3)]
    assert counted(owner_url, "challenge_attempts_default") == [3]
    done = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(submitting(room, done, made))
        months = await partitions.make_ahead(worker_pool.database(), TODAY)
        done.set()
    assert len(months) == partitions.AHEAD + 1
    assert months[0] == TODAY.replace(day=1)
    assert counted(owner_url, "challenge_attempts_default", THIS_MONTH, "attempts") == [0, len(made), len(made)]
    assert (await room.progress())["totalAttempts"] == len(made)
    assert await partitions.make_ahead(worker_pool.database(), TODAY) == []


async def test_a_month_far_off_takes_its_rows_too(author: Api, worker_pool: Pool, owner_url: str) -> None:
    room = await opened(author)
    await room.submit()
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("update challenge_attempts set created_at = '2031-07-04 12:00+00'")
    months = await partitions.make_ahead(worker_pool.database(), TODAY)
    assert date(2031, 7, 1) in months
    assert counted(owner_url, "challenge_attempts_2031_07", "challenge_attempts_default") == [1, 0]


async def test_waiting_for_a_lock_is_given_up_before_learners_wait_long(
    author: Api, worker_pool: Pool, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await opened(author)
    monkeypatch.setattr(partitions, "PAUSE_SECONDS", 0.1)
    with psycopg.connect(owner_url) as reading:
        reading.execute("select count(*) from challenge_attempts")  # holds its lock until the end of the block
        making = asyncio.ensure_future(partitions.make_ahead(worker_pool.database(), TODAY))
        await soon(lambda: waiting(owner_url) == 1)
        began = asyncio.get_running_loop().time()
        await room.submit()
        assert asyncio.get_running_loop().time() - began < 5
        assert not making.done()
    assert len(await making) == partitions.AHEAD + 1


@pytest.mark.parametrize("archived", [False, True])
async def test_no_partition_is_reached_by_its_own_name(
    author: Api, worker_pool: Pool, gateway_url: str, owner_url: str, archived: bool
) -> None:
    room = await opened(author)
    await room.submit()
    await partitions.make_ahead(worker_pool.database(), TODAY)
    if archived:
        await partitions.archive_old(worker_pool.database(), TODAY + timedelta(days=800))
    with psycopg.connect(owner_url) as owner:
        names = owner.execute(PARTITIONS).fetchall()
    assert len(names) >= partitions.AHEAD + 2
    with psycopg.connect(gateway_url, autocommit=True) as gateway:
        gateway.execute("select set_config('app.user_id', %s, false)", [str(room.learner.viewer.user_id)])
        assert gateway.execute("select count(*) from attempts").fetchall() == [(1,)]
        for (name,) in names:
            for statement in (f"select from {name}", f"delete from {name}", f"update {name} set score = 100"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    gateway.execute(statement.encode())
