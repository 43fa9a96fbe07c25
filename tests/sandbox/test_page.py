"""The page's own world: storage, errors with their places, pictures, page libraries, hooks and modules."""

import asyncio

import pytest

from sandbox.document import INLINE_MODULE
from sandbox.pool import Sandbox
from sandbox.work import PageLibrary, PageRun, Test, Work
from tests.fix_sandbox import Judge, conclusive, failures

pytestmark = pytest.mark.asyncio(loop_scope="session")

LINKED = """<!DOCTYPE html><html><head><link rel="stylesheet" href="styles.css"></head><body><p>a</p>
<script src="script.js"></script></body></html>"""
SAVES = """
  localStorage.setItem('kept', '1'); sessionStorage.setItem('kept', '1'); document.cookie = 'kept=1';
  const saved = later.then(async () => {
    await new Promise((done) => { indexedDB.open('kept').onsuccess = done; });
    await caches.open('kept');
    await (await navigator.storage.getDirectory()).getFileHandle('kept', { create: true });
  });
  for (const name of ['beforeunload', 'pagehide', 'unload', 'visibilitychange']) {
    addEventListener(name, () => { localStorage.setItem(name, '1'); sessionStorage.setItem(name, '1');
      document.cookie = `${name}=1`; });
  }
"""
# the first script of the page looks before it saves anything
LOOKS = """<script>
  const before = [localStorage.length, sessionStorage.length, document.cookie, window.name];
  const later = (async () => {
    const files = [];
    for await (const key of (await navigator.storage.getDirectory()).keys()) files.push(key);
    return [(await indexedDB.databases()).length, (await caches.keys()).length, files.length];
  })();
</script><p>a</p>"""
IS_EMPTY = "assert.deepEqual(before, [0, 0, '', '']); assert.deepEqual(await later, [0, 0, 0]); await saved;"


# ---- the origin and its storage --------------------------------------------------------------------------------------
async def test_elements_keep_the_attributes_that_the_learner_wrote(judge: Judge) -> None:
    run = await judge(
        "assert.deepEqual(seen, [['rel', 'href'], ['src']]);",
        "assert.lengthOf(document.querySelector('link').attributes, 2);",
        "assert.strictEqual(document.querySelector('script').outerHTML, '<script src=\"script.js\"></script>');",
        "assert.strictEqual(document.styleSheets[0].cssRules[0].selectorText, 'p');",
        html=LINKED,
        css="p { color: red }",
        js="const seen = ['link', 'script'].map((tag) => document.querySelector(tag).getAttributeNames());",
    )
    assert failures(run) == []


async def test_storage_is_the_browser_s_own_and_the_same_for_tests(judge: Judge) -> None:
    run = await judge(
        "assert.instanceOf(localStorage, Storage); assert.strictEqual(localStorage.getItem('theme'), 'dark');",
        "localStorage.setItem('theme', 'light'); assert.strictEqual(theme(), 'light');",
        "sessionStorage.n = 5; assert.strictEqual(page.eval('sessionStorage.n'), '5');",
        "assert.strictEqual(document.cookie, 'a=b'); document.cookie = 'c=d'; assert.include(cookies(), 'c=d');",
        "localStorage.clear(); assert.strictEqual(theme(), null); assert.lengthOf(localStorage, 0);",
        html="<p></p>",
        js="localStorage.theme = 'dark'; document.cookie = 'a=b'; const theme = () => localStorage.getItem('theme');"
        "const cookies = () => document.cookie;",
    )
    assert failures(run) == []


async def test_every_page_starts_with_empty_storage(sandbox: Sandbox) -> None:
    tests = tuple(Test(str(number), IS_EMPTY, fresh=True) for number in range(6))
    work = Work(LOOKS, "", SAVES, tests)
    assert failures(await conclusive(sandbox, work)) == []
    async with sandbox.sitting() as sitting:
        for _ in range(4):
            assert failures(await conclusive(sitting, work)) == []


