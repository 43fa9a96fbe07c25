// The tests' side: an isolated world with built-ins of its own, which shares nothing with the page but the DOM.
//
// The page's values are reached by name through the membrane. A verdict is what `run` returns to the driver; no
// message from the page can be taken for one.
//
// Needs: HELLO, the name that the page's side listens to; `chai` in the global scope.

const { stringify } = JSON;
const NativeFunction = Function;
const NativeAsyncFunction = (async () => {}).constructor;
const localEvaluate = eval; // called by this name it works on the global scope
const now = uncurry(performance.now);
const queryAll = uncurry(Document.prototype.querySelectorAll);
const { chai } = globalThis;
const MAX_MESSAGE = 2_000; // characters
const MAX_LINES = 50;

// ---- the channel ---------------------------------------------------------------------------------------------------
const host = document.createElement('div');
const channel = document.createElement('i');
host.attachShadow({ mode: 'open' }).appendChild(channel);
let reply;
let isAnswered = false;

listen(channel, 'page is here', () => { isAnswered = true; });
listen(channel, 'page answers', (event) => { reply = detailOf(event); });
listen(channel, 'to tests', (event) => {
  const message = membrane.answer(detailOf(event));
  dispatch(channel, new CustomEvent('tests answer', { detail: message }));
});
listen(channel, 'node to tests', (event) => membrane.takeNode(relatedOf(event)));

const hello = () => { if (!isAnswered) dispatch(document, new MouseEvent(HELLO, { relatedTarget: host })); };

const side = {
  isTrusted: true,
  copies: false,
  isHidden: (value) => value === scope,
  isBuiltIn: (name) => builtInNames.has(name),
  send(message) {
    reply = undefined;
    dispatch(channel, new CustomEvent('to page', { detail: message }));
    const got = reply;
    reply = undefined;
    return got;
  },
  carry(node) { dispatch(channel, new MouseEvent('node to page', { relatedTarget: node })); },
  /** The page may ask about objects that it was given, and about nothing else. */
  target(told, { ours }) {
    if (!told || told[0] !== 'yours' || !(told[1] in ours)) throw new TypeError('There is no such object.');
    return ours[told[1]];
  },
  special: () => undefined,
  protoToTell: (error, proto) => (error instanceof chai.AssertionError ? Error.prototype : proto),
  /** What an assertion expected is not the page's to know, should the page catch the error of a callback. */
  toTell(error, key, value) {
    if (!(error instanceof chai.AssertionError)) return value;
    return key === 'message' ? 'The assertion failed.' : undefined;
  },
};

// ---- names ---------------------------------------------------------------------------------------------------------
/** Every name that a window has by itself; the layer that holds elements by their ids has no keys to list. */
const builtInNames = new Set();
for (let at = globalThis; at; at = getPrototypeOf(at)) {
  for (const key of ownKeys(at)) if (typeof key === 'string') builtInNames.add(key);
}
builtInNames.delete('chai');
const namedElements = getPrototypeOf(Window.prototype);

const membrane = makeMembrane(side);
const { ask, decode, encode, known } = membrane;

/** Names that mean the tests' own world whatever the page declares: a page must not choose what a test calls. */
const KEPT = new Set(['document', 'getComputedStyle', 'matchMedia', 'setTimeout', 'clearTimeout', 'setInterval',
  'clearInterval', 'requestAnimationFrame', 'cancelAnimationFrame', 'queueMicrotask', 'structuredClone', 'console',
  'performance', 'crypto', 'navigator', 'location', 'addEventListener', 'removeEventListener', 'dispatchEvent',
  'parseInt', 'parseFloat', 'isNaN', 'isFinite', 'encodeURI', 'encodeURIComponent', 'decodeURI', 'decodeURIComponent',
  'escape', 'unescape', 'eval', 'undefined', 'globalThis', 'window', 'self', 'innerWidth', 'innerHeight', 'scrollX',
  'scrollY', 'atob', 'btoa', 'fetch', 'constructor', 'toString', 'valueOf', 'hasOwnProperty']);
/** Collections that learners build themselves as an exercise: in a page without a document theirs are meant. */
const REBUILT = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'Node', 'Option', 'Text', 'Selection', 'Range']);

const work = { js: '', isScriptOnly: false };
const isKept = (name) =>
  KEPT.has(name) || (/^[A-Z]/.test(name) && !(work.isScriptOnly && REBUILT.has(name)));

