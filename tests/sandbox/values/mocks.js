// Spies and mocks of a test that the page sees

// == Math.random and other functions of Math
const roll = () => Math.floor(Math.random() * 6) + 1, pick = (list) => list[Math.floor(Math.random() * list.length)],
  round = (x) => Math.round(x);
// -- test
const old = Math.random; Math.random = () => 0.999; assert.strictEqual(roll(), 6); Math.random = () => 0;
assert.strictEqual(roll(), 1); assert.strictEqual(pick(['a', 'b']), 'a'); assert.strictEqual(Math.random(), 0);
Math.random = old; assert.isBelow(roll(), 7); assert.strictEqual(Math.random, old); const round0 = Math.round;
Math.round = (x) => `mock ${x}`; assert.strictEqual(round(1.5), 'mock 1.5'); Math.round = round0;
assert.strictEqual(round(1.5), 2);

// == Date.now and performance.now
const stamp = () => Date.now(), clock = () => performance.now(), age = (since) => Date.now() - since;
// -- test
const old = Date.now; Date.now = () => 1000; assert.strictEqual(stamp(), 1000); assert.strictEqual(age(400), 600);
Date.now = old; assert.isAbove(stamp(), 1e12); const was = performance.now; performance.now = () => 42;
assert.strictEqual(clock(), 42); performance.now = was; assert.notStrictEqual(clock(), 42);

// == Date replaced by a class of the test
const today = () => new Date().toISOString().slice(0, 10), year = () => new Date(2020, 0, 1).getFullYear(),
  isDate = (d) => d instanceof Date;
// -- test
const Real = Date;
window.Date = class extends Real { constructor(...a) { super(...(a.length ? a : [0])); } static now() { return 0; } };
try { assert.strictEqual(today(), '1970-01-01'); assert.strictEqual(year(), 2020); } finally { window.Date = Real;
  } assert.notStrictEqual(today(), '1970-01-01'); Date = class extends Real { constructor() { super(86400000); } };
assert.strictEqual(today(), '1970-01-02'); Date = Real; assert.isTrue(isDate(new Date()));

// == console: log, error, warn, table, and all that they were given
const talk = () => { console.log('one', 2, { three: [3] }); console.error(new Error('bad')); console.warn('w');
  console.table([1]); }; const item = { id: 1 }; const show = () => console.log(item);
// -- test
const said = []; const { log, error, warn, table } = console; console.log = (...all) => said.push(all);
console.error = (e) => said.push(e.message); console.warn = (x) => said.push(x); console.table = (x) => said.push(x);
try { talk(); assert.deepEqual(said, [['one', 2, { three: [3] }], 'bad', 'w', [1]]); show();
  assert.strictEqual(said[4][0], item); } finally { Object.assign(console, { log, error, warn, table }); } talk();
assert.lengthOf(said, 5); console.log('from the test');

// == setTimeout, setInterval and their ends
const wait = (f) => setTimeout(f, 300, 'arg'), every = (f) => setInterval(f, 1000), stop = (id) => { clearTimeout(id);
  clearInterval(id); };
// -- test
const old = [window.setTimeout, window.setInterval, window.clearTimeout, window.clearInterval]; const seen = [];
window.setTimeout = (f, ms, ...a) => { seen.push(ms); f(...a); return 7; };
window.setInterval = (f, ms) => { seen.push(ms, f); return 8; }; window.clearTimeout = (id) => seen.push(`t${id}`);
window.clearInterval = (id) => seen.push(`i${id}`);
try { let got; assert.strictEqual(wait((x) => { got = x; }), 7); assert.strictEqual(got, 'arg');
  const tick = () => 'tick'; assert.strictEqual(every(tick), 8); stop(8); assert.deepEqual(seen, [300, 1000, tick,
  't8', 'i8']); } finally { [window.setTimeout, window.setInterval, window.clearTimeout, window.clearInterval] = old;
  }

