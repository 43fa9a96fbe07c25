"""Waiting in tests: for what is to become true, never for a time in which it probably has."""

import asyncio
import time
from collections.abc import Callable

import psycopg

SECONDS = 30.0  # a busy machine takes its time; what never comes true costs this once


def eventually(holds: Callable[[], bool], seconds: float = SECONDS) -> bool:
    """Whether it comes true."""
    until = time.monotonic() + seconds
    while not (met := holds()) and time.monotonic() < until:
        time.sleep(0.01)
    return met


async def soon(holds: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Wait until it is true, letting the test's own loop go on meanwhile."""
    until = time.monotonic() + seconds
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < until, "it did not come true"
        await asyncio.sleep(0.01)


def waiting(owner_url: str) -> int:
    """How many statements wait for a lock."""
    with psycopg.connect(owner_url) as connection:
        row = connection.execute(
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        ).fetchone()
    assert row is not None
    return int(row[0])
