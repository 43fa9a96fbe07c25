// Errors

// == assert.throws with a class, a text and an expression
class Oops extends Error {} function oops() { throw new Oops('bad thing'); } function broken() { null.x;
  } const missing = () => notThere, strict = (n) => { if (n < 0) throw new RangeError(`negative: ${n}`); return n; };
// -- test
assert.throws(oops); assert.throws(oops, Oops); assert.throws(oops, Error); assert.throws(oops, 'bad');
assert.throws(oops, /thing$/); assert.throws(oops, Oops, 'bad thing'); assert.throws(broken, TypeError);
assert.throws(missing, ReferenceError, 'notThere is not defined');
assert.throws(() => strict(-1), RangeError, /negative: -1/); assert.doesNotThrow(() => strict(1));
assert.throws(() => JSON.parse('{'), SyntaxError); assert.throws(() => 1n + 1, TypeError);

// == name, message, cause, code, toString and stack
const make = () => { const e = new TypeError('outer', { cause: new Error('inner') }); e.code = 'E1'; e.list = [1];
  return e; }; const plain = { name: 'Custom', message: 'not an Error' }; const noMessage = new Error();
// -- test
const e = make(); assert.strictEqual(e.name, 'TypeError'); assert.strictEqual(e.message, 'outer');
assert.strictEqual(e.cause.message, 'inner'); assert.instanceOf(e.cause, Error); assert.strictEqual(e.code, 'E1');
assert.deepEqual(e.list, [1]); assert.strictEqual(`${e}`, 'TypeError: outer'); assert.isString(e.stack);
assert.include(e.stack, 'TypeError: outer'); assert.isFalse(plain instanceof Error);
assert.strictEqual(noMessage.message, ''); assert.isTrue(Error.isError(e));
assert.deepEqual(Object.keys(e), ['code', 'list']); assert.isTrue(Object.hasOwn(e, 'message'));
assert.strictEqual(e.constructor, TypeError); assert.strictEqual(Object.prototype.toString.call(e), '[object Error]');

// == whatever is thrown arrives as it is
const thing = { a: 1 }; const raise = (x) => { throw x; }, raiseMine = () => { throw thing; };
// -- test
const caught = (f) => { try { f(); } catch (e) { return e; } return 'nothing'; };
assert.strictEqual(caught(raiseMine), thing); assert.strictEqual(caught(() => raise('text')), 'text');
assert.strictEqual(caught(() => raise(7)), 7); assert.isNull(caught(() => raise(null)));
assert.isUndefined(caught(() => raise(undefined))); const mine = { b: 2 };
assert.strictEqual(caught(() => raise(mine)), mine); const error = new RangeError('r');
assert.strictEqual(caught(() => raise(error)), error);

// == errors of callbacks pass through the page, and the page can catch them
const call = (f) => f(), safe = (f) => { try { return f(); } catch (e) {
  return `${e.name}: ${e.message} ${e instanceof TypeError} ${e instanceof Error}`; } }, wrap = (f) => { try { f();
  } catch (e) { throw new Error('wrapped', { cause: e }); } }, clean = (f) => { let log = ''; try { f(); log += 'ok';
  } catch { log += 'caught'; } finally { log += ' finally'; } return log; };
// -- test
class Mine extends Error { constructor() { super('mine'); this.extra = 1; } } assert.throws(() => call(() => {
  throw new Mine(); }), Mine, 'mine');
assert.strictEqual(safe(() => { throw new TypeError('t'); }), 'TypeError: t true true');
assert.strictEqual(safe(() => null.x).slice(0, 9), 'TypeError'); let e;
try { wrap(() => { throw new Mine(); }); } catch (x) { e = x; } assert.instanceOf(e.cause, Mine);
assert.strictEqual(e.cause.extra, 1); assert.strictEqual(clean(() => { throw 1; }), 'caught finally');

// == errors that a function returns or collects
const check = (v) => (v ? { ok: true, value: v } : { ok: false, error: new Error('empty') }),
  all = (list) => list.map((f) => { try { return f(); } catch (e) { return e; } });
// -- test
assert.deepEqual(check(1), { ok: true, value: 1 }); assert.instanceOf(check(0).error, Error);
assert.strictEqual(check(0).error.message, 'empty'); const got = all([() => 1, () => { throw new EvalError('x'); }]);
assert.strictEqual(got[0], 1); assert.instanceOf(got[1], EvalError);

// == a test changes an error of the page
const error = new Error('first'); const say = () => `${error}`, nameOf = (e) => e.name;
// -- test
error.message = 'second'; assert.strictEqual(say(), 'Error: second'); error.name = 'Renamed';
assert.strictEqual(say(), 'Renamed: second'); const mine = new Error('m'); mine.name = 'Mine';
assert.strictEqual(nameOf(mine), 'Mine'); mine.stack = 'none'; assert.strictEqual(mine.stack, 'none');
class E extends Error {} E.prototype.name = 'E'; assert.strictEqual(nameOf(new E()), 'E');

// == errors of the DOM
const bad = () => document.querySelector('???'), twice = () => { const a = document.createElement('p');
  a.appendChild(a); };
// -- test
assert.throws(bad, DOMException); assert.throws(twice, /contains the parent|HierarchyRequestError|parent/); let e;
try { bad(); } catch (x) { e = x; } assert.strictEqual(e.name, 'SyntaxError'); assert.instanceOf(e, Error);
assert.isNumber(e.code);

// == window.onerror and error events hear the page's errors
const seen = []; window.onerror = (message) => { seen.push(message); return true; };
addEventListener('error', (e) => seen.push(e.error));
const later = () => setTimeout(() => { throw new TypeError('late'); });
// -- test
later(); await new Promise((done) => setTimeout(done, 40)); assert.lengthOf(seen, 2); assert.include(seen[0], 'late');
assert.instanceOf(seen[1], TypeError);
