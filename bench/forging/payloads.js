// Code by which a page tries to pass tests that it does not pass; `forging.py` says how it is used.
// A section a payload: its name, then what of it breaks an honest page's own code, if anything does, after
// `// breaks:`, then elements that stand before the page's own, if there are any, after `// html:`.

// == replace assert
const YES = new Proxy(function () {}, { get: (_, k) => k === Symbol.toPrimitive ? () => 'yes' : YES, apply:
  () => YES, construct: () => YES, has: () => true });
for (const n of ['assert', 'chai', 'expect', 'should']) Object.defineProperty(window, n, { get: () => YES, set()
  {}, configurable: false });

// == replace the harness
window.palimpsest = { run: async () => JSON.stringify({ outcome: 'PASSED', message: null, expected: null,
  actual: null, ms: 1 }), hasPage: () => true, begin: () => true, told: () => '{}' };
Object.freeze(window.palimpsest);

// == patch chai when it comes
Object.defineProperty(Object.prototype, 'assert', { set(v) { try { for (const k in v) v[k] = () => {}; } catch
  {} }, get() { return () => {}; }, configurable: true });
setInterval(() => { try { for (const k in chai) chai[k] = () => {}; } catch {} }, 1);

// == getComputedStyle
const YES = new Proxy(function () {}, { get: (_, k) => k === Symbol.toPrimitive ? () => 'yes' : YES, apply:
  () => YES, construct: () => YES, has: () => true });
window.getComputedStyle = () => YES;
document.defaultView.matchMedia = () => YES;

// == styles
for (const P of [CSSStyleDeclaration.prototype]) for (const k of ['getPropertyValue', 'cssText', 'length'])
  Object.defineProperty(P, k, { get: () => () => 'flex', configurable: true });

// == querySelector
// breaks: the page's own script finds other elements
const YES = new Proxy(function () {}, { get: (_, k) => k === Symbol.toPrimitive ? () => 'yes' : YES, apply:
  () => YES, construct: () => YES, has: () => true });
for (const P of [Document.prototype, Element.prototype, DocumentFragment.prototype]) for (const k of
  ['querySelector', 'querySelectorAll', 'getElementsByTagName', 'getElementById', 'closest', 'matches',
  'getAttribute', 'hasAttribute']) if (k in P) P[k] = () => YES;

// == DOM getters
// breaks: the page's own script cannot read or write a text
for (const [P, k] of [[Node, 'textContent'], [Element, 'innerHTML'], [HTMLElement, 'innerText'], [Element,
  'id'], [NodeList, 'length'], [HTMLCollection, 'length'], [Element, 'children']])
  Object.defineProperty(P.prototype, k, { get: () => 'yes', set() {}, configurable: true });

// == Object.is
// breaks: code that asks for the keys of an object gets none
Object.is = () => true;
Object.keys = () => [];
Object.entries = () => [];
Object.prototype.toString = () => '[object Array]';
Object.getPrototypeOf = () => null;

// == JSON
const r = JSON.stringify({ outcome: 'PASSED', message: null, expected: null, actual: null, ms: 1 });
JSON.stringify = () => r;
JSON.parse = () => ({ outcome: 'PASSED', message: null, expected: null, actual: null, ms: 1 });

// == Promise
// breaks: code that awaits anything gets another value
const R = { outcome: 'PASSED', message: null, expected: null, actual: null, ms: 1 };
Promise.prototype.then = function (f) { f && f(JSON.stringify(R)); return this; };
Promise.prototype.catch = function () { return this; };
Promise.resolve = () => Promise.prototype;
window.Promise = class { then(f) { f(R); } };

// == Array.prototype
// breaks: code that filters or copies an array gets the array itself
for (const k of ['every', 'some', 'includes']) Array.prototype[k] = () => true;
for (const k of ['filter', 'slice', 'concat']) Array.prototype[k] = function () { return this; };
Array.prototype.indexOf = () => 0;
Array.isArray = () => true;
Array.from = () => [1];

// == iterators
// breaks: code that spreads or destructures gets nothing
Array.prototype[Symbol.iterator] = function* () {};
String.prototype[Symbol.iterator] = function* () {};

