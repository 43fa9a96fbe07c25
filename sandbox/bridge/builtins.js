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
const getterOf = (prototype, key) => uncurry(getOwnPropertyDescriptor(prototype, key).get);
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
const weakHas = uncurry(WeakMap.prototype.has);
const weakSetHas = uncurry(WeakSet.prototype.has);
const then = uncurry(Promise.prototype.then);
const bind = uncurry(Function.prototype.bind);
const functionText = uncurry(Function.prototype.toString);
const slice = uncurry(String.prototype.slice);
const split = uncurry(String.prototype.split);
const matches = uncurry(RegExp.prototype.exec);
const sizeOfMap = getterOf(Map.prototype, 'size');
const sizeOfSet = getterOf(Set.prototype, 'size');
const timeOf = uncurry(Date.prototype.getTime);
const setTime = uncurry(Date.prototype.setTime);
const objectText = uncurry(Object.prototype.toString);
const isoOf = uncurry(Date.prototype.toISOString);
const sourceOf = getterOf(RegExp.prototype, 'source');
const flagsOf = getterOf(RegExp.prototype, 'flags');
const isView = ArrayBuffer.isView;
const TypedPrototype = getPrototypeOf(Uint8Array.prototype);
const typedTag = getterOf(TypedPrototype, Symbol.toStringTag);
const typedBuffer = getterOf(TypedPrototype, 'buffer');
const typedOffset = getterOf(TypedPrototype, 'byteOffset');
const typedBytes = getterOf(TypedPrototype, 'byteLength');
const typedLength = getterOf(TypedPrototype, 'length');
const typedSet = uncurry(TypedPrototype.set);
const typedSlice = uncurry(TypedPrototype.slice);
const bytesOf = getterOf(ArrayBuffer.prototype, 'byteLength');
const viewBuffer = getterOf(DataView.prototype, 'buffer');
const viewOffset = getterOf(DataView.prototype, 'byteOffset');
const viewLength = getterOf(DataView.prototype, 'byteLength');
const numberOf = uncurry(Number.prototype.valueOf);
const textOf = uncurry(String.prototype.valueOf);
const truthOf = uncurry(Boolean.prototype.valueOf);
const symbolOf = uncurry(Symbol.prototype.valueOf);
const bigOf = uncurry(BigInt.prototype.valueOf);
const nodeType = getterOf(Node.prototype, 'nodeType');
const dispatch = uncurry(EventTarget.prototype.dispatchEvent);
const listen = uncurry(EventTarget.prototype.addEventListener);
const unlisten = uncurry(EventTarget.prototype.removeEventListener);
const detailOf = getterOf(CustomEvent.prototype, 'detail');
const relatedOf = getterOf(MouseEvent.prototype, 'relatedTarget');
const rootOf = uncurry(Node.prototype.getRootNode);
const hostOf = getterOf(ShadowRoot.prototype, 'host');
const shadowRootOf = getterOf(Element.prototype, 'shadowRoot');
const parentOf = getterOf(Node.prototype, 'parentNode');
const firstChildOf = getterOf(Node.prototype, 'firstChild');
const nextOf = getterOf(Node.prototype, 'nextSibling');
const previousOf = getterOf(Node.prototype, 'previousSibling');
const symbolText = getterOf(Symbol.prototype, 'description');
const keyForSymbol = Symbol.keyFor;
const { create, is, isFrozen, isSealed, freeze, seal, setPrototypeOf } = Object;
const descriptorsOf = Object.getOwnPropertyDescriptors;
const { isArray } = Array;
const isError = Error.isError ?? ((value) => value instanceof Error);
const nativeClone = structuredClone;
const World = { Array, ArrayBuffer, BigInt, Boolean, CustomEvent, DataView, Date, Error, Function, Map, MouseEvent,
  Number, Object, Promise, Proxy, RangeError, ReferenceError, RegExp, Set, String, Symbol, TypeError, Uint8Array,
  WeakMap, window: globalThis };

const MAX_TEXT = 4_000_000; // characters of one string across the channel
const MAX_ENTRIES = 200_000; // elements or keys of one object across the channel
const MAX_OBJECTS = 500_000; // objects handed out in the life of a page
const MAX_DEPTH = 40; // calls that wait for one another across the channel; the browser allows 44 within one another
const WATCHED = 1_000; // a larger copy is compared only when code is called, not at every read

const list = () => setPrototypeOf([], null);
const push = (items, item) => { items[items.length] = item; };
const tagged = (tag, ...rest) => { setPrototypeOf(rest, null); const items = list(); items[0] = tag;
  for (let i = 0; i < rest.length; i++) push(items, rest[i]); return items; };
const names = (text) => setPrototypeOf(split(text, ' '), null);
const setOf = (text) => { const found = { __proto__: null }; const all = names(text);
  for (let i = 0; i < all.length; i++) found[all[i]] = true; return found; };
const attempt = (ask, value) => { try { return ask(value); } catch { return undefined; } };
const isNode = (value) => { try { nodeType(value); return true; } catch { return false; } };
const isObject = (value) => (typeof value === 'object' && value !== null) || typeof value === 'function';
const define = (object, key, value, enumerable = true) =>
  defineProperty(object, key, { __proto__: null, value, writable: true, enumerable, configurable: true });

/** The value of an own data property; undefined for any other. */
function ownValue(object, key) {
  const found = attempt(() => getOwnPropertyDescriptor(object, key));
  return found && hasOwn(found, 'value') ? found.value : undefined;
}

/** Where a node is within an open shadow tree: the host and the way down from the root, as positions among siblings; null in a closed one. The
 *  event that carries other nodes would name the host for it. */
function placeInShadow(node) {
  const root = attempt(rootOf, node);
  const host = attempt(hostOf, root);
  if (!host) return undefined;
  if (shadowRootOf(host) !== root) return null; // a closed tree shows nobody what is in it
  const way = list();
  for (let at = node; at !== root; at = parentOf(at)) {
    let position = 0;
    for (let before = previousOf(at); before; before = previousOf(before)) position++;
    push(way, position);
  }
  return tagged(host, way);
}

function inShadow(host, way) {
  let at = shadowRootOf(host);
  for (let i = way.length - 1; i >= 0; i--) {
    at = firstChildOf(at);
    for (let j = 0; j < way[i]; j++) at = nextOf(at);
  }
  return at;
}
