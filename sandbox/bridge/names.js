// What the names in a test mean, and the window that tests see.
//
// In this order: the words of the harness; what a hook declared; the language's own names and the instruments that tests
// look with; what a test, hook or library has set; what the page declares; what the browser has.

const queryAll = uncurry(Document.prototype.querySelectorAll);
const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** What the driver gave: the page's texts and what is known of its challenge. */
const work = { __proto__: null, code: '', html: '', css: '', js: '', isScriptOnly: false, declared: { __proto__: null },
  hasLibraries: false, isBeforeCode: false };

/** Every name that a window has by itself; the layer that holds elements by their ids has no keys to list. */
const builtInNames = { __proto__: null };
const namedElements = getPrototypeOf(Window.prototype);

/** Names that mean the tests' own whatever the page declares, unless the challenge's own text declares them too: those
 *  of the language, and those by which a test looks at the page or waits. */
const KEPT = setOf('Object Function Array String Number Boolean Symbol BigInt Date RegExp Promise Map Set WeakMap WeakSet '
  + 'WeakRef FinalizationRegistry Error EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError '
  + 'ArrayBuffer SharedArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array '
  + 'Uint32Array Float16Array Float32Array Float64Array BigInt64Array BigUint64Array Proxy Iterator Math JSON Reflect Intl '
  + 'Atomics WebAssembly Temporal parseInt parseFloat isNaN isFinite encodeURI encodeURIComponent decodeURI '
  + 'decodeURIComponent escape unescape eval undefined NaN Infinity globalThis window document getComputedStyle'
  + '  matchMedia DOMParser XMLSerializer XPathEvaluator XPathResult setTimeout '
  + 'clearTimeout setInterval clearInterval requestAnimationFrame cancelAnimationFrame queueMicrotask structuredClone');
const isKept = (name) => name in KEPT && !(name in work.declared);

const setByLibraries = { __proto__: null }; // names that the global object got before the world was sealed
const setByTests = new World.Map(); // names of the browser that a test gave a meaning
const hookNames = { __proto__: null }; // name -> [get, set] of what beforeAll declared
let isProbing = false;
let probed = false;

/** Whether the tests' own world has a meaning for the name that the page's own does not hide. */
function isLocal(name) {
  if (name in builtInNames) {
    return isKept(name) || mapHas(setByTests, name) || !membrane.ask('declared', name)[0];
  }
  if (name in work.declared) return false;
  if (name in setByLibraries) return true;
  if (!work.hasLibraries) return false;
  let value;
  try { value = evaluateHere(name); } catch { return false; }
  return !(name in namedElements) || value !== reflectGet(namedElements, name, World.window);
}

let found; // the name that was looked up last, since a look-up is a `has` and then a `get`

class NotYet extends World.ReferenceError {}

function lookUp(name) {
  const [isFound, value] = membrane.ask('name', name);
  if (isFound && work.isBeforeCode) throw new NotYet(`${name} is not defined`);
  found = isFound ? { __proto__: null, name, value: membrane.decode(value) } : undefined;
  return isFound;
}

const YIELDING = setOf('self customElements console top parent frames'); // words that a page may use for something of its own
const isOwn = (key) => key in own && !(key in work.declared)
  && !(key in YIELDING && membrane.ask('declared', key)[0]);

/** What every free name of a test goes through. */
const scope = new World.Proxy(setPrototypeOf({}, null), { __proto__: null,
  has(_, key) {
    if (typeof key !== 'string') return false;
    if (isProbing) { probed = true; return false; }
    return isOwn(key) || key in hookNames || mapHas(setByTests, key) || (!isLocal(key) && lookUp(key));
  },
  get(_, key) {
    if (typeof key !== 'string') return undefined;
    if (isOwn(key)) return own[key];
    if (key in hookNames) return hookNames[key][0]();
    if (mapHas(setByTests, key)) return mapGet(setByTests, key);
    if (found?.name !== key && !lookUp(key)) throw new World.ReferenceError(`${key} is not defined`);
    const { value } = found;
    found = undefined;
    return value;
  },
  set(_, key, value) {
    found = undefined;
    if (isOwn(key)) setOwn(key, value);
    else if (key in hookNames) hookNames[key][1](value);
    else setName(key, value);
    return true;
  },
});
const mapHas = uncurry(Map.prototype.has);

function setOwn(key, value) {
  const cell = getOwnPropertyDescriptor(own, key);
  if (cell && hasOwn(cell, 'value')) own[key] = value;
  membrane.ask('assign', key, membrane.encode(value, true));
}

/** A name that a test sets without declaring it: the page sees it, and so do tests. */
function setName(key, value) {
  if (key in SETTABLE && getOwnPropertyDescriptor(World.window, key)?.set) { World.window[key] = value; return; }
  if (key in builtInNames && !isHandler(key) && !(key in SHARED)) mapSet(setByTests, key, value);
  membrane.ask('assign', key, membrane.encode(value, true));
}

