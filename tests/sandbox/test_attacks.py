"""Ways to the tests' world that a review by attack found: each passed a test that its page does not pass."""

import time

import pytest

from sandbox.document import assemble
from tests.fix_sandbox import Judge, failures

pytestmark = pytest.mark.asyncio(loop_scope="session")

RIGHT = "assert.equal(document.querySelector('#a').textContent, 'right');"
WRONG = "<p id='a'>wrong</p>"
REWRITE = """
const it = Array.prototype[Symbol.iterator]; let rewrite = null;
Array.prototype[Symbol.iterator] = function () {
  if (rewrite && typeof this[0] === 'string' && this[1]?.[0] === 'yours') {
    const f = rewrite; rewrite = null; return Reflect.apply(it, f(this), []); }
  return Reflect.apply(it, this, []); };
"""


def outcomes(run: object) -> list[str]:
    return [one.outcome for one in run.tests]  # type: ignore[attr-defined]  # a PageRun


async def test_a_script_that_a_test_imports_runs_in_the_page(judge: Judge) -> None:
    run = await judge(
        "const { add } = await import('./script.js'); assert.equal(add(1, 2), 3);",
        RIGHT,
        "assert.include(\"import('./x.js')\", 'import(');",
        html=f"{WRONG}<script type='module' src='script.js'></script>",
        js="if (globalThis.chai) Document.prototype.querySelector = () => ({ textContent: 'right' });"
        "export const add = (a, b) => a + b;",
    )
    assert outcomes(run) == ["PASSED", "FAILED", "PASSED"]


async def test_a_page_that_rewrites_messages_gets_no_window_and_no_text_of_a_test(judge: Judge) -> None:
    run = await judge(
        "assert.deepEqual(map([1], (x) => x + 1), [2]);",
        "assert.equal(add(2, 3), 5);",
        "try { source(() => assert.equal(1, 'needle')); } catch {} assert.notInclude(seen.join(), 'needle');",
        html="<p></p>",
        js=f"""{REWRITE}
        function add(a, b) {{ return 0; }}
        function map(items, cb) {{
          const frame = document.createElement('iframe'); document.documentElement.append(frame);
          rewrite = (a) => [a[0], a[1], a[2], ['part', a[3], 'contentWindow']];
          try {{ cb.x = frame; cb.x.eval('parent.add = (a, b) => a + b'); }} catch {{}} frame.remove();
          return items.map(cb);
        }}
        const seen = [];
        function source(cb) {{
          rewrite = (a) => ['source', a[1]];
          try {{ seen.push(String(cb.toString())); }} catch (e) {{ seen.push(e.message); }}
          try {{ cb(); }} catch (e) {{
            for (const key of ['expected', 'actual', 'message', 'stack']) {{
              rewrite = (a) => ['get', ['yours', 0], key, true];
              try {{ seen.push(String(cb.other), String(e[key])); }} catch {{}}
            }}
          }}
        }}""",
    )
    assert run.tests[1].outcome == "FAILED"
    assert run.tests[2].outcome == "PASSED", run.tests[2].message


async def test_windows_of_frames_are_the_pages(judge: Judge) -> None:
    run = await judge(
        "const f = document.createElement('iframe'); document.body.append(f);"
        'f.contentWindow.eval("if (parent !== window && parent.chai) parent.answer = () => 42");',
        "assert.equal(answer(), 42);",
        "let view; b.addEventListener('click', (e) => { view = e.view; handle(e); }); b.click();"
        "assert.isFalse(taken());",
        html="<button id='b'>b</button>",
        js="""function answer() { return 0; } let found = false; const taken = () => found;
        const b = document.querySelector('button');
        b.addEventListener('click', (e) => { if (!e.view) return;
          const frame = document.createElement('iframe'); document.body.append(frame);
          b.dispatchEvent(new UIEvent('click', { view: frame.contentWindow })); });
        function handle(e) {
          try { found ||= Boolean(e.view && e.view !== window && e.view.eval('parent.chai')); } catch {}
        }""",
    )
    assert outcomes(run) == ["PASSED", "FAILED", "PASSED"]


