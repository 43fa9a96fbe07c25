"""The pool on a real server: its role, dead connections, none left, and requests that are given up."""

import asyncio
import time
from contextlib import AsyncExitStack
from pathlib import Path

import psycopg
import pytest

from sql.database import Database, Pool
from sql.errors import Unavailable
from tests.fix_database import ROLES
from tests.sql.makers import (
    ONE,
    SESSION,
    SET,
    SETTINGS,
    SLEEP,
    Number,
    Session,
    Setting,
    kill,
    narrow,
    query,
    rows,
    write,
)


async def test_every_connection_wears_the_gateways_role_and_thinks_in_utc(owner_url: str) -> None:
    # Logged in as the superuser, as where there is one address only.
    pool = Pool(owner_url, role=ROLES.gateway, size=8, name="by the superuser")
    await pool.open()
    try:
        async with AsyncExitStack() as stack:
            for _ in range(8):
                await stack.enter_async_context(pool.connection())
        found = await asyncio.gather(*(_session_after_a_while(pool.database()) for _ in range(8)))
    finally:
        await pool.close()
    assert len({session.pid for session in found}) == 8
    assert {(session.role, session.login, session.zone, session.application) for session in found} == {
        ("palimpsest_gateway", "postgres", "UTC", "by the superuser")
    }


async def _session_after_a_while(database: Database) -> Session:
    async with database.transaction() as tx:
        await tx.fetch_one(query("select 1 as number from pg_sleep(0.2)"), Number)
        session = await tx.fetch_one(SESSION, Session)
    assert session is not None
    return session


async def test_a_read_is_tried_again_when_its_connection_was_ended(gateway_url: str, owner_url: str) -> None:
    async with narrow(gateway_url) as pool:
        first = await pool.database().fetch_one(SESSION, Session)
        assert first is not None
        assert kill(owner_url, "narrow") == 2
        database = pool.database()
        again = await database.fetch_one(SESSION, Session)
        assert again is not None
        assert again.pid != first.pid
        assert database.meter.statements == 2


async def test_a_read_that_is_ended_while_it_runs_is_tried_again_once_only(gateway_url: str, owner_url: str) -> None:
    async with narrow(gateway_url) as pool:
        database = pool.database()
        sleeping = asyncio.ensure_future(database.fetch_one(SLEEP, Number))
        for _ in range(2):
            await _until_asleep(owner_url)
            assert not sleeping.done()
            assert await asyncio.to_thread(kill, owner_url, "narrow", asleep=True) == 1
        with pytest.raises(Unavailable, match=r"^The connection to the database was lost\.$"):
            await asyncio.wait_for(sleeping, 10)
        assert database.meter.statements == 2
        assert await pool.database().fetch_one(ONE, Number) == Number(1)