const page = new World.Proxy(setPrototypeOf({}, null), { __proto__: null,
  get: (_, key) => (key === 'eval' ? pageEval : typeof key === 'string' && lookUp(key) ? found.value : undefined),
  set(_, key, value) { membrane.ask('assign', key, membrane.encode(value, true)); return true; },
  has: (_, key) => typeof key === 'string' && lookUp(key),
});

// ---- the window that tests see -------------------------------------------------------------------------------------
const bound = new World.Map();
const isHandler = (key) => slice(key, 0, 2) === 'on' && key in builtInNames;
const ofWindow = (key) => membrane.decode(membrane.ask('own of window', key)[1]);
const pagesWindow = tagged('built-in', 'window');

const windowTraps = { __proto__: null,
  get(_, key) {
    if (typeof key !== 'string') return reflectGet(World.window, key);
    if (mapHas(setByTests, key)) return mapGet(setByTests, key);
    if (key in own) return own[key];
    if (isHandler(key)) return ofWindow(key);
    if (!isLocal(key)) return ofWindow(key);
    const value = World.window[key];
    if (value === World.window) return pageWindow;
    if (!(key in builtInNames) || typeof value !== 'function' || matches(/^[A-Z]/, key)) return value;
    if (mapGet(bound, key)?.[0] !== value) {
      const method = bind(value, World.window);
      mapSet(bound, key, tagged(value, method));
      const name = membrane.known.nameOf(value);
      if (name) membrane.known.alias(method, name);
    }
    return mapGet(bound, key)[1];
  },
  set(_, key, value) {
    if (typeof key === 'string' && key in SETTABLE && key in replaceable && getOwnPropertyDescriptor(World.window, key)?.set) {
      World.window[key] = value;
      return true;
    }
    if (typeof key === 'string' && !membrane.isTheirs(value) && key in replaceable && key in builtInNames && !isHandler(key) && !(key in SHARED)) {
      mapSet(setByTests, key, value);
    }
    membrane.ask('set', pagesWindow, membrane.encode(key), membrane.encode(value, true));
    return true;
  },
  has: (_, key) => key in own || (typeof key === 'string' && (isLocal(key) || membrane.ask('own of window', key)[0])),
  deleteProperty(_, key) {
    mapDelete(setByTests, key);
    return membrane.ask('delete', pagesWindow, membrane.encode(key)) === true;
  },
  defineProperty(_, key, descriptor) {
    if (typeof key === 'string' && key in builtInNames && key in replaceable) {
      const value = has(descriptor, 'value') ? descriptor.value : descriptor.get?.();
      if (!membrane.isTheirs(value)) mapSet(setByTests, key, value);
    }
    return membrane.ask('define', pagesWindow, membrane.encode(key), tellDescriptor(descriptor, membrane.encode)) === true;
  },
  setPrototypeOf: () => false,
  preventExtensions: () => false,
  getOwnPropertyDescriptor(_, key) {
    if (!windowTraps.has(_, key)) return undefined;
    return { value: windowTraps.get(_, key), writable: true, enumerable: true, configurable: true };
  },
};
/** What a window keeps for all worlds. */
const SHARED = setOf('name status location opener');
const SETTABLE = { __proto__: null }; // globals that forward by themselves what they are set to
for (const all of [CLASSES, FUNCTIONS, NAMESPACES, names('Function')]) {
  for (let i = 0; i < all.length; i++) SETTABLE[all[i]] = true;
}
const pageWindow = new World.Proxy(create(Window.prototype), windowTraps);

// ---- the words of the harness ----------------------------------------------------------------------------------------
/** The page's console, since a test that replaces `console.log` wants to hear what the page logs. */
function sharedConsole() {
  const changed = new World.Map();
  const there = () => ofWindow('console');
  return new World.Proxy(setPrototypeOf({}, null), { __proto__: null,
    get: (_, key) => (mapHas(changed, key) ? mapGet(changed, key) : there()[key]),
    set(_, key, value) { mapSet(changed, key, value); there()[key] = value; return true; },
  });
}

const own = { __proto__: null, assert: undefined, chai: undefined, page, document, code: '', html: '', css: '', js: '',
  window: pageWindow, self: pageWindow, globalThis: pageWindow, console: sharedConsole() };
nativeDefine(own, 'customElements', { enumerable: true, get: () => ofWindow('customElements') });
for (const name of ['top', 'parent', 'frames']) own[name] = pageWindow;
own.importInPage = (specifier) => importInPage(specifier);
nativeDefine(own, 'eval', { enumerable: true, get: () => pageEval });

function takeNames() {
  for (let at = World.window; at; at = getPrototypeOf(at)) {
    const keys = ownKeys(at);
    for (let i = 0; i < keys.length; i++) if (typeof keys[i] === 'string') builtInNames[keys[i]] = true;
  }
  delete builtInNames.chai;
  delete builtInNames.assert;
  delete builtInNames.palimpsest;
}