async def test_what_a_test_writes_where_the_page_chose_hides_no_method_of_the_dom(judge: Judge) -> None:
    reduce = "assert.deepEqual(reduce([['a', 1]], (acc, [k, v]) => { acc[k] = v; return acc; }, {}), { a: 1 });"
    run = await judge(
        reduce,
        RIGHT,
        "try { Object.assign(config, overrides); } catch {}",
        RIGHT,
        "assert.equal(getComputedStyle(document.body).color, 'red');",
        html=WRONG,
        js="""const liar = () => ({ textContent: 'right' });
        function reduce(items, f, init) {
          for (const [on, key, value] of [[document, 'querySelector', liar],
            [document.body, 'getAttribute', () => 'right'],
            [window, 'getComputedStyle', () => ({ color: 'red' })]]) try { f(on, [key, value]); } catch {}
          return items.reduce(f, init);
        }
        var config = document, overrides = { querySelector: liar };""",
    )
    assert outcomes(run) == ["PASSED", "FAILED", "PASSED", "FAILED", "FAILED"]


async def test_values_are_of_the_type_that_they_are_whatever_they_say(judge: Judge) -> None:
    run = await judge(
        *(f"{check};" for check in ("assert.isString(f)", "assert.include(d, 'zzz')", "assert.match(e, /zebra/)")),
        *(f"{check};" for check in ("assert.isNumber(f)", "assert.isAbove(d, 5)", "assert.isArray(f)")),
        "assert.deepEqual(m, new Map([['a', 1]]));",
        "assert.isString(s);",
        js="""const lie = (o, tag) => { const own = { indexOf: () => 0, includes: () => true, length: 3,
          toString: () => 'zebra', valueOf: () => 1e9, [Symbol.toStringTag]: tag };
          for (const k of Reflect.ownKeys(own)) Object.defineProperty(o, k, { value: own[k], configurable: true });
          return o; };
        const f = lie(() => {}, 'String'), d = lie(new Date(), 'String'), e = lie(new Error(), 'String');
        const m = Object.assign(new Map(), { forEach(g) { g(1, 'a'); } });
        Object.defineProperty(m, 'size', { value: 1 });
        class S extends String { indexOf() { return 0; } } const s = new S('x');""",
    )
    assert set(outcomes(run)) <= {"FAILED", "ERROR"}


async def test_a_test_whose_page_ends_before_its_assertion_has_not_passed(judge: Judge) -> None:
    late = "setTimeout(() => assert.equal(1, 2), 150);"
    leaves = "setTimeout(() => { location = 'about:blank'; }, 60);"
    run = await judge(late, html="<p></p>", js=leaves)
    assert outcomes(run) == ["ERROR"]


async def test_html_is_read_in_a_time_that_grows_with_its_length() -> None:
    beginnings = (
        "<a ",
        "<!--",
        "</",
        "</a ",
        "<?",
        "<![",
        "<!",
        '<a "',
        "<a b=",
        '<a b="',
        "&#",
        "<script ",
        "<script>",
        "<a/",
    )
    for beginning in beginnings:
        for end in ("", ">", '">', "-->", "'"):
            began = time.process_time()
            assemble(beginning * (250_000 // len(beginning)) + end, "p {}", "let a")
            assert time.process_time() - began < 2, (beginning, end)


@pytest.mark.parametrize("html", ["<![foo[x]]>", "<![%", "<![ x[ y", "<![a‹", "<!", "</", "<a", "<!-"])
async def test_no_html_breaks_the_sandbox(judge: Judge, html: str) -> None:
    run = await judge("assert.exists(document.body);", html=f"<p>x</p>{html}")
    assert failures(run) == []
