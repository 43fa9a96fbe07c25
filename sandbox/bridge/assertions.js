// chai in the tests' world: what it asks about the page's values, whose assertion is whose, and what a message says.

const { chai, chaiHooks } = globalThis;
delete globalThis.chaiHooks;
const { AssertionError, Assertion, util } = chai;
const MAX_MESSAGE = 2_000; // characters
const MAX_COMPARED = 160; // characters of a value in a message, unless what differs lies farther on
const BEFORE_DIFFERENCE = 40;

// ---- the page's values as data ----------------------------------------------------------------------------------------
const isForeign = (value) => membrane.isTheirs(value) && slice(membrane.kindOf(value), -5) !== ' copy'
  && !(membrane.kindOf(value) in REAL);
const REAL = setOf('error boxed promise view clone'); // shown as values of our own

function describeForeign(value) {
  if (!isForeign(value)) return undefined;
  const text = attempt(() => membrane.ask('text', tagged('yours', membrane.numberOf(value))));
  return typeof text === 'string' ? text : 'a value of the page';
}

chaiHooks.describe = (value) => describeValue(value, describeForeign);

/** Types that are the language's to give: an object that only says so is an object. */
const TYPES = setOf('String Number Boolean Symbol BigInt Array Function AsyncFunction GeneratorFunction '
  + 'AsyncGeneratorFunction Date RegExp Error Map Set WeakMap WeakSet Promise Arguments Null Undefined Generator DataView '
  + 'ArrayBuffer Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array');

const KINDS = { __proto__: null, 'date copy': 'Date', 'regexp copy': 'RegExp', 'error copy': 'Error', 'bytes copy': 'ArrayBuffer',
  promise: 'Promise', array: 'Array', arguments: 'Arguments' };
const FUNCTION_KINDS = names('Function async generator asyncGenerator');

function typeOf(value) {
  if (value === undefined) return 'undefined';
  if (value === null) return 'null';
  if (!membrane.isTheirs(value)) {
    const tag = value[World.Symbol.toStringTag];
    return typeof tag === 'string' ? tag : slice(objectText(value), 8, -1);
  }
  if (typeof value === 'function') return attempt(functionType, value) ?? 'Function';
  const kind = membrane.kindOf(value);
  if (kind in KINDS) return KINDS[kind];
  if (kind === 'view') return typedTag(value) ?? 'DataView';
  if (kind === 'boxed') return isUsualBox(value) ? slice(objectText(value), 8, -1) : 'Object';
  for (let at = value, i = 0; membrane.isTheirs(at) && i < 50; at = getPrototypeOf(at), i++) {
    const found = getOwnPropertyDescriptor(at, World.Symbol.toStringTag);
    if (!found) continue;
    const tag = hasOwn(found, 'value') ? found.value : value[World.Symbol.toStringTag];
    return typeof tag === 'string' && !(tag in TYPES) ? tag : 'Object';
  }
  const tag = value[World.Symbol.toStringTag];
  return typeof tag === 'string' ? tag : slice(objectText(value), 8, -1);
}

/** By the prototype, not by what it says of itself. */
function functionType(value) {
  for (let at = getPrototypeOf(value), i = 0; at !== null && i < 50; at = getPrototypeOf(at), i++) {
    for (let j = 1; j < FUNCTION_KINDS.length; j++) {
      if (at === makers[FUNCTION_KINDS[j]].prototype) return at[World.Symbol.toStringTag];
    }
  }
  return 'Function';
}

const isUsualBox = (value) => {
  const proto = getPrototypeOf(value);
  return !membrane.isTheirs(proto) && ownKeys(value).length === (typeof value.valueOf() === 'string' ? value.length + 1 : 0);
};
chaiHooks.typeOf = typeOf;

/** For a collection of the page one of ours with the same elements. */
function plain(value) {
  if (!isForeign(value)) return value;
  const type = typeOf(value);
  if (type !== 'Array' && type !== 'Set' && type !== 'Map') return value;
  const items = membrane.ask('items', tagged('yours', membrane.numberOf(value)));
  const made = [];
  for (let i = 0; i < items.length; i++) define(made, i, membrane.decode(items[i]));
  if (type === 'Array') return made;
  const collection = type === 'Set' ? new World.Set() : new World.Map();
  for (let i = 0; i < made.length; i++) {
    if (type === 'Set') setAdd(collection, made[i]); else { mapSet(collection, made[i], made[i + 1]); i++; }
  }
  return collection;
}
chaiHooks.plain = plain;

