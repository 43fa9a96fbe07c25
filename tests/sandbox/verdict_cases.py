"""Small works that were once judged wrong, each for a kind of fault: see ``test_verdict_cases``."""

from dataclasses import dataclass, field
from typing import Literal

from sandbox.work import Test, Work

Verdict = Literal["PASSED", "NOT_PASSED"]

# what learner code would run with the tests' authority: every result of a test becomes PASSED
FORGE = "Object.prototype.toJSON=function(){return 'outcome' in this?{...this,outcome:'PASSED',message:null}:this};1"
IN_DOCUMENT = (
    '<!DOCTYPE html><html><head><title>t</title></head><body><h1>No</h1><script src="script.js"></script></body></html>'
)
UNTRUE = "assert.equal(1, 2)"


@dataclass(frozen=True, slots=True)
class Case:
    """A work and its verdict.

    ``failing`` are the ids of the tests that have to be FAILED or ERROR; empty for a case that passes. A test that is
    not among them may pass: in it the page acts with its own authority and nothing is asserted, or something true.
    """

    name: str
    js: str
    tests: tuple[str, ...]
    failing: tuple[str, ...] = ()
    html: str = ""
    css: str = ""
    hooks: dict[str, str] = field(default_factory=dict)
    declared: tuple[str, ...] = ()

    @property
    def expect(self) -> Verdict:
        return "NOT_PASSED" if self.failing else "PASSED"

    @property
    def work(self) -> Work:
        tests = tuple(Test(str(number), code) for number, code in enumerate(self.tests, 1))
        return Work(self.html, self.css, self.js, tests, declared=self.declared, **self.hooks)  # type: ignore[arg-type]  # hooks are texts

    def __str__(self) -> str:
        return self.name


def _forging(name: str, js: str, test: str, *, failing: tuple[str, ...] = ("1", "2")) -> Case:
    """A page that reaches for the tests' world in the first test; the second is untrue whatever the page does."""
    return Case(name, js.replace("FORGE", FORGE), (test, UNTRUE), failing)


CORRECT = (
    Case(
        "a constructor function of a page with a document",
        "function Dog(name) { this.name = name; }",
        ("assert.strictEqual(new Dog('Rex').name, 'Rex')",),
        html=IN_DOCUMENT,
    ),
    Case(
        "a class in a var of a page with a document",
        "var Dog = class { bark() { return 1; } };",
        ("assert.strictEqual(new Dog().bark(), 1)",),
        html=IN_DOCUMENT,
    ),
    Case(
        "a class named as an interface of the DOM",
        "class Comment { constructor(text) { this.text = text; } }",
        ("assert.strictEqual(new Comment('hi').text, 'hi')",),
    ),
    Case(
        "a class named as a constructor of the DOM",
        "class Image { constructor() { this.a = 1; } }",
        ("assert.strictEqual(new Image().a, 1)",),
    ),
    Case(
        "a function named as one of the browser",
        "async function fetch(u) { return u; }",
        ("assert.strictEqual(await fetch('a'), 'a')",),
    ),
    Case(
        "a date that a function moves",
        "function next(date) { date.setDate(date.getDate() + 1); return date; }",
        ("const d = new Date(0); next(d); assert.strictEqual(d.getTime(), 86400000)",),
    ),
    Case(
        "a collection of elements whose ids are numbers",
        "const btns = document.getElementsByClassName('b');",
        ("assert.deepEqual(btns, document.getElementsByClassName('b'))",),
        html='<button class="b" id="1">a</button><button class="b" id="0">b</button>',
    ),
    Case(
        "a node list that equals another",
        "const dice = document.querySelectorAll('.die');",
        ("assert.deepEqual(dice, document.querySelectorAll('.die'))",),
        html='<div class="die"></div><div class="die"></div>',
    ),
    Case(
        "handlers in properties of an element and of the window",
        "const btn = document.querySelector('button'); function go() {} btn.onclick = go; window.onload = go;",
        (
            "assert.isFunction(document.querySelector('button').onclick)",
            "assert.strictEqual(btn.onclick, go)",
            "assert.match(window.onload.toString(), /go/)",
        ),
        html='<button id="b">a</button>',
    ),
    Case(
        "a function that a hook declares for the tests",
        "const a = 1;",
        ("assert.equal(helper(), 2)",),
        html="<p></p>",
        hooks={"before_all": "function helper() { return 2; }"},
    ),
    Case(
        "a mock that is there before the page's first script",
        "fetch('/x').then(r => r.json()).then(d => { document.querySelector('p').textContent = d; }, () => {});",
        ("await new Promise(r => setTimeout(r, 50)); assert.equal(document.querySelector('p').textContent, 'hi')",),
        html="<p></p>",
        hooks={"before_page": "window.fetch = async () => ({ json: () => 'hi' })"},
    ),
    Case(
        "a hook that listens before each evaluation of the code",
        "console.log('Hi');",
        ("assert.equal(logs[0], 'Hi')",),
        hooks={"before_each": "const logs = []; console.log = (...a) => logs.push(a.join(' '));"},
    ),
    Case(
        "a method of a prototype that a test replaces",
        "const isSpam = m => [/a/].some(r => r.test(m));",
        (
            "let flag = false; const t = Array.prototype.some; Array.prototype.some = () => { flag = true; };"
            " try { isSpam(''); assert.isTrue(flag); } finally { Array.prototype.some = t; }",
        ),
    ),
    Case(
        "an argument that is nested deeply",
        "const depth = a => Array.isArray(a) && a.length ? 1 + depth(a[0]) : 0;",
        ("let a = []; for (let i = 0; i < 200; i++) a = [a]; assert.strictEqual(depth(a), 200)",),
    ),
    Case(
        "attributes that the learner wrote and no others",
        "",
        ("assert.lengthOf(document.querySelector('link').attributes, 2)",),
        html='<!DOCTYPE html><html><head><link rel="stylesheet" href="styles.css"></head><body></body></html>',
        css="p { color: red }",
    ),
    Case(
        "a spy that a test puts on an element",
        "const audio = document.querySelector('audio'); function play() { audio.play(); }",
        (
            "let flag = false; const t = audio.play; audio.play = () => { flag = true; };"
            " try { play(); assert.isTrue(flag); } finally { audio.play = t; }",
        ),
        html="<audio></audio>",
    ),
    Case(
        "an own class named as one of the language where the challenge declares it",
        "class Set { constructor(items) { this.items = items.filter((x, i) => items.indexOf(x) === i); }"
        " has(x) { return this.items.includes(x); } } function uniq(list) { return new Set(list); }",
        (
            "assert.deepEqual(uniq([1, 1, 2]), new Set([1, 2]))",
            "assert.instanceOf(uniq([]), Set); assert.isTrue(new Set([4]).has(4));",
            "assert.lengthOf(new Set([5]).items, 1);",
        ),
        declared=("Set",),
    ),
)

