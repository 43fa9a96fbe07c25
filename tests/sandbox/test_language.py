"""What an author may write in a test, and what it means: run in a real page each time."""

import pytest

from sandbox.pool import Sandbox
from sandbox.work import Test, Work
from tests.fix_sandbox import Judge, failures

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_values_are_what_they_seem(judge: Judge) -> None:
    run = await judge(
        "assert.deepEqual(list, [1, 'two', [3, null]]); assert.isTrue(Array.isArray(list));",
        'assert.strictEqual(JSON.stringify(thing), \'{"a":1,"b":{"c":[true]}}\');',
        "assert.deepEqual({ ...thing }, thing); assert.deepEqual([...list].length, 3);",
        "assert.strictEqual(typeof big, 'bigint'); assert.strictEqual(big, 2n ** 70n);",
        "assert.isNaN(odd[0]); assert.isTrue(Object.is(odd[1], -0)); assert.isUndefined(odd[2]);",
        "assert.isFalse(1 in gaps); assert.lengthOf(gaps, 3);",
        "assert.deepEqual(Object.entries(thing), [['a', 1], ['b', { c: [true] }]]);",
        "assert.sameDeepMembers(list.concat([4]), [4, 1, 'two', [3, null]]);",
        "assert.strictEqual(Object.prototype.toString.call(list), '[object Array]');",
        "assert.isUndefined(nothing); assert.isNull(Object.getPrototypeOf(bare)); assert.property(bare, 'x');",
        "assert.deepEqual(when, new Date(0)); assert.strictEqual(when.toISOString().slice(0, 4), '1970');",
        "assert.match('abbc', word); assert.strictEqual('abab'.replace(word, '-'), '--');",
        "assert.deepEqual(bytes, new Uint8Array([1, 2, 3]));",
        js="""
            const list = [1, 'two', [3, null]], thing = { a: 1, b: { c: [true] } };
            let big = 2n ** 70n; var odd = [NaN, -0, undefined]; const gaps = [1, , 3]; let nothing;
            const bare = Object.create(null); bare.x = 1;
            const when = new Date(0), word = /ab+/gi, bytes = new Uint8Array([1, 2, 3]);
        """,
    )
    assert failures(run) == []


async def test_functions_get_what_tests_give_them(judge: Judge) -> None:
    run = await judge(
        "assert.deepEqual(each([1, 2], (x, i) => x * 10 + i), [10, 21]);",
        "const given = [3, 1, 2]; assert.strictEqual(sorted(given), given); assert.deepEqual(given, [1, 2, 3]);",
        "const given = { a: { b: [1] } }; grow(given); assert.deepEqual(given, { a: { b: [1, 2] }, added: true });",
        "const map = new Map([['k', 1]]); put(map, 'l', 2); assert.deepEqual([...map], [['k', 1], ['l', 2]]);",
        "const set = new Set([1]); set.add(5); assert.strictEqual(count(set), 2);",
        "const loop = {}; loop.self = loop; assert.isTrue(isLoop(loop)); assert.strictEqual(same(loop), loop);",
        "const seen = []; each(['x'], (...all) => seen.push(all.length)); assert.deepEqual(seen, [3]);",
        "let self; const o = { f: callWithThis(function () { self = this.is; return 7; }, { is: 'me' }) };"
        "assert.strictEqual(o.f, 7); assert.strictEqual(self, 'me');",
        "class Shape { area() { return 6; } } assert.strictEqual(areaOf(new Shape()), 6);",
        "const f = () => 1; assert.strictEqual(same(f), f); assert.strictEqual(same(document.body), document.body);",
        "assert.throws(() => each([1], () => { throw new RangeError('mine'); }), RangeError, 'mine');",
        "assert.strictEqual(same(Array), Array); assert.strictEqual(same(Math.max), Math.max);",
        "const kept = []; keep(kept); kept.push(1); assert.strictEqual(keptLength(), 1);",
        "assert.strictEqual(isPlain([1]) + isPlain({}), 'Array Object'.replace(' ', ''));",
        js="""
            function each(items, f) { return items.map(f); }
            function sorted(items) { items.sort(); return items; }
            function grow(o) { o.a.b.push(2); o.added = true; }
            const put = (map, key, value) => { if (!(map instanceof Map)) throw Error('no map'); map.set(key, value); };
            const count = (set) => set.size, same = (x) => x, isLoop = (o) => o.self.self === o;
            const callWithThis = (f, self) => f.call(self), areaOf = (shape) => shape.area();
            let held; function keep(x) { held = x; } const keptLength = () => held.length;
            const isPlain = (x) => x.constructor.name;
        """,
    )
    assert failures(run) == []


