"""The browsers that are kept ready: what one run leaves for the next, and what it does not."""

import asyncio
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from sandbox import pool, probe, processes
from sandbox.browser import Browser, Launch
from sandbox.pool import Sandbox, Sitting, Slot
from sandbox.watch import Watch
from sandbox.work import RunnerUnavailable, Test, Work
from tests.fix_sandbox import conclusive, failures

pytestmark = pytest.mark.asyncio(loop_scope="session")

CLEAN = Work(
    "<p></p>",
    "",
    "var seen = [window.name, typeof left, history.length <= 2, localStorage.length].join();",
    (Test("1", "assert.equal(seen, ',undefined,true,0');"),),
)
LEAVES = """
window.name = 'left'; var left = 1; localStorage.setItem('left', 1); sessionStorage.setItem('left', 1);
Object.prototype.left = 1; Array.prototype.map = null; document.title = 'left';
history.pushState({}, '', '#left'); history.pushState({}, '', '#right');
setInterval(() => { document.body.innerHTML = ''; }, 1);
"""


def work(js: str, *tests: str, ms: int = 500) -> Work:
    return Work("<p></p>", "", js, tuple(Test(str(n), code, ms) for n, code in enumerate(tests, 1)))


async def test_nothing_of_a_page_is_left_for_the_next_of_its_sitting(sandbox: Sandbox) -> None:
    async with sandbox.sitting() as sitting:
        assert failures(await conclusive(sitting, CLEAN)) == []
        assert failures(await conclusive(sitting, work(LEAVES, "assert.ok(left);"))) == []
        assert failures(await conclusive(sitting, CLEAN)) == []
        run = await conclusive(sitting, work("fetch('https://example.org/');", "assert.ok(1);"))
        assert run.blocked == ("https://example.org/",)
        assert (await conclusive(sitting, CLEAN)).blocked == ()


def renderers(sitting: Sitting) -> set[int]:
    """The processes in which the pages of a sitting's browser run."""
    assert sitting.slot
    assert sitting.slot.browser
    commands = {number: Path(f"/proc/{number}/cmdline") for number in sitting.slot.browser.processes()}
    return {number for number, file in commands.items() if file.exists() and b"--type=renderer" in file.read_bytes()}


@pytest.mark.skipif(not processes.has_proc(), reason="the system does not tell of processes")
async def test_pages_of_a_sitting_share_a_process_and_those_of_two_do_not(chai: str) -> None:
    async with await Sandbox.open(chai, browsers=1) as sandbox:

        async def pages(number: int) -> set[int]:
            found = set()
            async with sandbox.sitting() as sitting:
                for _ in range(number):
                    assert failures(await conclusive(sitting, CLEAN)) == []
                    found |= renderers(sitting)
            return found

        first, second, third = await pages(3), await pages(1), await pages(1)
        assert len(first) == len(second) == len(third) == 1
        assert len(first | second | third) == 3


async def test_a_page_that_ended_while_nobody_looked_is_no_fault_of_who_comes_next(chai: str) -> None:
    async with await Sandbox.open(chai, browsers=1) as sandbox:
        async with sandbox.sitting() as sitting:
            assert failures(await conclusive(sitting, CLEAN)) == []
            for number in renderers(sitting):
                os.kill(number, signal.SIGKILL)
            await asyncio.sleep(0.5)
            assert failures(await conclusive(sitting, CLEAN)) == []
        (slot,) = sandbox._slots
        await _until_warm(slot)
        assert slot.visit
        slot.visit.crash()
        await asyncio.sleep(0.5)
        assert failures(await conclusive(sandbox, CLEAN)) == []


async def test_a_page_that_hangs_after_its_last_test_costs_the_next_nothing(sandbox: Sandbox) -> None:
    hangs = work("const later = () => setTimeout(() => { for (;;) {} }, 0);", "later();")
    async with sandbox.sitting() as sitting:
        assert failures(await conclusive(sitting, hangs)) == []
        began = time.monotonic()
        assert failures(await sitting.run(CLEAN)) in ([], ["INCONCLUSIVE", "1 SKIPPED: None"])
        assert time.monotonic() - began < 10


async def test_a_sitting_ends_with_its_sandbox(chai: str) -> None:
    async with await Sandbox.open(chai, browsers=1) as sandbox, sandbox.sitting() as sitting:
        assert failures(await conclusive(sitting, CLEAN)) == []
        await sandbox.close()
        with pytest.raises(RunnerUnavailable):
            await sitting.run(CLEAN)
    assert all(slot.browser is None for slot in sandbox._slots)


