"""The tests of one work, in order, each within its limit, whatever the page does.

A page that hangs is given up and the remaining tests go on with a new one. A limit is reached when the page's process
used that much processor time, or when that much time passed less the seconds in which the browser had to wait for a
core: a promise that never settles uses no processor time. Where neither comes to be in ``PATIENCE`` times the limit the
run says nothing. So what a busy machine does to a run is never taken for what the page did.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from sandbox import answers, document
from sandbox.answers import Late, Malformed
from sandbox.browser import Browser
from sandbox.pipe import BrowserGone, CommandRefused
from sandbox.visit import PageLost, Scripts, Visit
from sandbox.watch import Watch
from sandbox.work import (
    LOAD_SECONDS,
    MAX_TEXT,
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

PATIENCE = 20.0  # how many times a limit may pass for want of a core, before the run says nothing
ENOUGH = 0.95  # the share of a limit that the browser must have had, by a clock that is not exact
NOTICED = 0.2  # seconds; what takes less is not asked for how long it had to wait
STARVED = 0.1  # the share of a limit for which the browser waited for a core, and that is enough to doubt a time-out
TELL_SECONDS = 0.5
PREPARE_SECONDS = 5.0
SCREENSHOT_SECONDS = 5.0
MAX_ERRORS = 20


class Stopped(Exception):
    """The run ends early with this status."""

    def __init__(self, status: PageStatus) -> None:
        self.status: PageStatus = status


@dataclass(slots=True)
class Run:
    """One run. ``visit`` is the page in use, None when it was given up; whoever started the run disposes of it.

    ``seconds`` are its limit: a second try of a page gets what the first one left.
    """

    browser: Browser
    scripts: Scripts
    work: Work
    visit: Visit | None
    seconds: float = RUN_SECONDS
    is_normal: bool = True  # False: the browser should not be used again
    _watch: Watch = field(init=False)
    _page: document.Page = field(init=False)  # put together when the run begins
    _began: float = field(default_factory=time.monotonic)
    _excused: float = 0.0  # seconds in which the browser had to wait for a core
    _starved: bool = False
    _doubtful: float = 0.0  # seconds that were counted while the browser waited for a core and the page did not run
    _is_open: bool = False
    _done: list[TestRun] = field(default_factory=list)
    _console: list[str] = field(default_factory=list)
    _errors: list[PageError] = field(default_factory=list)
    _blocked: list[str] = field(default_factory=list)
    _screenshot: bytes | None = None
    _pending: list[int] = field(default_factory=list)  # tests whose timers are not reached yet

    def __post_init__(self) -> None:
        self._watch = Watch(self.browser)

    async def judge(self, *, screenshot: bool) -> PageRun:
        """Run all tests and say what became of them.

        Nothing is raised, whatever the page did and whatever the tests' world answers.
        """
        watching = asyncio.create_task(self._watch.look())
        status: PageStatus = "FINISHED"
        try:
            work = self.work
            self._page = document.assemble(work.html, work.css, work.js, work.page_libraries)
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
        except Exception:
            # an answer may be wrong in any way; a run that ended without a status would be tried for ever
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
        first = {replace(error, during=None): error for error in reversed(self._errors)}
        errors = tuple(error for error in self._errors if first[replace(error, during=None)] is error)[:MAX_ERRORS]
        return PageRun(
            status=status,
            tests=tuple(_with_syntax_error(run, errors) for run in (*self._done, *skipped)),
            ms=round((time.monotonic() - self._began) * 1000),
            console=tuple(self._console[:50]),
            page_errors=tuple(str(error) for error in errors if error.kind != "CONSOLE"),
            blocked=tuple(dict.fromkeys(self._blocked))[:50],
            engine=self.browser.engine,
            protocol=PROTOCOL,
            screenshot=self._screenshot,
            errors=errors,
            starved=self._starved,
            processor_ms=round(self._watch.processor_seconds() * 1000),
        )

    # ---- the page -------------------------------------------------------------------------------------------------
    async def _open(self) -> None:
        """Load the page, with all that comes before the first test."""
        if self.visit is None:
            try:
                self.visit = await self._within(PREPARE_SECONDS, Visit.prepare(self.browser, self.scripts))
            except TimeoutError:
                raise Stopped("RUNNER_ERROR") from None
        limit = min(LOAD_SECONDS, self._left())
        try:
            answer = await self._within(limit, self._load(self.visit))
        except TimeoutError:
            if limit < LOAD_SECONDS:
                raise self._out_of_time() from None
            raise Stopped("TIMED_OUT") from None
        if self.work.before_all:
            result = answers.parse_run(answer)
            if result.outcome != "PASSED":
                raise PageLost(f"The set-up failed: {result.message}")
        self._is_open = True

    async def _load(self, visit: Visit) -> object:
        work = self.work
        tests = "\n".join((work.before_all, work.before_each, work.after_each, *(test.code for test in work.tests)))
        await visit.load(self._page.files, self._given(), work.before_page, tests=tests, libraries=work.libraries)
        if not work.before_all:
            return None
        return await visit.call("run", {"before": "", "code": work.before_all, "after": "", "isSetUp": True})

    async def _within(self, seconds: float, work: Coroutine[Any, Any, T]) -> T:
        """Wait for ``work`` until the limit of ``seconds`` is reached.

        Raises:
            TimeoutError: it was reached.
            Stopped: the browser did not get the time that would tell.
        """
        before, began = self._watch.now(), time.monotonic()
        spent = self._watch.seen_seconds()
        task = asyncio.ensure_future(work)
        allowed, most = seconds, seconds * PATIENCE
        try:
            while True:
                await asyncio.wait((task,), timeout=began + allowed - time.monotonic())
                if task.done():
                    return task.result()
                ran, waited = self._watch.since(before)
                taken = time.monotonic() - began
                had = max(ran, taken - waited)
                if self._watch.processor_seconds() - spent >= seconds * (os.cpu_count() or 1):
                    raise TimeoutError  # threads of its own may keep the page waiting: it has itself to blame
                if had >= ENOUGH * seconds:
                    self._starved |= ran < ENOUGH * seconds and waited >= STARVED * seconds
                    raise TimeoutError
                if taken >= most:
                    self._starved = True
                    raise Stopped("INCONCLUSIVE")
                allowed = min(most, taken + max(seconds - had, 0.02))
        finally:
            task.cancel()
            taken = time.monotonic() - began
            if taken > NOTICED:
                ran, waited = self._watch.since(before)
                had = max(ran, taken - waited)
                self._excused += taken - had
                self._doubtful += had - ran if waited >= STARVED * taken else 0.0

    def _given(self) -> dict[str, object]:
        work = self.work
        given: dict[str, object] = {"code": work.code, "html": work.html, "css": work.css, "js": work.js}
        return given | {
            "isScriptOnly": work.is_script_only,
            "hasLibraries": bool(work.libraries),
            "declared": list(work.declared),
        }

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
        """What the page printed, which errors it had, and what came of tests after they were over. It may refuse to
        say, or say what nobody understands: that changes no verdict. A page that hangs is given up."""
        if not self.visit:
            return
        starved = self._starved
        try:
            told = answers.parse_told(await self._within(TELL_SECONDS, self.visit.call("told")))
        except (PageLost, Malformed):
            self._fail_pending()
            return
        except (TimeoutError, Stopped):
            self._starved = starved
            self._fail_pending()
            await self._give_up()
            return
        self._pending.clear()
        self._console += told.console
        for error in told.errors:
            test = self.work.tests[int(error.during)].id if error.during is not None else None
            self._errors.append(replace(document.placed(error, self._page), during=test))
        self._blocked += told.blocked
        for late in told.late:
            self._add(late)

    def _fail_pending(self) -> None:
        """A test that left its assertion to a timer proves nothing when its page ends before it."""
        for index in self._pending:
            if self._done[index].outcome == "PASSED":
                message = "The page ended before the test's assertion was reached."
                self._done[index] = replace(self._done[index], outcome="ERROR", message=message)
        self._pending.clear()

    def _add(self, late: Late) -> None:
        """Add to a test what came of it after it was over."""
        if late.index >= len(self._done):
            return
        run = self._done[late.index]
        if late.doubt is not None and late.doubt not in run.doubts:
            run = replace(run, doubts=(*run.doubts, late.doubt))
        if late.message is not None and run.outcome == "PASSED":
            run = replace(run, outcome="ERROR", message=late.message)
        self._done[late.index] = run

    async def _take_screenshot(self) -> None:
        assert self.visit
        with contextlib.suppress(TimeoutError, PageLost):
            self._screenshot = await asyncio.wait_for(self.visit.screenshot(), min(SCREENSHOT_SECONDS, self._left()))

    # ---- the tests ------------------------------------------------------------------------------------------------
    async def _run_one(self, test: Test) -> None:
        if self._left() <= 0:
            raise self._out_of_time()
        if test.fresh and self._done and self._is_open:
            await self._gather()
            self._is_open = False
        if not self._is_open:
            await self._open()
        assert self.visit
        seconds = test.timeout_ms / 1000
        limit = min(seconds, self._left())
        began = time.monotonic()
        given = {"before": self.work.before_each, "code": test.code, "after": self.work.after_each, "text": test.text}
        try:
            answer = await self._within(limit, self.visit.call("run", given | {"index": len(self._done)}))
            parsed = answers.parse_run(answer)
            run = parsed.of(test)
            if parsed.pending:
                self._pending.append(len(self._done))
            if run.message and run.outcome == "ERROR":
                run = replace(run, message=document.explained(run.message, self._page))
            self._done.append(run)
        except TimeoutError:
            self._end(test, "TIMEOUT", began, f"It took longer than {test.timeout_ms:,} ms.")
            if limit < seconds:
                raise self._out_of_time() from None
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
        return self._began + self.seconds + self._excused - time.monotonic()

    def _out_of_time(self) -> Stopped:
        """How a run ends that has used its time up; one that had less than a whole run's says nothing then."""
        if self.seconds < RUN_SECONDS:
            self._starved = True
            return Stopped("INCONCLUSIVE")
        self._starved |= self._doubtful >= STARVED * self.seconds
        return Stopped("TIMED_OUT")

    def _lost_status(self) -> PageStatus:
        if self._watch.is_out_of_memory:
            return "OUT_OF_MEMORY"
        return "CRASHED"


def _with_syntax_error(run: TestRun, errors: tuple[PageError, ...]) -> TestRun:
    """The run with what may be the cause of its error: a script of the page that could not be read."""
    error = next((error for error in errors if error.kind == "SYNTAX"), None)
    if run.outcome != "ERROR" or error is None:
        return run
    return replace(run, message=f"{run.message or ''} The page's script could not be read: {error}".strip()[:MAX_TEXT])
