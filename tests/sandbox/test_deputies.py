"""A test that writes, calls or imports where the page chose does nothing with its own authority for it."""

import pytest

from tests.fix_sandbox import Judge, failures

pytestmark = pytest.mark.asyncio(loop_scope="session")

RIGHT = "assert.equal(document.querySelector('#a').textContent, 'right');"
WRONG = "<p id='a'>wrong</p>"
LIAR = "const liar = { querySelector: () => ({ textContent: 'right' }) };"
REDUCE = "assert.deepEqual(reduce([['a', 1]], (acc, [k, v]) => { acc[k] = v; return acc; }, {}), { a: 1 });"
INVOKE = "assert.equal(invoke({ add: (a, b) => a + b }, (o, name, ...all) => o[name](...all)), 3);"
EACH = "const o = {}; each(['a'], function (x, i) { this[x] = i; }, o); assert.deepEqual(o, { a: 0 });"
TIMED = "setTimeout(() => { assert.equal(1, 2); }, 40);"
WAIT = "await new Promise((done) => { const end = performance.now() + 90;"
WAIT += "(function again() { if (performance.now() > end) done(); else requestAnimationFrame(again); })(); });"


def writes(on: str, key: str, value: str) -> str:
    """A page whose `reduce` has the test's callback write a value of the page's."""
    return f"""{LIAR} function empty() {{ return {{}}; }}
        function reduce(items, f, init) {{
          try {{ f({on}, [{key}, {value}]); }} catch {{}} return items.reduce(f, init); }}"""


def calls(*chosen: str) -> str:
    """A page whose `invoke` has the test's callback call methods that the page chose."""
    return f"""{LIAR} function invoke(o, f) {{
        {" ".join(f"try {{ f({one}); }} catch {{}}" for one in chosen)} return f(o, 'add', 1, 2); }}"""


def loses_this(key: str, value: str) -> str:
    """A page whose `each` calls the test's callback without a `this`."""
    return f"""function each(items, f, self) {{
        f.call(undefined, '{key}', {value}); items.forEach((x, i) => f.call(self, x, i)); }}"""


@pytest.mark.parametrize(
    ("js", "first", "untrue"),
    [
        (writes("document", "'__proto__'", "liar"), REDUCE, RIGHT),
        (
            writes("document.forms", "'__proto__'", "{ length: 3 }"),
            REDUCE,
            "assert.equal(document.forms.length, 3);",
        ),
        (writes("Object", "'keys'", "() => ['x']"), REDUCE, "assert.deepEqual(Object.keys(empty()), ['x']);"),
        (
            writes("Array.prototype", "'map'", "() => ['x']"),
            REDUCE,
            "assert.deepEqual(Array.prototype.map.call(document.querySelectorAll('p'), (p) => p.id), ['x']);",
        ),
        (
            writes("window", "'Array'", "{ isArray: () => true }"),
            f"{REDUCE} assert.typeOf([], 'Array');",
            "assert.isTrue(Array.isArray(document.body));",
        ),
        (calls("document, '__defineGetter__', 'querySelector', () => liar.querySelector"), INVOKE, RIGHT),
        (calls("Object, 'setPrototypeOf', document, liar"), INVOKE, RIGHT),
        (calls("Document, 'toString'", "Object, 'assign', document, liar"), INVOKE, RIGHT),
        (
            "const given = { getAttribute: () => 'right' };",
            "try { Object.assign(document.querySelector('p'), given); } catch {}",
            "assert.equal(document.querySelector('p').getAttribute('id'), 'right');",
        ),
        (
            loses_this("getComputedStyle", "() => ({ color: 'red' })"),
            EACH,
            "assert.equal(getComputedStyle(document.body).color, 'red');",
        ),
        (
            loses_this("parseInt", "() => 7"),
            EACH.replace("function (x, i) { this[x] = i; }", "{ put(x, i) { this[x] = i; } }.put"),
            "assert.equal(parseInt('1'), 7);",
        ),
    ],
)
async def test_no_write_or_call_of_a_test_changes_what_later_tests_use(
    judge: Judge, js: str, first: str, untrue: str
) -> None:
    run = await judge(first, untrue, html=WRONG, js=js)
    assert [one.outcome for one in run.tests] == ["PASSED", "FAILED"], failures(run)


