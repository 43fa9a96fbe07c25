"""The tests of one work, in order, each within its limit, whatever the page does.

A page that hangs is given up and the remaining tests go on with a new one. Limits count the time in which the
browser could run: the seconds in which one of its threads was ready and got no core are added, up to a point beyond
which the run says nothing. So what a busy machine does to a run is never taken for what the page did.
"""

import asyncio
import contextlib
import json
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sandbox import document, processes
from sandbox.browser import Browser
from sandbox.pipe import BrowserGone, CommandRefused
from sandbox.visit import PageLost, Scripts, Visit
from sandbox.work import (
    LOAD_SECONDS,
    MAX_TEXT,
    MEMORY,
    PROTOCOL,
    RUN_SECONDS,
    Outcome,
    PageError,
    PageRun,
    PageStatus,
    Test,
    TestRun,
    Work,
)

T = TypeVar("T")

LOOK_SECONDS = 0.05  # between two looks at the memory
LATE_SECONDS = 0.005  # what a look may be late without anybody having waited
PATIENCE = 2.0  # how often a limit's time may be added to it for want of a core, before it may say nothing
ENOUGH = 0.95  # the share of a limit that the browser must have had, by a clock that is not exact
TELLING = 0.7  # the share that is enough to be told from an honest page's when no more time is given
NOTICED = 0.2  # seconds; what takes less is not asked for how long it had to wait
TELL_SECONDS = 0.5
PREPARE_SECONDS = 5.0
SCREENSHOT_SECONDS = 5.0
MAX_ERRORS = 20


class Stopped(Exception):
    """The run ends early with this status."""

    def __init__(self, status: PageStatus) -> None:
        self.status: PageStatus = status


@dataclass(frozen=True, slots=True)
class Moment:
    """What was known at a moment: for each process the seconds for which it ran and waited, and how late we were."""

    times: dict[int, tuple[float, float]]
    late: float

    def of(self, number: int) -> tuple[float, float]:
        """A process that was not there yet had neither run nor waited."""
        return self.times.get(number, (0.0, 0.0))


@dataclass(slots=True)
class Watch:
    """Looks at the memory of a browser while a run lasts, and ends the browser that takes too much."""

    browser: Browser
    largest: int = 0
    exceeded: bool = False
    late: float = 0.0  # seconds in which we ourselves had no core: the browser may have waited for our answer
    times: dict[int, tuple[float, float]] = field(init=False)  # at the last look

    def __post_init__(self) -> None:
        self.times = processes.times(self.browser.processes())

    async def look(self) -> None:
        """Look until cancelled."""
        while True:
            numbers = self.browser.processes()
            self.largest = max(self.largest, processes.memory(numbers))
            self.times = processes.times(numbers)
            if self.largest > MEMORY:
                self.exceeded = True
                self.browser.kill()
                return
            before = time.monotonic()
            await asyncio.sleep(LOOK_SECONDS)
            self.late += max(0.0, time.monotonic() - before - LOOK_SECONDS - LATE_SECONDS)

    def now(self) -> Moment:
        """What is to be compared later."""
        return Moment(self.times, self.late)

    def since(self, before: Moment) -> tuple[float, float]:
        """The longest that one of the browser's processes ran since then, and the seconds in which one of them or we
        had to wait for a core. Those may have been the same seconds, so it is a bound: it can excuse too much."""
        now = processes.times(self.browser.processes())
        ran = max((times[0] - before.of(number)[0] for number, times in now.items()), default=0.0)
        waited = sum(times[1] - before.of(number)[1] for number, times in now.items())
        return ran, waited + self.late - before.late

    @property
    def is_out_of_memory(self) -> bool:
        """Whether a crash was one for want of memory: V8 ends a page when its own, smaller limit is reached."""
        return self.exceeded or self.largest > MEMORY // 2


