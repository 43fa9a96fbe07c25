"""Pages that will not end, will not stay or take all they can get; honest runs beside them stay right."""

import asyncio
import time

import pytest

from sandbox.pool import Sandbox
from sandbox.work import PageRun, Test, Work, WorkTooLarge
from tests.fix_sandbox import Judge, conclusive, failures

pytestmark = pytest.mark.asyncio(loop_scope="session")

HONEST = Work("<h1>Honest</h1>", "", "let n = 1;", (Test("1", "assert.strictEqual(n, 1);"),))
OK = "assert.ok(document.body);"


async def beside_honest_runs(sandbox: Sandbox, work: Work) -> PageRun:
    """Run ``work`` while honest runs go on in the other browser."""
    hostile = asyncio.create_task(conclusive(sandbox, work))
    honest = [await conclusive(sandbox, HONEST) for _ in range(3)]
    run = await hostile
    honest.append(await conclusive(sandbox, HONEST))
    assert [failures(one) for one in honest] == [[]] * 4
    return run


def script(js: str, *tests: str, html: str = "<p></p>", ms: int = 500) -> Work:
    return Work(html, "", js, tuple(Test(str(n), code, ms) for n, code in enumerate(tests or (OK,), 1)))


@pytest.mark.parametrize(
    "js",
    [
        "for (;;) {}",
        "/^(a+)+$/.test('a'.repeat(40) + '!');",
        "(function again() { Promise.resolve().then(again); })();",
        "document.write('<script>while (true);</scr' + 'ipt>');",
    ],
)
async def test_a_page_that_never_loads_is_given_up_at_the_limit(sandbox: Sandbox, js: str) -> None:
    run = await beside_honest_runs(sandbox, script(js))
    assert run.status == "TIMED_OUT"
    assert [one.outcome for one in run.tests] == ["SKIPPED"]
    assert 3_000 <= run.ms < 31_000


@pytest.mark.parametrize(
    "js",
    [
        "setTimeout(() => { for (;;) {} });",
        "setInterval(() => { const end = Date.now() + 4000; while (Date.now() < end); });",
        "requestAnimationFrame(() => { for (;;) {} });",
        "addEventListener('load', () => setTimeout(() => { for (;;) {} }));",
    ],
)
async def test_a_page_that_hangs_after_loading_costs_tests_their_time_only(sandbox: Sandbox, js: str) -> None:
    run = await beside_honest_runs(sandbox, script(js, "await new Promise((done) => setTimeout(done, 200));"))
    assert run.status in ("FINISHED", "TIMED_OUT")
    assert [one.outcome for one in run.tests] in (["TIMEOUT"], ["SKIPPED"])
    assert not run.passed


async def test_a_test_that_hangs_the_page_leaves_the_others_a_new_one(sandbox: Sandbox) -> None:
    run = await beside_honest_runs(sandbox, script("const spin = () => { for (;;) {} };", OK, "spin();", OK))
    assert [one.outcome for one in run.tests] == ["PASSED", "TIMEOUT", "PASSED"]
    assert run.status == "FINISHED"


async def test_a_run_ends_at_its_limit_and_frees_its_browser(sandbox: Sandbox) -> None:
    work = script("const spin = () => { for (;;) {} };", *["spin();"] * 8, ms=2_000)
    for _ in range(4):
        began = time.monotonic()
        run = await sandbox.run(work)
        taken = time.monotonic() - began
        if run.status != "INCONCLUSIVE":
            break
    assert run.status == "TIMED_OUT"
    assert {one.outcome for one in run.tests} == {"TIMEOUT", "SKIPPED"}
    assert 9_900 <= run.ms < 31_000
    assert taken - run.ms / 1_000 < 3
    assert failures(await sandbox.run(HONEST)) == []