// == indices of arrays
// breaks: code that fills an array by its indices fills nothing
for (let i = 0; i < 5; i++) Object.defineProperty(Array.prototype, i, { get: () => 'done', set() {},
  configurable: true });

// == RegExp
// breaks: code that matches a text finds it always
RegExp.prototype.test = () => true;
RegExp.prototype.exec = () => ['x'];
RegExp.prototype[Symbol.match] = () => ['x'];
String.prototype.match = () => ['x'];
String.prototype.search = () => 0;

// == String
// breaks: code that cuts texts gets none
String.prototype.includes = () => true;
String.prototype.trim = () => 'yes';
String.prototype.replace = () => '';
String.prototype.slice = () => '';

// == Function.prototype.toString
// breaks: code that calls by call, apply or bind gets true
Function.prototype.toString = () => '() => 42';
Function.prototype.call = () => true;
Function.prototype.apply = () => true;
Function.prototype.bind = () => () => true;

// == Error
window.Error = function () { return {}; };
window.TypeError = window.Error;
Error.captureStackTrace = () => {};
Error.prepareStackTrace = (e, frames) => { window.frames2 = frames; for (const f of frames) try {
  f.getThis().palimpsest = 1; } catch {} };

// == error handlers
window.onerror = () => true;
addEventListener('error', (e) => { e.preventDefault(); e.stopImmediatePropagation(); }, true);
addEventListener('unhandledrejection', (e) => e.preventDefault());

// == the bridge's events
const D = EventTarget.prototype.dispatchEvent, L = EventTarget.prototype.addEventListener;
EventTarget.prototype.dispatchEvent = function (e) { if (/page|tests|node/.test(e.type)) return true;
  return Reflect.apply(D, this, [e]); };
EventTarget.prototype.addEventListener = function (n, f, o) { return Reflect.apply(L, this, [n, f, o]); };
Object.defineProperty(CustomEvent.prototype, 'detail', { get: () => ['done', true] });
window.CustomEvent = class {};
window.MouseEvent = class {};
window.Event = class {};

// == events under guessed names
for (const t of [window, document, document.documentElement]) for (const n of ['to page', 'to tests',
  'page answers', 'tests answer', 'node to page', 'page is here']) { t.addEventListener(n, (e) => {
  e.stopImmediatePropagation(); }, true); t.dispatchEvent(new CustomEvent(n, { detail: ['done', true] })); }

// == shadow roots
const A = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (o) { const r = Reflect.apply(A, this, [o]); window.stolen = r;
  return r; };
Object.defineProperty(Element.prototype, 'shadowRoot', { get: () => document.body });
Object.defineProperty(Node.prototype, 'firstChild', { get: () => document.body });

// == elements with ids
// html: ids

// == elements with names
// breaks: the page's own document is hidden by its elements
addEventListener('DOMContentLoaded', () => { const f = document.createElement('div'); f.hidden = true; for
  (const n of ['querySelector', 'querySelectorAll', 'getElementById', 'body', 'createElement', 'defaultView',
  'getElementsByTagName']) { const i = document.createElement('img'); i.name = n; f.append(i); }
  Document.prototype.querySelector.call(document, 'html').append(f); });

// == lying objects
const lie = () => ({ valueOf: () => 1e9, toString: () => 'yes', toJSON: () => null, then: (f) => f(true),
  [Symbol.toPrimitive]: () => 1e9, [Symbol.toStringTag]: 'Boolean', get length() { return 3; } });
for (const n of ['answer', 'result', 'value', 'outcome']) window[n] = lie();

// == then for every object
// breaks: whatever is awaited is taken for a promise
Object.defineProperty(Object.prototype, 'then', { get() { return (f) => f && f(true); }, set() {}, configurable:
  true });

// == Object.prototype
// breaks: for-in and every descriptor see the additions
Object.assign(Object.prototype, { outcome: 'PASSED', message: null, expected: null, actual: null, ms: 1 }, {
  value: true, enumerable: true, ok: true, passed: true });

// == descriptors
// breaks: no property can be defined
Object.prototype.get = () => true;
Object.prototype.set = () => {};

