// What test_bridge.py runs: in the page, and in tests.

// == walk
const walkAll = (window) => {
  const found = []; const seen = new Set();
  const visit = (path, value, depth) => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) return;
    seen.add(value); found.push([path, value]);
    if (depth > 3) return;
    for (const key of Reflect.ownKeys(value)) {
      const own = Reflect.getOwnPropertyDescriptor(value, key); const name = typeof key === 'symbol' ? `[${key.description}]` : key;
      if ('value' in own) visit(`${path}.${name}`, own.value, depth + 1);
      else if (own.get) { visit(`get ${path}.${name}`, own.get, depth + 1); if (own.set) visit(`set ${path}.${name}`, own.set, depth + 1); }
    }
  };
  for (const name of ['Object', 'Function', 'Array', 'String', 'Number', 'Boolean', 'Symbol', 'BigInt', 'Date', 'RegExp', 'Promise',
    'Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'Error', 'EvalError', 'RangeError', 'ReferenceError', 'SyntaxError', 'TypeError',
    'URIError', 'AggregateError', 'ArrayBuffer', 'DataView', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array',
    'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array', 'Iterator',
    'Proxy', 'Math', 'JSON', 'Reflect', 'Intl', 'eval', 'parseInt', 'parseFloat', 'isNaN', 'isFinite', 'encodeURI', 'decodeURI',
    'encodeURIComponent', 'decodeURIComponent', 'escape', 'unescape', 'setTimeout', 'setInterval', 'queueMicrotask',
    'structuredClone', 'fetch', 'alert', 'requestAnimationFrame', 'getComputedStyle']) visit(name, window[name], 0);
  visit('async', (async () => {}).constructor, 1); visit('generator', (function* () {}).constructor, 1);
  visit('asyncGenerator', (async function* () {}).constructor, 1); visit('arrayIterator', Object.getPrototypeOf([].values()), 1);
  return found;
};

// == page
const all = walkAll(window);
class Person { constructor() { this.name = 'Ada'; } static make() {} get age() { return 1; } }
const samples = { number: 1, text: 'a', symbol: Symbol('s'), big: 1n, list: [1, [2]], thing: { a: { b: 1 } }, bare: Object.create(null),
  f() {}, arrow: () => 1, async: async () => 1, gen: function* () { yield 1; }, Person, person: new Person(), it: (function* () {})(),
  asyncIt: (async function* () {})(), values: [1].values(), map: new Map([[1, {}]]), set: new Set([{}]), weak: new WeakMap(),
  ref: new WeakRef({}), date: new Date(0), re: /a/g, error: new RangeError('e'), many: new AggregateError([new Error('x')], 'm'),
  bytes: new Uint8Array(2), buffer: new ArrayBuffer(2), view: new DataView(new ArrayBuffer(2)), boxed: Object('t'),
  promise: Promise.resolve(1), magic: new Proxy({}, {}), args: (function () { return arguments; })(1), node: document.body,
  text2: document.createTextNode('t'), classes: document.body.classList, style: document.body.style, data: document.body.dataset,
  nodes: document.querySelectorAll('p'), live: document.getElementsByTagName('p'), attributes: document.body.attributes,
  event: new Event('x'), url: new URL('https://a.invalid/'), blob: new Blob(['x']), form: new FormData(), win: window, doc: document,
  place: location, rect: document.body.getBoundingClientRect(), rule: document.styleSheets, Element: HTMLElement,
  proto: HTMLElement.prototype, math: Math, reflect: Reflect, json: JSON, evaluate: eval, later: setTimeout, intl: new Intl.NumberFormat(),
  abort: new AbortController(), storage: localStorage, bound: (function () {}).bind(null), getter: Object.getOwnPropertyDescriptor(Person.prototype, 'age') };