@pytest.mark.parametrize("before", ["assert.notMatch('x', /'/);", r"assert.notMatch('x', /https:\/\//);", "`'`;"])
async def test_no_quote_in_front_of_an_import_lets_the_page_in(judge: Judge, before: str) -> None:
    run = await judge(
        f"{before} const {{ add }} = await import('./script.js'); assert.equal(add(1, 2), 3);",
        RIGHT,
        r"assert.match(code, /import(\s+)\w+/); assert.include(code, 'import(');"
        "assert.match('import (', /import [(]/);",
        html=f"{WRONG}<script type='module' src='script.js'></script>",
        js="if (globalThis.chai) Document.prototype.querySelector = () => ({ textContent: 'right' });"
        "export const add = (a, b) => a + b; // import x, import(y)",
    )
    assert [one.outcome for one in run.tests] == ["PASSED", "FAILED", "PASSED"], failures(run)


async def test_a_page_that_takes_a_tests_timer_away_has_not_passed(judge: Judge) -> None:
    run = await judge(
        TIMED,
        WAIT,
        "const id = setTimeout(() => assert.fail('called'), 10); stop(id);"
        "await new Promise((done) => setTimeout(done, 30));",
        html="<p></p>",
        js="""const stop = (id) => clearTimeout(id);
        let n = 0; const own = setInterval(() => {
          for (let i = 0; i < 500; i++) if (i !== own) clearTimeout(i);
          if (++n === 10) clearInterval(own); }, 5);""",
    )
    assert [one.outcome for one in run.tests] == ["ERROR", "PASSED", "PASSED"], failures(run)


async def test_an_array_is_copied_and_spread_by_its_elements(judge: Judge) -> None:
    run = await judge(
        "assert.lengthOf(kinds.filter((x) => x > 5), 9);",
        "assert.deepEqual([...list], [9]);",
        "assert.equal(Math.max(...list), 9);",
        "for (const x of list) assert.equal(x, 9);",
        "assert.lengthOf([].concat(list), 0);",
        js="""const kinds = [1, 2], list = [1];
        kinds.constructor = { [Symbol.species]: function () { return { length: 9 }; } };
        list[Symbol.iterator] = function* () { yield 9; }; list[Symbol.isConcatSpreadable] = false;""",
    )
    assert {one.outcome for one in run.tests} == {"FAILED"}


async def test_a_control_named_attributes_hides_no_name_of_its_form(judge: Judge) -> None:
    form = "<form name='images'><input name='attributes'><input></form>"
    run = await judge("assert.lengthOf(document.images, 2);", "assert.lengthOf(document.images, 0);", html=form)
    assert [one.outcome for one in run.tests] == ["FAILED", "PASSED"]


