// The tests' world: an isolated world with built-ins of its own, which shares nothing with the page but the DOM.
//
// It is sealed before the page's first script: every built-in object of the language and chai are frozen by then, and
// nothing that makes code of a text is left in it. Setting a property of a built-in object from a test (`Array.prototype
// .some = spy`, `Math.random = ...`) sets it in the page, where it is meant to be seen; here only who reads it from that
// very object sees it. Setting a property of another object, whose prototype has it, works as if nothing were frozen.
//
// Needs: HELLO, the name that the page's side listens to.

const NativeFunction = Function;
const NativeAsyncFunction = (async () => {}).constructor;
const evaluateHere = eval; // called by this name it works on the global scope
let isClosed = false;
let isAnswered = false; // whether the page's side of the membrane is there
const channelIsOpen = () => isAnswered;

// ---- what defines properties: of the DOM and of built-in objects the page is to see them ------------------------------
/** Lets the page's object have a property that a test defines; tells whether ours must not have it as well. */
function defineInPage(target, key, descriptor) {
  if (!isObject(target) || !isObject(descriptor) || !channelIsOpen()) return false;
  if (membrane.isTheirs(target) || target === pageWindow) return false; // these forward by themselves
  const root = membrane.known.nameOf(target);
  if (root === undefined && !isOfBrowser(target)) return false;
  const cell = root !== undefined && mapGet(cells, cellName(root, key));
  if (cell && has(descriptor, 'value')) { cell.set(descriptor.value); return true; }
  const told = membrane.encode(target);
  if (!isArray(told) && !(isObject(told) && told[0])) return false;
  membrane.ask('define', told, membrane.encode(key), tellDescriptor(descriptor, membrane.encode));
  push(definedInPage, tagged(told, membrane.encode(key)));
  return true;
}

const Targets = EventTarget;
const isOfBrowser = (value) => isNode(value) || value instanceof Targets
  || (isObject(value) && typeof value === 'object' && value[Symbol.toStringTag] !== undefined && isInterface(value));
const isInterface = (value) => {
  const constructor = attempt(() => value.constructor);
  return typeof constructor === 'function' && ownValue(World.window, constructor.name) === constructor;
};

/** Whether it is an object of the DOM, by its prototype and not by what was written on it. */
function isOfDom(value) {
  if (!isObject(value) || membrane.isTheirs(value)) return false;
  if (isNode(value) || value instanceof Targets) return true;
  const constructor = ownValue(getPrototypeOf(value), 'constructor');
  return typeof constructor === 'function' && membrane.known.nameOf(constructor) === undefined
    && ownValue(World.window, ownValue(constructor, 'name')) === constructor;
}

/** What is written where a page may have chosen it, as in `acc[key] = value`, never gives an object of the DOM another
 *  prototype in this world: the page's object gets it. Tells whether it was done there. */
function linkInPage(target, prototype) {
  if (!isOfDom(target)) return false;
  attempt(() => membrane.ask('set proto', membrane.encode(target), membrane.encode(prototype)));
  return true;
}

const nativeDefine = Object.defineProperty;
const bridges = {
  __proto__: null,
  defineProperty(target, key, descriptor) {
    return defineInPage(target, key, descriptor) ? target : nativeDefine(target, key, descriptor);
  },
  defineProperties(target, descriptors) {
    const keys = ownKeys(descriptors);
    for (let i = 0; i < keys.length; i++) {
      if (getOwnPropertyDescriptor(descriptors, keys[i]).enumerable) bridges.defineProperty(target, keys[i], descriptors[keys[i]]);
    }
    return target;
  },
};
const reflectDefine = { defineProperty: (target, key, descriptor) =>
  defineInPage(target, key, descriptor) || defineProperty(target, key, descriptor) }.defineProperty;
{
  const { get, set } = getOwnPropertyDescriptor(World.Object.prototype, '__proto__');
  nativeDefine(World.Object.prototype, '__proto__', { get, set: { set(value) { if (!linkInPage(this, value)) apply(set, this, [value]); } }.set });
  const { assign } = Object;
  define(Object, 'assign', { assign(target, ...sources) {
    if (isOfDom(target)) lockMethods(target);
    return assign(target, ...sources);
  } }.assign, false);
  nativeDefine(Object.assign, 'length', { value: 2 });
  define(Object, 'setPrototypeOf', { setPrototypeOf: (target, prototype) =>
    (linkInPage(target, prototype) ? target : setPrototypeOf(target, prototype)) }.setPrototypeOf, false);
  define(Reflect, 'setPrototypeOf', { setPrototypeOf: (target, prototype) =>
    linkInPage(target, prototype) || changePrototype(target, prototype) }.setPrototypeOf, false);
  for (const [key, part] of [['__defineGetter__', 'get'], ['__defineSetter__', 'set']]) {
    define(World.Object.prototype, key, { [key](name, value) {
      bridges.defineProperty(this, name, { __proto__: null, [part]: value, enumerable: true, configurable: true });
    } }[key], false);
  }
}
define(Object, 'defineProperty', bridges.defineProperty, false);
define(Object, 'defineProperties', bridges.defineProperties, false);
define(Reflect, 'defineProperty', reflectDefine, false);