/** Whether the tests' own world has a meaning for the name: a built-in, a library's, or what a hook has set. */
function isLocal(name) {
  if (builtInNames.has(name)) return isKept(name) || !ask('declared', name)[0];
  if (hasOwn(globalThis, name)) return true;
  if (!libraries) return false;
  let value;
  try { value = localEvaluate(name); } catch { return false; }
  return !(name in namedElements) || value !== reflectGet(namedElements, name, globalThis);
}

let libraries = false;
let found; // the name that was looked up last, since a look-up is a `has` and then a `get`

function lookUp(name) {
  const [isFound, value] = ask('name', name);
  found = isFound ? { name, value: decode(value) } : undefined;
  return isFound;
}

/** What every free name of a test goes through. */
const scope = new Proxy(Object.create(null), {
  has: (_, key) => typeof key === 'string' && (key in own || (!isLocal(key) && lookUp(key))),
  get(_, key) {
    if (typeof key !== 'string') return undefined;
    if (key in own) return own[key];
    if (found?.name !== key && !lookUp(key)) throw new ReferenceError(`${key} is not defined`);
    const { value } = found;
    found = undefined;
    return value;
  },
  set(_, key, value) {
    found = undefined;
    if (key in own) own[key] = value;
    ask('assign', key, encode(value));
    return true;
  },
});

/** A built-in object on which a test may set something: it is set in the page too, whose code is to see it. */
function shared(name, object) {
  const changed = new Map();
  const proxy = new Proxy(object, {
    get: (target, key) => (changed.has(key) ? changed.get(key) : reflectGet(target, key)),
    set(_, key, value) {
      changed.set(key, value);
      ask('set', tagged('built-in', name), encode(key), encode(value));
      return true;
    },
  });
  known.alias(proxy, name);
  return proxy;
}

/** Code that a test makes out of a text may be the learner's text: it runs in the page, never here. */
const pageEval = (text) => (typeof text === 'string' ? decode(ask('eval', text)[0]) : text);
const makeFunction = (args) => decode(ask('new', tagged('built-in', 'Function'), membrane.encodeAll(args)));
const pageFunction = new Proxy(NativeFunction, {
  apply: (_, __, args) => makeFunction(args),
  construct: (_, args) => makeFunction(args),
});
known.alias(pageFunction, 'Function');
defineProperty(NativeFunction.prototype, 'constructor', { value: pageFunction });

const nativeText = NativeFunction.prototype.toString;
defineProperty(NativeFunction.prototype, 'toString', { writable: true, configurable: true, value: { toString() {
  const number = typeof this === 'function' ? membrane.numberOf(this) : undefined;
  return number === undefined ? apply(nativeText, this, []) : ask('source', tagged('yours', number));
} }.toString });
known.alias(NativeFunction.prototype.toString, 'Function.prototype.toString');

const timer = (start) => (handler, ...rest) =>
  start(typeof handler === 'function' ? handler : () => pageEval(`${handler}`), ...rest);
const nativeSetTimeout = setTimeout.bind(globalThis);

const page = new Proxy(Object.create(null), {
  get: (_, key) => (key === 'eval' ? pageEval : typeof key === 'string' && lookUp(key) ? found.value : undefined),
  set(_, key, value) { ask('assign', key, encode(value)); return true; },
  has: (_, key) => typeof key === 'string' && lookUp(key),
});

// ---- the window that tests see -------------------------------------------------------------------------------------
const setByTests = new Map();
const bound = new Map();
const isFunctionOfWindow = (key, value) => typeof value === 'function' && !/^[A-Z]/.test(key);