/** What the browser lists: two are equal when their items are, whichever world they come from. */
const LISTS = setOf('NodeList HTMLCollection HTMLFormControlsCollection HTMLOptionsCollection RadioNodeList DOMTokenList '
  + 'CSSRuleList StyleSheetList FileList DOMRectList');

function compareLists(left, right) {
  if (!isObject(left) || !isObject(right)) return null;
  if (left === right) return true;
  if (!isForeign(left) && !isForeign(right)) return null;
  const type = typeOf(left);
  if ((type === 'Map' || type === 'Set') && typeOf(right) === type) {
    return util.eql(plain(left), plain(right), { comparator: compareLists }); // by no `size` or `forEach` of the page
  }
  if (!(type in LISTS) || typeOf(right) !== type) return null;
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (!equalDeep(left[i], right[i])) return false;
  return true;
}
const equalDeep = (left, right) => util.eql(left, right, { comparator: compareLists });
chai.config.deepEqual = equalDeep;
chai.config.useProxy = false; // it names misspelt words of another interface than `assert`, and takes time
chai.config.truncateThreshold = 0; // messages are cut where the two values differ

Assertion.overwriteMethod('match', (native) => function match(...args) {
  const value = util.flag(this, 'object');
  if (membrane.isTheirs(value)) throw new AssertionError(`expected a text but got ${chaiHooks.describe(value)}`, undefined, match);
  return apply(native, this, args);
});

/** Nothing of chai can be changed once the world is sealed: not its objects, and no assertion. */
function freezeChai() {
  const all = [chai, chai.assert, chai.expect, chai.config, util, Assertion, Assertion.prototype, AssertionError,
    AssertionError.prototype, chaiHooks];
  const keys = ownKeys(chai.assert);
  for (let i = 0; i < keys.length; i++) {
    const value = ownValue(chai.assert, keys[i]);
    if (typeof value === 'function') freeze(value);
  }
  for (let i = 0; i < all.length; i++) freeze(all[i]);
}

// ---- whose an assertion is ---------------------------------------------------------------------------------------------
let current; // the test whose code runs now, as far as that can be known
const currentTest = () => current;

function asOwner(owner, work) {
  const before = current;
  current = owner;
  try {
    return work();
  } catch (error) {
    if (owner && isAssertion(error)) noteFailure(owner, error);
    throw error;
  } finally {
    current = before;
  }
}

const isAssertion = (error) => attempt(() => error instanceof AssertionError) === true;

function noteAssertion(owner) {
  owner.assertions += 1;
  if (owner.isOver) owner.isLate = true;
}

function noteFailure(owner, error) {
  if (owner.isOver && owner.failure === undefined) owner.failure = messageOf(error, owner);
}

const nativeAssert = Assertion.prototype.assert;
define(Assertion.prototype, 'assert', { assert(...args) {
  const owner = util.flag(this, 'owner') ?? current;
  if (owner) noteAssertion(owner);
  try {
    return apply(nativeAssert, this, args);
  } catch (error) {
    if (owner) noteFailure(owner, error);
    throw error;
  }
} }.assert, false);

/** `assert` and `chai` for one test: they know whose assertions they make, however late these are made. */
function assertFor(owner) {
  const wrapped = { __proto__: null };
  const wrap = (method) => (...args) => {
    const before = owner.assertions;
    noteAssertion(owner); // some assertions do not come to `assert`
    owner.assertions = before;
    try {
      return asOwner(owner, () => apply(method, chai.assert, args));
    } finally {
      if (owner.assertions === before) owner.assertions += 1;
    }
  };
  const call = wrap(chai.assert);
  return new World.Proxy(call, { __proto__: null,
    get(_, key) {
      const value = chai.assert[key];
      if (typeof value !== 'function' || !hasOwn(chai.assert, key)) return value;
      return wrapped[key] ??= wrap(value);
    },
    set: () => false,
    has: (_, key) => key in chai.assert,
  });
}

function chaiFor(owner, assert) {
  const expect = Object.assign((value, message) => {
    const made = chai.expect(value, message);
    util.flag(made, 'owner', owner);
    return made;
  }, { fail: chai.expect.fail });
  return freeze({ ...chai, assert, expect });
}