async def test_objects_of_the_page_keep_their_nature(judge: Judge) -> None:
    run = await judge(
        "const p = new Person('Ada'); assert.instanceOf(p, Person); assert.strictEqual(p.hello(), 'Hi Ada');",
        "const p = new Student('Bo'); assert.isTrue(p instanceof Person); assert.strictEqual(p.constructor, Student);",
        "assert.isFrozen(fixed); assert.isSealed(closed); assert.isNotFrozen(open);",
        "assert.throws(() => { 'use strict'; fixed.a = 2; }, TypeError);",
        "assert.isTrue(set.has(2)); assert.strictEqual(set.size, 2); assert.deepEqual(set, new Set([1, 2]));",
        "assert.strictEqual(map.get('a'), 1); assert.deepEqual([...map.keys()], ['a']); assert.instanceOf(map, Map);",
        "assert.deepEqual(await later(5), { value: 5 }); assert.instanceOf(later(1), Promise);",
        "let error; try { await fails(); } catch (e) { error = e; } assert.instanceOf(error, Oops);"
        "assert.strictEqual(error.message, 'bad'); assert.strictEqual(error.code, 7); assert.instanceOf(error, Error);",
        "assert.throws(() => broken(), TypeError); assert.throws(() => oops(), Oops, 'bad');",
        "assert.deepEqual([...numbers()], [1, 2, 3]); const it = numbers(); assert.strictEqual(it.next().value, 1);",
        "assert.strictEqual(counter.value, 1); counter.value = 5; assert.strictEqual(counter.value, 6);",
        "assert.isTrue('name' in new Person('x')); assert.hasAllKeys(new Person('x'), ['name']);",
        "delete open.a; assert.notProperty(open, 'a'); open.b = [1]; assert.deepEqual(open, { b: [1] });",
        "assert.include(each.toString(), 'forEach'); assert.lengthOf(each, 2); assert.strictEqual(each.name, 'each');",
        "assert.strictEqual(Person.make('Zo').name, 'Zo'); assert.isTrue(Object.hasOwn(Person, 'make'));",
        "class Child extends Person { hello() { return super.hello() + '!'; } }"
        "const c = new Child('Cy'); assert.strictEqual(c.hello(), 'Hi Cy!'); assert.instanceOf(c, Child);",
        "assert.isTrue(Person.prototype.isPrototypeOf(new Person('x')));",
        "const proxy = magic; assert.strictEqual(proxy.anything, 'anything!');",
        "assert.strictEqual(secret().description, 'mine'); assert.strictEqual(secret(), secret());",
        js="""
            class Person { constructor(name) { this.name = name; } hello() { return `Hi ${this.name}`; }
              static make(name) { return new this(name); } }
            class Student extends Person {}
            const fixed = Object.freeze({ a: 1 }), closed = Object.seal({ a: 1 }), open = { a: 1 };
            const set = new Set([1, 2]), map = new Map([['a', 1]]);
            const later = (value) => new Promise((done) => setTimeout(() => done({ value }), 5));
            class Oops extends Error { constructor(m) { super(m); this.code = 7; } }
            async function fails() { throw new Oops('bad'); } function oops() { throw new Oops('bad'); }
            function broken() { null.x; } function* numbers() { yield 1; yield 2; yield 3; }
            const counter = { n: 0, get value() { return ++this.n; }, set value(v) { this.n = v; } };
            function each(items, f) { items.forEach(f); }
            const magic = new Proxy({}, { get: (_, key) => typeof key === 'string' ? key + '!' : undefined });
            const symbol = Symbol('mine'); const secret = () => symbol;
        """,
    )
    assert failures(run) == []