const pageWindow = new Proxy(Object.create(Window.prototype), {
  get(_, key) {
    if (typeof key !== 'string') return reflectGet(globalThis, key);
    if (setByTests.has(key)) return setByTests.get(key);
    if (key in own) return own[key];
    if (isLocal(key)) {
      const value = globalThis[key];
      if (!builtInNames.has(key) || !isFunctionOfWindow(key, value)) return value;
      if (!bound.has(key)) {
        const method = value.bind(globalThis);
        bound.set(key, method);
        if (known.nameOf(value)) known.alias(method, known.nameOf(value));
      }
      return bound.get(key);
    }
    return decode(ask('own of window', key)[1]);
  },
  set(_, key, value) {
    const native = typeof key === 'string' && getOwnPropertyDescriptor(globalThis, key);
    if (native && native.set) return reflectSet(globalThis, key, value);
    setByTests.set(key, value);
    ask('set', tagged('built-in', 'window'), encode(key), encode(value));
    return true;
  },
  has: (_, key) => key in own || (typeof key === 'string' && (isLocal(key) || ask('own of window', key)[0])),
  deleteProperty(_, key) {
    setByTests.delete(key);
    return ask('delete', tagged('built-in', 'window'), encode(key));
  },
  getOwnPropertyDescriptor(target, key) {
    return this.has(target, key)
      ? { value: this.get(target, key), writable: true, enumerable: true, configurable: true } : undefined;
  },
});
known.alias(pageWindow, 'window');

// ---- the document that tests see -----------------------------------------------------------------------------------
const documentParts = new Map(); // what a document has by itself: key -> descriptor; found when it is first asked for

function partOfDocument(key) {
  if (!documentParts.size) {
    for (let at = HTMLDocument.prototype; at; at = getPrototypeOf(at)) {
      for (const own of ownKeys(at)) {
        if (!documentParts.has(own)) documentParts.set(own, getOwnPropertyDescriptor(at, own));
      }
    }
  }
  return documentParts.get(key);
}

/** Elements with a name or id such as `querySelector` hide the document's own; then tests get it without them. */
function unclobbered() {
  for (const element of queryAll(document, 'img, form, embed, object, iframe')) {
    const { name, id } = element.attributes;
    if ((name && partOfDocument(name.value)) || (id && partOfDocument(id.value))) return plainDocument;
  }
  return document;
}

const plainDocument = new Proxy(Object.create(HTMLDocument.prototype), {
  get(_, key) {
    const part = partOfDocument(key);
    if (!part) return undefined;
    if (part.get) return apply(part.get, document, []);
    return typeof part.value === 'function' && key !== 'constructor' ? bind(part.value, document) : part.value;
  },
  set(_, key, value) {
    const part = partOfDocument(key);
    if (part?.set) apply(part.set, document, [value]);
    return true;
  },
});

const own = Object.assign(Object.create(null), {
  assert: chai.assert, chai, page, document, code: '', html: '', css: '', js: '',
  window: pageWindow, self: pageWindow, globalThis: pageWindow,
  getComputedStyle: getComputedStyle.bind(globalThis), eval: pageEval, Function: pageFunction,
  setTimeout: timer(nativeSetTimeout), setInterval: timer(setInterval.bind(globalThis)),
  Math: shared('Math', Math), Date: shared('Date', Date), console: sharedConsole(),
});
for (const name of ['getComputedStyle', 'setTimeout', 'setInterval']) known.alias(own[name], name);
defineProperty(own, 'customElements',
  { enumerable: true, get: () => decode(ask('own of window', 'customElements')[1]), set() {} });
chai.config.useProxy = false; // it names misspelt words of another interface than `assert`, and takes time
Object.freeze(chai.assert);
Object.freeze(chai.AssertionError.prototype);

/** The page's console, since a test that replaces `console.log` wants to hear what the page logs. */
function sharedConsole() {
  const changed = new Map();
  const there = () => decode(ask('own of window', 'console')[1]);
  return new Proxy(Object.create(null), {
    get: (_, key) => (changed.has(key) ? changed.get(key) : there()[key]),
    set(_, key, value) { changed.set(key, value); there()[key] = value; return true; },
  });
}

// ---- running -------------------------------------------------------------------------------------------------------
const blocked = [];
listen(document, 'securitypolicyviolation', (event) => {
  if (blocked.length < MAX_LINES) blocked.push(slice(event.blockedURI, 0, 200));
}, true);

const cut = (text) => (text.length > MAX_MESSAGE ? `${slice(text, 0, MAX_MESSAGE - 1)}…` : text);

function describeError(error) {
  try {
    if (typeof error !== 'object' || error === null) return cut(`${String(error)}`);
    const message = typeof error.message === 'string' ? error.message : '';
    if (error instanceof chai.AssertionError) return cut(message);
    return cut(typeof error.name === 'string' && error.name ? `${error.name}: ${message}` : message);
  } catch {
    return 'An error that cannot be described.';
  }
}

function inspect(value) {
  try { return cut(chai.util.inspect(value)); } catch { return null; }
}