async def _until_asleep(owner_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(owner_url, autocommit=True) as owner:
        for _ in range(200):
            found = await owner.execute(
                "select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
            )
            if found.rowcount:
                return
            await asyncio.sleep(0.02)
    raise AssertionError("nothing sleeps")


async def test_a_write_does_not_begin_on_a_dead_connection(gateway_url: str, owner_url: str) -> None:
    async with narrow(gateway_url) as pool:
        await pool.database().fetch_one(ONE, Number)
        assert kill(owner_url, "narrow") == 2
        async with pool.database().transaction() as tx:
            await tx.execute(SET, name="a", value="1")
        assert rows(owner_url) == [("a", "1")]


async def test_a_write_whose_connection_ends_is_refused_and_not_repeated(gateway_url: str, owner_url: str) -> None:
    async with narrow(gateway_url) as pool:
        begun = 0

        async def fall() -> None:
            nonlocal begun
            async with pool.database().transaction() as tx:
                begun += 1
                await tx.execute(SET, name="a", value="1")
                await asyncio.to_thread(kill, owner_url, "narrow")
                await tx.execute(SET, name="b", value="2")

        with pytest.raises(Unavailable, match=r"^The connection to the database was lost\.$"):
            await fall()
        assert begun == 1
        assert rows(owner_url) == []
        assert await pool.database().fetch_all(SETTINGS, Setting) == []


async def test_with_every_connection_lent_out_a_request_waits_no_longer_than_it_must(gateway_url: str) -> None:
    async with narrow(gateway_url, patience=0.3) as pool, AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(pool.database().transaction())
        began = time.monotonic()
        with pytest.raises(Unavailable, match=r"^The database cannot be reached\.$"):
            await pool.database().fetch_one(ONE, Number)
        with pytest.raises(Unavailable):
            await stack.enter_async_context(pool.database().transaction())
        assert 0.6 <= time.monotonic() - began < 8
        await stack.aclose()
        assert await pool.database().fetch_one(ONE, Number) == Number(1)


async def test_a_request_that_waits_gets_the_connection_that_comes_free(gateway_url: str) -> None:
    async with narrow(gateway_url) as pool:
        found = await asyncio.gather(*(pool.database().fetch_one(ONE, Number) for _ in range(50)))
    assert found == [Number(1)] * 50


@pytest.mark.parametrize("moment", [0.0, 0.001, 0.005, 0.05, 0.2])
async def test_a_request_that_is_given_up_returns_its_connection(
    gateway_url: str, owner_url: str, moment: float
) -> None:
    async def read(database: Database) -> None:
        await database.fetch_one(SLEEP, Number)

    async def change(database: Database) -> None:
        await write(database, (SET, {"name": "a", "value": "1"}), (SLEEP, {}))

    async with narrow(gateway_url) as pool:
        for work in (read, change, read, change):
            tasks = [asyncio.ensure_future(work(pool.database())) for _ in range(4)]
            await asyncio.sleep(moment)
            for task in tasks:
                task.cancel()
            # A request to cancel that overtakes its statement is lost; the driver then waits 5 s and hangs up.
            await asyncio.wait_for(asyncio.wait(tasks), 12)
            assert all(task.cancelled() for task in tasks)
        async with AsyncExitStack() as stack:
            for _ in range(2):
                tx = await stack.enter_async_context(pool.database().transaction())
                assert await tx.fetch_all(SETTINGS, Setting) == []
    assert rows(owner_url) == []


async def test_given_up_in_the_moment_its_connection_comes_free_it_is_given_up(gateway_url: str) -> None:
    async with narrow(gateway_url) as pool:
        went_on = 0

        async def read() -> None:
            nonlocal went_on
            await pool.database().fetch_one(ONE, Number)
            went_on += 1
            await asyncio.sleep(60)

        for turns in range(40):
            tasks = [asyncio.ensure_future(read()) for _ in range(12)]
            for _ in range(turns):
                await asyncio.sleep(0)
            if turns % 2:
                await asyncio.sleep(0.001)
            for task in tasks:
                task.cancel()
            _, pending = await asyncio.wait(tasks, timeout=12)
            assert not pending
            assert all(task.cancelled() for task in tasks)
        assert went_on > 0


async def test_given_up_at_any_step_of_a_transaction_no_connection_is_lost(gateway_url: str, owner_url: str) -> None:
    """The moments between are found by counting turns of the loop, not by the clock."""

    async def fall(database: Database) -> None:
        async with database.transaction() as tx:
            await tx.execute(SET, name="a", value="1")
            raise ValueError

    async with narrow(gateway_url) as pool:
        cancelled = 0
        for turns in range(60):
            task = asyncio.ensure_future(fall(pool.database()))
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait({task}, timeout=5)
            cancelled += task.cancelled()
            if not task.cancelled():
                assert isinstance(task.exception(), ValueError)
        assert cancelled >= 10
        async with AsyncExitStack() as stack:
            for _ in range(2):
                await stack.enter_async_context(pool.database().transaction())
    assert rows(owner_url) == []


async def test_a_server_that_is_not_there_is_unavailable_in_the_time_given(tmp_path: Path) -> None:
    pool = Pool(f"postgresql:///nothing?host={tmp_path}", role="nobody")
    began = time.monotonic()
    with pytest.raises(Unavailable, match=r"^The database cannot be reached: "):
        await pool.open(patience=0.3)
    assert time.monotonic() - began < 8
