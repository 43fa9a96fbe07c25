"""``Sandbox``: a few browsers that are kept ready, one run at a time in each."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from types import TracebackType

from sandbox import document, probe, processes
from sandbox.browser import Browser, Launch, StartFailed, remove_remains
from sandbox.pipe import BrowserGone, CommandRefused
from sandbox.probe import Isolation
from sandbox.run import Run
from sandbox.visit import PageLost, Scripts, Visit
from sandbox.work import MEMORY, PROTOCOL, RUN_SECONDS, PageRun, PageStatus, RunnerUnavailable, TestRun, Work

RUNS = 200  # of one browser, before it is replaced
IDLE_SECONDS = 0.1
OURS = 512 << 20  # bytes of memory for ourselves and for what browsers share
CLOSED = "The sandbox is closed."
TROUBLE = (BrowserGone, CommandRefused, TimeoutError, StartFailed, OSError)


@dataclass(slots=True)
class Slot:
    """The place of one browser; empty after one that could not be used again, until the next run."""

    browser: Browser | None = None
    visit: Visit | None = None  # prepared for the next run
    warming: asyncio.Task[None] | None = None
    is_warm: bool = False  # the visit has loaded an empty page, or is about to


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
        """Find a browser, learn what walls there are, and keep ``browsers`` of them ready.

        Without a number it is one a core, as far as the memory goes.

        ``chai`` is the library as a classic script that sets ``globalThis.chai``. ``allow_weak`` accepts a browser
        without its own sandbox. A browser is replaced after ``runs``.

        Raises:
            RunnerUnavailable: with one sentence that says what to do.
        """
        remove_remains()
        launch, isolation, first = await probe.probe(probe.program(dict(environ)), allow_weak=allow_weak)
        sandbox = cls(launch, isolation, Scripts.read(chai), runs)
        sandbox.add_browsers(browsers or _fitting(), first)
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

    @property
    def is_closed(self) -> bool:
        """Whether it takes nothing more."""
        return self._closed.is_set()

    async def __aenter__(self) -> "Sandbox":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def run(self, work: Work, *, screenshot: bool = False, seconds: float = RUN_SECONDS) -> PageRun:
        """Run a work when a browser is free, for ``seconds`` at the most.

        Cancelling ends the page and frees the browser.

        Raises:
            WorkTooLarge: before anything is run.
            RunnerUnavailable: the sandbox is closed.
        """
        async with self.sitting() as sitting:
            return await sitting.run(work, screenshot=screenshot, seconds=seconds)

    @asynccontextmanager
    async def sitting(self) -> AsyncIterator["Sitting"]:
        """Several runs of one person's texts, one after another in one browser; see ``Sitting``."""
        sitting = Sitting(self)
        try:
            yield sitting
        finally:
            if sitting.slot is not None:
                self._start(self._tidy(sitting.slot, sitting.last))

    async def _take(self) -> Slot:
        if self.is_closed:
            raise RunnerUnavailable(CLOSED)
        slot = await self._idle.get()
        try:
            if slot.warming:
                if not slot.is_warm:
                    slot.warming.cancel()
                await asyncio.wait([slot.warming])
                slot.warming = None
            if self.is_closed:
                raise RunnerUnavailable(CLOSED)
        except BaseException:
            self._idle.put_nowait(slot)  # for the next that waits
            raise
        return slot

    def _start(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tidying.add(task)
        task.add_done_callback(self._tidying.discard)
        return task

    async def _tidy(self, slot: Slot, run: Run | None = None) -> None:
        """Clear a run away and make the browser ready for the next."""
        if self._closed.is_set():
            await self._drop(slot)
            return
        try:
            if slot.browser and run:
                await self._clear(slot, run)
            if slot.browser is None or not slot.browser.is_alive:
                await self._renew(slot)
            assert slot.browser
            if slot.visit is None:
                slot.visit = await asyncio.wait_for(Visit.prepare(slot.browser, self._scripts), 5.0)
            slot.is_warm = False
            slot.warming = self._start(self._warm(slot, slot.visit))
        except TROUBLE:
            with suppress(*TROUBLE):
                await self._drop(slot)
        finally:
            self._idle.put_nowait(slot)

    async def _warm(self, slot: Slot, visit: Visit) -> None:
        """Load an empty page where nobody wants the browser for a while: the process has compiled the scripts by then,
        and the run that comes takes a fifth less."""
        await asyncio.sleep(IDLE_SECONDS)
        slot.is_warm = True
        try:
            await asyncio.wait_for(visit.load(document.assemble("", "", "").files, {}), 5.0)
            visit.renew(is_used=False)
        except (PageLost, *TROUBLE):
            slot.visit = None
            with suppress(*TROUBLE):
                await visit.dispose()

    async def _clear(self, slot: Slot, run: Run) -> None:
        """End a run's page, and the browser with it after trouble or when it has served its time."""
        browser = slot.browser
        assert browser
        if run.visit and browser.is_alive:
            await run.visit.dispose()
        if not run.is_normal or browser.runs >= self._runs:
            await self._drop(slot)

    async def _renew(self, slot: Slot) -> None:
        await self._drop(slot)
        if self.is_closed:
            raise StartFailed(CLOSED)
        slot.browser = await Browser.start(self._launch)
        if self._closed.is_set():
            await self._drop(slot)
            raise StartFailed(CLOSED)

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


class Sitting:
    """Several runs of one person's texts, one after another in one browser, made by ``Sandbox.sitting``.

    Their pages share a process, until a run does not end well, and so a page costs less than half. What was loaded
    before is gone, but a page that took its process over from within would have the later ones too: so nobody shares
    a sitting with somebody else.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.slot: Slot | None = None
        self.last: Run | None = None
        self._sandbox = sandbox

    async def run(self, work: Work, *, screenshot: bool = False, seconds: float = RUN_SECONDS) -> PageRun:
        """Run a work; the first waits until a browser is free, which is kept until the end of the sitting.

        Raises:
            WorkTooLarge, RunnerUnavailable: as ``Sandbox.run`` does.
        """
        work.check()
        if self.slot is None:
            self.slot = await self._sandbox._take()
        elif self._sandbox.is_closed:
            raise RunnerUnavailable(CLOSED)
        slot, run = self.slot, None
        try:
            browser = await self._prepare(slot)
            run = self.last = Run(browser, self._sandbox._scripts, work, slot.visit, seconds)
            slot.visit = None
            browser.runs += 1
            return await run.judge(screenshot=screenshot)
        except StartFailed:
            return _not_run(work, "RUNNER_UNAVAILABLE", self._sandbox.engine)
        except TROUBLE:
            if run:
                run.is_normal = False
            return _not_run(work, "RUNNER_ERROR", self._sandbox.engine)
        except asyncio.CancelledError:
            if run:
                run.is_normal = False
            raise

    async def _prepare(self, slot: Slot) -> Browser:
        """Keep the page of the run before when it ended well, else clear it away; return the browser to use."""
        last = self.last
        if last and slot.browser:
            if last.is_normal and last.visit and slot.browser.is_alive and slot.browser.runs < self._sandbox._runs:
                last.visit.renew()
                slot.visit, last.visit = last.visit, None
            else:
                try:
                    await self._sandbox._clear(slot, last)
                except TROUBLE:
                    await self._sandbox._drop(slot)
        self.last = None
        if slot.visit and slot.visit.is_crashed:  # while nobody looked; it is nobody's fault who comes now
            visit, slot.visit = slot.visit, None
            with suppress(*TROUBLE):
                await visit.dispose()
        if slot.browser is None or not slot.browser.is_alive:
            await self._sandbox._renew(slot)
        assert slot.browser
        return slot.browser


def _fitting() -> int:
    """One browser a core, but no more than may all take what one may take of this container's memory."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    allowed = processes.memory_allowed()
    return cores if allowed is None else max(1, min(cores, (allowed - OURS) // MEMORY))


def _not_run(work: Work, status: PageStatus, engine: str) -> PageRun:
    skipped = tuple(TestRun(test.id, "SKIPPED", 0, None, None, None) for test in work.tests)
    tries = 0 if status == "RUNNER_UNAVAILABLE" else 1
    return PageRun(
        status=status,
        tests=skipped,
        ms=0,
        console=(),
        page_errors=(),
        blocked=(),
        engine=engine,
        protocol=PROTOCOL,
        tries=tries,
    )
