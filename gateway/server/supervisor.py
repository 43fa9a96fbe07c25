"""What runs beside the requests for as long as the process serves, and is started again whenever it ends.

Whatever ends it, an exception of any kind, a cancellation that nobody here asked for, or its own return, is told in the
log (``part ended``). The pause before the next start doubles from one second to a minute, and is one second again
after five minutes without an end. How each stands is what readiness tells.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.log import Log, described

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
PROVEN_SECONDS = 300.0


@dataclass(slots=True)
class Standing:
    """How a part stands: whether it runs, and how often it has ended."""

    runs: bool = False
    ends: int = 0


class Supervisor:
    """Keeps parts running until it is closed."""

    def __init__(self, log: Log, *, first_pause: float = FIRST_PAUSE) -> None:
        self._log = log
        self._first_pause = first_pause
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._standings: dict[str, Standing] = {}

    def keep(self, name: str, part: Callable[[], Awaitable[None]]) -> None:
        """Run the part under this name, again and again."""
        self._standings[name] = Standing()
        self._tasks[name] = asyncio.create_task(self._kept(name, part))

    def standing(self, name: str) -> Standing | None:
        """Return how the part stands; None where this process has none of that name."""
        return self._standings.get(name)

    def end(self, name: str) -> None:
        """Begin to end a part, if there is one, without waiting for it."""
        if name in self._tasks:
            self._tasks[name].cancel()

    async def close(self) -> None:
        """End all parts and wait for them."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _kept(self, name: str, part: Callable[[], Awaitable[None]]) -> None:
        standing, pause = self._standings[name], self._first_pause
        clock = asyncio.get_running_loop().time
        task = asyncio.current_task()
        assert task is not None
        while True:
            began = clock()
            error: BaseException | None = None
            standing.runs = True
            try:
                await part()
            except asyncio.CancelledError as cancelled:
                if task.cancelling():
                    raise
                error = cancelled
            except Exception as raised:
                error = raised
            finally:
                standing.runs = False
            standing.ends += 1
            if clock() - began > PROVEN_SECONDS:
                pause = self._first_pause
            causes = described(_first_of(error)) if error is not None else None
            self._log.event("part ended", part=name, ends=standing.ends, again_in=pause, causes=causes)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)


def _first_of(error: BaseException) -> BaseException:
    """Return what a task group raised first."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