async def test_names_mean_what_the_page_declares_or_else_the_tests_own(judge: Judge) -> None:
    run = await judge(
        "assert.strictEqual(a + b + c, 6); assert.strictEqual(typeof f, 'function'); assert.isFunction(K);",
        "a = 10; assert.strictEqual(page.eval('a'), 10); assert.strictEqual(page.a, 10);",
        "assert.strictEqual(typeof missing, 'undefined'); assert.throws(() => missing, ReferenceError);",
        "assert.strictEqual(window.b, 2); window.b = 7; assert.strictEqual(getB(), 7);",
        "assert.strictEqual(page.eval('1 + a'), 1 + a); assert.strictEqual(eval('c'), 3);",
        "assert.include(code, 'let a'); assert.include(html, '<p'); assert.include(css, 'p {'); assert.ok(js);",
        "assert.strictEqual(name, 'mine'); assert.strictEqual(status, 'fine'); assert.strictEqual(open(), 'sesame');",
        "assert.isFunction(Object.keys); assert.instanceOf(document.querySelector('#assert'), HTMLElement);",
        "assert.strictEqual(new Function('x', 'return x * c')(2), 6);",
        "assert.strictEqual(document.querySelector('p').textContent, 'text');",
        "assert.strictEqual(getComputedStyle(document.querySelector('p')).color, 'rgb(255, 0, 0)');",
        html="<p>text</p><div id='assert'></div><div id='Object'></div><img name='querySelector'>",
        css="p { color: red }",
        js="let a = 1; var b = 2; const c = 3; function f() {} class K {} const getB = () => b;"
        "let name = 'mine'; const status = 'fine'; function open() { return 'sesame'; }",
    )
    assert failures(run) == []


async def test_what_a_test_sets_on_the_page_is_seen_by_the_page(judge: Judge) -> None:
    run = await judge(
        "const said = []; console.log = (...all) => said.push(all); talk(); assert.deepEqual(said, [['one', 2]]);",
        "const old = Math.random; Math.random = () => 0.25; assert.strictEqual(roll(), 0.25); Math.random = old;"
        "assert.notStrictEqual(roll(), 0.25);",
        "Date.now = () => 42; assert.strictEqual(time(), 42);",
        "window.prompt = () => 'Ada'; assert.strictEqual(askName(), 'Ada');",
        "window.fetch = async () => ({ json: async () => [1, 2] }); assert.deepEqual(await load(), [1, 2]);",
        "let rung; window.setTimeout = (f, ms) => { rung = ms; f(); }; let out; wait(() => { out = 1; });"
        "assert.strictEqual(rung, 300); assert.strictEqual(out, 1);",
        "state.items.push('c'); assert.strictEqual(total(), 3);",
        "const b = document.querySelector('button'); b.click(); b.click(); assert.strictEqual(clicks, 2);"
        "b.dispatchEvent(new Event('special')); assert.strictEqual(clicks, 102);",
        "let heard = 0; document.body.addEventListener('done', () => { heard += 1; }); finish();"
        "assert.strictEqual(heard, 1);",
        "localStorage.setItem('k', 'v'); assert.strictEqual(stored('k'), 'v'); assert.lengthOf(localStorage, 1);",
        "const div = document.createElement('div'); fill(div); assert.strictEqual(div.innerHTML, '<i>in</i>');"
        "assert.strictEqual(made().tagName, 'UL'); assert.instanceOf(made(), HTMLElement);",
        html="<button>+</button>",
        js="""
            function talk() { console.log('one', 2); } const roll = () => Math.random(), time = () => Date.now();
            const askName = () => prompt('?'), load = async () => (await fetch('/x')).json();
            const wait = (f) => setTimeout(f, 300); const state = { items: ['a', 'b'] };
            const total = () => state.items.length; let clicks = 0;
            document.querySelector('button').addEventListener('click', () => { clicks++; });
            document.querySelector('button').addEventListener('special', () => { clicks += 100; });
            const finish = () => document.body.dispatchEvent(new CustomEvent('done'));
            const stored = (key) => localStorage.getItem(key), fill = (node) => { node.innerHTML = '<i>in</i>'; };
            const made = () => document.createElement('ul');
        """,
    )
    assert failures(run) == []


async def test_methods_added_to_prototypes_work_on_values_of_tests(judge: Judge) -> None:
    run = await judge(
        "assert.deepEqual([1, 2].myMap((x) => x * 2), [2, 4]);",
        "assert.strictEqual('abc'.shout(), 'ABC!'); assert.isUndefined([].other);",
        js="Array.prototype.myMap = function (f) { const out = []; this.forEach((x) => out.push(f(x))); return out; };"
        "String.prototype.shout = function () { return this.toUpperCase() + '!'; }; Array.prototype.other = 1;",
    )
    assert failures(run) == []


async def test_each_test_of_a_script_gets_the_code_evaluated_afresh(judge: Judge) -> None:
    run = await judge(
        "list.push(1); count++; assert.deepEqual(list, [0, 1]);",
        "assert.deepEqual(list, [0]); assert.strictEqual(count, 0); assert.deepEqual(new Map().mine, true);",
        js="const list = [0]; let count = 0; class Map { mine = true; } console.log('once');",
        declared=("Map",),
    )
    assert failures(run) == []
    assert run.console == ("once",)


