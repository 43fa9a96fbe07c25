// What both sides of the membrane take before the page's first line runs.
//
// In the page's world anything may be patched after document start. So the bridge calls built-ins only through what is
// taken here, never walks by iterators, builds lists without a prototype, and asks "own" before it reads.

const { apply, construct, defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, has, isExtensible,
  ownKeys, preventExtensions } = Reflect;
const changePrototype = Reflect.setPrototypeOf; // answers whether it could, where Object's answers the object
const reflectGet = Reflect.get;
const reflectSet = Reflect.set;
const uncurry = (method) => (self, ...rest) => apply(method, self, rest);
const hasOwn = uncurry(Object.prototype.hasOwnProperty);
const mapGet = uncurry(Map.prototype.get);
const mapSet = uncurry(Map.prototype.set);
const mapClear = uncurry(Map.prototype.clear);
const mapEach = uncurry(Map.prototype.forEach);
const setAdd = uncurry(Set.prototype.add);
const setHas = uncurry(Set.prototype.has);
const setClear = uncurry(Set.prototype.clear);
const setEach = uncurry(Set.prototype.forEach);
const weakGet = uncurry(WeakMap.prototype.get);
const weakSet = uncurry(WeakMap.prototype.set);
const then = uncurry(Promise.prototype.then);
const bind = uncurry(Function.prototype.bind);
const functionText = uncurry(Function.prototype.toString);
const slice = uncurry(String.prototype.slice);
const split = uncurry(String.prototype.split);
const matches = uncurry(RegExp.prototype.exec);
const sizeOfMap = uncurry(getOwnPropertyDescriptor(Map.prototype, 'size').get);
const sizeOfSet = uncurry(getOwnPropertyDescriptor(Set.prototype, 'size').get);
const timeOf = uncurry(Date.prototype.getTime);
const sourceOf = uncurry(getOwnPropertyDescriptor(RegExp.prototype, 'source').get);
const flagsOf = uncurry(getOwnPropertyDescriptor(RegExp.prototype, 'flags').get);
const isView = ArrayBuffer.isView;
const typedTag = uncurry(getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag).get);
const numberOf = uncurry(Number.prototype.valueOf);
const textOf = uncurry(String.prototype.valueOf);
const truthOf = uncurry(Boolean.prototype.valueOf);
const nodeType = uncurry(getOwnPropertyDescriptor(Node.prototype, 'nodeType').get);
const dispatch = uncurry(EventTarget.prototype.dispatchEvent);
const listen = uncurry(EventTarget.prototype.addEventListener);
const detailOf = uncurry(getOwnPropertyDescriptor(CustomEvent.prototype, 'detail').get);
const relatedOf = uncurry(getOwnPropertyDescriptor(MouseEvent.prototype, 'relatedTarget').get);
const symbolText = uncurry(getOwnPropertyDescriptor(Symbol.prototype, 'description').get);
const keyForSymbol = Symbol.keyFor;
const { is, isFrozen, isSealed, freeze, seal, setPrototypeOf } = Object;
const descriptorsOf = Object.getOwnPropertyDescriptors;
const { isArray } = Array;
const isError = Error.isError ?? ((value) => value instanceof Error);
const World = { Array, Boolean, CustomEvent, Date, Error, Function, Map, MouseEvent, Number, Object, Promise, Proxy,
  RangeError, ReferenceError, RegExp, Set, String, Symbol, TypeError, WeakMap, window: globalThis };

const MAX_TEXT = 4_000_000; // characters of one string across the channel
const MAX_ENTRIES = 200_000; // elements or keys of one object across the channel
const MAX_OBJECTS = 500_000; // objects handed out in the life of a page
const MAX_DEPTH = 150; // calls that wait for one another across the channel, and nesting of a copied value
const WATCHED = 1_000; // a larger copy is compared only when code is called, not at every read

const list = () => setPrototypeOf([], null);
const push = (items, item) => { items[items.length] = item; };
const tagged = (tag, ...rest) => { setPrototypeOf(rest, null); const items = list(); items[0] = tag;
  for (let i = 0; i < rest.length; i++) push(items, rest[i]); return items; };
const attempt = (ask, value) => { try { return ask(value); } catch { return undefined; } };
const isNode = (value) => { try { nodeType(value); return true; } catch { return false; } };

/** Prototypes whose methods work on a Proxy as on the object itself; those of all others need the object. */
const GENERIC = setPrototypeOf({ 'Object.prototype': 1, 'Function.prototype': 1, 'Array.prototype': 1,
  'Iterator.prototype': 1, 'Error.prototype': 1, 'async.prototype': 1, 'generator.prototype': 1,
  'async generator.prototype': 1 }, null);