// == bare assignment: setTimeout = …, fetch = …, alert = …
const wait = (f) => setTimeout(f, 300), load = () => fetch('/x'), say = () => alert('hi');
// -- test
const old = [setTimeout, fetch, alert]; const seen = []; setTimeout = (f, ms) => { seen.push(ms); f(); };
fetch = (u) => `got ${u}`; alert = (t) => seen.push(t);
try { wait(() => seen.push('ran')); assert.strictEqual(load(), 'got /x'); say(); assert.deepEqual(seen, [300, 'ran',
  'hi']); assert.strictEqual(window.fetch('/y'), 'got /y'); } finally { [setTimeout, fetch, alert] = old; }

// == requestAnimationFrame
// html: <p>x</p>
const draw = (f) => requestAnimationFrame(f), loop = () => { let n = 0; const step = () => {
  if (++n < 3) requestAnimationFrame(step); loop.n = n; }; step(); };
// -- test
const old = window.requestAnimationFrame; window.requestAnimationFrame = (f) => { f(16); return 1; };
try { let at; draw((t) => { at = t; }); assert.strictEqual(at, 16); loop(); assert.strictEqual(loop.n, 3); } finally {
  window.requestAnimationFrame = old; } assert.isNumber(await new Promise((done) => requestAnimationFrame(done)));

// == fetch: window.fetch, globalThis.fetch, answers, errors
const load = async (u) => { const r = await fetch(u, { method: 'POST', body: JSON.stringify({ a: 1 }), headers: {
  X: 'y' } }); if (!r.ok) throw new Error(`status ${r.status}`); return r.json(); },
  text = async (u) => (await fetch(u)).text();
// -- test
const old = window.fetch; const asked = [];
window.fetch = async (...a) => { asked.push(a); return { ok: true, json: async () => [{ id: 1 }] }; };
try { assert.deepEqual(await load('/a'), [{ id: 1 }]); assert.strictEqual(asked[0][0], '/a');
  assert.deepEqual(JSON.parse(asked[0][1].body), { a: 1 }); assert.deepEqual(asked[0][1].headers, { X: 'y' });
  globalThis.fetch = () => Promise.resolve(new Response('real', { status: 200 }));
  assert.strictEqual(await text('/b'), 'real'); window.fetch = async () => new Response('{"n":2}');
  assert.deepEqual(await load('/c'), { n: 2 }); window.fetch = async () => ({ ok: false, status: 404 }); let e; try {
  await load('/d'); } catch (x) { e = x; } assert.strictEqual(e.message, 'status 404'); } finally {
  window.fetch = old; }

// == alert, confirm and prompt
const ask = () => (confirm('Sure?') ? prompt('Name?', 'none') : 'no'), say = (t) => window.alert(t);
// -- test
const old = [window.alert, window.confirm, window.prompt]; const seen = [];
window.confirm = (q) => { seen.push(q); return true; }; window.prompt = (q, d) => { seen.push(q, d); return 'Ada'; };
window.alert = (t) => seen.push(t);
try { assert.strictEqual(ask(), 'Ada'); window.confirm = () => false; assert.strictEqual(ask(), 'no'); say('bye');
  assert.deepEqual(seen, ['Sure?', 'Name?', 'none', 'bye']); } finally { [window.alert, window.confirm,
  window.prompt] = old; }

// == methods of Array.prototype, and they are back afterwards
const isSpam = (m) => [/a/].some((r) => r.test(m)), double = (list) => list.map((x) => x * 2), own = (list) => {
  const out = []; for (const x of list) out.push(x); return out; };
// -- test
const some = Array.prototype.some; let calls = 0;
Array.prototype.some = function (...a) { calls++; return some.apply(this, a); };
try { assert.isTrue(isSpam('a')); assert.strictEqual(calls, 1); } finally { Array.prototype.some = some;
  } const map = Array.prototype.map; Array.prototype.map = () => { throw new Error('map is forbidden'); };
try { assert.throws(() => double([1]), 'map is forbidden'); assert.deepEqual(own([1]), [1]); } finally {
  Array.prototype.map = map; } assert.deepEqual(double([1]), [2]); assert.strictEqual(Array.prototype.map, map);