async def test_a_fresh_test_gets_a_page_of_its_own(sandbox: Sandbox) -> None:
    tests = (
        Test("1", "n = 5; document.body.append('x'); assert.strictEqual(n, 5);"),
        Test("2", "assert.strictEqual(n, 5);"),
        Test("3", "assert.strictEqual(n, 1); assert.strictEqual(document.body.textContent.trim(), 'p');", fresh=True),
    )
    assert failures(await sandbox.run(Work("<p>p</p>", "", "let n = 1;", tests))) == []


async def test_hooks_run_around_tests_and_libraries_before_them(judge: Judge) -> None:
    run = await judge(
        "assert.strictEqual(shared, 1); assert.strictEqual(each, 1); assert.strictEqual(double(4), 8); shared = 2;",
        "assert.strictEqual(shared, 2); assert.strictEqual(window.ended, 1); assert.isTrue(LIMIT === 3);",
        html="<p id='double'></p>",
        js="var ended = 0; function double() { return 'the page\\'s'; }",
        before_all="shared = 1;",
        before_each="const each = 1;",
        after_each="window.ended = window.ended + 1;",
        libraries=("function double(n) { return n * 2; } const LIMIT = 3; assert.isFunction(double);",),
    )
    assert failures(run) == []


async def test_a_set_up_that_fails_is_an_error_of_every_test(judge: Judge) -> None:
    run = await judge("assert.ok(1);", "assert.ok(1);", html="<p></p>", before_all="missing();")
    assert {(one.outcome, one.message) for one in run.tests} == {
        ("ERROR", "The set-up failed: ReferenceError: missing is not defined")
    }
    run = await judge("assert.ok(1);", html="<p></p>", libraries=("throw new Error('library');",))
    assert run.tests[0].outcome == "ERROR"
    assert "library" in str(run.tests[0].message)


async def test_results_say_what_was_expected_and_what_was_found(judge: Judge) -> None:
    run = await judge(
        "assert.strictEqual(n, 2, 'a number');",
        "assert.deepEqual(list, [1, 2]);",
        "missing();",
        "await new Promise(() => {});",
        "syntax error here",
        "return Promise.reject(new Error('late'));",
        js="const n = 1, list = [1];",
        html="<p></p>",
        ms=300,
    )
    told = [(one.outcome, one.message, one.expected, one.actual) for one in run.tests]
    assert told == [
        ("FAILED", "a number: expected 1 to equal 2", "2", "1"),
        ("FAILED", "expected [ 1 ] to deeply equal [ 1, 2 ]", "[ 1, 2 ]", "[ 1 ]"),
        ("ERROR", "ReferenceError: missing is not defined", None, None),
        ("TIMEOUT", "It took longer than 300 ms.", None, None),
        ("ERROR", "SyntaxError: Unexpected identifier 'error'", None, None),
        ("ERROR", "Error: late", None, None),
    ]
    assert run.status == "FINISHED"
    assert not run.passed


async def test_the_page_s_own_words_are_told(judge: Judge) -> None:
    run = await judge(
        "assert.ok(true);",
        html="<p></p><img src='https://elsewhere.invalid/x.png'>",
        js="console.log('one', { two: 2 }); console.error([3]); setTimeout(() => { throw Error('later'); });"
        "fetch('https://data.invalid/').catch(() => {}); null.x;",
    )
    assert failures(run) == []
    assert run.console == ('one {"two":2}', "[3]")
    assert any("Cannot read properties of null" in line for line in run.page_errors)
    assert any("later" in line for line in run.page_errors)
    assert set(run.blocked) == {"https://elsewhere.invalid/x.png", "https://data.invalid/"}


async def test_calls_that_are_nested_too_deeply_are_an_error_that_says_so(judge: Judge) -> None:
    run = await judge(
        "const up = (n) => down(n, up); assert.throws(() => up(100), RangeError, 'nested too deeply');",
        js="const down = (n, f) => (n ? f(n - 1) : 'end');",
    )
    assert failures(run) == []


async def test_a_test_that_is_a_function_is_called(judge: Judge) -> None:
    run = await judge(
        "async () => { assert.fail('called'); };", "(function () { assert.fail('called'); })", html="<p></p>"
    )
    assert [one.message for one in run.tests] == ["called", "called"]


async def test_a_screenshot_is_a_picture_of_the_page(sandbox: Sandbox) -> None:
    work = Work("<h1>Seen</h1>", "h1 { background: red }", "", (Test("1", "assert.ok(1);"),))
    run = await sandbox.run(work, screenshot=True)
    assert run.passed
    assert run.screenshot is not None
    assert run.screenshot.startswith(b"\x89PNG")