async def test_pages_of_runs_at_the_same_time_share_nothing(sandbox: Sandbox) -> None:
    js = """
      const channel = new BroadcastChannel('all'), heard = [], id = `${Math.random()}`;
      channel.onmessage = (event) => heard.push(event.data); onstorage = () => heard.push('storage');
      const end = Date.now() + 1_000;
      const tell = () => { channel.postMessage(id); localStorage.setItem(id, Math.random()); };
      setInterval(() => { if (Date.now() < end) tell(); });
    """
    wait = "await new Promise((done) => setTimeout(done, 1_200)); assert.deepEqual(heard, []);"
    alone = "assert.deepEqual(Object.keys(localStorage), [id]);"
    work = Work("<p></p>", "", js, (Test("1", wait + alone, 4_000),))
    runs = await asyncio.gather(*(conclusive(sandbox, work) for _ in range(2)))
    assert [failures(run) for run in runs] == [[], []]


async def test_an_origin_opens_no_worker_no_window_and_no_request(judge: Judge) -> None:
    run = await judge(
        "assert.match(await outcomes.service, /Content Security Policy/);",
        "assert.deepEqual([await outcomes.worker, await outcomes.shared, await outcomes.blob], ['no', 'no', 'no']);",
        "assert.strictEqual(await outcomes.fetch, 'TypeError: Failed to fetch');",
        "assert.deepEqual(windows, [null, null]);",
        "await new Promise((done) => setTimeout(done, 100)); assert.notInclude(framed(), '<p>');",
        html="<p></p>",
        js="""
          const outcome = (made) => made.then(() => 'done', String);
          const started = (worker) => new Promise((yes, no) => {
            worker.onerror = () => no('no'); (worker.port ?? worker).onmessage = yes; setTimeout(yes, 1_500); });
          const blob = URL.createObjectURL(new Blob(['postMessage(1)'], { type: 'text/javascript' }));
          const outcomes = {
            service: outcome(navigator.serviceWorker.register('script.js')), fetch: outcome(fetch('script.js')),
            worker: outcome(started(new Worker('script.js'))), blob: outcome(started(new Worker(blob))),
            shared: outcome(started(new SharedWorker('script.js'))),
          };
          const windows = [window.open('/'), window.open('about:blank')];
          const frame = document.body.appendChild(document.createElement('iframe'));
          frame.src = '/';
          const framed = () => `${frame.contentDocument?.body?.innerHTML}`;
        """,
    )
    assert failures(run) == []


async def test_a_document_that_the_page_makes_of_a_blob_is_not_tested(judge: Judge) -> None:
    js = "location.href = URL.createObjectURL(new Blob(['<p>mine</p>'], { type: 'text/html' }));"
    run = await judge(
        "await new Promise((done) => setTimeout(done, 300)); assert.ok(1);", "assert.ok(1);", html="a", js=js
    )
    assert "PASSED" not in {one.outcome for one in run.tests}


# ---- errors ----------------------------------------------------------------------------------------------------------
def told(run: PageRun) -> list[tuple[str, str, str | None, int | None, int | None]]:
    return [(error.kind, error.message, error.file, error.line, error.column) for error in run.errors]


@pytest.mark.parametrize("html", ["", LINKED, "<p>a</p>", "<script type=module src=script.js></script>"])
async def test_errors_have_the_line_and_column_of_the_learner_s_script(judge: Judge, html: str) -> None:
    js = """null.a;"""
    assert told(await judge("assert.ok(1);", html=html, js=js)) == [
        ("EXCEPTION", "TypeError: Cannot read properties of null (reading 'a')", "js", 1, 6)
    ]
    js = """const n = 1;\r\nfunction add(a, b) { return a + b \n"""
    assert told(await judge("assert.ok(1);", html=html, js=js)) == [
        ("SYNTAX", "SyntaxError: Unexpected end of input", "js", 3, 1)
    ]
    js = """/* 😀 */ console.error('bad', new Error('one')); Promise.reject(new RangeError('two'));
      setTimeout(() => {
        JSON.parse('{'); }, 20);"""
    run = await judge("await new Promise((done) => setTimeout(done, 100)); assert.ok(1);", html=html, js=js)
    printed, thrown, rejected = sorted(told(run))  # by their kinds: which is noted first is the browser's choice
    assert printed == ("CONSOLE", "bad Error: one", "js", 1, 18)
    assert rejected == ("REJECTION", "Unhandled rejection: RangeError: two", "js", 1, 65)
    assert thrown[0] == "EXCEPTION"
    assert thrown[1].startswith("SyntaxError: Expected property name")
    assert thrown[2:] == ("js", 3, 14)
    assert run.console == ("bad Error: one",)
    assert len(run.page_errors) == len(run.errors) - 1
    assert "Unhandled rejection: RangeError: two (script.js:1:65)" in run.page_errors