/** Definitions on objects of the browser that go when the test takes them away here. */
const defined = list();
const definedInPage = list(); // what was defined there alone goes at the end of the test

/** At the end of a test the page's objects have again what they had by themselves. */
function undefineInPage() {
  while (definedInPage.length) {
    const last = definedInPage[definedInPage.length - 1];
    definedInPage.length -= 1;
    attempt(() => membrane.ask('delete', last[0], last[1]));
  }
}

function forgetDefined() {
  const all = list();
  while (defined.length) { push(all, defined[defined.length - 1]); defined.length -= 1; }
  for (let i = 0; i < all.length; i++) {
    if (hasOwn(all[i][0], all[i][1])) push(defined, all[i]);
    else attempt(() => membrane.ask('delete', membrane.encode(all[i][0]), membrane.encode(all[i][1])));
  }
}

// ---- makers of code: of the page once the world is sealed -------------------------------------------------------------
/** What the text gives when the page evaluates it; before the sealing only test libraries run, and they mean this world. */
function pageEval(text) {
  if (typeof text !== 'string') return text;
  return isClosed ? membrane.decode(membrane.ask('eval', text)[0]) : evaluateHere(text);
}

function makerOf(name, native) {
  const target = function () {};
  target.prototype = native.prototype;
  setPrototypeOf(target, getPrototypeOf(native));
  nativeDefine(target, 'name', { value: native.name });
  const make = (args) => {
    if (!isClosed) return construct(native, args);
    if (args.length === 1 && args[0] === 'return this') return () => pageWindow;
    return membrane.decode(membrane.ask('new', tagged('built-in', name), membrane.encodeAll(args)));
  };
  const maker = new World.Proxy(target, { __proto__: null, apply: (_, __, args) => make(args), construct: (_, args) => make(args) });
  nativeDefine(native.prototype, 'constructor', { value: maker, configurable: true });
  return maker;
}

const makers = { __proto__: null };
{
  const natives = { __proto__: null, Function: NativeFunction, async: NativeAsyncFunction,
    generator: (function* () {}).constructor, asyncGenerator: (async function* () {}).constructor };
  for (let i = 0; i < MAKERS.length; i++) makers[MAKERS[i]] = makerOf(MAKERS[i], natives[MAKERS[i]]);
  for (let i = 1; i < MAKERS.length; i++) setPrototypeOf(natives[MAKERS[i]], makers.Function);
}
define(World.window, 'Function', makers.Function, false);
define(World.window, 'eval', pageEval, false);

const nativeTimeout = bind(setTimeout, World.window);
const nativeInterval = bind(setInterval, World.window);
const clearTimer = bind(clearTimeout, World.window);
const timers = new World.Map(); // number of a time-out that was not reached yet -> whose it is and when it is due
const clock = uncurry(performance.now);
const moment = () => clock(windowPerformance);
const windowPerformance = performance;

