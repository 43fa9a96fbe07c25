"""The browsers that are kept ready: what one run leaves for the next, and what it does not."""

import asyncio

import pytest

from sandbox import pool, processes
from sandbox.pool import Sandbox
from sandbox.run import Watch
from sandbox.work import Test, Work
from tests.fix_sandbox import failures

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
        assert failures(await sitting.run(CLEAN)) == []
        assert failures(await sitting.run(work(LEAVES, "assert.ok(left);"))) == []
        assert failures(await sitting.run(CLEAN)) == []
        run = await sitting.run(work("fetch('https://example.org/');", "assert.ok(1);"))
        assert run.blocked == ("https://example.org/",)
        assert (await sitting.run(CLEAN)).blocked == ()


async def test_pages_of_a_sitting_share_a_process_and_those_of_two_do_not(sandbox: Sandbox) -> None:
    async def pages(number: int) -> list[str]:
        async with sandbox.sitting() as sitting:
            found = []
            for _ in range(number):
                assert failures(await sitting.run(CLEAN)) == []
                assert sitting.last
                assert sitting.last.visit
                found.append(sitting.last.visit.target)
        return found

    first, second = await pages(3), await pages(1)
    assert len(set(first)) == 1
    assert set(first).isdisjoint(second)


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
        assert failures(await sitting.run(CLEAN)) == []
    assert failures(await sandbox.run(CLEAN)) == []


async def test_a_browser_is_replaced_when_it_has_served_its_time(chai: str) -> None:
    async with await Sandbox.open(chai, browsers=1, runs=3) as sandbox:
        numbers = []
        for _ in range(7):
            async with sandbox.sitting() as sitting:
                assert failures(await sitting.run(CLEAN)) == []
                assert sitting.slot
                assert sitting.slot.browser
                numbers.append(sitting.slot.browser.number)
        assert len(set(numbers)) == 3
        async with sandbox.sitting() as sitting:
            for _ in range(7):
                assert failures(await sitting.run(CLEAN)) == []
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
        for _ in range(200):
            await asyncio.sleep(0.1)
            if slot.is_warm:
                break
        assert slot.is_warm
        assert slot.visit
        for pause in (0, 0.05, 0.1, 0.12, 0.15, 0.2, 0.5):
            assert failures(await sandbox.run(CLEAN)) == []
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