const own = new Set(all.map(([, value]) => value));
/** What of the page's given values is a function of another world: called with code it would run there. */
const foreign = (values) => {
  const found = []; const seen = new Set();
  const visit = (path, value, depth) => {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value) || depth > 4 || value === window) return;
    seen.add(value);
    if (value instanceof Node) return;
    let made; try { made = typeof value === 'function' && value.constructor; } catch {}
    if (made && made !== Function && !own.has(made)) found.push(`${path}.constructor`);
    if (typeof value === 'function' && ['eval', 'Function'].includes(value.name) && !own.has(value)) found.push(path);
    visit(`${path}.__proto__`, Object.getPrototypeOf(value), depth + 1); visit(`${path}.constructor`, value.constructor, depth + 1);
    if (!own.has(value)) for (const key of Reflect.ownKeys(value).slice(0, 50)) { try { visit(`${path}.${String(key)}`, value[key], depth + 1); } catch {} }
  };
  Object.keys(values).forEach((key) => visit(key, values[key], 0));
  return found;
};

// == no built-in but those listed
const mine = new Map(walkAll(window).map(([path, value]) => [value, path])); const mapped = [];
assert.isAbove(all.length, 600); assert.isAbove(mine.size, 600);
for (const [path, value] of all) if (mine.has(value)) mapped.push(path);
const isListed = (path) => classes.has(path) || (path.endsWith('.prototype') && classes.has(path.slice(0, -10)))
  || /^(?:async|generator|asyncGenerator)(?:[.]prototype)*$/.test(path) || path === 'arrayIterator'
  || /^Object[.]prototype|Function[.]prototype$/.test(path);
assert.deepEqual(mapped.filter((path) => !isListed(path)), []);
assert.include(mapped, 'Array'); assert.include(mapped, 'Map.prototype'); assert.include(mapped, 'Object');
for (const path of mapped) {
  const value = [...mine.keys()].find((one) => mine.get(one) === path);
  if (value) assert.isTrue(Object.isFrozen(value), `${path} is not frozen`);
}

// == nothing that leads to one
const mine = new Map(walkAll(window).map(([path, value]) => [value, path])); const met = new Set(); let looked = 0;
const visit = (value, depth, seen) => {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value) || depth > 3) return;
  seen.add(value); looked++;
  if (mine.has(value)) { met.add(mine.get(value)); return; }
  if (value instanceof Node || value === window) return;
  for (const key of ['constructor', '__proto__', 'prototype', 'a', 'name', 'get', 'set', 'value']) {
    try { visit(value[key], depth + 1, seen); } catch {}
  }
};
for (const key of Object.keys(samples)) visit(samples[key], 0, new Set());
const acting = [...met].filter((path) => !/^[A-Z][A-Za-z0-9]*([.]prototype)?$|^(async|generator|asyncGenerator)|^arrayIterator$|Iterator/.test(path));
assert.deepEqual(acting, []); assert.isAbove(looked, 150);
for (const path of ['Reflect', 'Proxy', 'Math', 'JSON', 'Intl', 'eval']) assert.isFalse(met.has(path), path);

// == nothing handed over
class Mine { constructor() { this.x = 1; } get y() { return 2; } static z() {} }
const given = { list: [1, [2]], thing: { a: { b: 1 } }, f: () => 1, async: async () => 1, gen: function* () {}, it: (function* () {})(),
  Mine, mine: new Mine(), map: new Map([[1, {}]]), set: new Set([{}]), date: new Date(0), re: /a/, error: new TypeError('e'),
  bytes: new Uint8Array(1), buffer: new ArrayBuffer(1), boxed: Object(1), promise: Promise.resolve(1), node: document.body,
  event: new Event('x'), nodes: document.querySelectorAll('p'), style: getComputedStyle(document.body), win: window, math: Math,
  reflect: Reflect, evaluate: eval, Function, assert, url: new URL('https://a.invalid/'), controller: new AbortController(),
  observer: new MutationObserver(() => {}), range: document.createRange() };
assert.deepEqual(foreign(given), []);