/** Timers never take a text here; who waits for one is known, since a test may end before it. */
const timed = {
  setTimeout(handler, delay, ...rest) {
    const work = typeof handler === 'function' ? handler : () => pageEval(`${handler}`);
    const owner = currentTest();
    const number = nativeTimeout((...all) => {
      deleteTimer(number);
      membrane.sync();
      return asOwner(owner, () => apply(work, World.window, all));
    }, delay, ...rest);
    mapSet(timers, number, { __proto__: null, owner, due: moment() + (+delay || 0) });
    return number;
  },
  setInterval(handler, ...rest) {
    const work = typeof handler === 'function' ? handler : () => pageEval(`${handler}`);
    return nativeInterval((...all) => { membrane.sync(); return apply(work, World.window, all); }, ...rest);
  },
  clearTimeout(number) { deleteTimer(number); clearTimer(number); },
};
const mapDelete = uncurry(Map.prototype.delete);
const deleteTimer = (number) => mapDelete(timers, number);
for (const name of ['setTimeout', 'setInterval', 'clearTimeout']) define(World.window, name, timed[name]);
define(World.window, 'structuredClone', { structuredClone(value, ...rest) {
  if (!isObject(value)) return nativeClone(value, ...rest);
  try { return nativeClone(value, ...rest); } catch { return membrane.decode(membrane.ask('clone', membrane.encode(value, true))[0]); }
} }.structuredClone);

/** A listener of the page is added and removed in the page, where it is the same for both. */
for (const [key, isAdding] of [['addEventListener', true], ['removeEventListener', false]]) {
  const native = isAdding ? listen : unlisten;
  define(EventTarget.prototype, key, { [key](type, listener, options) {
    if (!membrane.isTheirs(listener) || (this !== pageWindow && !isNode(this))) {
      return native(this === pageWindow || this === undefined ? World.window : this, type, listener, options);
    }
    membrane.ask('listen', membrane.encode(this), `${type}`, membrane.encode(listener), membrane.encode(options), isAdding);
    return undefined;
  } }[key]);
}

/** Listeners of the page run within these: what a test lent to the page may have changed by their end. */
for (const [prototype, key] of [[EventTarget.prototype, 'dispatchEvent'], [HTMLElement.prototype, 'click']]) {
  const native = prototype[key];
  define(prototype, key, { [key](...all) {
    if (key === 'dispatchEvent' && membrane.isTheirs(all[0]) && isNode(this)) {
      return membrane.ask('dispatch', membrane.encode(this), membrane.encode(all[0]));
    }
    membrane.sync();
    try { return apply(native, this === pageWindow ? World.window : this, all); } finally { membrane.sync(); }
  } }[key]);
}
nativeDefine(Document.prototype, 'defaultView', { get() { return this === document ? pageWindow : askPage(this, 'defaultView'); } });
const nativeText = NativeFunction.prototype.toString;
define(NativeFunction.prototype, 'toString', { toString() {
  const number = typeof this === 'function' ? membrane.numberOf(this) : undefined;
  return number === undefined ? apply(nativeText, this, []) : membrane.ask('source', tagged('yours', number));
} }.toString, false);

// ---- properties of built-in objects that a test may set -----------------------------------------------------------------
const cellName = (root, key) => `${root}.${typeof key === 'symbol' ? symbolText(key) : key}`;
const cells = new World.Map(); // name of a property -> {set}
const constructors = new World.WeakMap(); // prototype -> its constructor
usualConstructor = (prototype) => weakGet(constructors, prototype);
const untold = list(); // what libraries set before the page's side was there

function tellPatch(root, key, value) {
  if (!channelIsOpen()) { push(untold, tagged(root, key, value)); return; }
  membrane.ask('patch', root, membrane.encode(key), membrane.encode(value, true));
}

/** Turn a property into one that stays what it is for all but the object itself, and can be set on others. */
function makeSettable(root, name, key, found) {
  const native = found.value;
  const shown = BRANDED[name] && typeof native === 'function' && key !== 'constructor' ? bothWays(cellName(name, key), native) : native;
  let now = shown;
  const set = (value) => { now = value === native || membrane.isTheirs(value) ? shown : value; tellPatch(name, key, value); };
  nativeDefine(root, key, {
    __proto__: null, configurable: false, enumerable: found.enumerable,
    get() { return this === root ? now : native; },
    set(value) {
      if (this === root) set(value);
      else if (isObject(this)) define(this, key, value);
    },
  });
  mapSet(cells, cellName(name, key), { __proto__: null, set });
}

/** Prototypes whose methods need the very object: read from there, they take one of the page as well. */
const BRANDED = setOf('Map.prototype Set.prototype WeakMap.prototype WeakSet.prototype WeakRef.prototype '
  + 'generator.prototype.prototype asyncGenerator.prototype.prototype arrayIterator mapIterator setIterator stringIterator');