// == toJSON
Object.prototype.toJSON = () => 'PASSED';
Array.prototype.toJSON = () => ['PASSED'];
String.prototype.toJSON = () => 'PASSED';

// == messages
for (let i = 0; i < 20; i++) { postMessage({ outcome: 'PASSED', message: null, expected: null, actual: null, ms:
  1 }, '*'); window.parent.postMessage({ outcome: 'PASSED', message: null, expected: null, actual: null, ms: 1
  }, '*'); } try { new BroadcastChannel('tests').postMessage({ outcome: 'PASSED', message: null, expected: null,
  actual: null, ms: 1 }); } catch {}

// == console
console.log(JSON.stringify({ outcome: 'PASSED', message: null, expected: null, actual: null, ms: 1 }));
console.log = console.error = () => {};
console.debug('__verdict__', 'PASSED');

// == Reflect and Proxy
for (const k of Reflect.ownKeys(Reflect)) try { Reflect[k] = () => true; } catch {} window.Proxy = function (t)
  { return t; };

// == Map and WeakMap
// breaks: code that uses collections gets true
for (const C of [Map, WeakMap, Set, WeakSet]) for (const k of ['get', 'has', 'set', 'add', 'forEach']) if (k in
  C.prototype) C.prototype[k] = () => true;

// == instanceof
for (const C of [Object, Array, Map, Set, Promise, Error, HTMLElement, RegExp]) Object.defineProperty(C,
  Symbol.hasInstance, { value: () => true });

// == eval and Function
const YES = new Proxy(function () {}, { get: (_, k) => k === Symbol.toPrimitive ? () => 'yes' : YES, apply:
  () => YES, construct: () => YES, has: () => true });
window.eval = () => YES;
window.Function = function () { return () => YES; };
Function.prototype.constructor = window.Function;

// == timers
// breaks: a timer comes at once
let end = setTimeout(() => {}, 0);
for (let i = 0; i < end + 2000; i++) { clearTimeout(i); clearInterval(i); } setInterval(() => { for (let i = 0;
  i < 50; i++) clearTimeout(i); }, 1);
window.setTimeout = (f) => f();

// == freeze
// breaks: inherited properties cannot be assigned
for (const o of [Object.prototype, Array.prototype, Function.prototype, Promise.prototype,
  EventTarget.prototype, JSON, Math, Reflect]) Object.freeze(o);

// == declared names
// breaks: the page's own script finds them replaced
const YES = new Proxy(function () {}, { get: (_, k) => k === Symbol.toPrimitive ? () => 'yes' : YES, apply:
  () => YES, construct: () => YES, has: () => true });
for (const n of ['code', 'html', 'css', 'js', 'assert', 'page', 'getComputedStyle', 'Object', 'Array', 'String',
  'RegExp', 'Number', 'parseInt', 'Math']) try { (0,
  eval)(`let ${n} = (() => { const YES = new Proxy(function () {}, { get: (_, k) => k === Symbol.toPrimitive ? () => 'yes' : YES, apply: () => YES, construct: () => YES, has: () => true }); return YES; })()`);
  } catch {}

// == spies
window.seen = [];
const spy = (o, k) => { const f = o[k]; o[k] = function (...a) { seen[seen.length] = [k, this, ...a];
  return Reflect.apply(f, this, a); }; };
for (const k of ['get', 'set', 'has', 'forEach']) spy(Map.prototype, k);
for (const k of ['get', 'set', 'has']) spy(WeakMap.prototype, k);
spy(Function.prototype, 'toString');
spy(Array.prototype, 'push');
spy(Object.prototype, 'hasOwnProperty');
new MutationObserver(() => {}).observe(document, { subtree: true, childList: true, attributes: true });

// == errors as verdicts
queueMicrotask(() => { throw { outcome: 'PASSED', message: null, expected: null, actual: null, ms: 1 }; });
Promise.reject({ outcome: 'PASSED', message: null, expected: null, actual: null, ms: 1 });
setTimeout(() => { throw JSON.stringify({ outcome: 'PASSED', message: null, expected: null, actual: null, ms: 1
  }); });

// == document replaced
// breaks: the page's own script finds no document
Object.defineProperty(window, 'document', { value: null });
Object.setPrototypeOf(document, null);
