// What scripts hang on objects of the DOM: handlers, methods that a test replaces, properties of an element's own.
//
// The worlds share the DOM, not these. Where a test names such a property it is looked up in the page and set there. Which
// names those are is read from the texts of the tests before the page exists, so that all other properties stay as fast
// as the browser has them.

const MEMBER = /\.\s*([A-Za-z_$][\w$]*)/g;
const ASSIGNED = /(?:\.\s*([A-Za-z_$][\w$]*)|\[\s*['"`]([A-Za-z_$][\w$]*)['"`]\s*\])\s*(?:=(?![=>])|\+\+|--|[-+*/%&|^?]{1,2}=)/g;
const QUOTED = /['"`]([A-Za-z_$][\w$]*)['"`]/g;
const eachMatch = uncurry(String.prototype.matchAll);
const includes = uncurry(String.prototype.includes);
/** Interfaces whose methods tests replace; those that a test names by their own name are added. */
const REPLACEABLE = names('EventTarget Node Element HTMLElement HTMLMediaElement HTMLInputElement HTMLTextAreaElement '
  + 'HTMLSelectElement HTMLFormElement HTMLDialogElement HTMLCanvasElement Document DocumentFragment SVGElement Event '
  + 'DOMTokenList CSSStyleDeclaration Storage CanvasRenderingContext2D History Navigator Performance Clipboard');
/** Methods of interfaces that are not looked at unless a test replaces such a one: each takes time to be made. */
const METHODS = setOf('play pause load canPlayType fastSeek showModal show close requestSubmit submit reset select '
  + 'setSelectionRange setRangeText checkValidity reportValidity setCustomValidity stepUp stepDown showPicker getContext '
  + 'toDataURL toBlob captureStream fillRect strokeRect clearRect fillText strokeText beginPath closePath moveTo lineTo arc '
  + 'arcTo ellipse rect fill stroke drawImage save restore translate rotate scale getItem setItem removeItem clear key '
  + 'pushState replaceState back forward go add remove toggle contains replace item supports setProperty getPropertyValue '
  + 'removeProperty now mark measure vibrate share sendBeacon writeText readText write read preventDefault stopPropagation '
  + 'stopImmediatePropagation composedPath createElement getElementById');
const ownMethod = (name) => ownValue(Element.prototype, name) ?? ownValue(HTMLElement.prototype, name)
  ?? ownValue(Node.prototype, name) ?? ownValue(EventTarget.prototype, name) ?? ownValue(Document.prototype, name);
/** Names that the texts of tests set or quote: only these can a test replace on the window. A page that is handed the
 *  window by a callback could choose any. */
const replaceable = { __proto__: null };

/** An object of the DOM that the page hands over keeps its methods from then on: a test may write to it what the page
 *  chose, and that must not hide them from later tests. */
function lockMethods(value) {
  if (!isObject(value)) return value;
  for (let at = getPrototypeOf(value); at !== null && !weakHas(locked, at); at = getPrototypeOf(at)) {
    weakSet(locked, at, true);
    const keys = ownKeys(at);
    for (let i = 0; i < keys.length; i++) {
      const found = getOwnPropertyDescriptor(at, keys[i]);
      if (!found.configurable || typeof found.value !== 'function' || keys[i] === 'constructor') continue;
      defineProperty(at, keys[i], { __proto__: null, writable: false, configurable: false });
    }
  }
  return value;
}
const locked = new World.WeakMap(); // prototypes

const TESTS_OWN = setOf('length prototype constructor then');

function namesIn(text, pattern) {
  const told = { __proto__: null };
  for (const match of eachMatch(text, pattern)) told[match[1] ?? match[2]] = true;
  return told;
}

/** Prepare the interfaces of the DOM for what these tests do; `code` is the text of all of them. */
function prepareDocument(code) {
  const members = namesIn(code, MEMBER);
  const quotedNames = namesIn(code, QUOTED);
  const assigned = namesIn(code, ASSIGNED);
  const text = `${work.html}\n${work.js}`;
  const hung = namesIn(text, ASSIGNED);
  if (includes(text, 'assign') || includes(text, 'defineProperty')) Object.assign(hung, namesIn(text, /\b([A-Za-z_$][\w$]*)\s*:/g), namesIn(text, QUOTED));
  const mentioned = { __proto__: null, ...members, ...quotedNames };
  const mocked = includes(code, 'defineProperty') || matches(/\b(?:spy|stub|mock)/i, code) ? { ...assigned, ...quotedNames } : assigned;
  for (const name in mentioned) {
    if (slice(name, 0, 2) === 'on' && (name in HTMLElement.prototype || name in Document.prototype)) forwardHandler(name);
  }
  Object.assign(replaceable, assigned, quotedNames);
  if (matches(/frame|content|window/i, code)) giveFramesToThePage();
  const methods = list();
  for (const name in mocked) {
    if (name in METHODS || typeof ownMethod(name) === 'function') push(methods, name);
  }
  if (methods.length) replaceMethods(methods, code);
  const hasOwnElements = includes(text, 'customElements'); // then any member may be one that their class has
  for (const name in mentioned) {
    if ((hasOwnElements || name in hung || name in assigned) && !(name in HTMLElement.prototype) && !(name in TESTS_OWN)) hangOnNodes(name);
  }
}

/** A frame has a world of its own, which nothing seals: for a test its window is the page's. */
function giveFramesToThePage() {
  nativeDefine(HTMLIFrameElement.prototype, 'contentWindow', { get() { return askPage(this, 'contentWindow'); } });
}

function forwardHandler(name) {
  const all = [HTMLElement.prototype, SVGElement.prototype, Document.prototype, HTMLBodyElement.prototype, HTMLMediaElement.prototype];
  for (let i = 0; i < all.length; i++) {
    const found = getOwnPropertyDescriptor(all[i], name);
    if (found && found.configurable) forward(all[i], name, found.enumerable);
  }
}

const askPage = (object, key) => {
  const got = membrane.ask('get', membrane.encode(object), key, true);
  return typeof got === 'object' && got !== null && got[0] === 'beyond' ? membrane.decode(got[2]) : membrane.decode(got);
};

function forward(prototype, name, enumerable) {
  nativeDefine(prototype, name, { __proto__: null, configurable: true, enumerable,
    get() { return this === prototype ? null : askPage(this, name); },
    set(value) { membrane.ask('set', membrane.encode(this), name, membrane.encode(value, true)); } });
}

/** A property that scripts put on nodes by themselves. */
function hangOnNodes(name) {
  const found = getOwnPropertyDescriptor(Node.prototype, name);
  if (!found) forward(Node.prototype, name, false);
}

/** Methods that a test may replace, for one object or on the prototype: it is the page that is to see it. */
function replaceMethods(methods, code) {
  const interfaces = { __proto__: null };
  for (let i = 0; i < REPLACEABLE.length; i++) interfaces[REPLACEABLE[i]] = true;
  for (const match of eachMatch(code, /\b([A-Z]\w*)\s*\.\s*prototype/g)) if (match[1] in builtInNames) interfaces[match[1]] = true;
  for (const type in interfaces) {
    if (type in SETTABLE) continue;
    const prototype = attempt(() => World.window[type]?.prototype);
    if (!isObject(prototype)) continue;
    for (let i = 0; i < methods.length; i++) {
      const found = getOwnPropertyDescriptor(prototype, methods[i]);
      if (found && found.configurable && typeof found.value === 'function') replaceMethod(prototype, type, methods[i], found);
    }
  }
}

function replaceMethod(prototype, type, name, found) {
  const native = found.value;
  let everywhere = native;
  membrane.known.alias(native, `${type}.prototype.${name}`);
  const replaceOn = (object, value) => {
    const told = membrane.encode(object);
    if (value === native) {
      deleteProperty(object, name);
      membrane.ask('delete', told, name);
      return;
    }
    if (!membrane.isTheirs(value)) {
      nativeDefine(object, name, { __proto__: null, configurable: true, enumerable: true, get: () => value,
        set(other) { replaceOn(object, other); } });
      push(defined, tagged(object, name));
    }
    membrane.ask('set', told, name, membrane.encode(value, true));
  };
  nativeDefine(prototype, name, { __proto__: null, configurable: true, enumerable: found.enumerable, get: () => everywhere,
    set(value) {
      if (this !== prototype) { replaceOn(this, value); return; }
      everywhere = membrane.isTheirs(value) ? native : value;
      tellPatch(`${type}.prototype`, name, value);
    } });
}

// ---- interfaces of the page in the place of ours ----------------------------------------------------------------------
/** Ours for one of the page's interfaces or their prototypes, frozen from then on, for nobody may change what tests use. */
function interfaceCalled(name) {
  const parts = split(name, '.');
  if (!matches(/^[A-Z]\w*(\.prototype)?$/, name) || !(parts[0] in builtInNames) || parts[0] in ACTORS) return undefined;
  const constructor = ownValue(World.window, parts[0]);
  if (typeof constructor !== 'function' || !isObject(constructor.prototype)) return undefined;
  for (let at = constructor; typeof at === 'function' && !isFrozen(at); at = getPrototypeOf(at)) {
    const prototype = ownValue(at, 'prototype');
    if (isObject(prototype)) freezeInterface(prototype);
    freeze(at);
  }
  return parts.length === 1 ? constructor : constructor.prototype;
}

function freezeInterface(prototype) {
  const keys = ownKeys(prototype);
  for (let i = 0; i < keys.length; i++) {
    const found = getOwnPropertyDescriptor(prototype, keys[i]);
    if (typeof keys[i] === 'string' && hasOwn(found, 'value') && found.writable && found.configurable) {
      nativeDefine(prototype, keys[i], { __proto__: null, configurable: false, enumerable: found.enumerable,
        get: () => found.value,
        set(value) { if (isObject(this) && this !== prototype && !membrane.isTheirs(value)) define(this, keys[i], value); } });
    }
  }
  freeze(prototype);
}

// ---- the document that tests see -----------------------------------------------------------------------------------
const documentParts = new World.Map(); // what a document has by itself: key -> descriptor; found when it is first asked for

function partOfDocument(key) {
  if (sizeOfMap(documentParts) === 0) {
    for (let at = HTMLDocument.prototype; at; at = getPrototypeOf(at)) {
      const keys = ownKeys(at);
      for (let i = 0; i < keys.length; i++) {
        if (!mapHas(documentParts, keys[i])) mapSet(documentParts, keys[i], getOwnPropertyDescriptor(at, keys[i]));
      }
    }
  }
  return mapGet(documentParts, key);
}

const attributesOf = getterOf(Element.prototype, 'attributes');

/** Elements with a name or id such as `querySelector` hide the document's own; then tests get it without them. */
function unclobbered() {
  for (const element of queryAll(document, 'img, form, embed, object, iframe')) {
    const { name, id } = attributesOf(element); // a control may be called `attributes`
    if ((name && partOfDocument(name.value)) || (id && partOfDocument(id.value))) return plainDocument;
  }
  return document;
}

const plainDocument = new World.Proxy(create(HTMLDocument.prototype), { __proto__: null,
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