async def _until_warm(slot: Slot) -> None:
    for _ in range(200):
        await asyncio.sleep(0.1)
        if slot.is_warm and slot.warming and slot.warming.done():
            return
    raise AssertionError("it does not get warm")


async def test_browsers_are_as_many_as_fit_into_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    for allowed, number in ((None, 16), (4 << 30, 5), (1 << 30, 1), (64 << 30, 16)):
        monkeypatch.setattr(processes, "memory_allowed", lambda allowed=allowed: allowed)
        assert pool._fitting() == number


@pytest.mark.parametrize(
    "bad",
    [
        work("for (;;) {}", "assert.ok(1);"),
        work("function spin() { for (;;) {} }", "spin();"),
        work("setTimeout(() => { for (;;) {} }, 50);", "await new Promise((done) => setTimeout(done, 300));"),
        work("location.href = 'https://example.org/';", "assert.ok(1);"),
        work("window.close();", "assert.ok(1);"),
    ],
    ids=["hangs at once", "hangs in a test", "hangs in a timer", "leaves", "closes itself"],
)
async def test_after_one_that_ends_badly_a_sitting_goes_on(sandbox: Sandbox, bad: Work) -> None:
    async with sandbox.sitting() as sitting:
        await sitting.run(bad)
        assert failures(await conclusive(sitting, CLEAN)) == []
    assert failures(await conclusive(sandbox, CLEAN)) == []


async def test_a_browser_is_replaced_when_it_has_served_its_time(chai: str) -> None:
    async with await Sandbox.open(chai, browsers=1, runs=3) as sandbox:
        numbers = []
        for _ in range(7):
            async with sandbox.sitting() as sitting:
                assert failures(await conclusive(sitting, CLEAN)) == []
                assert sitting.slot
                assert sitting.slot.browser
                numbers.append(sitting.slot.browser.number)
        assert len(set(numbers)) == 3
        async with sandbox.sitting() as sitting:
            for _ in range(7):
                assert failures(await conclusive(sitting, CLEAN)) == []
        gone = [number for number in set(numbers) if processes.group(number)]
        assert len(gone) <= 1


async def test_runs_begin_in_the_order_in_which_they_came(chai: str) -> None:
    async with await Sandbox.open(chai, browsers=1) as sandbox:
        ended: list[int] = []

        async def one(number: int) -> None:
            await sandbox.run(CLEAN)
            ended.append(number)

        await asyncio.gather(*map(one, range(6)))
        assert ended == sorted(ended)


async def test_an_idle_browser_has_a_warm_page_and_whoever_comes_meanwhile_gets_a_clean_one(
    chai: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await Sandbox.open(chai, browsers=1) as sandbox:
        (slot,) = sandbox._slots
        await _until_warm(slot)
        for pause in (0, 0.05, 0.1, 0.12, 0.15, 0.2, 0.5):
            assert failures(await conclusive(sandbox, CLEAN)) == []
            await asyncio.sleep(pause)
        monkeypatch.setattr(pool, "IDLE_SECONDS", 0.0)
        waiting = [asyncio.create_task(sandbox.run(CLEAN)) for _ in range(3)]
        await asyncio.sleep(0.01)
        waiting[1].cancel()
        assert failures(await waiting[0]) == failures(await waiting[2]) == []


async def test_what_ran_before_a_run_is_not_held_against_it(sandbox: Sandbox) -> None:
    """A browser that has run for minutes has not had the three seconds of this page."""
    async with sandbox.sitting() as sitting:
        await sitting.run(CLEAN)
        assert sitting.slot
        assert sitting.slot.browser
        watch = Watch(sitting.slot.browser)
        ran, waited = watch.since(watch.now())
        assert 0 <= ran < 0.2
        assert 0 <= waited < 0.2
        assert max(times[0] for times in watch.now().times.values()) > ran


async def test_who_gives_up_while_the_walls_are_looked_at_leaves_no_browser(
    chai: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Browser] = []
    looking = asyncio.Event()

    async def look(browser: Browser, launch: Launch) -> probe.Isolation:
        started.append(browser)
        looking.set()
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(probe, "_found", look)
    opening = asyncio.create_task(Sandbox.open(chai, browsers=1))
    await asyncio.wait_for(looking.wait(), 60)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    (browser,) = started
    assert not browser.is_alive
    assert not browser.folder.exists()
