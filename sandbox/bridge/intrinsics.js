// The built-in objects of a world by name, and the few of them that may stand for their namesake in the other world.

const CLASSES = names('Object Array String Number Boolean Symbol BigInt Date RegExp Promise Map Set WeakMap WeakSet '
  + 'WeakRef Error EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError ArrayBuffer '
  + 'DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array '
  + 'Float64Array BigInt64Array BigUint64Array Iterator typed');
const MAKERS = names('Function async generator asyncGenerator');
const ITERATORS = names('arrayIterator mapIterator setIterator stringIterator');
const NAMESPACES = names('Math JSON Reflect Intl Proxy');
const FUNCTIONS = names('parseInt parseFloat isNaN isFinite encodeURI encodeURIComponent decodeURI decodeURIComponent '
  + 'escape unescape eval setTimeout clearTimeout setInterval clearInterval queueMicrotask structuredClone fetch atob '
  + 'btoa requestAnimationFrame cancelAnimationFrame alert confirm prompt getComputedStyle matchMedia');

/**
 * What a value of one world may become in the other: its namesake there. Everything else, each function above all, stays
 * a stand-in that acts in the world that it comes from. An entry needs a reason, which has to show that the object is
 * frozen in the tests' world, makes no code there and changes nothing that the page was not given.
 */
const MAPPED = { __proto__: null };
const map = (reason, all, more = '') => { for (let i = 0; i < all.length; i++) MAPPED[`${all[i]}${more}`] = reason; };
map('in the tests\' world a stand-in for the page\'s own window', names('window'));
map('a class that values are compared with; called, it makes a value and no code; its methods change only what they '
  + 'are given, and no built-in object can be changed', CLASSES);
map('the prototype of a class: frozen, and its methods act on their `this`', CLASSES, '.prototype');
map('in the tests\' world a stand-in for the page\'s own: it makes functions of the page', MAKERS);
map('the prototype of all functions of a kind: frozen; its `constructor` makes functions of the page', MAKERS, '.prototype');
map('the prototype of what a generator returns: frozen', names('generator asyncGenerator'), '.prototype.prototype');
map('the prototype of an iterator: frozen, and acts on its `this`', ITERATORS);

/** Prototypes whose methods work on a Proxy as on the object itself; those of all others need the object. */
const GENERIC = setOf('Object.prototype Function.prototype Array.prototype Iterator.prototype Error.prototype '
  + 'async.prototype generator.prototype asyncGenerator.prototype');

/** Interfaces of the DOM that do more than make and change what both worlds share: the page's stay stand-ins. */
const ACTORS = setOf('Worker SharedWorker ServiceWorker XMLHttpRequest WebSocket EventSource RTCPeerConnection Window '
  + 'WebAssembly MessageChannel MessagePort BroadcastChannel Worklet AudioWorklet');

/** Lists [name, object, its properties] of all built-in objects of the language, as they are now. */
function takeIntrinsics() {
  const taken = list();
  const walk = (name, root) => push(taken, tagged(name, root, descriptorsOf(root)));
  const walkClass = (name, root) => {
    walk(name, root);
    if (typeof root !== 'function' || !root.prototype) return;
    walk(`${name}.prototype`, root.prototype);
    const beneath = ownValue(root.prototype, 'prototype'); // of generators
    if (beneath) walk(`${name}.prototype.prototype`, beneath);
  };
  push(taken, tagged('window', World.window));
  const hidden = { __proto__: null, typed: getPrototypeOf(Uint8Array), async: (async () => {}).constructor,
    generator: (function* () {}).constructor, asyncGenerator: (async function* () {}).constructor,
    arrayIterator: getPrototypeOf([].values()), mapIterator: getPrototypeOf(new Map().values()),
    setIterator: getPrototypeOf(new Set().values()), stringIterator: getPrototypeOf(''[Symbol.iterator]()) };
  const all = [CLASSES, MAKERS, ITERATORS, NAMESPACES];
  for (let i = 0; i < all.length; i++) {
    for (let j = 0; j < all[i].length; j++) {
      const root = hidden[all[i][j]] ?? World.window[all[i][j]];
      if (root !== undefined) walkClass(all[i][j], root);
    }
  }
  for (let i = 0; i < FUNCTIONS.length; i++) push(taken, tagged(FUNCTIONS[i], World.window[FUNCTIONS[i]]));
  return taken;
}

/** Finds built-in objects by name and names by object. The tables are made when the first object crosses. */
function tableOf(taken) {
  const byName = new World.Map();
  const named = new World.WeakMap();
  const note = (name, value) => {
    if (weakGet(named, value) === undefined) weakSet(named, value, name);
    if (mapGet(byName, name) === undefined) mapSet(byName, name, value);
  };
  const aliases = list();
  let isMade = false;
  const make = () => {
    isMade = true;
    for (let i = 0; i < taken.length; i++) {
      if (isObject(taken[i][1])) note(taken[i][0], taken[i][1]);
    }
    for (let i = 0; i < taken.length; i++) {
      const parts = taken[i][2];
      const keys = parts ? ownKeys(parts) : list();
      for (let j = 0; j < keys.length; j++) {
        const found = parts[keys[j]];
        if (!hasOwn(found, 'value') || typeof found.value !== 'function') continue;
        note(`${taken[i][0]}.${typeof keys[j] === 'symbol' ? symbolText(keys[j]) : keys[j]}`, found.value);
      }
    }
    for (let i = 0; i < aliases.length; i++) setAlias(aliases[i][0], aliases[i][1], aliases[i][2]);
  };
  const setAlias = (value, name, only) => {
    weakSet(named, value, name);
    if (only) mapSet(byName, name, value);
  };
  return {
    /** The name of one of our own built-in objects. */
    nameOf(value) { if (!isMade) make(); return weakGet(named, value); },
    /** Our own built-in object of that name. */
    called(name) { if (!isMade) make(); return mapGet(byName, name); },
    /** Let the object pass for the built-in one of that name; `only` there is no other. */
    alias(value, name, only = false) {
      if (isMade) setAlias(value, name, only); else push(aliases, tagged(value, name, only));
    },
  };
}

