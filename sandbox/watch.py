"""What a browser's processes do while a run lasts: the memory they hold, the time for which they ran or had to wait."""

import asyncio
import time
from dataclasses import dataclass, field

from sandbox import processes
from sandbox.browser import Browser
from sandbox.work import MEMORY

LOOK_SECONDS = 0.05  # between two looks
LATE_SECONDS = 0.005  # what a look may be late without anybody having waited


@dataclass(frozen=True, slots=True)
class Moment:
    """What was known at a moment: for each thread the seconds for which it ran and waited, and how late we were."""

    times: dict[int, tuple[float, float]]
    late: float
    waited: float

    def of(self, number: int) -> tuple[float, float]:
        """A thread that was not there yet had neither run nor waited."""
        return self.times.get(number, (0.0, 0.0))


@dataclass(slots=True)
class Watch:
    """Looks at a browser while a run lasts, and ends the browser that takes too much memory."""

    browser: Browser
    largest: int = 0
    exceeded: bool = False
    late: float = 0.0  # seconds in which we ourselves had no core: the browser may have waited for our answer
    times: dict[int, tuple[float, float]] = field(init=False)  # at the last look
    _before: dict[int, float] = field(init=False)  # processor seconds of pages that were there when the watch began
    _spent: dict[int, float] = field(default_factory=dict)  # and at the last look, also of those that have ended since

    def __post_init__(self) -> None:
        numbers = self.browser.processes()
        self.times = processes.times(numbers)
        self._before = processes.processor_seconds(processes.renderers(numbers))

    async def look(self) -> None:
        """Look until cancelled."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(LOOK_SECONDS)
            self.late += max(0.0, time.monotonic() - before - LOOK_SECONDS - LATE_SECONDS)
            numbers = self.browser.processes()
            self.largest = max(self.largest, processes.memory(numbers))
            self.times = processes.times(numbers)
            self._count(numbers)
            if self.largest > MEMORY:
                self.exceeded = True
                self.browser.kill()
                return

    def now(self) -> Moment:
        """What is to be compared later."""
        return Moment(self.times, self.late, processes.waited_ourselves())

    def since(self, before: Moment) -> tuple[float, float]:
        """Return for how long the page's main thread ran since then, and the seconds in which one of the browser's
        threads or we had to wait for a core. Those may have been the same seconds, so it is a bound: it can excuse
        too much. Of several pages' processes the one that ran longest counts."""
        numbers = self.browser.processes()
        now = processes.times(numbers)
        pages = [number for number in processes.renderers(numbers) if number in now]
        ran = max((now[number][0] - before.of(number)[0] for number in pages), default=0.0)
        waited = sum(times[1] - before.of(number)[1] for number, times in now.items())
        ours = max(self.late - before.late, processes.waited_ourselves() - before.waited)
        return ran, waited + ours

    def processor_seconds(self) -> float:
        """Return the processor time that pages used since the watch began, with all threads of their processes."""
        self._count(self.browser.processes())
        return self.seen_seconds()

    def seen_seconds(self) -> float:
        """Return what ``processor_seconds`` was at the last look; nothing is looked up for it."""
        return sum(max(0.0, spent - self._before.get(number, 0.0)) for number, spent in self._spent.items())

    @property
    def is_out_of_memory(self) -> bool:
        """Whether a crash was one for want of memory: V8 ends a page when its own, smaller limit is reached."""
        return self.exceeded or self.largest > MEMORY // 2

    def _count(self, numbers: list[int]) -> None:
        self._spent |= processes.processor_seconds(processes.renderers(numbers))