async def test_errors_of_inline_scripts_have_the_line_and_column_of_the_learner_s_html(judge: Judge) -> None:
    html = """<script>null.a</script><script>
  let x y</script>
<p>é</p><button onclick="go( {">x</button><script>null.b</script>"""
    library = (PageLibrary("script", "globalThis.there = 1;"), PageLibrary("style", "p {}"))
    for more in ({}, {"page_libraries": library}):
        run = await judge("document.querySelector('button').click();", html=html, css="b {}", js="null.c;", **more)
        *loaded, clicked = told(run)
        assert loaded == [
            ("EXCEPTION", "TypeError: Cannot read properties of null (reading 'a')", "html", 1, 14),
            ("SYNTAX", "SyntaxError: Unexpected identifier 'y'", "html", 2, 9),
            ("EXCEPTION", "TypeError: Cannot read properties of null (reading 'b')", "html", 3, 56),
            ("EXCEPTION", "TypeError: Cannot read properties of null (reading 'c')", "js", 1, 6),
        ]
        assert (clicked[0], clicked[2], clicked[3]) == ("SYNTAX", "html", 3)


async def test_errors_are_capped_and_printing_leaves_room_for_what_was_thrown(judge: Judge) -> None:
    js = "for (let i = 0; i < 99; i++) console.error(i + 'x'.repeat(999));"
    run = await judge("assert.ok(1);", html="<p></p>", js=f"{js} null.a;")
    assert [error.kind for error in run.errors] == ["CONSOLE"] * 10 + ["EXCEPTION"]
    assert {len(error.message) for error in run.errors[:10]} == {500}
    run = await judge("assert.ok(1);", html="<p></p>", js="for (let i = 0; i < 99; i++) Promise.reject(i);")
    assert len(run.errors) == 20


async def test_a_test_s_own_evaluation_of_a_script_keeps_the_script_s_lines(judge: Judge) -> None:
    js = "function later() { setTimeout(() => { null.a; }); }\nfunction more() {\n  setTimeout(() => { null.b; }); }"
    run = await judge("later(); more(); await new Promise((done) => setTimeout(done, 50)); assert.ok(1);", js=js)
    assert [place[2:] for place in told(run)] == [("js", 1, 44), ("js", 3, 27)]


# ---- pictures --------------------------------------------------------------------------------------------------------
async def test_a_picture_that_may_not_be_loaded_is_an_empty_one(judge: Judge) -> None:
    pixel = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    run = await judge(
        "assert.strictEqual(document.querySelector('#a').getBoundingClientRect().width, 100);",
        "const { naturalWidth, naturalHeight, complete } = document.querySelector('#b');"
        "assert.deepEqual([naturalWidth, naturalHeight, complete], [300, 150, true]);",
        "assert.strictEqual(document.querySelector('#c').naturalWidth, 1);",
        "assert.strictEqual(document.querySelector('#d').naturalWidth, 300);",
        "assert.deepEqual(await loads, ['load', 'load']);",
        html="<img id=a style='width:100px' src='https://pics.example/a.jpg' alt='A cute orange cat lying on its back'>"
        f"<img id=b src='cat.png'><img id=c src='{pixel}'><img id=d crossorigin src='https://pics.example/d.jpg'><p>a</p>",
        css="p { background: url(https://pics.example/b.png) }",
        js="""
          const load = (src) => new Promise((done) => { const image = new Image();
            image.onload = image.onerror = (event) => done(event.type); image.src = src; });
          const picture = new Blob(["<svg xmlns='http://www.w3.org/2000/svg'/>"], { type: 'image/svg+xml' });
          const loads = Promise.all([load('https://pics.example/c.png'), load(URL.createObjectURL(picture))]);
        """,
    )
    assert failures(run) == []
    assert set(run.blocked) == {f"https://pics.example/{name}" for name in ("a.jpg", "b.png", "c.png", "d.jpg")} | {
        "https://page.invalid/cat.png"
    }