@pytest.mark.parametrize(
    "js",
    [
        "location.reload();",
        "setInterval(() => location.reload(), 1);",
        "setInterval(() => { location.href = '/elsewhere?' + Math.random(); }, 1);",
        "addEventListener('load', () => { location.href = 'https://elsewhere.invalid/'; });",
        "setInterval(() => { location.hash = Math.random(); history.pushState({}, '', '#' + Math.random()); }, 1);",
        "alert(1); confirm(2); prompt(3); print(); onbeforeunload = () => 'stay';",
        "for (let i = 0; i < 50; i++) { window.open('about:blank'); window.open('https://elsewhere.invalid/'); }",
        "for (let i = 0; i < 20; i++) { try { new Worker(URL.createObjectURL(new Blob(['for(;;){}']))); } catch {} }",
        "for (let i = 0; i < 60; i++) { const f = document.createElement('iframe'); f.src = location.href;"
        " document.body.append(f); }",
        "let at = document; for (let i = 0; i < 20; i++) { const f = at.createElement('iframe');"
        " (at.body ?? at).append(f); at = f.contentDocument; if (!at) break; }",
        "for (let i = 0; i < 200000; i++) console.log('flood', i, { x: 'y'.repeat(100) });",
        "document.open(); document.write('<p>new</p>'); document.close();",
        "const a = document.createElement('a'); a.download = 'x'; a.href = 'data:text/plain,x'; a.click();",
        "for (let i = 0; i < 100000; i++) clearTimeout(i);",
    ],
)
async def test_a_restless_page_is_contained(sandbox: Sandbox, js: str) -> None:
    run = await beside_honest_runs(sandbox, script(js))
    assert run.status in ("FINISHED", "TIMED_OUT"), failures(run)
    assert run.ms < 31_000
    assert len(run.console) <= 50
    assert all(len(line) <= 500 for line in run.console)


async def test_a_page_that_goes_away_is_an_error_of_its_test(sandbox: Sandbox) -> None:
    leave = "page.eval(\"location.href = 'about:blank'\"); await new Promise((done) => setTimeout(done, 300));"
    run = await beside_honest_runs(sandbox, script("", leave, OK, ms=1_000))
    assert run.tests[0].outcome in ("ERROR", "TIMEOUT")
    assert run.tests[1].outcome == "PASSED"


@pytest.mark.parametrize(
    "js",
    [
        "const all = []; for (;;) all.push(new Array(1e6).fill(Math.random()));",
        "const all = []; for (;;) { const b = new Uint8Array(2 ** 24); b.fill(7); all.push(b); }",
        "const all = []; for (;;) { const m = new WebAssembly.Memory({ initial: 256 });"
        " new Uint8Array(m.buffer).fill(1); all.push(m); }",
        "const all = []; for (;;) { const c = document.createElement('canvas'); c.width = c.height = 2000;"
        " const x = c.getContext('2d'); x.fillRect(0, 0, 2000, 2000); x.getImageData(0, 0, 9, 9); all.push(c); }",
    ],
)
async def test_a_page_that_takes_too_much_memory_is_ended(sandbox: Sandbox, js: str) -> None:
    run = await beside_honest_runs(sandbox, script(js))
    assert run.status == "OUT_OF_MEMORY", (run.status, run.ms, run.page_errors)
    assert run.ms < 31_000


async def test_a_huge_value_fails_its_test_only(judge: Judge) -> None:
    run = await judge(
        "assert.ok(text());",
        "assert.lengthOf(items(), 3);",
        "assert.deepEqual(items(), []);",
        "assert.strictEqual(small(), 'small');",
        "assert.throws(deep, /./); deepest();",
        html="<p></p>",
        js="const text = () => 'x'.repeat(200e6); const items = () => new Array(50e6); const small = () => 'small';"
        "const deep = () => deep();"
        "function deepest() { let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; return o; }",
    )
    assert [one.outcome for one in run.tests] == ["ERROR", "FAILED", "FAILED", "PASSED", "PASSED"], failures(run)
    assert all(len(one.message or "") <= 2_000 for one in run.tests)


async def test_a_run_can_be_cancelled_and_frees_its_browser(sandbox: Sandbox) -> None:
    running = [asyncio.create_task(sandbox.run(script("for (;;) {}"))) for _ in range(2)]
    await asyncio.sleep(0.5)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    began = time.monotonic()
    assert failures(await sandbox.run(HONEST)) == []
    assert time.monotonic() - began < 8


async def test_too_large_work_is_refused_before_it_runs(sandbox: Sandbox) -> None:
    with pytest.raises(WorkTooLarge, match="300,000 bytes"):
        await sandbox.run(Work("x" * 300_000, "", "", (Test("1", OK),)))
    with pytest.raises(WorkTooLarge, match="101 tests"):
        await sandbox.run(script("", *[OK] * 101))
    with pytest.raises(WorkTooLarge, match="time limit"):
        await sandbox.run(script("", OK, ms=5_001))
