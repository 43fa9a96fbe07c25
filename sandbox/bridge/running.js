// Running tests, and what the driver calls. Results are made here, of texts and numbers alone, and leave as one text.

const { stringify } = JSON;
const MAX_LINES = 50;
const GRACE = 200; // ms that a test is waited for that ended before a timer of its own, without having asserted anything
const WORDS = setOf('await break case catch class const continue debugger default delete do else enum export extends false '
  + 'finally for function if implements import in instanceof interface let new null package private protected public return '
  + 'static super switch this throw true try typeof var void while with yield arguments eval async of get set');

// ---- the channel ---------------------------------------------------------------------------------------------------
const host = document.createElement('div');
const channel = document.createElement('i');
host.attachShadow({ mode: 'open' }).appendChild(channel);
const DetailEvent = CustomEvent;
const NodeEvent = MouseEvent;
let reply;

const side = {
  isPage: false,
  isHidden: (value) => value === scope,
  isInterface: (name) => name in builtInNames,
  interfaceCalled,
  send(message) {
    if (defined.length) forgetDefined();
    reply = undefined;
    dispatch(channel, new DetailEvent('to page', { __proto__: null, detail: message }));
    const got = reply;
    reply = undefined;
    return got;
  },
  carry(node) { dispatch(channel, new NodeEvent('node to page', { __proto__: null, relatedTarget: node })); },
  /** The page may ask about objects that it was given, and about nothing else. */
  target(told, { ours }) {
    if (!isObject(told) || told[0] !== 'yours' || !(told[1] in ours)) throw new World.TypeError('There is no such object.');
    return ours[told[1]];
  },
  special: () => undefined,
  /** What an assertion expected is not the page's to know, should the page catch the error of a callback. Objects of a
   *  frame's world, which nothing seals, are nobody's: they are not handed out at all. */
  meet: lockMethods,
  inPlaceOf(value) {
    if (isAssertion(value)) return maskOf(value);
    return isOfThisWorld(value) ? value : undefined;
  },
  original: (value) => (isObject(value) ? weakGet(unmasked, value) : undefined) ?? value,
};

const masks = new World.WeakMap(); // assertion error -> what the page gets
const unmasked = new World.WeakMap();

function maskOf(error) {
  let mask = weakGet(masks, error);
  if (!mask) {
    mask = new World.Error('The assertion failed.');
    define(mask, 'stack', '', false);
    weakSet(masks, error, mask);
    weakSet(unmasked, mask, error);
  }
  return mask;
}

/** Whether a value has its prototypes from this world; the window of a frame, and what it holds, has them from its own. */
function isOfThisWorld(value) {
  let last = value;
  for (let i = 0; i < 100; i++) {
    const at = getPrototypeOf(last);
    if (at === null) return last === value || last === World.Object.prototype || last === World.window;
    if (membrane.isTheirs(at)) return true;
    last = at;
  }
  return false;
}

const intrinsics = takeIntrinsics();
const membrane = makeMembrane(side, intrinsics);

listen(channel, 'page is here', () => { isAnswered = true; });
listen(channel, 'page answers', (event) => { reply = detailOf(event); });
listen(channel, 'to tests', (event) => {
  const message = membrane.answer(detailOf(event));
  dispatch(channel, new DetailEvent('tests answer', { __proto__: null, detail: message }));
});
listen(channel, 'node to tests', (event) => membrane.takeNode(relatedOf(event)));
const hello = () => { if (!isAnswered) dispatch(document, new NodeEvent(HELLO, { __proto__: null, relatedTarget: host })); };

// ---- one test ----------------------------------------------------------------------------------------------------------
const blocked = list();
const noteBlocked = getterOf(SecurityPolicyViolationEvent.prototype, 'blockedURI');
listen(document, 'securitypolicyviolation', (event) => {
  if (blocked.length < MAX_LINES) push(blocked, slice(noteBlocked(event), 0, 200));
}, true);

const notes = list(); // for the author, among what the page printed

/** A test that is nothing but a function is meant to be called, and one that is nothing but a call to be waited for: as
 *  statements they would check nothing. */
