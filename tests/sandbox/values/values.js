// Values and types

// == primitive values: texts, numbers, truth values, null, undefined, symbols, BigInts
const text = 'ab', none = null, big = 2n ** 70n, odd = [NaN, -0, undefined, Infinity], mark = Symbol('mark'); let later;
// -- test
assert.strictEqual(text, 'ab'); assert.isString(text); assert.isNull(none); assert.isUndefined(later);
assert.strictEqual(typeof big, 'bigint'); assert.strictEqual(big, 2n ** 70n);
assert.isNaN(odd[0]); assert.isTrue(Object.is(odd[1], -0)); assert.strictEqual(odd[3], Infinity);
assert.typeOf(mark, 'symbol'); assert.strictEqual(mark.description, 'mark');
assert.strictEqual(String(mark), 'Symbol(mark)');

// == typeof, Array.isArray and Object.prototype.toString say what a value is
const values = { list: [], thing: {}, f() {}, k: class {}, re: /a/, date: new Date(0), map: new Map(), set: new Set(),
  error: new TypeError('x'), promise: Promise.resolve(), bytes: new Uint8Array(1), gen: (function* () {})(), nil: null };
const args = (function () { return arguments; })(1, 2);
// -- test
const kind = (x) => Object.prototype.toString.call(x);
assert.strictEqual(typeof values.f, 'function'); assert.strictEqual(typeof values.k, 'function');
assert.strictEqual(typeof values.nil, 'object'); assert.strictEqual(typeof values.re, 'object');
assert.isTrue(Array.isArray(values.list)); assert.isFalse(Array.isArray(values.thing));
assert.isFalse(Array.isArray(args));
assert.deepEqual(Object.keys(values).map((key) => kind(values[key]).slice(8, -1)), ['Array', 'Object', 'Function',
  'Function', 'RegExp', 'Date', 'Map', 'Set', 'Error', 'Promise', 'Uint8Array', 'Generator', 'Null']);
assert.strictEqual(kind(args), '[object Arguments]'); assert.deepEqual([...args], [1, 2]);

// == chai's words for types: isArray, isObject, isFunction, isString, isNumber, isBoolean, typeOf
const list = [1], thing = { a: 1 }, f = () => 1, text = 't', number = 1.5, yes = true;
// -- test
assert.isArray(list); assert.isNotArray(thing); assert.isObject(thing); assert.isFunction(f); assert.isString(text);
assert.isNumber(number); assert.isFinite(number); assert.isBoolean(yes); assert.isTrue(yes);
assert.typeOf(list, 'array');
assert.typeOf(thing, 'object'); assert.isNotObject(list); assert.isNotFunction(thing); assert.exists(thing.a);

// == instanceof the language's classes
const list = [], thing = {}, f = () => 1, date = new Date(), re = /a/, map = new Map(), set = new Set(),
  weak = new WeakMap();
const promise = Promise.resolve(), error = new RangeError('r'), bytes = new Uint8Array(2), buffer = new ArrayBuffer(2);
// -- test
assert.instanceOf(list, Array); assert.instanceOf(thing, Object); assert.instanceOf(f, Function);
assert.instanceOf(date, Date); assert.instanceOf(re, RegExp); assert.instanceOf(map, Map); assert.instanceOf(set, Set);
assert.instanceOf(weak, WeakMap); assert.instanceOf(promise, Promise); assert.instanceOf(error, RangeError);
assert.isTrue(error instanceof Error && bytes instanceof Uint8Array && buffer instanceof ArrayBuffer);
assert.isTrue(list instanceof Object && f instanceof Object); assert.isFalse(list instanceof Map);

// == constructor is the class itself
class Dog {} const list = [], thing = {}, map = new Map(), date = new Date(), f = () => 1, dog = new Dog(), one = 1,
  text = 't';
// -- test
assert.strictEqual(list.constructor, Array); assert.strictEqual(thing.constructor, Object);
assert.strictEqual(map.constructor, Map); assert.strictEqual(date.constructor, Date);
assert.strictEqual(f.constructor, Function); assert.strictEqual(dog.constructor, Dog);
assert.strictEqual(one.constructor, Number); assert.strictEqual(text.constructor, String);
assert.strictEqual(dog.constructor.name, 'Dog'); assert.strictEqual(list.constructor.name, 'Array');