@dataclass(slots=True)
class Run:
    """One run. ``visit`` is the page in use, None when it was given up; whoever started the run disposes of it."""

    browser: Browser
    scripts: Scripts
    work: Work
    visit: Visit | None
    is_normal: bool = True  # False: the browser should not be used again
    _watch: Watch = field(init=False)
    _page: document.Page = field(init=False)
    _began: float = field(default_factory=time.monotonic)
    _excused: float = 0.0  # seconds in which the browser had to wait for a core
    _is_open: bool = False
    _done: list[TestRun] = field(default_factory=list)
    _console: list[str] = field(default_factory=list)
    _errors: list[PageError] = field(default_factory=list)
    _blocked: list[str] = field(default_factory=list)
    _screenshot: bytes | None = None

    def __post_init__(self) -> None:
        self._watch = Watch(self.browser)
        work = self.work
        self._page = document.assemble(work.html, work.css, work.js, work.page_libraries)

    async def judge(self, *, screenshot: bool) -> PageRun:
        """Run all tests and say what became of them; never raises for what the page did."""
        watching = asyncio.create_task(self._watch.look())
        status: PageStatus = "FINISHED"
        try:
            await self._open()
            if screenshot:
                await self._take_screenshot()
            for test in self.work.tests:
                await self._run_one(test)
            await self._gather()
        except Stopped as stopped:
            status = "OUT_OF_MEMORY" if self._watch.exceeded else stopped.status
        except PageLost as error:
            if (self.visit and self.visit.is_crashed) or self._watch.exceeded:
                status = self._lost_status()
            else:
                for test in self.work.tests[len(self._done) :]:
                    self._end(test, "ERROR", time.monotonic(), str(error)[:MAX_TEXT])
                await self._give_up()
        except (BrowserGone, CommandRefused):
            status = "OUT_OF_MEMORY" if self._watch.exceeded else "RUNNER_ERROR"
        finally:
            watching.cancel()
        if status != "FINISHED":
            self.is_normal = False
        ran = len(self._done)
        skipped = tuple(TestRun(test.id, "SKIPPED", 0, None, None, None) for test in self.work.tests[ran:])
        if self.visit:
            self._blocked += self.visit.blocked
        # a page that is loaded again, or a script that is evaluated again for each test, fails in the same way again
        errors = tuple(dict.fromkeys(self._errors))[:MAX_ERRORS]
        return PageRun(
            status=status,
            tests=(*self._done, *skipped),
            ms=round((time.monotonic() - self._began) * 1000),
            console=tuple(self._console[:50]),
            page_errors=tuple(str(error) for error in errors if error.kind != "CONSOLE"),
            blocked=tuple(dict.fromkeys(self._blocked))[:50],
            engine=self.browser.engine,
            protocol=PROTOCOL,
            screenshot=self._screenshot,
            errors=errors,
        )

    # ---- the page -------------------------------------------------------------------------------------------------
    async def _open(self) -> None:
        """Load the page, with all that comes before the first test."""
        if self.visit is None:
            try:
                self.visit = await asyncio.wait_for(Visit.prepare(self.browser, self.scripts), PREPARE_SECONDS)
            except TimeoutError:
                raise Stopped("RUNNER_ERROR") from None
        try:
            told = await self._within(LOAD_SECONDS, self._load(self.visit))
        except TimeoutError:
            raise Stopped("TIMED_OUT") from None
        if self.work.before_all:
            result = json.loads(str(told))
            if result["outcome"] != "PASSED":
                raise PageLost(f"The set-up failed: {result['message']}")
        self._is_open = True

    async def _load(self, visit: Visit) -> object:
        await visit.load(self._page.files, self._given(), self.work.before_page)
        for library in self.work.libraries:
            await visit.evaluate_library(library)
        if not self.work.before_all:
            return None
        return await visit.call("run", {"before": "", "code": self.work.before_all, "after": ""})

    async def _within(self, seconds: float, work: Coroutine[Any, Any, T]) -> T:
        """Wait for ``work`` for as long as the browser could run for ``seconds``.

        Raises:
            TimeoutError: it could, and that was not enough.
            Stopped: it could not.
        """
        before, began = self._watch.now(), time.monotonic()
        task = asyncio.ensure_future(work)
        allowed, most = seconds, seconds * (1 + PATIENCE)
        try:
            while True:
                await asyncio.wait((task,), timeout=began + allowed - time.monotonic())
                if task.done():
                    return task.result()
                ran, waited = self._watch.since(before)
                taken = time.monotonic() - began
                had = max(ran, taken - waited)
                if had >= ENOUGH * seconds or (taken >= most and ran >= TELLING * seconds):
                    raise TimeoutError
                if taken >= most:
                    raise Stopped("INCONCLUSIVE")
                allowed = min(most, taken + max(seconds - had, 0.02))
        finally:
            task.cancel()
            taken = time.monotonic() - began
            if taken > NOTICED:
                ran, waited = self._watch.since(before)
                self._excused += taken - max(ran, taken - waited)

    def _given(self) -> dict[str, object]:
        work = self.work
        given: dict[str, object] = {"code": work.code, "html": work.html, "css": work.css, "js": work.js}
        return given | {"isScriptOnly": work.is_script_only, "hasLibraries": bool(work.libraries)}

    async def _replace(self) -> None:
        """Give the page up, hung or not; the next test gets a new one."""
        visit, self.visit, self._is_open = self.visit, None, False
        if visit:
            self._blocked += visit.blocked
            try:
                await visit.dispose()
            except TimeoutError:
                self.is_normal = False
                visit.crash()

    async def _give_up(self) -> None:
        """Give the page up at the end of a run, when nothing that goes wrong may change what the run came to."""
        try:
            await self._replace()
        except (BrowserGone, CommandRefused):
            self.is_normal = False

    async def _gather(self) -> None:
        """What the page printed and which errors it had; it may refuse to say. One that hangs is given up."""
        if not self.visit:
            return
        with contextlib.suppress(PageLost, ValueError, TypeError, KeyError):
            try:
                said = await asyncio.wait_for(self.visit.call("told"), TELL_SECONDS)
            except TimeoutError:
                await self._give_up()
                return
            told = json.loads(str(said))
            self._console += [str(line) for line in told["console"]]
            read = (document.read_error(error) for error in told["errors"])
            self._errors += [document.placed(error, self._page) for error in read if error]
            self._blocked += [str(address) for address in told["blocked"]]

    async def _take_screenshot(self) -> None:
        assert self.visit
        with contextlib.suppress(TimeoutError, PageLost):
            self._screenshot = await asyncio.wait_for(self.visit.screenshot(), min(SCREENSHOT_SECONDS, self._left()))

    # ---- the tests ------------------------------------------------------------------------------------------------
    async def _run_one(self, test: Test) -> None:
        if self._left() <= 0:
            raise Stopped("TIMED_OUT")
        if test.fresh and self._done and self._is_open:
            await self._gather()
            self._is_open = False
        if not self._is_open:
            await self._open()
        assert self.visit
        seconds = test.timeout_ms / 1000
        limit = min(seconds, self._left())
        began = time.monotonic()
        given = {"before": self.work.before_each, "code": test.code, "after": self.work.after_each}
        try:
            told = await self._within(limit, self.visit.call("run", given))
            self._done.append(_test_run(test, json.loads(str(told)), self._page))
        except TimeoutError:
            self._end(test, "TIMEOUT", began, f"It took longer than {test.timeout_ms:,} ms.")
            if limit < seconds:
                raise Stopped("TIMED_OUT") from None
            if await self.visit.answers():
                await self._gather()
            await self._replace()
        except PageLost as error:
            if self.visit.is_crashed or self._watch.exceeded:
                self._end(test, "CRASHED", began, "The page crashed.")
                raise Stopped(self._lost_status()) from None
            self._end(test, "ERROR", began, str(error)[:MAX_TEXT])
            await self._replace()
        except BrowserGone:
            if self._watch.exceeded:
                self._end(test, "CRASHED", began, "The page took too much memory.")
            raise

    def _end(self, test: Test, outcome: Outcome, began: float, message: str) -> None:
        self._done.append(TestRun(test.id, outcome, round((time.monotonic() - began) * 1000), message, None, None))

    def _left(self) -> float:
        return self._began + RUN_SECONDS + self._excused - time.monotonic()

    def _lost_status(self) -> PageStatus:
        if self._watch.is_out_of_memory:
            return "OUT_OF_MEMORY"
        return "CRASHED"


def _test_run(test: Test, told: dict[str, object], page: document.Page) -> TestRun:
    def text(name: str) -> str | None:
        value = told[name]
        return None if value is None else str(value)[:MAX_TEXT]

    outcome = told["outcome"]
    assert outcome in ("PASSED", "FAILED", "ERROR")
    ms = round(float(str(told["ms"])))
    message = text("message")
    if message and outcome == "ERROR":
        message = document.explained(message, page)
    return TestRun(test.id, outcome, ms, message, text("expected"), text("actual"))