function bodyOf(code) {
  const bare = replaceText(code, /^(?:\s+|\/\/[^\n]*(?:\n|$)|\/\*[^]*?\*\/)+/, '');
  if (!matches(/^[(\s]*(?:async\b\s*)?(?:function\b|\([^()]*\)\s*=>|[\w$]+\s*=>)/, bare)) return code;
  const whole = replaceText(bare, /;?\s*(?:(?:\/\/[^\n]*|\/\*[^]*?\*\/)\s*)*$/, '');
  const call = `return await ((made) => (typeof made === 'function' ? made() : made))((${whole}\n));`;
  try { construct(NativeAsyncFunction, [call]); } catch { return code; }
  return call;
}

/** The test as a function: its free names go through `scope`, its hooks run around it in the same function. */
function compile(given, order) {
  const test = { __proto__: null, ...given, before: withoutImports(given.before), code: withoutImports(given.code),
    after: withoutImports(given.after) };
  const parts = [test.before, test.code, test.after];
  for (let i = 0; i < 3; i++) construct(NativeAsyncFunction, [parts[i]]); // so that a slip in one is told as what it is
  const begin = 'arguments[0]();';
  const before = order === 'hook first' ? `${test.before}\n;${begin}` : `${begin}${test.before}\n;`;
  const keep = test.isSetUp ? `;arguments[1]({ __proto__: null, ${accessors(test.code)} });` : '';
  const body = test.isSetUp ? `${begin}${test.code}\n${keep}`
    : `${before}try { return await (async function () {${bodyOf(test.code)}\n}).call(this); }
      finally { await (async function () {${test.after}\n}).call(this); }`;
  const text = `with (scope) { return async function () {${body}\n}; }\n//# sourceURL=palimpsest-test`;
  return [construct(NativeFunction, ['scope', text])(scope), split(`\n\n${text}`, '\n')];
}

/** `import()` is syntax, which no name can replace, and would run the page's script in this world: here it is a call that
 *  has the page import. In what looks like a text, a regular expression or a comment the word is written with an escape: it
 *  means the same there, and is a syntax error should it be code after all. */
function withoutImports(code) {
  return replaceText(code, PIECES, (all, word) => (word ? `importInPage${slice(all, 6)}` : replaceText(all, IMPORT, '\\u0069mport')));
}
const PIECES = new RegExp([/'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"|`(?:[^`\\$]|\\[^]|\$(?!\{))*`|\/\/[^\n]*|\/\*[^]*?\*\//,
  /(?<=(?:^|[(,=:[!&|?{};~+\-*%<>^]|\b(?:return|typeof|case|in|of|void|throw|await|yield|else))\s*)\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\//,
  /(?<![\w$\\]|(?<!\.\.)\.\s*)(import)(?:\s|\/\*[^]*?\*\/|\/\/[^\n]*\n)*\(/].map((part) => part.source).join('|'), 'g');
const IMPORT = /(?<!\\)\bimport(?=(?:\s|\/\*[^]*?\*\/|\/\/[^\n]*\n)*\()/g;
const importInPage = (specifier) => membrane.decode(membrane.ask('eval', `import(${stringify(`${specifier}`)})`)[0]);

/** For each word of a hook how to read and to set what it may have declared by that name. */
function accessors(code) {
  const told = { __proto__: null };
  for (const match of eachMatch(code, /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu)) {
    if (!(match[0] in WORDS)) told[match[0]] = true;
  }
  let text = '';
  for (const name in told) text += `${name}: [() => ${name}, (value) => { ${name} = value; }],`;
  return text;
}

/** Keep what a hook declared, which is what is found without asking the scope. */
function keepNames(told) {
  for (const name in told) {
    isProbing = true;
    probed = false;
    try { told[name][0](); } catch { probed = true; } finally { isProbing = false; }
    if (!probed) hookNames[name] = told[name];
  }
}

const outcome = (of, message = null, expected = null, actual = null) => ({ __proto__: null, outcome: of, message, expected, actual });

async function execute(body, owner, begin) {
  try {
    await asOwner(owner, () => apply(body, pageWindow, [begin, keepNames]));
    return outcome('PASSED');
  } catch (error) {
    if (error instanceof NotYet && work.isBeforeCode) return null;
    if (!isAssertion(error)) return outcome('ERROR', describeError(error, owner));
    const compared = hasOwn(error, 'expected') && error.expected !== undefined;
    const message = messageOf(error, owner);
    if (!compared) return outcome('FAILED', message);
    const shown = aroundDifference(`${inspect(error.actual)}`, `${inspect(error.expected)}`);
    return outcome('FAILED', message, cut(shown[1]), cut(shown[0]));
  }
}

/** Not borrowed, whoever calls them: they would be called behind the test's back too. */
const UNFIT = setOf('then toJSON inspect next valueOf toString get set value writable enumerable configurable');
const BORROWERS = names('Array String Number Boolean Function Date Map Set Promise');
const borrowed = { __proto__: null }; // 'Array.prototype last' -> the page's method, while a test runs

/** Make room on our prototypes for methods that the page adds to its own and that tests name, and for those that tests
 *  add for the page. */
function makeRoom(code) {
  const text = `${work.html}\n${work.js}`;
  const added = matches(/prototype|__proto__|setPrototypeOf/, text) ? namesIn(text, /([A-Za-z_$][\w$]*)/g) : {};
  const isPatching = includes(code, 'prototype');
  const assigned = isPatching ? namesIn(code, ASSIGNED) : {};
  const quotedNames = namesIn(code, QUOTED);
  if (isPatching && includes(code, 'defineProperty')) Object.assign(assigned, quotedNames);
  const asked = { __proto__: null, ...namesIn(code, MEMBER), ...quotedNames };
  for (const match of eachMatch(text, STATIC)) {
    const [, name, key] = match;
    if (key in UNFIT || !(key in asked) || key in World.window[name]) continue;
    makeRoomFor(name, World.window[name], key);
    push(rooms, `${name} ${key}`);
  }
  for (const key in asked) {
    if (key in UNFIT || !(key in added || key in assigned)) continue;
    let isNew = false;
    for (let i = 0; i < BORROWERS.length; i++) {
      const prototype = World[BORROWERS[i]].prototype;
      if (key in prototype) continue;
      isNew = true;
      makeRoomFor(`${BORROWERS[i]}.prototype`, prototype, key);
    }
    if (isNew) for (let i = 0; i < BORROWERS.length; i++) push(rooms, `${BORROWERS[i]}.prototype ${key}`);
  }
}
const STATIC = /\b(Array|String|Number|Function|Date|Map|Set|Promise|Object|Math|JSON)\s*\.\s*([A-Za-z_$][\w$]*)\s*=(?![=>])/g;

function makeRoomFor(name, prototype, key) {
  const set = (value) => { borrowed[`${name} ${key}`] = value; tellPatch(name, key, value); };
  mapSet(cells, cellName(name, key), { __proto__: null, set });
  nativeDefine(prototype, key, { __proto__: null, configurable: false, enumerable: false,
    get: () => borrowed[`${name} ${key}`] ?? borrowLate(`${name} ${key}`),
    set(value) { if (this === prototype) set(value); else if (isObject(this)) define(this, key, value); } });
}
const rooms = list();

function borrow() {
  for (const key in borrowed) delete borrowed[key];
  if (rooms.length) takeAdded(rooms);
}

function takeAdded(asked) {
  const told = membrane.ask('added', membrane.encodeAll(asked));
  for (let i = 0; i < told.length; i++) {
    if (includesName(told[i][0])) borrowed[told[i][0]] = membrane.decode(told[i][1]);
  }
}

/** What the page added while the test ran. */
function borrowLate(key) {
  if (isClosed && isAnswered) attempt(() => takeAdded(tagged(key)));
  return borrowed[key];
}
const includesName = (key) => { for (let i = 0; i < rooms.length; i++) if (rooms[i] === key) return true; return false; };

const owners = list(); // of the tests that ran on this page

async function run(test) {
  const owner = { __proto__: null, assertions: 0, isOver: false, ended: 0, isLate: false, failure: undefined, text: test.text, lines: undefined,
    index: test.index };
  push(owners, owner);
  const began = moment();
  let result = null;
  const orders = work.isScriptOnly && !test.isSetUp && matches(/\S/, test.before) ? ['hook first', 'code first'] : ['code first'];
  own.assert = assertFor(owner);
  own.chai = chaiFor(owner, own.assert);
  for (let i = 0; i < orders.length && result === null; i++) {
    result = await attemptTest(test, owner, orders[i], i > 0);
  }
  own.assert = chai.assert;
  owner.isOver = !test.isSetUp;
  owner.ended = moment();
  attempt(forgetDefined);
  undefineInPage();
  const doubts = result.outcome === 'PASSED' && owner.assertions === 0 && !matches(/\bthrow\b/, test.code) ? ['NO_ASSERTION'] : [];
  return stringify({ __proto__: null, ...result, ms: moment() - began, doubts, pending: owner.assertions === 0 && hasTimers(owner) });
}

async function attemptTest(test, owner, order, isAgain) {
  try {
    const [body, lines] = compile(test, order);
    owner.lines = lines;
    membrane.forgetCopies();
    own.document = unclobbered();
    const begin = () => {
      work.isBeforeCode = false;
      if (!test.isSetUp) membrane.ask('begin', work.isScriptOnly ? work.js : null, test.index ?? null);
      borrow();
    };
    work.isBeforeCode = order === 'hook first';
    const result = await execute(body, owner, begin);
    if (isAgain && notes.length === 0) push(notes, 'beforeEach uses a name of the page, so it ran after the code, not before it.');
    return result;
  } catch (error) {
    return outcome('ERROR', describeError(error, owner));
  } finally {
    work.isBeforeCode = false;
  }
}

function hasTimers(owner) {
  let has = false;
  mapEach(timers, (timer) => { if (timer.owner === owner) has = true; });
  return has;
}

/** Wait for timers of tests that ended without an assertion: it may be in there. */
async function settle() {
  let until = 0;
  mapEach(timers, ({ owner, due }) => {
    if (owner && owner.isOver && owner.assertions === 0 && due <= moment() + GRACE) until = max(until, due);
  });
  if (until) await new World.Promise((done) => { nativeTimeout(done, max(0, until - moment()) + 5); });
  mapEach(timers, ({ owner, due }) => {
    if (owner && owner.isOver && owner.assertions === 0 && owner.ended < due && due <= until) {
      owner.isLate = true;
      owner.failure ??= 'The timer in which the test makes its assertion was taken away.';
    }
  });
}
const { max } = Math;

/** The page's errors as lists of texts and numbers; it may have put anything in their place. */
function readErrors(items) {
  const errors = [];
  for (let i = 0; isArray(items) && i < items.length && i < MAX_LINES; i++) {
    const error = [];
    for (let j = 0; isArray(items[i]) && j < 6; j++) {
      const part = items[i][j];
      define(error, j, typeof part === 'string' ? slice(part, 0, 500) : typeof part === 'number' ? part : null);
    }
    define(errors, i, error);
  }
  return errors;
}

function told() {
  const read = (items) => {
    const texts = [];
    for (let i = 0; i < items.length && i < MAX_LINES; i++) push(texts, slice(`${items[i]}`, 0, 500));
    return texts;
  };
  let said = [[], []];
  try { said = membrane.ask('lines'); } catch { /* then it said nothing */ }
  const late = [];
  for (let i = 0; i < owners.length; i++) {
    const { index, failure, isLate } = owners[i];
    if (isLate) push(late, { __proto__: null, index, message: failure ?? null, doubt: 'NOT_AWAITED' });
  }
  return stringify({ __proto__: null, console: [...read(notes), ...read(said[0])], errors: readErrors(said[1]), blocked: read(blocked), late });
}

// ---- what the driver calls ---------------------------------------------------------------------------------------------
/** Make the world ready for a page that is not there yet: test libraries come after this, and then `seal`. */
function prepare(given) {
  Object.assign(work, given, { declared: setOf((given.declared ?? []).join(' ')) });
  for (const name of ['code', 'html', 'css', 'js']) own[name] = given[name] ?? '';
  if (work.hasLibraries) shape(intrinsics);
  define(World.window, 'assert', chai.assert, false); // for libraries, whose free names do not go through `scope`
}

/** The names that libraries gave the global object; one that comes later nobody of ours made. */
function noteLibraries() {
  const keys = ownKeys(World.window);
  for (let i = 0; i < keys.length; i++) {
    if (typeof keys[i] === 'string' && !(keys[i] in builtInNames) && keys[i] !== 'palimpsest') setByLibraries[keys[i]] = true;
  }
}

const loaded = { __proto__: null };
const libraryErrors = list();
listen(World.window, 'error', (event) => { if (!isClosed) push(libraryErrors, `${attempt(errorMessageOf, event)}`); });
const errorMessageOf = getterOf(ErrorEvent.prototype, 'message');

/** The message of the first of so many libraries that did not come to its end; null when all did. */
function failed(number) {
  for (let i = 0; i < number; i++) if (!(i in loaded)) return libraryErrors[0] ?? 'A test library could not be evaluated.';
  return null;
}

function close(tests = '') {
  if (isClosed) return;
  const mentioned = work.hasLibraries ? undefined : namesIn(tests, /([A-Za-z_$][\w$]*)/g);
  shape(intrinsics, mentioned);
  if (tests) {
    makeRoom(tests);
    prepareDocument(tests);
  }
  freezeAll(intrinsics, work.hasLibraries);
  lockNames(mentioned);
  if (work.hasLibraries) noteLibraries();
  freezeChai();
  isClosed = true;
}

takeNames();
for (let i = 0; i < MAKERS.length; i++) membrane.known.alias(makers[MAKERS[i]], MAKERS[i], true);
membrane.known.alias(pageWindow, 'window', true);
own.assert = chai.assert;
own.chai = chai;
listen(document, `${HELLO} again`, hello);
hello();
listen(channel, 'page is here', () => { for (let i = 0; i < untold.length; i++) tellPatch(untold[i][0], untold[i][1], untold[i][2]); });

nativeDefine(globalThis, 'palimpsest', { configurable: true, value: freeze({ __proto__: null, prepare, failed, seal: close,
  loaded(number) { loaded[number] = true; },
  /** Tells whether the page's side is there. */
  begin() { hello(); return isAnswered; },
  run,
  told: async () => { await settle(); return told(); },
}) });
