"""When a page is tried a second time, and what both tries may use; what decides that a limit is reached."""

import asyncio
import os
import signal
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox import processes
from sandbox.pool import Sandbox
from sandbox.run import ENOUGH
from sandbox.tries import judged
from sandbox.work import PROTOCOL, RUN_SECONDS, TRIES_SECONDS, PageRun, Test, Work
from tests.fix_sandbox import failures

SPINS = Work("<p></p>", "", "function spin() { for (;;) {} }", (Test("1", "spin();", 500),))
WAITS = Work("<p></p>", "", "", (Test("1", "await new Promise(() => {});", 500),))


@dataclass
class Told:
    """Runs that come to what they are told, one after the other, and what they were given."""

    runs: list[PageRun]
    seconds: list[float] = field(default_factory=list)

    async def run(self, work: Work, *, screenshot: bool = False, seconds: float = RUN_SECONDS) -> PageRun:
        self.seconds.append(seconds)
        return self.runs.pop(0)


def run(status: Any, *, starved: bool = False, ms: int = 100, tries: int = 1) -> PageRun:
    return PageRun(status, (), ms, (), (), (), "a", PROTOCOL, starved=starved, processor_ms=ms, tries=tries)


@pytest.mark.parametrize(
    "first",
    [run("FINISHED"), run("TIMED_OUT", ms=10_000), run("OUT_OF_MEMORY"), run("RUNNER_UNAVAILABLE", tries=0)],
    ids=lambda one: one.status,
)
async def test_what_is_not_in_doubt_is_tried_once(first: PageRun) -> None:
    told = Told([first])
    assert await judged(told, SPINS) is first


@pytest.mark.parametrize(
    "first",
    [
        run("INCONCLUSIVE", starved=True),
        run("TIMED_OUT", starved=True),
        run("FINISHED", starved=True),
        run("CRASHED"),
        run("RUNNER_ERROR"),
    ],
    ids=lambda one: one.status,
)
async def test_what_is_in_doubt_is_tried_a_second_time_and_that_stands(first: PageRun) -> None:
    told = Told([first, run("FINISHED")])
    found = await judged(told, SPINS)
    assert (found.status, found.tries, found.processor_ms, told.runs) == ("FINISHED", 2, 200, [])
    told = Told([first])
    assert await judged(told, SPINS, tries=1) is first, "one try was left"


async def test_both_tries_together_have_15_seconds_of_processor_time() -> None:
    told = Told([run("INCONCLUSIVE", starved=True, ms=8_000), run("INCONCLUSIVE", starved=True, ms=7_000)])
    found = await judged(told, SPINS)
    assert (told.seconds, found.processor_ms) == ([RUN_SECONDS, 7.0], 15_000)
    told = Told([run("INCONCLUSIVE", starved=True, ms=14_500)])
    assert (await judged(told, SPINS)).tries == 1, "too little is left for another"


async def test_a_second_try_without_a_browser_is_none() -> None:
    told = Told([run("INCONCLUSIVE", starved=True), run("RUNNER_UNAVAILABLE", tries=0)])
    found = await judged(told, SPINS)
    assert (found.status, found.tries) == ("RUNNER_UNAVAILABLE", 1)


@pytest.mark.skipif(not processes.has_proc(), reason="the system does not tell of processes")
@pytest.mark.asyncio(loop_scope="session")
async def test_a_page_that_used_the_limits_processor_time_is_final(sandbox: Sandbox) -> None:
    found = await judged(sandbox, SPINS)
    assert [test.outcome for test in found.tests] == ["TIMEOUT"]
    assert (found.tries, found.starved) == (1, False)
    assert ENOUGH * 500 - 20 <= found.processor_ms <= 3_000


@pytest.mark.asyncio(loop_scope="session")
async def test_a_promise_that_never_settles_is_a_time_out_and_uses_no_processor_time(sandbox: Sandbox) -> None:
    found = await judged(sandbox, WAITS)
    assert (found.status, [test.outcome for test in found.tests]) == ("FINISHED", ["TIMEOUT"])
    assert found.processor_ms / found.tries < 400


@pytest.mark.asyncio(loop_scope="session")
async def test_a_run_with_less_than_the_whole_time_that_uses_it_up_says_nothing(sandbox: Sandbox) -> None:
    found = await sandbox.run(Work("<p></p>", "", "for (;;) {}", SPINS.tests), seconds=1.0)
    assert (found.status, found.starved) == ("INCONCLUSIVE", True)
    assert found.processor_ms < TRIES_SECONDS * 1000


@pytest.mark.skipif(not processes.has_proc(), reason="the system does not tell of processes")
@pytest.mark.asyncio(loop_scope="session")
async def test_a_page_whose_process_was_killed_is_judged_by_a_second_try(sandbox: Sandbox) -> None:
    work = Work("<p></p>", "", "", (Test("1", "await new Promise((done) => setTimeout(done, 700)); assert.ok(1);"),))
    async with sandbox.sitting() as sitting:
        running = asyncio.create_task(judged(sitting, work))
        for _ in range(1_000):
            if sitting.last and sitting.last._is_open:
                break
            await asyncio.sleep(0.01)
        assert sitting.slot
        assert sitting.slot.browser
        for number in processes.renderers(sitting.slot.browser.processes()):
            os.kill(number, signal.SIGKILL)
        found = await running
    assert failures(found) == []
    assert found.tries == 2