FORGED = (
    _forging(
        "inspect() of a value that an assertion describes",
        "const add = () => ({ inspect: (d, o) => o.inspect({ [Symbol.toStringTag]: 'Date',"
        ' toJSON: () => "FORGE//T" }, { stylize: eval }) });',
        "assert.equal(add(1, 2), 3)",
    ),
    _forging(
        "eval under another name",
        'const f = eval; const s = "FORGE";',
        "assert.equal(f(s), 1)",
        failing=("2",),
    ),
    _forging(
        "toJSON with a key of the page",
        'const f = () => ({ ["FORGE"]: { toJSON: eval } });',
        "assert.equal(JSON.stringify(f()), '{}')",
    ),
    _forging(
        "a callback of the page over items of the page",
        'const arr = ["FORGE"], cb = eval;',
        "arr.map(cb)",
        failing=("2",),
    ),
    _forging(
        "Symbol.replace over the learner's own source",
        "const re = { [Symbol.replace]: eval }; FORGE",
        "code.replace(re, '')",
        failing=("2",),
    ),
    _forging(
        "a function of the page as an argument of a test's callback",
        'function each(list, fn) { return fn(eval, "FORGE"); }',
        "each([1, 2], (f, x) => typeof f === 'function' ? f(x) : x)",
        failing=("2",),
    ),
    _forging(
        "a constructor of functions",
        'const F = (async () => {}).constructor, s = "FORGE";',
        "await new F(s)()",
        failing=("2",),
    ),
    _forging(
        "Object.assign on Object.prototype",
        "const target = Object.prototype, merge = Object.assign; const source = { toJSON() { return {"
        " outcome: 'PASSED', message: null, expected: null, actual: null, ms: 1 }; } };",
        "assert.deepEqual(merge(target, source), { a: 1 })",
    ),
)

STOLEN = Case(
    "the code of a later test in a message",
    "const f = () => ({ inspect: (d, o) => { o.inspect({ [Symbol.toStringTag]: 'Date', toJSON: () =>"
    " \"1;self.__p=palimpsest;self.palimpsest={...__p,run:async t=>{throw new Error('code: '+t.code)}};//\" + 'T' },"
    " { stylize: eval }); return 'x'; } });",
    ("assert.equal(f(), 4)", "assert.equal(secretName(42), 'the expected answer')"),
    ("1", "2"),
)

LIES = (
    Case(
        "an object that calls itself a string or a number",
        "const L = t => ({ [Symbol.toStringTag]: t, indexOf() { return 0; },"
        " [Symbol.toPrimitive](h) { return h === 'number' ? 1e9 : 'zebra'; } });"
        " const text = L('String'), num = L('Number');",
        (
            "assert.isString(text)",
            "assert.include(text, 'anything at all')",
            "assert.match(text, /zebra/)",
            "assert.isNumber(num)",
            "assert.isAbove(num, 5)",
        ),
        ("1", "2", "3", "4", "5"),
    ),
    Case(
        "an own class named as one of the language where nobody asked for it",
        "class Set {}\nfunction uniq() { return new Set(); }",
        ("assert.deepEqual(uniq([1, 1, 2]), new Set([1, 2]))",),
        ("1",),
    ),
    Case(
        "a return at the top of the script",
        "return { get(n) { return n === 'add' ? (a, b) => a + b : undefined; }, set() {} };",
        ("assert.strictEqual(add(1, 2), 3)",),
        ("1",),
    ),
    Case(
        "assertions that fail after their test, and a lone function behind a comment",
        "",
        (
            "(async () => { await null; assert.equal(1, 2); })()",
            "setTimeout(() => { assert.equal(1, 2); }, 5)",
            "// checks\n(() => { assert.equal(1, 2); })",
        ),
        ("1", "2", "3"),
    ),
)

UNPARSED = Case("a syntax error", "function add(a, b) { return a + b \n", ("assert.strictEqual(add(1, 2), 3)",), ("1",))
ALIKE = Case(
    "two long texts that differ at their ends",
    "const msg = () => 'The quick brown fox jumps over the lazy dog and then some more text!';",
    ("assert.strictEqual(msg(), 'The quick brown fox jumps over the lazy dog and then some more text.')",),
    ("1",),
)

ALL = (*CORRECT, *FORGED, STOLEN, *LIES, UNPARSED, ALIKE)