# ---- hooks and libraries ---------------------------------------------------------------------------------------------
HELPER = """'use strict';
(function (root) {
  if (!document.documentElement) throw new Error('no root');
  root.order = [...(root.order ?? []), 'helper'];
  root.$ = (selector) => [...document.querySelectorAll(selector)];
  root.current = document.currentScript?.tagName;
})(window);
var isDeclared = true;"""
SECOND = "order.push('second'); function shout(text) { return `${text}!`; }"
WRITTEN = """<!-- first -->
<html lang="en"><!-- second --><body class="c"><p>a</p><script>
  order.push('page'); const found = [document.scripts.length, document.querySelector('script').textContent.length > 20,
    document.head.childNodes.length, document.documentElement.lang, document.body.className];
</script></body></html>"""


async def test_page_libraries_run_before_the_page_s_first_script_and_leave_no_element(judge: Judge) -> None:
    run = await judge(
        "assert.deepEqual(order, ['hook', 'helper', 'second', 'page']);",
        "assert.deepEqual(found, [1, true, 0, 'en', 'c']);",
        "assert.strictEqual(current, 'SCRIPT'); assert.isTrue(isDeclared); assert.strictEqual(shout('a'), 'a!');",
        "assert.strictEqual($('p')[0].textContent, 'a'); assert.lengthOf(document.querySelectorAll('script'), 1);",
        "assert.strictEqual(document.childNodes[0].data, ' first ');",
        html=WRITTEN,
        before_page="var order = ['hook'];",
        page_libraries=(PageLibrary("script", HELPER), PageLibrary("script", SECOND)),
    )
    assert failures(run) == []
    assert run.errors == ()


async def test_page_libraries_serve_a_page_that_is_javascript_only(judge: Judge) -> None:
    run = await judge(
        "assert.deepEqual(order, ['helper', 'second']); assert.strictEqual(loud('b'), 'b!'); order.push(1);",
        "assert.strictEqual(loud('c'), 'c!');",
        js="const loud = (text) => shout(text);",
        page_libraries=(PageLibrary("script", HELPER), PageLibrary("script", SECOND)),
    )
    assert failures(run) == []


@pytest.mark.parametrize("html", ["<p>a</p>", "<!doctype html>\n<!-- c -->\n<p>a</p>", LINKED])
async def test_styles_of_page_libraries_come_before_the_learner_s(judge: Judge, html: str) -> None:
    run = await judge(
        "const { color, margin } = getComputedStyle(document.querySelector('p'));"
        "assert.deepEqual([color, margin], ['rgb(0, 0, 255)', '5px']);",
        html=html,
        css="p { color: blue }",
        page_libraries=(PageLibrary("style", "p { color: red; margin: 5px }"),),
    )
    assert failures(run) == []


async def test_a_page_library_that_throws_is_told_by_its_number(judge: Judge) -> None:
    libraries = tuple(PageLibrary("script", text) for text in ("let a = 1;", "null.x", "let b c"))
    run = await judge("assert.lengthOf(document.scripts, 0);", html="<p></p>", page_libraries=libraries)
    assert failures(run) == []
    assert told(run) == [
        ("EXCEPTION", "Page library 2: TypeError: Cannot read properties of null (reading 'x')", None, None, None),
        ("EXCEPTION", "Page library 3: SyntaxError: Unexpected identifier 'c'", None, None, None),
    ]