// == getPrototypeOf is the standard prototype
class Dog {} const list = [], thing = {}, bare = Object.create(null), map = new Map(), dog = new Dog(), f = () => 1;
// -- test
assert.strictEqual(Object.getPrototypeOf(list), Array.prototype);
assert.strictEqual(Object.getPrototypeOf(thing), Object.prototype);
assert.strictEqual(Object.getPrototypeOf(map), Map.prototype);
assert.strictEqual(Object.getPrototypeOf(f), Function.prototype);
assert.isNull(Object.getPrototypeOf(bare)); assert.strictEqual(Object.getPrototypeOf(dog), Dog.prototype);
assert.strictEqual(Object.getPrototypeOf(Dog.prototype), Object.prototype);
assert.strictEqual(list.__proto__, Array.prototype);
assert.isTrue(Object.prototype.isPrototypeOf(dog)); assert.isTrue(Array.prototype.isPrototypeOf(list));

// == deep equality of nested arrays and objects
const data = [1, 'two', [3, null], { a: { b: [undefined, NaN] } }], gaps = [1, , 3],
  bare = Object.assign(Object.create(null), { x: 1 });
// -- test
assert.deepEqual(data, [1, 'two', [3, null], { a: { b: [undefined, NaN] } }]); assert.notDeepEqual(data, [1]);
assert.deepEqual(data[3], { a: { b: [undefined, NaN] } }); assert.lengthOf(gaps, 3); assert.isFalse(1 in gaps);
assert.property(bare, 'x'); assert.isUndefined(bare.toString);
assert.sameDeepMembers(data.slice(1, 3), [[3, null], 'two']);

// == deep equality of values with cycles
const loop = { name: 'loop' }; loop.self = loop; const list = [1]; list.push(list);
// -- test
const mine = { name: 'loop' }; mine.self = mine; assert.deepEqual(loop, mine); assert.strictEqual(loop.self.self, loop);
assert.strictEqual(list[1], list); assert.throws(() => JSON.stringify(loop), TypeError);

// == the same object is the same each time
const thing = { a: {} }, list = [thing]; const give = () => thing; function same(a, b) { return a === b; }
// -- test
assert.strictEqual(thing, give()); assert.strictEqual(list[0], thing); assert.strictEqual(thing.a, thing.a);
assert.isTrue(same(thing, list[0])); assert.strictEqual(new Map([[thing, 1]]).get(give()), 1);
assert.isTrue(new Set([thing]).has(list[0])); assert.include(list, thing); assert.strictEqual(list.indexOf(give()), 0);

// == Object.keys, values, entries, in, delete, hasOwn
const thing = { b: 1, a: 2, 10: 'ten', [Symbol.for('s')]: 3 };
const child = Object.create(thing, { own: { value: 1, enumerable: true } });
// -- test
assert.deepEqual(Object.keys(thing), ['10', 'b', 'a']); assert.deepEqual(Object.values(thing), ['ten', 1, 2]);
assert.deepEqual(Object.entries(thing)[1], ['b', 1]); assert.isTrue('a' in child);
assert.isFalse(Object.hasOwn(child, 'a'));
assert.isTrue(child.hasOwnProperty('own')); assert.strictEqual(thing[Symbol.for('s')], 3);
assert.deepEqual(Object.getOwnPropertySymbols(thing), [Symbol.for('s')]); assert.isTrue(delete thing.b);
assert.notProperty(thing, 'b');
const seen = []; for (const key in child) seen.push(key); assert.deepEqual(seen, ['own', '10', 'a']);

// == spreading, rest and destructuring
const thing = { a: 1, b: { c: 2 } }, list = [1, 2, 3], text = 'añ😀';
// -- test
assert.deepEqual({ ...thing, d: 4 }, { a: 1, b: { c: 2 }, d: 4 }); assert.deepEqual([...list, 4], [1, 2, 3, 4]);
const { a, b: { c }, missing = 'none', ...rest } = thing; assert.deepEqual([a, c, missing, rest], [1, 2, 'none', {}]);
const [first, , third, fourth = 4] = list; assert.deepEqual([first, third, fourth], [1, 3, 4]);
assert.deepEqual([...text], ['a', 'ñ', '😀']); assert.strictEqual(Math.max(...list), 3);

