// Hooks and libraries

// == functions, classes and values that beforeAll declares
// before all: function helper(x) { return double(x) + K.n; } class K { static n = 1; } const LIST = ['a']; let changing = 1;
// before all: var old = 'var';
const double = (x) => x * 2;
// -- test
assert.strictEqual(helper(4), 9); assert.strictEqual(K.n, 1); assert.deepEqual(LIST, ['a']); changing = 2;
assert.strictEqual(changing, 2); assert.strictEqual(old, 'var');

// == what beforeAll assigns without declaring it
// before all: shared = { n: 1 }; window.onWindow = 5; start();
let started = 0; const start = () => { started++; }, read = () => window.onWindow;
// -- test
assert.deepEqual(shared, { n: 1 }); assert.strictEqual(read(), 5); assert.strictEqual(onWindow, 5);
assert.isAtLeast(started, 0);

// == beforeAll mocks what functions of the page call
// before all: const real = Math.random; Math.random = () => 0.25; window.fetch = async (u) => ({ json: async () => [u] });
// before all: const said = []; console.log = (...a) => said.push(a.join(' ')); Date.now = () => 99; performance.now = () => 7;
const roll = () => Math.random(), load = async (u) => (await fetch(u)).json(), talk = () => console.log('a', 1),
  time = () => [Date.now(), performance.now()];
// -- test
assert.strictEqual(roll(), 0.25); assert.deepEqual(await load('/x'), ['/x']); talk();
assert.deepEqual(said.at(-1), 'a 1'); assert.deepEqual(time(), [99, 7]); Math.random = real;
assert.notStrictEqual(roll(), 0.25);

// == what beforeEach declares, and afterEach sees
// before each: const each = { n: 1 }; let seen = []; function made() { return each.n + 1; }
// after each: if (seen.length !== 1) throw new Error('afterEach sees what the test did');
const give = (x) => x;
// -- test
assert.strictEqual(made(), 2); seen.push(give(each)); assert.strictEqual(seen[0], each);

// == beforeEach listens before the code of a JavaScript-only challenge is evaluated
// pages: script
// only here: a page runs its script before any test
// before each: const said = []; console.log = (...a) => said.push(a.join(' ')); Math.random = () => 0.5; window.prompt = () => 'Ada';
const name2 = prompt('?'), rolled = Math.random(); console.log('Hi', name2);
// -- test
assert.deepEqual(said, ['Hi Ada']); assert.strictEqual(rolled, 0.5);

// == beforeEach that needs the page's names, in a JavaScript-only challenge
// pages: script
// before each: const first = list[0]; list.push('hook');
const list = ['a'];
// -- test
assert.strictEqual(first, 'a'); assert.deepEqual(list, ['a', 'hook']);

// == beforePage mocks what the page calls while it loads
// before page: window.fetch = async () => ({ json: async () => 'mocked' }); Math.random = () => 0.1; window.said = [];
// before page: console.log = (...a) => said.push(a.join(' ')); window.prompt = () => 'Ada'; localStorage.setItem('k', 'v');
// html: <p></p>
let got; const rolled = Math.random(); console.log('loading', prompt('?')); const stored = localStorage.getItem('k');
fetch('/x').then((r) => r.json()).then((t) => { got = t; });
// -- test
await new Promise((done) => setTimeout(done, 20)); assert.strictEqual(got, 'mocked'); assert.strictEqual(rolled, 0.1);
assert.deepEqual(said, ['loading Ada']); assert.strictEqual(stored, 'v');

// == names that beforePage declares are the page's
// before page: var helper = (x) => x + 1; let secret = 4; class Tool { run() { return secret; } }
// html: <p></p>
const two = helper(1), four = new Tool().run();
// -- test
assert.strictEqual(two, 2); assert.strictEqual(four, 4); assert.strictEqual(helper(5), 6);
assert.instanceOf(new Tool(), Tool); assert.strictEqual(secret, 4);

// == functions and values of a test library
// library: function double(n) { return n * 2; } const LIMIT = 3; class Tool { run(f) { return f(LIMIT); } } var old = 'var';
// library: globalThis.onGlobal = 'g';
const square = (x) => x * x;
// -- test
assert.strictEqual(double(4), 8); assert.strictEqual(LIMIT, 3); assert.strictEqual(new Tool().run(square), 9);
assert.strictEqual(old, 'var'); assert.strictEqual(onGlobal, 'g'); assert.instanceOf(new Tool(), Tool);

// == a test library goes before a name of the page
// only here: a browser means the script that was there last
// library: function check(x) { return x === 'right'; }
function check() { return true; }
// -- test
assert.isFalse(check('wrong')); assert.isTrue(check('right'));

// == a spy of a test library is called by the page
// library: const spy = () => { const f = (...a) => { f.calls.push(a); return f.answer; }; f.calls = []; return f; };
const call = (f) => f(1, { a: 2 }), api = { load: () => 'real' }, use = () => api.load('x');
// -- test
const s = spy(); s.answer = 'yes'; assert.strictEqual(call(s), 'yes'); assert.deepEqual(s.calls, [[1, { a: 2 }]]);
api.load = spy(); api.load.answer = 'mock'; assert.strictEqual(use(), 'mock');
assert.deepEqual(api.load.calls, [['x']]);

// == a test library mocks Math.random, Date.now and timers for the page
// library: Math.random = () => 0.75; Date.now = () => 1234;
// library: const fakeTimers = () => { const jobs = []; window.setTimeout = (f) => jobs.push(f); return {
// library:   run: () => jobs.splice(0).forEach((f) => f()) }; };
const roll = () => Math.random(), now = () => Date.now(), later = (f) => setTimeout(f, 1e6);
// -- test
assert.strictEqual(roll(), 0.75); assert.strictEqual(now(), 1234); const timers = fakeTimers(); let ran = 0;
later(() => { ran++; }); assert.strictEqual(ran, 0); timers.run(); assert.strictEqual(ran, 1);

// == page libraries: a script and a style sheet before the learner's own
// page script: window.$ = (s) => ({ el: document.querySelector(s), text(t) { this.el.textContent = t; return this; } });
// page script: function tool() { return 'tool'; }
// page style: p { color: rgb(9, 8, 7); margin-left: 5px }
// html: <p></p>
// css: p { margin-left: 7px }
$('p').text('set'); const got = tool();
// -- test
assert.strictEqual(document.querySelector('p').textContent, 'set'); assert.strictEqual(got, 'tool');
assert.strictEqual(getComputedStyle(document.querySelector('p')).color, 'rgb(9, 8, 7)');
assert.strictEqual(getComputedStyle(document.querySelector('p')).marginLeft, '7px');
assert.strictEqual($('p').el, document.querySelector('p')); assert.strictEqual(tool(), 'tool');

// == code, html, css and js are the learner's sources
// only here: a page does not know its own sources
// html: <p class="a">text</p>
// css: .a { color: red }
const secret = 'in js';
// -- test
assert.include(code, "'in js'"); assert.include(html, 'class="a"'); assert.include(css, 'color: red');
assert.strictEqual(js, "const secret = 'in js';"); assert.match(code, /<p[\s\S]*color[\s\S]*const/);
assert.notInclude(js, 'color');

// == names of a module
// only here: a script of a browser does not see what a module declares
// html: <p></p><script type="module" src="script.js"></script>
export const shared = 5; const own = 6; export default function main() { return own; } export class K { v = 7; }
// -- test
assert.strictEqual(shared, 5); assert.strictEqual(own, 6);
assert.strictEqual(main(), 6); assert.strictEqual(new K().v, 7);
