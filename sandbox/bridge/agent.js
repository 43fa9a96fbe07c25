// The page's side of the membrane. It starts before the page's first line and is trusted by nobody: whatever the page
// makes of it afterwards, it can only misreport values that the page's own code could have made up anyway.
//
// Needs: HELLO, a name that no other person's pages use.

let channel; // an element in a shadow tree of its own: no listener of the page and no `window.event` can see it
let reply;

const evaluate = eval; // called by this name it works on the global scope
const NativeFunction = Function;
const pageConsole = console;
let scope = null; // for a page that is JavaScript only: its code once more, in a function of its own

const windowNames = { __proto__: null }; // every name that a window has by itself
const ownNames = ownKeys(World.window);
for (let i = 0; i < ownNames.length; i++) windowNames[ownNames[i]] = true;

const isNative = (value) => matches(/\{\s*\[native code\]\s*\}$/, functionText(value)) !== null;

const side = {
  isPage: true,
  isHidden: () => false,
  meet: (value) => value,
  inPlaceOf: (value) => value,
  original: (value) => value,
  isInterface: (name, constructor) => name in windowNames && !(name in ACTORS) && isNative(constructor),
  interfaceCalled(name) {
    const parts = split(name, '.');
    const constructor = ownValue(World.window, parts[0]);
    return parts.length === 1 || typeof constructor !== 'function' ? constructor : ownValue(constructor, 'prototype');
  },
  send(message) {
    reply = undefined;
    dispatch(channel, new World.CustomEvent('to tests', { __proto__: null, detail: message }));
    const got = reply;
    reply = undefined;
    return got;
  },
  carry(node) {
    dispatch(channel, new World.MouseEvent('node to tests', { __proto__: null, relatedTarget: node }));
  },
  target: (told, { decode }) => decode(told),
  special(op, parts, { encode, decode, decodeAll }) {
    switch (op) {
      case 'name': {
        try { return tagged(true, encode(look(parts[0]))); } catch { return tagged(false); }
      }
      case 'declared': return tagged(isDeclared(parts[0]));
      case 'assign': assign(parts[0], decode(parts[1])); return null;
      case 'eval': return tagged(encode(look(parts[0])));
      case 'own of window': {
        if (!getOwnPropertyDescriptor(World.window, parts[0]) && scope) {
          const named = side.special('name', parts, { encode, decode, decodeAll });
          if (named[0]) return named;
        }
        return has(World.window, parts[0]) ? tagged(true, encode(World.window[parts[0]])) : tagged(false);
      }
      case 'patch': return patch(parts[0], decode(parts[1]), decode(parts[2]), parts[2]);
      case 'text': return describeValue(decode(parts[0]), ofTests);
      case 'method': {
        const method = membrane.known.called(parts[0]);
        return tagged(encode(apply(method, decode(parts[1]), decodeAll(parts[2]))));
      }
      case 'dispatch': return dispatch(decode(parts[0]), decode(parts[1]));
      case 'listen': {
        const change = parts[4] ? listen : unlisten;
        change(decode(parts[0]), parts[1], decode(parts[2]), decode(parts[3]));
        return null;
      }
      case 'clone': return tagged(encode(nativeClone(decode(parts[0]))));
      case 'items': return itemsOf(decode(parts[0]), encode);
      case 'begin': begun = parts[1]; begin(parts[0]); return null;
      case 'added': return addedTo(parts[0]);
      case 'lines': return recorded();
      default: return undefined;
    }
  },
};

const intrinsics = takeIntrinsics();
const membrane = makeMembrane(side, intrinsics);
const ofTests = (value) => (membrane.isTheirs(value) && !isCopied(value) ? '[an object of the test]' : undefined);
const isCopied = (value) => slice(membrane.kindOf(value) ?? '', -5) === ' copy';

function look(name) {
  return scope ? scope.get(name) : fromModules(name, evaluate);
}

/** Whether the page itself made what a built-in name of the window now means. */
function isDeclared(name) {
  let value;
  try { value = look(name); } catch { return false; }
  const found = getOwnPropertyDescriptor(World.window, name);
  if (value === pageConsole) return false;
  if (value !== attempt(() => World.window[name])) return true;
  if (!found || !hasOwn(found, 'value')) return false;
  return typeof value !== 'function' || !isNative(value) || ownValue(value, 'name') !== name;
}