// == methods of Set, Map, String, Object, Number, Promise, RegExp and Function prototypes
const unique = (l) => { const s = new Set(); l.forEach((x) => s.add(x)); return s; }, upper = (t) => t.toUpperCase(),
  look = (m) => new Map(m).get('k'), fixed = (n) => n.toFixed(1), chain = (p) => p.then(() => 1),
  test = (t) => /x/.test(t), keys = (o) => Object.keys(o), num = (t) => Number.parseInt(t, 10),
  text = (o) => JSON.stringify(o);
// -- test
const spy = (on, name, f) => { const old = on[name]; const seen = []; on[name] = function (...a) { seen.push(a);
  return old.apply(this, a); }; try { f(); } finally { on[name] = old; } return seen; };
assert.deepEqual(spy(Set.prototype, 'add', () => unique([1, 2])), [[1], [2]]);
assert.lengthOf(spy(String.prototype, 'toUpperCase', () => upper('a')), 1);
assert.deepEqual(spy(Map.prototype, 'get', () => look([['k', 1]])), [['k']]);
assert.deepEqual(spy(Number.prototype, 'toFixed', () => fixed(2)), [[1]]);
assert.lengthOf(spy(RegExp.prototype, 'test', () => test('x')), 1);
assert.lengthOf(spy(Object, 'keys', () => keys({})), 1);
assert.deepEqual(spy(Number, 'parseInt', () => num('7')), [['7', 10]]);
assert.lengthOf(spy(JSON, 'stringify', () => text({})), 1);
assert.isAtLeast(spy(Promise.prototype, 'then', () => chain(Promise.resolve())).length, 1);
assert.strictEqual(upper('a'), 'A');

// == a method that a test adds to a prototype for the page
const shout = (t) => t.shout(), last = (l) => l.last(), has = () => 'last' in Array.prototype;
// -- test
String.prototype.shout = function () { return `${this.toUpperCase()}!`; };
Object.defineProperty(Array.prototype, 'last', { value() { return this[this.length - 1]; }, configurable: true });
assert.strictEqual(shout('a'), 'A!'); assert.strictEqual(last([1, 2]), 2); assert.isTrue(has());
assert.strictEqual('b'.shout(), 'B!'); assert.strictEqual([3].last(), 3); assert.isTrue(has());

// == a method that the page adds to a prototype, for values of the test
Array.prototype.myMap = function (f) { const out = []; this.forEach((x, i) => out.push(f(x, i, this))); return out; };
String.prototype.shout = function () { return `${this.toUpperCase()}!`; };
Function.prototype.twice = function (...a) { return this(...a) + this(...a); };
Array.prototype.myReduce = function (f, s) { let v = s; for (const x of this) v = f(v, x); return v; };
Object.defineProperty(Number.prototype, 'double', { get() { return this * 2; }, configurable: true });
// -- test
const list = [1, 2]; assert.deepEqual(list.myMap((x, i, all) => (all === list ? x * 2 + i : 'other')), [2, 5]);
assert.strictEqual('abc'.shout(), 'ABC!'); assert.strictEqual(((x) => x)['twice'](2), 4);
assert.strictEqual([1, 2, 3].myReduce((a, b) => a + b, 0), 6); assert.isTrue(Object.hasOwn(Array.prototype, 'myMap')); assert.isFunction(Array.prototype.myMap);
assert.deepEqual([].myMap((x) => x), []);

// == prototypes of the DOM: HTMLMediaElement.play, Element.scrollIntoView, Element.animate, Node.appendChild
// html: <audio></audio><p>x</p>
const audio = document.querySelector('audio'), p = document.querySelector('p');
const play = () => audio.play(), show = () => p.scrollIntoView({ behavior: 'smooth' }),
  add = () => document.body.appendChild(document.createElement('i')),
  paint = () => document.createElement('canvas').getContext('2d').fillRect(0, 0, 1, 1),
  beep = () => new Audio('x').play();
