"""Waiting for what a worker does: no connection is held, and the wait has an end.

A wait ends when its seconds are over, and at once when the process stops. What is waited for goes on either way, so
the answer names it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from sql.database import Database
from sql.signals import Channel, Signals
from versioning.judging import verdicts

T = TypeVar("T")


async def wait(
    signals: Signals | None, channel: Channel, about: str | None, seconds: float, left: Callable[[], Awaitable[T]]
) -> T:
    """Wait until ``left`` answers nothing, at most so long; return what it answered last.

    It is asked at once, and again at each signal of the channel, with ``about`` only at those that say exactly that.
    ``signals`` are needed where there are seconds to wait.
    """
    if seconds <= 0:
        return await left()
    assert signals is not None
    with signals.of(channel, about) as waking:
        found = await left()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while found and not signals.is_ending:
                    await waking.rung()
                    found = await left()
    return found


async def wait_for_browser(database: Database, signals: Signals | None, seconds: float) -> float | None:
    """Wait while no worker has a browser but one is about to, at most so long; return the seconds that are left.

    None when there is no worker: nobody has a browser, or is about to have one.
    """
    runner = await verdicts.runner(database)
    if runner is None or runner.expected_seconds is None or seconds <= 0:
        return seconds if runner else None
    clock = asyncio.get_running_loop().time
    until = clock() + seconds

    async def starting() -> bool:
        nonlocal runner
        runner = await verdicts.runner(database)
        return runner is not None and runner.expected_seconds is not None

    await wait(signals, "palimpsest_runners", None, min(seconds, runner.expected_seconds), starting)
    # The announcement may have run out, which nobody signals.
    runner = await verdicts.runner(database)
    return max(until - clock(), 0) if runner else None