// ---- messages ----------------------------------------------------------------------------------------------------------
const cut = (text) => (text.length > MAX_MESSAGE ? `${slice(text, 0, MAX_MESSAGE - 1)}…` : text);
const replaceText = uncurry(String.prototype.replace);

/** What to show of two texts: all, or what lies around the first place in which they differ. */
function aroundDifference(one, other) {
  if (one.length <= MAX_COMPARED && other.length <= MAX_COMPARED) return tagged(one, other);
  let same = 0;
  while (same < one.length && one[same] === other[same]) same++;
  const from = same > BEFORE_DIFFERENCE + 20 ? same - BEFORE_DIFFERENCE : 0;
  const part = (text) => (from ? '…' : '') + slice(text, from, from + MAX_COMPARED)
    + (text.length > from + MAX_COMPARED ? '…' : '');
  return tagged(part(one), part(other));
}

/** The message of a failed assertion; where chai has none, the test's own words and the expression. */
function messageOf(error, owner) {
  let message = ownValue(error, 'message');
  if (typeof message !== 'string' || message === '') return cut(wordsOf(error, owner));
  if (hasOwn(error, 'expected') && error.expected !== undefined && message.length > MAX_COMPARED) {
    const [actual, expected] = [chaiHooks.describe(error.actual), chaiHooks.describe(error.expected)];
    const shown = aroundDifference(actual, expected);
    message = replaceText(message, actual, () => shown[0]);
    message = replaceText(message, expected, () => shown[1]);
  }
  return cut(message);
}

function wordsOf(error, owner) {
  const expression = owner && expressionAt(`${attempt(() => error.stack)}`, owner.lines);
  if (owner?.text) return expression ? `${owner.text} (${expression})` : owner.text;
  return expression ? `${expression} is not so.` : 'The assertion failed.';
}

/** The call in a test's code at which an error was thrown, by the stack that the engine made. */
function expressionAt(stack, lines) {
  const place = matches(/palimpsest-test:(\d+):(\d+)/, stack);
  if (!place || !lines) return undefined;
  const before = lines[place[1] - 1];
  if (before === undefined) return undefined;
  let text = slice(before, place[2] - 1);
  for (let i = +place[1]; i < lines.length && text.length < 1_000; i++) text += `\n${lines[i]}`;
  let depth = 0;
  let quote;
  for (let i = 0; i < text.length && i < 1_000; i++) {
    if (quote) {
      if (text[i] === '\\') i++; else if (text[i] === quote) quote = undefined;
    } else if (text[i] === "'" || text[i] === '"' || text[i] === '`') quote = text[i];
    else if (text[i] === '(' || text[i] === '[' || text[i] === '{') depth++;
    else if (text[i] === ')' || text[i] === ']' || text[i] === '}') {
      depth--;
      if (depth === 0 && text[i] === ')') return i < 200 ? slice(text, 0, i + 1) : `${slice(text, 0, 200)}…`;
      if (depth < 0) return undefined;
    }
  }
  return undefined;
}

function describeError(error, owner) {
  try {
    if (isAssertion(error)) return messageOf(error, owner);
    if (!isObject(error)) return cut(typeof error === 'string' ? error : chaiHooks.describe(error));
    if (!isError(error)) return cut(chaiHooks.describe(error));
    const message = ownValue(error, 'message') ?? attempt(messageOfDom, error);
    return cut(`${attempt(nameOfDom, error) ?? errorName(error)}: ${typeof message === 'string' ? message : ''}`);
  } catch {
    return 'An error that cannot be described.';
  }
}

const messageOfDom = getterOf(DOMException.prototype, 'message');
const nameOfDom = getterOf(DOMException.prototype, 'name');

/** The name of an error, by data: its own, or that of its class. */
function errorName(error) {
  const name = ownValue(error, 'name');
  if (typeof name === 'string' && name) return slice(name, 0, 100);
  for (let at = error, i = 0; at !== null && i < 20; at = getPrototypeOf(at), i++) {
    const constructor = ownValue(at, 'constructor') ?? usualConstructor(at);
    const called = typeof constructor === 'function' ? ownValue(constructor, 'name') : undefined;
    if (typeof called === 'string' && called) return slice(called, 0, 100);
  }
  return 'Error';
}

const inspect = (value) => { try { return chaiHooks.describe(value); } catch { return null; } };