// -- test
const spy = (proto, name, f) => { const old = proto[name]; let seen; proto[name] = function (...a) { seen = {
  self: this, a }; return name === 'appendChild' ? old.apply(this, a) : undefined; }; try { f(); } finally {
  proto[name] = old; } return seen; };
assert.strictEqual(spy(HTMLMediaElement.prototype, 'play', play).self, audio);
assert.deepEqual(spy(Element.prototype, 'scrollIntoView', show).a, [{ behavior: 'smooth' }]);
assert.strictEqual(spy(Node.prototype, 'appendChild', add).self, document.body);
assert.deepEqual(spy(CanvasRenderingContext2D.prototype, 'fillRect', paint).a, [0, 0, 1, 1]);
assert.instanceOf(spy(window.HTMLMediaElement.prototype, 'play', beep).self, HTMLAudioElement);
assert.isFunction(p.scrollIntoView); assert.isNotNull(document.querySelector('body > i'));

// == accessors of DOM prototypes, and document's own methods
// html: <p>x</p>
const width = () => document.querySelector('p').offsetWidth, find = () => document.querySelector('p'),
  find2 = () => document.getElementById('q'), make = () => document.createElement('b');
// -- test
const old = Object.getOwnPropertyDescriptor(HTMLElement.prototype, 'offsetWidth');
Object.defineProperty(HTMLElement.prototype, 'offsetWidth', { get: () => 123, configurable: true });
try { assert.strictEqual(width(), 123); } finally { Object.defineProperty(HTMLElement.prototype, 'offsetWidth', old);
  } assert.notStrictEqual(width(), 123); const seen = [];
document.createElement = (t) => { seen.push(t); return Document.prototype.createElement.call(document, t); };
try { assert.strictEqual(make().tagName, 'B'); assert.deepEqual(seen, ['b']); } finally {
  delete document.createElement; } document.getElementById = () => 'mock'; assert.strictEqual(find2(), 'mock');
delete document.getElementById; assert.isNull(find2());

// == sizes of the window, matchMedia, location and navigator
// html: <p>x</p>
const isSmall = () => window.innerWidth < 600, dark = () => window.matchMedia('(prefers-color-scheme: dark)').matches,
  agent = () => navigator.userAgent, where = () => navigator.geolocation.getCurrentPosition((p) => {
  where.got = p.coords; }), copy = (t) => navigator.clipboard.writeText(t), go = () => window.open('/x'),
  print2 = () => window.print();
// -- test
Object.defineProperty(window, 'innerWidth', { value: 320, configurable: true, writable: true });
assert.isTrue(isSmall()); window.innerWidth = 900; assert.isFalse(isSmall()); const mm = window.matchMedia;
window.matchMedia = () => ({ matches: true }); assert.isTrue(dark()); window.matchMedia = mm;
Object.defineProperty(navigator, 'userAgent', { value: 'mock', configurable: true });
assert.strictEqual(agent(), 'mock');
Object.defineProperty(navigator, 'geolocation', { value: { getCurrentPosition: (f) => f({ coords: {
  latitude: 1 } }) }, configurable: true }); where(); assert.deepEqual(where.got, { latitude: 1 });
Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (t) => `copied ${t}` },
  configurable: true }); assert.strictEqual(await copy('a'), 'copied a'); const seen = [];
window.open = (u) => seen.push(u); window.print = () => seen.push('print'); go(); print2();
assert.deepEqual(seen, ['/x', 'print']);

// == localStorage replaced by a mock
// html: <p>x</p>
const save = () => localStorage.setItem('k', 'v'), load = () => localStorage.getItem('k');
// -- test
const held = {};
Object.defineProperty(window, 'localStorage', { value: { setItem(k, v) { held[k] = v; },
  getItem: (k) => `mock ${held[k]}` }, configurable: true }); save(); assert.deepEqual(held, { k: 'v' });
assert.strictEqual(load(), 'mock v'); assert.strictEqual(localStorage.getItem('k'), 'mock v');