// == frozen, sealed and not extensible objects
'use strict';
const fixed = Object.freeze({ a: 1, deep: {} }), closed = Object.seal({ a: 1 }), shut = Object.preventExtensions({
  a: 1 }), open = {};
// -- test
assert.isFrozen(fixed); assert.isSealed(closed); assert.isNotExtensible(shut); assert.isNotFrozen(open);
assert.isTrue(Object.isFrozen(fixed)); assert.isFalse(Object.isFrozen(fixed.deep));
assert.isTrue(Object.isSealed(closed));
assert.throws(() => { 'use strict'; fixed.a = 2; }, TypeError); fixed.a = 3; assert.strictEqual(fixed.a, 1);
closed.a = 2; assert.strictEqual(closed.a, 2); assert.throws(() => { 'use strict'; delete closed.a; }, TypeError);
assert.throws(() => { 'use strict'; shut.b = 1; }, TypeError);

// == a test freezes, seals and defines properties on objects of the page
const thing = { a: 1 }, other = {}; const change = () => { 'use strict'; thing.a = 2; };
const read = () => other.hidden;
// -- test
Object.freeze(thing); assert.isFrozen(thing); assert.throws(change, TypeError);
Object.defineProperty(other, 'hidden', { value: 5, configurable: true }); assert.strictEqual(read(), 5);
assert.deepEqual(Object.keys(other), []); Object.defineProperty(other, 'hidden', { get: () => 6 });
assert.strictEqual(read(), 6);
assert.deepEqual(Object.getOwnPropertyDescriptor(other, 'hidden').enumerable, false);

// == getters and setters
let writes = 0; const box = { n: 1, get double() { return this.n * 2; }, set double(v) { writes++; this.n = v / 2; } };
Object.defineProperty(box, 'secret', { value: 1, enumerable: false, writable: false });
// -- test
assert.strictEqual(box.double, 2); box.double = 10; assert.strictEqual(box.n, 5); assert.strictEqual(writes, 1);
assert.isFunction(Object.getOwnPropertyDescriptor(box, 'double').get);
assert.deepEqual(Object.keys(box), ['n', 'double']);
assert.isFalse(Object.getOwnPropertyDescriptor(box, 'secret').writable); assert.strictEqual(box.secret, 1);

// == what a test writes the page reads
const state = { items: ['a'], deep: { n: 1 } };
const total = () => state.items.length + state.deep.n, has = (key) => key in state;
// -- test
state.items.push('b', 'c'); state.deep.n = 10; assert.strictEqual(total(), 13); state.added = 1;
assert.isTrue(has('added'));
delete state.added; assert.isFalse(has('added')); state.items.length = 0; assert.strictEqual(total(), 10);
Object.assign(state, { extra: { x: 1 } }); assert.isTrue(has('extra')); state.items = [9];
assert.strictEqual(total(), 11);

// == symbols as keys, registered and well-known
const key = Symbol('key'), holder = { [key]: 1, [Symbol.iterator]: function* () { yield 7; },
  get [Symbol.toStringTag]() { return 'Holder'; } };
// -- test
assert.strictEqual(holder[key], 1); assert.deepEqual([...holder], [7]);
assert.strictEqual(`${holder}`, '[object Holder]');
assert.strictEqual(Symbol.keyFor(Symbol.for('x')), 'x'); assert.isTrue(key in holder);
assert.strictEqual(key.toString(), 'Symbol(key)');
assert.isTrue(Object.getOwnPropertySymbols(holder).includes(key));

// == conversion: valueOf, toString and Symbol.toPrimitive of the page
const money = { valueOf: () => 5, toString: () => 'five' }, either = {
  [Symbol.toPrimitive]: (hint) => (hint === 'number' ? 1 : hint) };
// -- test
assert.strictEqual(money + 1, 6); assert.strictEqual(`${money}`, 'five'); assert.isTrue(money > 4);
assert.strictEqual(+either, 1);
assert.strictEqual(`${either}`, 'string'); assert.strictEqual(either + '', 'default'); assert.equal(money, 5);