@pytest.mark.parametrize("html", ["<p>a</p>", "<p>a</p><script>hooked.push('page')</script>"])
async def test_before_page_runs_once_for_each_page(sandbox: Sandbox, html: str) -> None:
    expected = ["hook", "page"] if "script" in html else ["hook"]
    tests = tuple(Test(str(n), f"assert.deepEqual(hooked, {expected});", fresh=True) for n in range(3))
    hook = "globalThis.hooked = [...(globalThis.hooked ?? []), 'hook'];"
    async with sandbox.sitting() as sitting:
        assert failures(await conclusive(sitting, Work(html, "", "", tests, before_page=hook))) == []
        none = Work(html, "", "", (Test("1", "assert.isUndefined(window.hooked);"),))
        assert failures(await conclusive(sitting, none)) == []


async def test_before_page_may_mock_what_the_page_uses(judge: Judge) -> None:
    js = "const put = (data) => { document.querySelector('p').textContent = data; };"
    js += "fetch('/x').then((r) => r.json()).then(put, () => {});"
    run = await judge(
        "await new Promise((done) => setTimeout(done, 20)); assert.strictEqual(p.textContent, 'hi');",
        before_each="const p = document.querySelector('p');",
        html="<p></p>",
        js=js,
        before_page="window.fetch = async () => ({ json: () => 'hi' })",
    )
    assert failures(run) == []


@pytest.mark.parametrize("html", ["<p>a</p>", LINKED, ""])
async def test_before_page_that_throws_is_an_error_of_the_run(judge: Judge, html: str) -> None:
    for hook, message in (
        ("null.x", "TypeError: Cannot read properties of null (reading 'x')"),
        ("let a b", "SyntaxError: Unexpected identifier 'b'"),
    ):
        run = await judge("assert.ok(1);", html=html, js="let n = 1;", before_page=hook)
        assert told(run) == [("EXCEPTION", f"The hook beforePage: {message}", None, None, None)]


# ---- modules ---------------------------------------------------------------------------------------------------------
MODULE = """export const rate = 2, hidden = 3; let count = 0; class Event { mine = true; }
const text = 'module text'; const t = 1;
export function increase() { count += rate; return count; }
export { text as renamed };
const names = Object.getOwnPropertySymbols(globalThis).length;"""


@pytest.mark.parametrize(
    "tag", ["<script type=module src=script.js></script>", "<script src=script.js type=MODULE></script>"]
)
async def test_names_of_a_linked_module_are_within_reach(judge: Judge, tag: str) -> None:
    run = await judge(
        "assert.strictEqual(increase(), 2); assert.strictEqual(count, 2);",
        "count = 10; assert.strictEqual(increase(), 12); assert.strictEqual(page.eval('count + t'), 13);",
        "assert.strictEqual(renamed, 'module text'); assert.strictEqual(text, 'module text');",
        "assert.isUndefined(window.count); assert.strictEqual(typeof missing, 'undefined');",
        "assert.include(js, 'rate = 2');",
        "assert.throws(() => page.eval('missing'), /not defined/);",
        html=f"<p></p>{tag}",
        js=MODULE,
    )
    assert failures(run) == []
    assert run.errors == ()


async def test_names_of_a_module_that_throws_are_within_reach(judge: Judge) -> None:
    run = await judge(
        "assert.strictEqual(f(), 1);",
        html="<script type=module src=script.js></script>",
        js="function f() { return 1; } null.x;",
    )
    assert failures(run) == []
    assert told(run) == [("EXCEPTION", "TypeError: Cannot read properties of null (reading 'x')", "js", 1, 33)]


async def test_a_name_of_an_inline_module_is_said_to_be_out_of_reach(judge: Judge) -> None:
    html = "<p></p><script type=module>const inside = 1;</script>"
    run = await judge("assert.strictEqual(inside, 1);", html=html)
    assert run.tests[0].message == f"ReferenceError: inside is not defined{INLINE_MODULE}"
    run = await judge("assert.strictEqual(inside, 1);", html="<p></p>")
    assert run.tests[0].message == "ReferenceError: inside is not defined"
