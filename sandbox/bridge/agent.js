// The page's side of the membrane. It starts before the page's first line and is trusted by nobody: whatever the page
// makes of it afterwards, it can only misreport values that the page's own code could have made up anyway.
//
// Needs: HELLO, a name that no other person's pages use.

let channel; // an element in a shadow tree of its own: no listener of the page and no `window.event` can see it
let reply;

const evaluate = eval; // called by this name it works on the global scope
let scope = null; // for a page that is JavaScript only: its code once more, in a function of its own

const side = {
  isTrusted: false,
  copies: true,
  isHidden: () => false,
  toTell: (_, __, value) => value,
  protoToTell: (_, proto) => proto,
  isBuiltIn: () => true,
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
  special(op, parts, { encode, decode }) {
    switch (op) {
      case 'name': {
        try { return tagged(true, encode(look(parts[0]))); } catch { return tagged(false); }
      }
      case 'declared': return tagged(isDeclared(parts[0]));
      case 'assign': assign(parts[0], decode(parts[1])); return null;
      case 'eval': return tagged(encode(look(parts[0])));
      case 'own of window': {
        const found = getOwnPropertyDescriptor(World.window, parts[0]);
        if (found) return tagged(true, encode(World.window[parts[0]]));
        return scope ? side.special('name', parts, { encode, decode }) : tagged(false);
      }
      case 'begin': begin(parts[0]); return null;
      case 'added': return addedTo(parts[0]);
      case 'lines': return recorded();
      default: return undefined;
    }
  },
};

const membrane = makeMembrane(side);

function look(name) {
  return scope ? scope.get(name) : fromModules(name, evaluate);
}

/** Whether the page itself made what a built-in name of the window now means. */
function isDeclared(name) {
  let value;
  try { value = look(name); } catch { return false; }
  const found = getOwnPropertyDescriptor(World.window, name);
  if (value !== World.window[name]) return true;
  if (!found || !hasOwn(found, 'value')) return false;
  return typeof value !== 'function' || !matches(/\{\s*\[native code\]\s*\}$/, functionText(value));
}

function assign(name, value) {
  if (scope) scope.set(name, value);
  else if (!assignInModules(name, value)) construct(World.Function, ['value', `${name} = value`])(value);
}

/** Before each test: nothing is kept equal any more, and JavaScript-only pages are evaluated afresh. */
function begin(js) {
  membrane.forgetCopies();
  scope = null;
  if (typeof js !== 'string') return;
  const printed = lines.length;
  const failed = errors.length;
  try {
    // `eval` is a parameter, since the page may have put something else in its place
    const text = `return function () {${js}\n;return { __proto__: null, get() { return eval(arguments[0]); },
      set() { return eval(arguments[0] + ' = arguments[1]'); } }; };\n//# sourceURL=${EVALUATED}`;
    scope = apply(construct(World.Function, ['eval', text])(evaluate), World.window, []);
  } catch {
    scope = null; // it does not get to its end: what the page's script left is all there is
  }
  lines.length = printed;
  errors.length = failed;
}

/** The methods that the page added to prototypes of built-ins, among the names asked for. */
function addedTo(asked) {
  const told = list();
  const roots = ['Array', 'String', 'Number', 'Boolean', 'Function', 'Date', 'Map', 'Set', 'Promise'];
  for (let i = 0; i < roots.length; i++) {
    const prototype = membrane.known.called(`${roots[i]}.prototype`);
    for (let j = 0; j < asked.length; j++) {
      const found = getOwnPropertyDescriptor(prototype, asked[j]);
      if (!found || !hasOwn(found, 'value') || typeof found.value !== 'function') continue;
      if (membrane.known.nameOf(found.value) !== undefined) continue;
      push(told, tagged(roots[i], asked[j], membrane.encode(found.value)));
    }
  }
  return told;
}

// ---- the channel ---------------------------------------------------------------------------------------------------
const shadowRootOf = uncurry(getOwnPropertyDescriptor(Element.prototype, 'shadowRoot').get);
const firstChildOf = uncurry(getOwnPropertyDescriptor(Node.prototype, 'firstChild').get);

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