// == boxed primitives
const boxed = [new Number(5), new String('ab'), new Boolean(false)];
// -- test
assert.strictEqual(typeof boxed[0], 'object'); assert.strictEqual(boxed[0] + 1, 6);
assert.strictEqual(boxed[1].length, 2);
assert.strictEqual(boxed[1].toUpperCase(), 'AB'); assert.isFalse(boxed[2].valueOf());
assert.instanceOf(boxed[0], Number);

// == regular expressions: test, exec, groups, flags, replace, matchAll
const word = /(?<first>a)(b+)/gi, date = /^\d{4}-\d{2}$/, swap = (text) => text.replace(word, '<$2$1>');
// -- test
assert.isTrue(date.test('2024-05')); assert.match('2024-05', date); assert.notMatch('24', date);
assert.isTrue(word.global);
assert.strictEqual(word.source, '(?<first>a)(b+)'); assert.strictEqual(word.flags, 'gi');
assert.strictEqual(swap('xab'), 'x<ba>');
assert.strictEqual('ABb'.match(word)[0], 'ABb');
assert.deepEqual([...'ab abb'.matchAll(word)].map((m) => m.groups.first), ['a', 'a']);
assert.strictEqual('ab-ab'.replace(word, (all) => all.length), '2-2'); assert.deepEqual('1ab2'.split(/ab/), ['1', '2']);
assert.deepEqual(String(date), '/^\\d{4}-\\d{2}$/'); assert.strictEqual('x ab'.search(word), 2);

// == lastIndex of global and sticky expressions is one for test and page
const all = /a/g, sticky = /b/y;
const next = (text) => all.test(text), at = () => all.lastIndex, rewind = () => { all.lastIndex = 0; };
// -- test
assert.isTrue(all.test('aa')); assert.strictEqual(at(), 1); assert.isTrue(next('aa'));
assert.strictEqual(all.lastIndex, 2);
all.lastIndex = 0; assert.isTrue(next('aa')); rewind(); assert.strictEqual(all.lastIndex, 0);
assert.isFalse(sticky.test('ab')); sticky.lastIndex = 1; assert.isTrue(sticky.test('ab'));

// == a regular expression that a test hands over keeps its lastIndex
function consume(re, text) { const got = []; let m; while ((m = re.exec(text))) { got.push(m.index);
  if (got.length === 2) break; } return got; }
// -- test
const re = /x/g; assert.deepEqual(consume(re, 'xaxax'), [0, 2]); assert.strictEqual(re.lastIndex, 3);

// == JSON of page values, toJSON included
const thing = { a: [1, { b: null }], when: new Date(0), skip: undefined, f() {} }, custom = {
  toJSON: (key) => `as ${key}` };
const text = '{"a":[1,2]}'; const parse = (t) => JSON.parse(t, (key, value) => (key === '0' ? 'zero' : value));
// -- test
assert.strictEqual(JSON.stringify(thing), '{"a":[1,{"b":null}],"when":"1970-01-01T00:00:00.000Z"}');
assert.strictEqual(JSON.stringify({ custom }), '{"custom":"as custom"}');
assert.deepEqual(JSON.parse(text), { a: [1, 2] });
assert.deepEqual(parse(text), { a: ['zero', 2] });
assert.strictEqual(JSON.stringify([1, [2]], null, 1), '[\n 1,\n [\n  2\n ]\n]');

// == structuredClone of page values: arrays, maps, sets, dates, cycles
const thing = { list: [1, [2]], map: new Map([['k', { v: 1 }]]), set: new Set([1]), when: new Date(5), re: /a/g,
  bytes: new Uint8Array([1]) };
thing.self = thing; const withFunction = { f() {} };
// -- test
const copy = structuredClone(thing); assert.notStrictEqual(copy, thing); assert.deepEqual(copy.list, [1, [2]]);
assert.notStrictEqual(copy.list, thing.list); assert.deepEqual(copy.map.get('k'), { v: 1 });
assert.isTrue(copy.set.has(1));
assert.strictEqual(copy.when.getTime(), 5); assert.strictEqual(copy.self, copy); assert.strictEqual(copy.re.flags, 'g');
assert.strictEqual(copy.bytes[0], 1); assert.instanceOf(copy.when, Date);
assert.throws(() => structuredClone(withFunction));
const list = structuredClone(thing.list); list[1].push(3); assert.deepEqual(thing.list, [1, [2]]);