async def test_prototypes_and_setters_work_across_the_worlds(judge: Judge) -> None:
    run = await judge(
        "const dog = { a: 1 }, animal = { eats: true }; assert.strictEqual(link(dog, animal), dog);"
        "assert.isTrue(dog.eats); assert.strictEqual(Object.getPrototypeOf(dog), animal);"
        "assert.deepEqual(Object.keys(dog), ['a']); link(dog, null); assert.isNull(Object.getPrototypeOf(dog));",
        "function P() {} P.prototype.z = 3; function C() {} const D = inherit(C, P);"
        "assert.equal(new D().z, 3); assert.instanceOf(new C(), P);",
        "class Sub extends Box {} const b = new Sub(); b.size = 4; assert.equal(b.size, 8);",
        "const o = Object.create(base); o.a = 1; assert.equal(o.a, 2); assert.hasAllKeys(o, ['_a']);"
        "assert.throws(() => { 'use strict'; o.fixed = 2; }, TypeError);"
        "o.toString = () => 'o'; assert.equal(`${o}`, 'o');",
        "const o = { __proto__: base }; o.__proto__ = null; assert.isNull(Object.getPrototypeOf(o));"
        "base.__proto__ = Box.prototype; assert.instanceOf(base, Box);"
        "assert.isTrue(Reflect.setPrototypeOf(base, null));",
        "const m = new Map(); Object.setPrototypeOf(m, Box.prototype); assert.instanceOf(m, Box);"
        "const p = {}; p.__defineGetter__('z', () => 8); assert.equal(p.z, 8);",
        "function who() { return this === window; } assert.isTrue(call(who));"
        "function tagged() { return this.tag; } assert.equal(call(tagged), 7);"
        "class S { m() { return this; } } assert.isUndefined(call(new S().m));",
        js="""const call = (f, ...all) => f(...all); var tag = 7;
        const link = (child, parent) => Object.setPrototypeOf(child, parent);
        const inherit = (C, P) => { Object.setPrototypeOf(C.prototype, P.prototype); return C; };
        class Box { #n = 0; get size() { return this.#n; } set size(v) { this.#n = v * 2; } }
        const base = { get a() { return this._a; }, set a(v) { this._a = v + 1; } };
        Object.defineProperty(base, 'fixed', { value: 1 });""",
    )
    assert failures(run) == []


async def test_a_revoked_proxy_is_an_object_and_no_nothing(judge: Judge) -> None:
    run = await judge(
        "assert.isUndefined(revoked({}));",
        "assert.equal(typeof revoked({}) + typeof revoked(() => {}), 'objectfunction');",
        js="const revoked = (of) => { const { proxy, revoke } = Proxy.revocable(of, {}); revoke(); return proxy; };",
    )
    assert [one.outcome for one in run.tests] == ["ERROR", "PASSED"]


async def test_every_assertion_counts(judge: Judge) -> None:
    run = await judge("assert.isFunction(f);", "assert.isNotFunction(1);", "f();", js="function f() {}")
    assert [one.doubts for one in run.tests] == [(), (), ("NO_ASSERTION",)]


async def test_a_base_does_not_keep_style_and_script_away(judge: Judge) -> None:
    run = await judge(
        "assert.equal(getComputedStyle(document.querySelector('p')).color, 'rgb(1, 2, 3)');",
        "assert.equal(document.querySelector('p').textContent, 'set');",
        html="<html><head><base href='https://elsewhere.invalid/a/'></head><body><p></p></body></html>",
        css="p { color: rgb(1, 2, 3); }",
        js="document.querySelector('p').textContent = 'set';",
    )
    assert failures(run) == []


async def test_what_a_page_adds_to_built_ins_tests_can_use(judge: Judge) -> None:
    run = await judge(
        "assert.deepEqual(await Promise.pair(1, Promise.resolve(2)), [1, 2]); assert.equal(Math.clamp(9, 1, 5), 5);",
        "assert.deepEqual(Array.range(3), [0, 1, 2]); assert.deepEqual([1, 2].twice(), [1, 2, 1, 2]);",
        "assert.isUndefined([].last); install(); assert.equal([1, 2].last(), 2); assert.equal(Object.zip(), 'zip');",
        "assert.deepEqual(Object.keys({}), []); assert.isFalse(Array.isArray(3));",
        js="""Promise.pair = (a, b) => Promise.all([a, b]);
        Math.clamp = (x, low, high) => Math.min(Math.max(x, low), high);
        Array.range = function (n) { return [...this.from({ length: n }).keys()]; };
        Array.prototype.twice = function () { return [...this, ...this]; };
        function install() {
          Array.prototype.last = function () { return this[this.length - 1]; }; Object.zip = () => 'zip'; }
        Object.keys = () => ['x']; Array.isArray = () => true;""",
    )
    assert failures(run) == []
