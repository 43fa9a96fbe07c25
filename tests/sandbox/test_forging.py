"""Whatever the page's code does, it cannot pass a test that it does not pass; nor does that hinder honest code."""

import asyncio

import pytest

from bench.forging.payloads import PAYLOADS, Payload, behind
from sandbox.pool import Sandbox
from sandbox.work import PageRun, Test, Work
from tests.fix_sandbox import Judge, failures

pytestmark = pytest.mark.asyncio(loop_scope="session")

# pairs of a solution and a starter: structure, style, behaviour and plain JavaScript
CHALLENGES = {
    "structure": (
        ("<main><h1>Menu</h1><ul><li>Tea</li><li>Cake</li></ul></main>", "", ""),
        ("<div><h1>Menu</h1></div>", "", ""),
        (
            "assert.exists(document.querySelector('main'));",
            "assert.lengthOf(document.querySelectorAll('main li'), 2);",
            "assert.isTrue([...document.querySelectorAll('li')].every((li) => li.textContent.length > 2)"
            " && document.querySelector('li').closest('main') !== null);",
            "assert.match(document.querySelector('main').innerText, /tea/i);",
        ),
    ),
    "style": (
        ("<p class='box'>Text</p>", ".box { display: flex; color: rgb(1, 2, 3); }", ""),
        ("<p class='box'>Text</p>", "", ""),
        (
            "assert.strictEqual(getComputedStyle(document.querySelector('.box')).display, 'flex');",
            "const style = window.getComputedStyle(document.querySelector('.box'));"
            "assert.equal(style.getPropertyValue('color'), 'rgb(1, 2, 3)');",
        ),
    ),
    "behaviour": (
        ("<button>0</button>", "", "document.querySelector('button').onclick = (e) => { e.target.textContent++; };"),
        ("<button>0</button>", "", ""),
        (
            "const b = document.querySelector('button'); b.click(); b.click(); assert.equal(b.textContent, '2');",
            "assert.include(code, 'onclick');",
        ),
    ),
    "script": (
        (
            "",
            "",
            "function twice(items) { var out = []; for (var i = 0; i < items.length; i++) out[i] = items[i] * 2;"
            " return out; }",
        ),
        ("", "", "function twice(items) { return items; }"),
        (
            "assert.deepEqual(twice([1, 2]), [2, 4]);",
            "assert.isTrue(Array.isArray(twice([])) && twice([5])[0] === 10);",
            "assert.isFunction(twice); assert.match(twice.toString(), /2/);",
        ),
    ),
}


def work(which: str, *, solved: bool) -> Work:
    solution, starter, tests = CHALLENGES[which]
    return Work(*(solution if solved else starter), tests=tuple(Test(str(n), code) for n, code in enumerate(tests, 1)))


@pytest.mark.parametrize("which", CHALLENGES)
async def test_a_solution_passes_and_a_starter_does_not(sandbox: Sandbox, which: str) -> None:
    assert failures(await sandbox.run(work(which, solved=True))) == []
    assert not (await sandbox.run(work(which, solved=False))).passed


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload.name)
async def test_no_payload_passes_a_starter_or_fails_a_solution(sandbox: Sandbox, payload: Payload) -> None:
    names = [(which, solved) for which in CHALLENGES for solved in (False, True)]
    runs = await asyncio.gather(*(_told(sandbox, behind(payload, work(which, solved=s))) for which, s in names))
    assert [name for name, run in zip(names, runs, strict=True) if not name[1] and run.passed] == []
    broken = {name[0]: failures(run) for name, run in zip(names, runs, strict=True) if name[1] and not run.passed}
    assert broken == {} or payload.breaks


async def _told(sandbox: Sandbox, work: Work) -> PageRun:
    """Run a work, again when a busy machine may have kept it from its end, as whoever asks for a verdict does."""
    for _ in range(3):
        run = await sandbox.run(work)
        if run.status not in ("TIMED_OUT", "INCONCLUSIVE"):
            break
    return run


async def test_the_page_sees_nothing_of_a_test_but_what_it_is_given(judge: Judge) -> None:
    run = await judge(
        "const needle = 'expected-needle'; assert.strictEqual(peek('given'), 'given');"
        "assert.notInclude(seen(), needle);"
        "assert.notInclude(seen(), 'to page'); assert.notInclude(seen(), 'assert');",
        "let told; try { callBack(() => assert.strictEqual('mine', 'expected-needle')); } catch (e) { told = e; }"
        "assert.include(told.message, 'expected-needle'); assert.notInclude(seen(), 'expected-needle');",
        "assert.strictEqual(reach(document.body, [], () => 1, new Map(), new Error('x'), class Mine {}), 'nothing');",
        html="<p></p>",
        js="""
            const all = []; const seen = () => all.join('|');
            function peek(x) {
              all.push(new Error('x').stack, String(window.event), String(peek.caller), typeof arguments.callee);
              const old = Error.prepareStackTrace;
              Error.prepareStackTrace = (_, frames) =>
                frames.map((f) => `${f.getFunction()} ${f.getThis()} ${f}`).join();
              all.push(new Error('y').stack); Error.prepareStackTrace = old;
              return x;
            }
            function callBack(f) {
              try { f(); } catch (e) { all.push(e.message, e.stack, JSON.stringify(e), Object.values(e)); throw e; }
            }
            // the tests' own built-ins must not be reachable from anything that a test hands over
            function reach(...given) {
              const own = (f) => { try { return f('return this')() === window; } catch { return true; } };
              for (const x of given) {
                for (const c of [x.constructor, Object.getPrototypeOf(x)?.constructor, x.constructor?.constructor,
                  x.__proto__?.__proto__?.constructor?.constructor, x.prototype?.constructor?.constructor]) {
                  if (typeof c !== 'function') continue;
                  const made = c.constructor;
                  if (made !== Function) return `another Function from ${c.name}`;
                  if (!own(made)) return `another window from ${c.name}`;
                }
                if (typeof x === 'function' && (x.caller || x.arguments)) return 'a caller';
              }
              return 'nothing';
            }
        """,
    )
    assert failures(run) == []