// ---- objects that the browser keeps: found in the other world by whom they belong to ---------------------------------
const SINGLETONS = names('location history navigator screen performance localStorage sessionStorage visualViewport crypto');
const PARTS = { __proto__: null, DOMTokenList: names('classList relList htmlFor'), CSSStyleDeclaration: names('style'),
  DOMStringMap: names('dataset'), NamedNodeMap: names('attributes'), NodeList: names('childNodes labels'),
  HTMLCollection: names('children options rows cells tBodies selectedOptions elements'),
  HTMLFormControlsCollection: names('elements'), HTMLOptionsCollection: names('options'), ValidityState: names('validity'),
  FileList: names('files'), CSSStyleSheet: names('sheet') };
const DOCUMENT_LISTS = names('forms images links scripts styleSheets fonts all');
const PART_NAMES = { __proto__: null };
for (let i = 0; i < DOCUMENT_LISTS.length; i++) PART_NAMES[DOCUMENT_LISTS[i]] = true;
for (const type in PARTS) for (let i = 0; i < PARTS[type].length; i++) PART_NAMES[PARTS[type][i]] = true;
const MAX_SEARCHED = 5_000; // elements

const canvasOf = getterOf(CanvasRenderingContext2D.prototype, 'canvas');
const tagOf = getterOf(Element.prototype, 'tagName');
const classOf = getterOf(Element.prototype, 'className');
const lower = uncurry(String.prototype.toLowerCase);
const QUERIES = { __proto__: null, getContext: HTMLCanvasElement.prototype.getContext,
  getElementsByTagName: Document.prototype.getElementsByTagName,
  getElementsByClassName: Document.prototype.getElementsByClassName };

/** Finds parts of nodes and of the window: what belongs to which, and back. */
function makeParts() {
  const everything = uncurry(Document.prototype.getElementsByTagName);
  const owners = new World.WeakMap(); // part -> [node, name], once it was found
  const get = (node, name) => {
    // by the prototypes, since a form's own elements may have these names
    for (let at = attempt(getPrototypeOf, node); at; at = getPrototypeOf(at)) {
      const found = getOwnPropertyDescriptor(at, name);
      if (found) return hasOwn(found, 'get') ? attempt(() => apply(found.get, node, [])) : undefined;
    }
    return undefined;
  };
  const search = (value, keys, nodes) => {
    for (let i = 0; i < nodes.length && i < MAX_SEARCHED; i++) {
      for (let j = 0; j < keys.length; j++) if (get(nodes[i], keys[j]) === value) return tagged(nodes[i], keys[j]);
    }
    return undefined;
  };
  const calledPart = (node, name) => {
    if (node === null) return name in SINGLETON ? World.window[name] : undefined;
    return name in PART_NAMES ? get(node, name) : undefined;
  };
  const ofCanvas = (value) => {
    const canvas = attempt(canvasOf, value);
    return canvas && tagged(canvas, 'getContext', '2d');
  };
  /** A live list of the document's elements by tag or class: asked again it is the same. */
  const ofQuery = (value) => {
    const nodes = everything(document, '*');
    const asked = { __proto__: null };
    for (let i = 0; i < nodes.length && i < MAX_SEARCHED; i++) {
      const texts = tagged(tagOf(nodes[i]), attempt(classOf, nodes[i]) ?? '');
      for (let j = 0; j < 2; j++) {
        const query = j === 0 ? 'getElementsByTagName' : 'getElementsByClassName';
        const words = j === 0 ? tagged(lower(texts[0])) : split(texts[1], ' ');
        for (let k = 0; k < words.length; k++) {
          const key = `${query} ${words[k]}`;
          if (key in asked || !words[k]) continue;
          asked[key] = true;
          if (apply(QUERIES[query], document, [words[k]]) === value) return tagged(document, query, words[k]);
        }
      }
    }
    return undefined;
  };
  return {
    get,
    /** [node, name, argument if any] of a part, [null, name] of the window's own; undefined for anything else. */
    ownerOf(value, type, nodes) {
      const known = weakGet(owners, value);
      if (known) return known;
      let found = ofCanvas(value);
      for (let i = 0; i < SINGLETONS.length && !found; i++) {
        if (attempt(() => World.window[SINGLETONS[i]]) === value) found = tagged(null, SINGLETONS[i]);
      }
      if (!found && type in PARTS) {
        found = search(value, PARTS[type], everything(document, '*')) ?? search(value, PARTS[type], nodes);
      }
      if (!found) found = search(value, DOCUMENT_LISTS, tagged(document));
      if (!found && type === 'HTMLCollection') found = ofQuery(value);
      if (found) weakSet(owners, value, found);
      return found;
    },
    /** The part of a node by its name, or by a method and what it was asked. */
    called(node, name, argument) {
      if (argument === undefined) return calledPart(node, name);
      return name in QUERIES ? attempt(() => apply(QUERIES[name], node, [argument])) : undefined;
    },
  };
}

const SINGLETON = { __proto__: null };
for (let i = 0; i < SINGLETONS.length; i++) SINGLETON[SINGLETONS[i]] = true;