/** What makes code of texts is always the receiving world's own. */
const MAKERS = setPrototypeOf({ Function: 1, eval: 1, setTimeout: 1, setInterval: 1, async: 1, generator: 1,
  'async generator': 1 }, null);

/**
 * Every built-in object that both worlds have, by a name that is the same in both. What they are is taken at once, unless
 * everybody in this world `isTrusted`; the tables are made when the first object crosses, since most pages are looked at
 * through the DOM alone.
 */
function builtIns(isTrusted) {
  const byName = new World.Map();
  const names = new World.WeakMap();
  const taken = list();
  const walk = (name, root) => push(taken, tagged(name, root, descriptorsOf(root)));
  const roots = ['Object', 'Function', 'Array', 'String', 'Number', 'Boolean', 'Symbol', 'BigInt', 'Date', 'RegExp',
    'Promise', 'Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'Error', 'EvalError', 'RangeError', 'ReferenceError',
    'SyntaxError', 'TypeError', 'URIError', 'AggregateError', 'ArrayBuffer', 'DataView', 'Int8Array', 'Uint8Array',
    'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array',
    'BigInt64Array', 'BigUint64Array', 'Proxy', 'Iterator', 'Math', 'JSON', 'Reflect', 'Intl'];
  const plain = ['parseInt', 'parseFloat', 'isNaN', 'isFinite', 'encodeURI', 'encodeURIComponent', 'decodeURI',
    'decodeURIComponent', 'escape', 'unescape', 'eval', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval',
    'queueMicrotask', 'structuredClone', 'fetch', 'atob', 'btoa', 'requestAnimationFrame', 'cancelAnimationFrame',
    'alert', 'confirm', 'prompt', 'getComputedStyle', 'matchMedia'];
  const take = () => {
    push(taken, tagged('window', World.window));
    for (let i = 0; i < roots.length; i++) {
      const root = World.window[roots[i]];
      if (root === undefined) continue;
      walk(roots[i], root);
      if (typeof root === 'function' && root.prototype) walk(`${roots[i]}.prototype`, root.prototype);
    }
    takeHidden();
    for (let i = 0; i < plain.length; i++) push(taken, tagged(plain[i], World.window[plain[i]]));
  };
  const takeHidden = () => {
    const hidden = [['typed', getPrototypeOf(Uint8Array)], ['array iterator', getPrototypeOf([].values())],
      ['map iterator', getPrototypeOf(new Map().values())], ['set iterator', getPrototypeOf(new Set().values())],
      ['string iterator', getPrototypeOf(''[Symbol.iterator]())], ['async', (async () => {}).constructor],
      ['generator', (function* () {}).constructor], ['async generator', (async function* () {}).constructor]];
    for (let i = 0; i < hidden.length; i++) {
      const [name, root] = hidden[i];
      walk(name, root);
      if (root.prototype) {
        walk(`${name}.prototype`, root.prototype);
        if (root.prototype.prototype) walk(`${name}.prototype.prototype`, root.prototype.prototype);
      }
    }
  };
  if (!isTrusted) take();

  const note = (name, value) => {
    if (weakGet(names, value) === undefined) weakSet(names, value, name);
    if (mapGet(byName, name) === undefined) mapSet(byName, name, value);
  };
  let isMade = false;
  const make = () => {
    isMade = true;
    if (isTrusted) take();
    for (let i = 0; i < taken.length; i++) {
      const name = taken[i][0];
      const root = taken[i][1];
      const parts = taken[i][2];
      if (root === undefined) continue;
      note(name, root);
      const keys = parts ? ownKeys(parts) : list();
      for (let j = 0; j < keys.length; j++) {
        const found = parts[keys[j]];
        if (!hasOwn(found, 'value') || typeof found.value !== 'function') continue;
        note(`${name}.${typeof keys[j] === 'symbol' ? symbolText(keys[j]) : keys[j]}`, found.value);
      }
    }
  };
  return {
    /** The name of one of our own built-in objects. */
    nameOf(value) { if (!isMade) make(); return weakGet(names, value); },
    /** Our own built-in object of that name. */
    called(name) { if (!isMade) make(); return mapGet(byName, name); },
    /** Let the object pass for the built-in one of that name. */
    alias(value, name) { weakSet(names, value, name); },
  };
}

const define = (object, key, value, enumerable = true) =>
  defineProperty(object, key, { __proto__: null, value, writable: true, enumerable, configurable: true });
