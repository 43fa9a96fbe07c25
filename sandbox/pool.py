"""``Sandbox``: a few browsers that are kept ready, one run at a time in each."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from types import TracebackType

from sandbox import probe
from sandbox.browser import Browser, Launch, StartFailed, remove_remains
from sandbox.pipe import BrowserGone, CommandRefused
from sandbox.probe import Isolation
from sandbox.run import Run
from sandbox.visit import Scripts, Visit
from sandbox.work import PROTOCOL, PageRun, PageStatus, RunnerUnavailable, TestRun, Work

RUNS = 200  # of one browser, before it is replaced
TROUBLE = (BrowserGone, CommandRefused, TimeoutError, StartFailed, OSError)


@dataclass(slots=True)
class Slot:
    """The place of one browser; empty after one that could not be used again, until the next run."""

    browser: Browser | None = None
    visit: Visit | None = None  # prepared for the next run


class Sandbox:
    """Runs works; as many at once as it has browsers, the others wait in the order in which they came."""

    isolation: Isolation
    engine: str

    def __init__(self, launch: Launch, isolation: Isolation, scripts: Scripts, runs: int = RUNS) -> None:
        self.isolation = isolation
        self.engine = isolation.browser
        self._launch = launch
        self._scripts = scripts
        self._runs = runs
        self._slots: list[Slot] = []
        self._idle: asyncio.Queue[Slot] = asyncio.Queue()
        self._tidying: set[asyncio.Task[None]] = set()
        self._closed = asyncio.Event()

    @classmethod
    async def open(
        cls,
        chai: str,
        *,
        browsers: int | None = None,
        allow_weak: bool = False,
        runs: int = RUNS,
        environ: Mapping[str, str] = os.environ,
    ) -> "Sandbox":
        """Find a browser, learn what walls there are, and keep ``browsers`` of them ready (default: one a core).

        ``chai`` is the library as a classic script that sets ``globalThis.chai``. ``allow_weak`` accepts a browser
        without its own sandbox. A browser is replaced after ``runs``.

        Raises:
            RunnerUnavailable: with one sentence that says what to do.
        """
        remove_remains()
        launch, isolation, first = await probe.probe(probe.program(dict(environ)), allow_weak=allow_weak)
        sandbox = cls(launch, isolation, Scripts.read(chai), runs)
        sandbox.add_browsers(browsers or _cores(), first)
        return sandbox

    def add_browsers(self, number: int, first: Browser | None = None) -> None:
        """Keep so many more ready; ``first`` is one that runs already."""
        for at in range(number):
            slot = Slot(first if at == 0 else None)
            self._slots.append(slot)
            self._start(self._tidy(slot))

    @property
    def size(self) -> int:
        """How many works run at once."""
        return len(self._slots)

    async def __aenter__(self) -> "Sandbox":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def run(self, work: Work, *, screenshot: bool = False) -> PageRun:
        """Run a work when a browser is free. Cancelling ends the page and frees the browser.

        Raises:
            WorkTooLarge: before anything is run.
            RunnerUnavailable: the sandbox is closed.
        """
        work.check()
        if self._closed.is_set():
            raise RunnerUnavailable("The sandbox is closed.")
        slot = await self._idle.get()
        if self._closed.is_set():
            self._idle.put_nowait(slot)  # for the next that waits
            raise RunnerUnavailable("The sandbox is closed.")
        run: Run | None = None
        try:
            if slot.browser is None or not slot.browser.is_alive:
                await self._renew(slot)
            assert slot.browser
            run = Run(slot.browser, self._scripts, work, slot.visit)
            slot.visit = None
            return await run.judge(screenshot=screenshot)
        except StartFailed:
            return _not_run(work, "RUNNER_UNAVAILABLE", self.engine)
        except TROUBLE:
            if run:
                run.is_normal = False
            return _not_run(work, "RUNNER_ERROR", self.engine)
        except asyncio.CancelledError:
            if run:
                run.is_normal = False
            raise
        finally:
            self._start(self._tidy(slot, run))

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tidying.add(task)
        task.add_done_callback(self._tidying.discard)

    async def _tidy(self, slot: Slot, run: Run | None = None) -> None:
        """Clear a run away and make the browser ready for the next."""
        if self._closed.is_set():
            await self._drop(slot)
            return
        try:
            browser = slot.browser
            if browser and run:
                browser.runs += 1
                if run.visit and browser.is_alive:
                    await run.visit.dispose()
                if not run.is_normal or browser.runs >= self._runs:
                    await self._drop(slot)
            if slot.browser is None or not slot.browser.is_alive:
                await self._renew(slot)
            assert slot.browser
            if slot.visit is None:
                slot.visit = await asyncio.wait_for(Visit.prepare(slot.browser, self._scripts), 5.0)
        except TROUBLE:
            with contextlib.suppress(*TROUBLE):
                await self._drop(slot)
        finally:
            self._idle.put_nowait(slot)

    async def _renew(self, slot: Slot) -> None:
        await self._drop(slot)
        slot.browser = await Browser.start(self._launch)

    async def _drop(self, slot: Slot) -> None:
        browser, slot.browser, slot.visit = slot.browser, None, None
        if browser:
            await asyncio.shield(browser.stop())

    async def close(self) -> None:
        """End all browsers with their processes and files.

        Runs that go on come to a ``RUNNER_ERROR``, those that wait are refused.
        """
        if self._closed.is_set():
            return
        self._closed.set()
        for slot in self._slots:
            if slot.browser:
                slot.browser.kill()
        while self._tidying:
            for task in list(self._tidying):
                task.cancel()
            await asyncio.wait(self._tidying)
        for slot in self._slots:
            await self._drop(slot)
        self._idle.put_nowait(Slot())  # wakes those that wait


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _not_run(work: Work, status: PageStatus, engine: str) -> PageRun:
    skipped = tuple(TestRun(test.id, "SKIPPED", 0, None, None, None) for test in work.tests)
    return PageRun(status, skipped, 0, (), (), (), engine, PROTOCOL)