// == constructors: XMLHttpRequest, IntersectionObserver, WebSocket, Audio, Image, Worker
const load = (u) => new Promise((done) => { const x = new XMLHttpRequest(); x.onload = () => done(x.responseText);
  x.open('GET', u); x.send(); }), watch = (f) => new IntersectionObserver(f).observe('el'), talk = () => {
  const s = new WebSocket('wss://x'); s.send('hi'); return s; }, preload = () => { const i = new Image();
  i.src = 'x.png'; return i; };
// -- test
const old = { XMLHttpRequest, IntersectionObserver, WebSocket, Image };
window.XMLHttpRequest = class { open(m, u) { this.u = u; } send() { this.responseText = `mock ${this.u}`;
  this.onload(); } };
window.IntersectionObserver = class { constructor(f) { this.f = f; } observe(x) { this.f([{ isIntersecting: true,
  target: x }]); } }; const sent = [];
window.WebSocket = class { constructor(u) { this.u = u; } send(x) { sent.push(x); } };
window.Image = function () { return { mock: true }; };
try { assert.strictEqual(await load('/a'), 'mock /a'); let seen; watch((e) => { seen = e[0].target; });
  assert.strictEqual(seen, 'el'); assert.strictEqual(talk().u, 'wss://x'); assert.deepEqual(sent, ['hi']);
  assert.deepEqual(preload(), { mock: true, src: 'x.png' }); } finally { Object.assign(window, old); }

// == a spy in place of a method of a page's object or class
const api = { get: (x) => `real ${x}`, n: 1 };
class Cart { add(x) { return this.total(x); } total(x) { return x; } static make() { return new Cart();
  } } const use = () => api.get('a') + api.n, cart = new Cart(), sum = () => cart.add(5), create = () => Cart.make();
// -- test
const seen = []; const old = api.get; api.get = (x) => { seen.push(x); return 'mock'; }; api.n = 2;
assert.strictEqual(use(), 'mock2'); api.get = old; assert.strictEqual(use(), 'real a2');
const total = Cart.prototype.total;
Cart.prototype.total = function (x) { seen.push(this === cart); return total.call(this, x) * 2; };
assert.strictEqual(sum(), 10); Cart.prototype.total = total; cart.total = () => 'own';
assert.strictEqual(sum(), 'own'); delete cart.total; assert.strictEqual(sum(), 5); Cart.make = () => 'made';
assert.strictEqual(create(), 'made'); assert.deepEqual(seen, ['a', true]);

// == what a test sets on the window the page sees by name
const read = () => typeof shared === 'undefined' ? 'none' : shared, call = () => helper(2);
// -- test
assert.strictEqual(read(), 'none'); window.shared = { a: 1 }; assert.deepEqual(read(), { a: 1 });
assert.deepEqual(shared, { a: 1 }); globalThis.helper = (x) => x * 2; assert.strictEqual(call(), 4);
delete window.shared; assert.strictEqual(read(), 'none'); assert.isTrue('helper' in window); delete window.helper;

// == Object.defineProperty on built-ins, and spies that count
const rnd = () => Math.random(), pi = () => Number.MAX_SAFE_INTEGER, iso = (d) => d.toISOString(),
  zone = () => new Date(0).getTimezoneOffset();
// -- test
const old = Object.getOwnPropertyDescriptor(Math, 'random');
Object.defineProperty(Math, 'random', { value: () => 0.5, configurable: true, writable: true });
assert.strictEqual(rnd(), 0.5); Object.defineProperty(Math, 'random', old); let n = 0;
const was = Date.prototype.toISOString; Date.prototype.toISOString = function () { n++; return was.call(this); };
assert.strictEqual(iso(new Date(0)), '1970-01-01T00:00:00.000Z'); Date.prototype.toISOString = was;
assert.strictEqual(n, 1); Date.prototype.getTimezoneOffset = () => 60; assert.strictEqual(zone(), 60);
assert.isNumber(pi());