/** A test that is nothing but a function is meant to be called: as a statement it would check nothing. */
function bodyOf(code) {
  if (!/^\s*(async\b\s*)?(function\b|\([^()]*\)\s*=>|[\w$]+\s*=>)/.test(code)) return code;
  const call = `return (${code.replace(/;?\s*$/, '')}\n)();`;
  try { new NativeAsyncFunction(call); } catch { return code; }
  return call;
}

/** The test as a function: its free names go through `scope`, its hooks run around it in the same function. */
function compile(test) {
  const parts = [test.before, test.code, test.after];
  for (const part of parts) new NativeAsyncFunction(part); // so that a slip in one is told as what it is
  const body = `${test.before}\n;try { await (async function () {${bodyOf(test.code)}\n}).call(this); }
    finally { await (async function () {${test.after}\n}).call(this); }`;
  return new NativeFunction('scope', `with (scope) { return async function () {${body}\n}; }`)(scope);
}

async function execute(body) {
  try {
    await apply(body, pageWindow, []);
    return { outcome: 'PASSED', message: null, expected: null, actual: null };
  } catch (error) {
    if (!(error instanceof chai.AssertionError)) {
      return { outcome: 'ERROR', message: describeError(error), expected: null, actual: null };
    }
    const compared = hasOwn(error, 'expected') && error.expected !== undefined;
    return { outcome: 'FAILED', message: describeError(error), expected: compared ? inspect(error.expected) : null,
      actual: compared ? inspect(error.actual) : null };
  }
}

/** Not borrowed, whoever calls them: they would be called behind the test's back too. */
const UNFIT = new Set(['then', 'toJSON', 'inspect', 'next', 'valueOf', 'toString']);
const METHOD = /\.\s*([A-Za-z_$][\w$]*)\s*\(/g;

/** Methods that the page added to prototypes of built-ins and that this test calls by name; returns their removal. */
function borrow(test) {
  const asked = new Set(`${test.before}\n${test.code}`.matchAll(METHOD).map((match) => match[1]));
  const undo = [];
  if (!asked.size) return undo;
  for (const [root, key, value] of ask('added', membrane.encodeAll([...asked]))) {
    const prototype = asked.has(key) && membrane.known.called(`${root}.prototype`);
    if (!prototype || UNFIT.has(key) || key in prototype) continue;
    defineProperty(prototype, key, { value: decode(value), writable: true, configurable: true });
    undo.push(() => deleteProperty(prototype, key));
  }
  return undo;
}

async function run(test) {
  let body;
  try {
    body = compile(test);
  } catch (error) {
    return { outcome: 'ERROR', message: describeError(error), expected: null, actual: null, ms: 0 };
  }
  const began = now(performance);
  let undo = [];
  let result;
  try {
    membrane.forgetCopies();
    ask('begin', work.isScriptOnly ? work.js : null);
    own.document = unclobbered();
    undo = borrow(test);
    result = await execute(body);
  } catch (error) {
    result = { outcome: 'ERROR', message: describeError(error), expected: null, actual: null };
  }
  for (const remove of undo) remove();
  return { ...result, ms: now(performance) - began };
}

/** What the driver calls; all answers are JSON. */
globalThis.palimpsest = Object.freeze({
  /** Tells whether the page's side is there. */
  begin(given) {
    hello();
    for (const name of ['code', 'html', 'css', 'js']) own[name] = given[name];
    work.js = given.js;
    work.isScriptOnly = given.isScriptOnly;
    libraries = given.hasLibraries;
    globalThis.assert = chai.assert; // for libraries, whose free names do not go through `scope`
    return isAnswered;
  },
  run: async (test) => stringify(await run(test)),
  told() {
    const plain = (part) => (typeof part === 'string' ? slice(part, 0, 500) : typeof part === 'number' ? part : null);
    const read = (lines) => Array.from(lines, (line) => slice(`${line}`, 0, 500)).slice(0, MAX_LINES);
    let said = [[], []];
    try { said = ask('lines'); } catch { /* then it said nothing */ }
    const errors = Array.from(said[1], (error) => Array.from(error, plain)).slice(0, MAX_LINES);
    return stringify({ console: read(said[0]), errors, blocked });
  },
});
builtInNames.delete('palimpsest');
builtInNames.delete('assert');

listen(document, `${HELLO} again`, hello);
hello();
