// Own properties with names that prototypes have

// == toString, valueOf and constructor on an object of the test
const show = (o) => `${o}`, number = (o) => +o;
// -- test
const o = {}; o.toString = () => 'mine'; o.valueOf = () => 7; o.constructor = 'c'; o.hasOwnProperty = () => 'own';
assert.strictEqual(`${o}`, 'mine'); assert.strictEqual(show(o), 'mine'); assert.strictEqual(number(o), 7);
assert.strictEqual(o.constructor, 'c'); assert.strictEqual(o.hasOwnProperty(), 'own');
assert.deepEqual(Object.keys(o), ['toString', 'valueOf', 'constructor', 'hasOwnProperty']);

// == name, message and stack on an error
const nameOf = (e) => `${e.name}/${e.message}/${e}`;
// -- test
const e = new Error('m'); e.name = 'Mine'; e.message = 'new'; e.toString = () => 'text'; e.constructor = null;
assert.strictEqual(nameOf(e), 'Mine/new/text');
function Old(m) { this.message = m; } Old.prototype = Object.create(Error.prototype); Old.prototype.name = 'Old';
Old.prototype.constructor = Old; assert.strictEqual(String(new Old('x')), 'Old: x');
assert.instanceOf(new Old('x'), Error);

// == constructor, toString and methods on a prototype of the test
const make = (C) => new C(), nameOf = (o) => o.constructor.name;
// -- test
function Foo() {} Foo.prototype.constructor = Foo; Foo.prototype.toString = () => 'foo';
assert.strictEqual(`${make(Foo)}`, 'foo');
function Bar() {} Bar.prototype = { constructor: Bar, valueOf() { return 2; } }; assert.strictEqual(make(Bar) + 1, 3);
Bar.prototype = Object.create(Foo.prototype); Bar.prototype.constructor = Bar;
assert.strictEqual(nameOf(make(Bar)), 'Bar'); Foo.prototype.isPrototypeOf = () => 'mine';
assert.strictEqual(make(Foo).isPrototypeOf(), 'mine');

// == methods of an array of the test: map, push, length, toString
const use = (list) => list.map((x) => x), add = (list) => list.push(1), text = (list) => `${list}`;
// -- test
const list = [1]; const seen = []; list.map = (f) => { seen.push(typeof f); return 'spy'; };
assert.strictEqual(use(list), 'spy'); assert.deepEqual(seen, ['function']); list.push = (x) => `pushed ${x}`;
assert.strictEqual(add(list), 'pushed 1'); list.toString = () => 'mine'; assert.strictEqual(text(list), 'mine');
list.concat = 1; list.at = 2; list[Symbol.iterator] = function* () { yield 'it'; };
assert.deepEqual([...list], ['it']); delete list.map; assert.deepEqual(use(list), [1]);

// == call, apply, bind, name, length and toString on a function of the test
const call = (f) => f.call(null, 1), text = (f) => f.toString(), bound = (f) => f.bind({});
// -- test
function f() { return 'real'; } f.call = () => 'mine'; f.toString = () => 'source'; f.bind = () => () => 'bound';
f.apply = 1; assert.strictEqual(call(f), 'mine'); assert.strictEqual(text(f), 'source');
assert.strictEqual(bound(f)(), 'bound'); assert.strictEqual(f(), 'real');
Object.defineProperty(f, 'name', { value: 'renamed' }); assert.strictEqual(f.name, 'renamed'); f.constructor = 2;
assert.strictEqual(f.constructor, 2);

// == classes of the test with names of standard methods
const text = (o) => `${o}`, json = (o) => JSON.stringify(o), use = (o) => [o.then2, o.map(1), o.constructor.name,
  o.size].join();
// -- test
class Mine { toString() { return 'mine'; } toJSON() { return { j: 1 }; } valueOf() { return 3; } map(x) {
  return `map ${x}`; } get size() { return 4; } static name2 = 1; then2 = 5; hasOwnProperty = () => 'h';
  toLocaleString = 1; } const m = new Mine(); assert.strictEqual(text(m), 'mine');