function assign(name, value) {
  if (scope) scope.set(name, value);
  else if (!assignInModules(name, value)) construct(NativeFunction, ['value', `${name} = value`])(value);
}

/** Before each test: nothing is kept equal any more, and JavaScript-only pages are evaluated afresh. */
function begin(js) {
  membrane.forgetCopies();
  scope = null;
  if (typeof js !== 'string') return;
  const printed = lines.length;
  const failed = errors.length;
  try {
    // As a script: a function's body may end early by a `return`, which the text below may not, but what ends within the
    // text below has to be whole by itself. `eval` is a parameter, since the page may have put something in its place.
    construct(NativeFunction, [js]);
    const text = `${js}\n;({ __proto__: null, get() { return eval(arguments[0]); },
      set() { return eval(arguments[0] + ' = arguments[1]'); } });\n//# sourceURL=${EVALUATED}`;
    scope = apply(construct(NativeFunction, ['eval', 'return eval(arguments[1])']), World.window, [evaluate, text]);
  } catch {
    scope = null; // it does not get to its end: what the page's script left is all there is
  }
  lines.length = printed;
  errors.length = failed;
}

const patched = new World.Map(); // name of a built-in property -> what the page had there before

/** Put a test's value in the place of a property of a built-in object; its own value brings back what was there. */
function patch(root, key, value, told) {
  const object = membrane.known.called(root) ?? side.interfaceCalled(root);
  if (!isObject(object)) return false;
  const name = `${root}.${typeof key === 'symbol' ? symbolText(key) : key}`;
  const isUsual = typeof told === 'object' && told !== null && told[0] === 'built-in' && told[1] === name;
  const before = mapGet(patched, name);
  if (isUsual && before) return defineProperty(object, key, before);
  const found = getOwnPropertyDescriptor(object, key);
  if (!before && found) mapSet(patched, name, found);
  return defineProperty(object, key, { __proto__: null, value, writable: true, configurable: true,
    enumerable: found ? found.enumerable : false });
}

/** What is in an array, a map or a set, by no method that the page could have put there. */
function itemsOf(value, encode) {
  const told = list();
  if (isArray(value)) {
    if (value.length > MAX_ENTRIES) throw new World.RangeError('An array is too long to be looked at.');
    for (let i = 0; i < value.length; i++) push(told, encode(value[i]));
  } else if (attempt(sizeOfMap, value) !== undefined) {
    mapEach(value, (held, key) => { push(told, encode(key)); push(told, encode(held)); });
  } else {
    setEach(value, (held) => { push(told, encode(held)); });
  }
  return told;
}

/** The functions that the page added to built-ins, among those asked for: `Array.prototype last`, `Promise any`. */
function addedTo(asked) {
  const told = list();
  for (let i = 0; i < asked.length; i++) {
    const parts = split(asked[i], ' ');
    const found = getOwnPropertyDescriptor(membrane.known.called(parts[0]), parts[1]);
    if (!found || !hasOwn(found, 'value') || typeof found.value !== 'function') continue;
    if (membrane.known.nameOf(found.value) !== undefined) continue;
    push(told, tagged(asked[i], membrane.encode(found.value)));
  }
  return told;
}

// ---- the channel ---------------------------------------------------------------------------------------------------
listen(document, HELLO, (event) => {
  channel = firstChildOf(shadowRootOf(relatedOf(event)));
  listen(channel, 'to page', (asked) => {
    const message = membrane.answer(detailOf(asked));
    dispatch(channel, new World.CustomEvent('page answers', { __proto__: null, detail: message }));
  });
  listen(channel, 'tests answer', (answered) => { reply = detailOf(answered); });
  listen(channel, 'node to page', (carrying) => membrane.takeNode(relatedOf(carrying)));
  dispatch(channel, new World.CustomEvent('page is here'));
}, { __proto__: null, once: true });
dispatch(document, new World.CustomEvent(`${HELLO} again`)); // in case the tests' side came first

// ---- the name of a window outlives its document: what a page before this one wrote there is gone --------------------
if (World.window.name !== '') World.window.name = '';
