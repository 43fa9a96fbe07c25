"""Requests that are given up at every wait for the server, mixed with writes: counts and keys must stay right."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest

from core.ids import new_id
from resolvers.context import Context
from resolvers.idempotency import IdempotentCall, Ids, run_once
from sql.database import Pool, Transaction
from sql.errors import DatabaseError
from tests.fix_api import Api
from tests.sql.makers import CHANGE, SET, Number, narrow, query

HANG_UPS = 2_000
TOGETHER = 40
MINE = query("select count(*)::int as number from user_enrollments")
PLAIN = query("select count(*)::int as number from tracks")


@dataclass(slots=True)
class Victim:
    """A task that is cancelled in its wait for the server of this number."""

    task: asyncio.Task[Any]
    number: int
    waits: int = 0


VICTIM: ContextVar[Victim | None] = ContextVar("VICTIM", default=None)


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """Have the driver's every wait looked at; counts by number the waits in which a task was cancelled."""
    found: Counter[int] = Counter()
    wait_async = psycopg.waiting.wait_async

    async def watched(*args: Any, **kwargs: Any) -> Any:
        victim = VICTIM.get()
        if victim is not None:
            victim.waits += 1
            if victim.waits == victim.number and not victim.task.done():
                found[victim.number] += 1
                asyncio.get_running_loop().call_soon(victim.task.cancel)
        return await wait_async(*args, **kwargs)

    monkeypatch.setattr(psycopg.waiting, "wait_async", watched)
    # The driver lets others run where the answer is there already, once the loop was busy for so long.
    monkeypatch.setattr(psycopg.waiting, "MAX_BUSY_TIME", 0.0)
    return found


async def given_up(work: Coroutine[Any, Any, Any], number: int) -> bool:
    """Run work in a task that is cancelled in its wait of this number; tell whether that was met."""

    async def run() -> Any:
        task = asyncio.current_task()
        assert task is not None
        VICTIM.set(Victim(task, number))
        return await work

    task = asyncio.ensure_future(run())
    await asyncio.wait({task}, timeout=15)
    assert task.done()
    return task.cancelled() or task.exception() is not None


class Writes:
    """Writes whose outcome is known: rows that are there, and keys that were used."""

    def __init__(self, pool: Pool, author: Api) -> None:
        self._pool = pool
        self._author = author
        self.done = 0
        self.wrong: list[str] = []

    async def change(self, number: int) -> None:
        """Change one row and none, and use a key twice."""
        try:
            await self._change(number)
        except (DatabaseError, psycopg.Error) as error:
            self.wrong.append(f"failed: {type(error).__name__}")
        self.done += 2

    async def _change(self, number: int) -> None:
        async with self._pool.database().transaction() as tx:
            found = await tx.execute(CHANGE, name="a", value=str(number)), await tx.execute(CHANGE, name="z", value="")
        if found != (1, 0):
            self.wrong.append(f"counts {found}")
        asked = IdempotentCall("any", {"n": 1}, f"key-{number}")
        first, second = [await run_once(self._context(), asked, self._do) for _ in range(2)]
        if first != second:
            self.wrong.append(f"key-{number} was honoured twice")

    def _context(self) -> Context:
        return Context(self._author.viewer, self._pool.database(), self._author.keyring, self._author.clock)

    async def _do(self, tx: Transaction) -> Ids:
        return {"id": new_id()}


@pytest.mark.long
async def test_hang_ups_at_every_wait_leave_counts_and_keys_right(
    gateway_url: str, author: Api, reached: Counter[int]
) -> None:
    async with narrow(gateway_url, patience=30.0) as pool:
        async with pool.database().transaction() as tx:
            await tx.execute(SET, name="a", value="0")
        writes = Writes(pool, author)

        async def read(identity: UUID) -> None:
            database = pool.database().of(identity)
            await database.fetch_one(MINE, Number)
            await database.fetch_one(PLAIN, Number)

        hang_ups = turn = 0
        while hang_ups < HANG_UPS:
            numbers = [1 + (turn + one) % 9 for one in range(TOGETHER)]
            cut = asyncio.gather(*(given_up(read(new_id()), number) for number in numbers))
            await writes.change(turn)
            hang_ups += sum(await cut)
            turn += 1
    assert writes.wrong == []
    assert writes.done == 2 * turn
    assert set(reached) >= set(range(1, 8))
