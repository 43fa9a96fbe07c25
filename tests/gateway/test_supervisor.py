"""What runs beside the requests starts again whatever ends it, and says so."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import orjson
import psycopg
import pytest

from core.sealing import Keyring
from gateway.jobs import queue
from gateway.jobs.worker_state import WorkerState
from gateway.log import Log
from gateway.server.supervisor import Supervisor
from sql.database import Pool
from sql.jobs import ask


async def soon(true: Callable[[], bool], seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        await asyncio.sleep(0.02)


def told(lines: list[str], event: str) -> list[dict[str, Any]]:
    return [line for line in map(orjson.loads, lines) if line.get("event") == event]


class Part:
    """Ends as it is told, then stands."""

    def __init__(self, *ends: BaseException | None) -> None:
        self._ends = iter(ends)
        self.starts = 0

    async def __call__(self) -> None:
        self.starts += 1
        for end in self._ends:
            if end is not None:
                raise end
            return
        await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("end", "kind"),
    [
        (OSError("gone"), "builtins.OSError"),
        (ExceptionGroup("two", [KeyError("a"), ValueError("b")]), "builtins.KeyError"),
        (asyncio.CancelledError(), "asyncio.exceptions.CancelledError"),
        (None, None),
    ],
)
async def test_a_part_that_ends_is_told_and_started_again(end: BaseException | None, kind: str | None) -> None:
    lines: list[str] = []
    beside, part = Supervisor(Log(lines.append), first_pause=0.01), Part(end, end)
    beside.keep("part", part)
    await soon(lambda: part.starts == 3)
    events = told(lines, "part ended")
    assert [(line["part"], line["ends"], line["again_in"]) for line in events] == [("part", 1, 0.01), ("part", 2, 0.02)]
    assert [(line["causes"] or [{"type": None}])[0]["type"] for line in events] == [kind, kind]
    standing = beside.standing("part")
    assert standing is not None
    assert (standing.runs, standing.ends) == (True, 2)
    assert beside.standing("another") is None
    await beside.close()
    assert not standing.runs


async def test_between_two_starts_a_part_does_not_stand() -> None:
    beside = Supervisor(Log(lambda line: None), first_pause=30)
    beside.keep("part", Part(OSError()))
    standing = beside.standing("part")
    assert standing is not None
    await soon(lambda: standing.ends == 1)
    assert not standing.runs
    await asyncio.wait_for(beside.close(), 1)


async def test_a_part_that_is_told_to_end_is_not_started_again() -> None:
    lines: list[str] = []
    beside, part = Supervisor(Log(lines.append), first_pause=0.01), Part()
    beside.keep("part", part)
    await soon(lambda: part.starts == 1)
    beside.end("part")
    beside.end("another")
    await asyncio.sleep(0.1)
    assert (part.starts, lines) == (1, [])
    await beside.close()


async def test_a_sandbox_that_cannot_be_opened_leaves_the_worker_s_other_jobs_alone(
    worker_pool: Pool, keyring: Keyring, owner_url: str
) -> None:
    lines: list[str] = []

    def unreadable() -> str:
        raise PermissionError(13, "not ours")

    parts = WorkerState(worker_pool, keyring, Log(lines.append), chai=unreadable)
    working = asyncio.create_task(queue.work_if_first(parts))
    await soon(lambda: bool(told(lines, "sandbox failed")))
    async with worker_pool.database().transaction() as tx:
        await ask(tx, "upkeep:sweep", queue="maintenance")
    await soon(lambda: "sweep" in [line["chore"] for line in told(lines, "upkeep")])
    assert not working.done()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_a_worker_whose_turn_is_taken_away_works_again(
    worker_pool: Pool, keyring: Keyring, owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of the worker's connections are ended by the server, also the one that says whose turn it is."""
    monkeypatch.setattr(queue, "PAUSE_SECONDS", 0.2)
    lines: list[str] = []
    beside = Supervisor(Log(lines.append), first_pause=0.1)
    parts = WorkerState(worker_pool, keyring, Log(lines.append))
    beside.keep("worker", lambda: queue.work_if_first(parts))
    await soon(lambda: bool(told(lines, "upkeep")))
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
            " and application_name in ('palimpsest queue', 'palimpsest turn', 'palimpsest worker')"
        )
    lines.clear()
    async with worker_pool.database().transaction() as tx:
        await ask(tx, "upkeep:sweep", queue="maintenance")
    await soon(lambda: "sweep" in [line["chore"] for line in told(lines, "upkeep")])
    standing = beside.standing("worker")
    assert standing is not None
    assert standing.runs
    await beside.close()