// == Date, Math and Intl of the page
const when = new Date(Date.UTC(2024, 1, 29)), show = (n) => new Intl.NumberFormat('en-US').format(n);
const format = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC' });
// -- test
assert.strictEqual(when.toISOString(), '2024-02-29T00:00:00.000Z'); assert.strictEqual(when.getUTCMonth(), 1);
assert.deepEqual(when, new Date('2024-02-29')); assert.isAbove(when, new Date(0));
assert.strictEqual(when - new Date(when), 0);
assert.strictEqual(show(1234.5), '1,234.5'); assert.strictEqual(format.format(when), '29/02/2024');
assert.isNaN(new Date('x').getTime());
assert.strictEqual(new Date(when).getTime(), when.getTime());
assert.strictEqual(JSON.stringify(when), '"2024-02-29T00:00:00.000Z"');

// == typed arrays, ArrayBuffer and DataView
const bytes = new Uint8Array([1, 2, 300]), floats = Float64Array.of(0.5), buffer = bytes.buffer,
  view = new DataView(buffer);
// -- test
assert.deepEqual(bytes, new Uint8Array([1, 2, 44])); assert.deepEqual([...bytes], [1, 2, 44]);
assert.strictEqual(bytes.length, 3);
assert.strictEqual(floats[0], 0.5); assert.strictEqual(buffer.byteLength, 3); assert.strictEqual(view.getUint8(1), 2);
bytes[1] = 9; assert.strictEqual(view.getUint8(1), 9); assert.strictEqual(bytes.buffer, buffer);
assert.deepEqual([...bytes.map((x) => x * 2)], [2, 18, 88]);
assert.deepEqual([...new Uint8Array(buffer)], [1, 9, 44]); assert.isTrue(ArrayBuffer.isView(bytes));
assert.strictEqual(bytes.at(-1), 44);

// == WeakMap, WeakSet and WeakRef with objects of both
const key = {}, weak = new WeakMap([[key, 'page']]), marks = new WeakSet(), ref = new WeakRef(key);
const mark = (x) => marks.add(x), known = (x) => marks.has(x);
// -- test
assert.strictEqual(weak.get(key), 'page'); assert.strictEqual(ref.deref(), key); const mine = {}; mark(mine);
assert.isTrue(known(mine)); assert.isFalse(known({})); weak.set(mine, 2); assert.strictEqual(weak.get(mine), 2);
assert.isTrue(marks.has(mine));

// == Proxy of the page
const seen = [];
const magic = new Proxy({ real: 1 }, { get: (t, k) => (k in t ? t[k] : typeof k === 'string' ? `${k}!` : undefined),
  set(t, k, v) { if (typeof v !== 'number') throw new TypeError('numbers only'); seen.push(k); t[k] = v; return true; }, has: (_, k) => k === 'x', deleteProperty: () => true });
// -- test
assert.strictEqual(magic.real, 1); assert.strictEqual(magic.other, 'other!'); magic.n = 5;
assert.deepEqual(seen, ['n']);
assert.throws(() => { magic.n = 'x'; }, TypeError, 'numbers only'); assert.isTrue('x' in magic);
assert.isFalse('real' in magic);

// == Reflect and Object functions applied to page objects
class Point { constructor(x) { this.x = x; } } const point = new Point(1), target = { a: 1 };
// -- test
assert.deepEqual(Reflect.ownKeys(point), ['x']); assert.isTrue(Reflect.has(point, 'x'));
assert.strictEqual(Reflect.construct(Point, [3]).x, 3);
assert.strictEqual(Object.assign(target, { b: 2 }), target); assert.deepEqual(target, { a: 1, b: 2 });
assert.strictEqual(Reflect.get(point, 'x'), 1);
assert.deepEqual(Object.fromEntries(Object.entries(target)), { a: 1, b: 2 }); const child = Object.create(point);
assert.strictEqual(child.x, 1);
assert.strictEqual(Object.setPrototypeOf({}, Point.prototype) instanceof Point, true);
assert.isTrue(Reflect.set(point, 'x', 4)); assert.strictEqual(point.x, 4);