function bothWays(name, native) {
  const both = function (...all) {
    if (!membrane.isTheirs(this)) return apply(native, this, all);
    return membrane.decode(membrane.ask('method', name, membrane.encode(this), membrane.encodeAll(all))[0]);
  };
  nativeDefine(both, 'name', { value: native.name });
  nativeDefine(both, 'length', { value: native.length });
  membrane.known.alias(both, name);
  return freeze(both);
}

/** Make those properties of built-in objects settable whose names are in `mentioned`; all of them without it. */
function shape(taken, mentioned) {
  for (let i = 0; i < taken.length; i++) {
    const name = taken[i][0];
    const root = taken[i][1];
    const parts = taken[i][2];
    if (!parts) continue;
    const keys = ownKeys(parts);
    for (let j = 0; j < keys.length; j++) {
      const key = keys[j];
      const found = parts[key];
      if (key === 'constructor') weakSet(constructors, root, found.value);
      const text = typeof key === 'symbol' ? slice(symbolText(key), 7) : key; // `iterator` of Symbol.iterator
      if (mentioned && !(text in mentioned) && !(name in ALWAYS)) continue;
      if (!hasOwn(found, 'value') || !found.writable || !found.configurable) continue;
      if (mapGet(cells, cellName(name, key)) === undefined) makeSettable(root, name, key, found);
    }
  }
  shapeGlobals(mentioned);
}

/** What every object and every error inherits is set on others without being named in a test. */
const ALWAYS = setOf('Object.prototype Error.prototype');

function shapeGlobals(mentioned) {
  const globals = [CLASSES, FUNCTIONS, NAMESPACES, names('Function')];
  for (let i = 0; i < globals.length; i++) {
    for (let j = 0; j < globals[i].length; j++) {
      if (mentioned && !(globals[i][j] in mentioned)) continue;
      const found = getOwnPropertyDescriptor(World.window, globals[i][j]);
      if (found && found.configurable && hasOwn(found, 'value')) makeGlobalSettable(globals[i][j], found);
    }
  }
}

function makeGlobalSettable(name, found) {
  let now = found.value;
  nativeDefine(World.window, name, { __proto__: null, configurable: false, enumerable: found.enumerable,
    get: () => now,
    set(value) { now = membrane.isTheirs(value) ? found.value : value; tellPatch('window', name, value); } });
}

/** Freeze everything that the language brings, and what libraries added to it is told to the page. */
function freezeAll(taken, hasLibraries) {
  for (let i = 0; i < taken.length; i++) {
    const root = taken[i][1];
    const parts = taken[i][2];
    if (!parts) { if (i > 0 && isObject(root)) freeze(root); continue; }
    const keys = ownKeys(parts);
    for (let j = 0; j < keys.length; j++) {
      const { value, get, set } = parts[keys[j]];
      if (typeof value === 'function') freeze(value);
      if (get) freeze(get);
      if (set) freeze(set);
    }
    if (hasLibraries) tellAdditions(taken[i][0], root, parts);
    freeze(root);
  }
  for (let i = 0; i < MAKERS.length; i++) freeze(makers[MAKERS[i]]);
}

const OF_CHAI = setOf('Object Function Array String Number Boolean Symbol BigInt Date RegExp Promise Map Set WeakMap WeakSet Error '
  + 'TypeError ArrayBuffer DataView Math JSON Reflect Proxy parseFloat isFinite');

/** What names of the language and of the instruments mean stays: a function in sloppy mode may write to the global object.
 *  As in `shape` it is those that tests or chai use, since each takes time. */
function lockNames(mentioned) {
  for (const name in KEPT) {
    if (mentioned && !(name in mentioned) && !(name in OF_CHAI)) continue;
    const found = getOwnPropertyDescriptor(World.window, name);
    if (found && found.configurable && hasOwn(found, 'value')) {
      nativeDefine(World.window, name, { __proto__: null, writable: false, configurable: false });
    }
  }
}

function tellAdditions(name, root, parts) {
  const keys = ownKeys(root);
  for (let i = 0; i < keys.length; i++) {
    const value = ownValue(root, keys[i]);
    if (!hasOwn(parts, keys[i]) && value !== undefined) attempt(() => tellPatch(name, keys[i], value));
  }
}