assert.strictEqual(json(m), '{"j":1}'); assert.strictEqual(m + 1, 4); assert.strictEqual(use(m), '5,map 1,Mine,4');
assert.strictEqual(m.hasOwnProperty(), 'h');
class L extends Array { map(f) { return `L ${super.map(f).length}`; } push(...a) { return super.push(...a, 'extra');
  } } const l = new L(); l.push(1); assert.deepEqual([...l], [1, 'extra']);
assert.strictEqual(l.map((x) => x), 'L 2');
class S extends Set { add(x) { return super.add(x * 2); } } assert.isTrue(new S([2]).has(4)); const s = new Set();
s.add = () => 'spy'; s.has = () => true; assert.strictEqual(s.add(1), 'spy'); assert.isTrue(s.has('x'));

// == methods of a Map, Set, Date, RegExp and Promise of the test
const run = (o) => [o.map.get('k'), o.set.has(1), o.date.getTime(), o.re.test('x')].join();
// -- test
const o = { map: new Map(), set: new Set(), date: new Date(0), re: /y/ }; o.map.get = (k) => `get ${k}`;
o.set.has = () => 'has'; o.date.getTime = () => 'time'; o.re.test = () => 'test';
assert.strictEqual(run(o), 'get k,has,time,test'); const p = Promise.resolve(1); p.then = (f) => f('own then');
assert.strictEqual(p.then((x) => x), 'own then'); assert.strictEqual(await p, 1); p.catch = 1;
assert.strictEqual(p.catch, 1);

// == objects made with null or another prototype, and __proto__ in a literal
const names = (o) => Object.keys(o).join(), get = (o, k) => o[k];
// -- test
const bare = Object.create(null); bare.toString = 'own'; bare.constructor = 1;
assert.strictEqual(names(bare), 'toString,constructor'); const child = { __proto__: { a: 1 }, toString: 2 };
assert.strictEqual(get(child, 'a'), 1); assert.strictEqual(get(child, 'toString'), 2);
const copy = Object.assign({}, { toString: 1, valueOf: 2, constructor: 3 });
assert.deepEqual(copy, { toString: 1, valueOf: 2, constructor: 3 });
const made = Object.create({}, { toString: { value: 4, enumerable: true } }); assert.strictEqual(made.toString, 4);
const counts = {};
for (const w of ['constructor', 'toString', 'a']) counts[w] = (Object.hasOwn(counts, w) ? counts[w] : 0) + 1;
assert.deepEqual(counts, { constructor: 1, toString: 1, a: 1 });

// == own properties on values of the page
const thing = {}, list = [1], f = () => 1, error = new Error('e'); class K {} const k = new K();
const show = () => `${thing}|${list.map(1)}|${f.call()}|${error.name}|${k}`;
// -- test
thing.toString = () => 'T'; list.map = () => 'M'; f.call = () => 'C'; error.name = 'N';
K.prototype.toString = () => 'K'; assert.strictEqual(show(), 'T|M|C|N|K'); K.prototype.constructor = 'c';
assert.strictEqual(k.constructor, 'c'); assert.isTrue(Object.hasOwn(list, 'map')); delete list.map;
assert.isFunction(list.map);

// == counters on what a test made: spies with properties
const use = (f) => { f(1); f('a', 'b'); return f.calls; }, each = (f) => [1, 2].forEach(f);
// -- test
const spy = (...a) => { spy.calls.push(a); spy.length2 = a.length; }; spy.calls = [];
assert.strictEqual(use(spy), spy.calls); assert.deepEqual(spy.calls, [[1], ['a', 'b']]);
const counter = Object.assign(() => { counter.count++; }, { count: 0, toString: () => 'spy' }); each(counter);
assert.strictEqual(counter.count, 2); assert.strictEqual(String(counter), 'spy');
