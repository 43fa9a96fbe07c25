// Functions

// == calling with any arguments, this and defaults
function sum(a, b = 2, ...rest) { return rest.reduce((x, y) => x + y, a + b); } function me() { return this;
  } const count = function () { return arguments.length; };
// -- test
assert.strictEqual(sum(1), 3); assert.strictEqual(sum(1, 1, 1, 1), 4); assert.strictEqual(sum(1, undefined), 3);
const o = { me }; assert.strictEqual(o.me(), o); assert.strictEqual(count(undefined, null), 2);
assert.strictEqual(sum(...[1, 2, 3]), 6);

// == name, length and toString
function add(a, b) { /* plus */ return a + b; } const times = (a, b = 1, ...c) => a * b; class Dog { bark() { return 'w'; } static s() {} }
// -- test
assert.strictEqual(add.name, 'add'); assert.lengthOf(add, 2); assert.strictEqual(times.length, 1);
assert.strictEqual(Dog.name, 'Dog');
assert.include(add.toString(), '/* plus */'); assert.strictEqual(String(times), '(a, b = 1, ...c) => a * b');
assert.match(Dog.toString(), /^class Dog/); assert.match(Dog.prototype.bark.toString(), /return 'w'/);
assert.isTrue(/=>/.test(times));
assert.include(Function.prototype.toString.call(add), 'a + b'); assert.isFalse(add.toString().includes('native code'));

// == bind, call and apply
function full(greeting, end) { return `${greeting} ${this.name}${end}`; } const ada = { name: 'Ada' };
// -- test
assert.strictEqual(full.call(ada, 'Hi', '!'), 'Hi Ada!');
assert.strictEqual(full.apply({ name: 'Bo' }, ['Yo', '?']), 'Yo Bo?');
const bound = full.bind(ada, 'Hello'); assert.strictEqual(bound('.'), 'Hello Ada.');
assert.strictEqual(bound.length, 1);
assert.strictEqual(Reflect.apply(full, ada, ['a', 'b']), 'a Adab'); assert.strictEqual(bound.name, 'bound full');

// == closures, currying and functions that return functions
const counter = () => { let n = 0; return { up: () => ++n, get n() { return n; } }; };
const add = (a) => (b) => (c) => a + b + c;
const pipe = (...fs) => (x) => fs.reduce((v, f) => f(v), x);
const curry = (f) => function go(...a) { return a.length >= f.length ? f(...a) : (...b) => go(...a, ...b); };
// -- test
const one = counter(), two = counter(); one.up(); one.up(); assert.strictEqual(one.n, 2); assert.strictEqual(two.n, 0);
assert.strictEqual(add(1)(2)(3), 6); assert.strictEqual(pipe((x) => x + 1, (x) => x * 2)(3), 8);
assert.strictEqual(curry((a, b, c) => a + b + c)(1)(2, 3), 6); assert.isFunction(add(1));
assert.notStrictEqual(add(1), add(1));

// == memoization of a function of the test
const memo = (f) => { const held = new Map(); return (x) => { if (!held.has(x)) held.set(x, f(x)); return held.get(x);
  }; };
const once = (f) => { let done = false, got; return (...a) => { if (!done) { done = true; got = f(...a); } return got;
  }; };
// -- test
let calls = 0; const square = memo((x) => { calls++; return x * x; }); assert.strictEqual(square(4), 16); square(4);
assert.strictEqual(calls, 1);
const key = {}; const same = memo((x) => [x]); assert.strictEqual(same(key), same(key));
assert.strictEqual(same(key)[0], key);
const first = once((a) => a); assert.strictEqual(first(1), 1); assert.strictEqual(first(2), 1);

// == callbacks get this, arguments and the array
const each = (list, f, self) => { for (let i = 0; i < list.length; i++) f.call(self, list[i], i, list); };
const native = (list, f, self) => list.map(f, self);
// -- test
const list = ['a', 'b'], self = {}; const seen = [];
each(list, function (...all) { seen.push([this === self, all.length, all[0], all[1], all[2] === list]); }, self);
assert.deepEqual(seen, [[true, 3, 'a', 0, true], [true, 3, 'b', 1, true]]);
assert.deepEqual(native(list, function (x, i, whole) { return this === self && whole === list ? x + i : 'no'; },
  self), ['a0', 'b1']);

// == callbacks of the page go to methods of the test's arrays
const byLength = (a, b) => a.length - b.length, isLong = (text) => text.length > 1, count = (all, x) => all + x.length;
// -- test
const list = ['ccc', 'a', 'bb']; assert.deepEqual([...list].sort(byLength), ['a', 'bb', 'ccc']);
assert.deepEqual(list.filter(isLong), ['ccc', 'bb']);
assert.strictEqual(list.reduce(count, 0), 6); assert.isTrue(list.some(isLong));
assert.deepEqual(list.toSorted(byLength)[0], 'a');
assert.deepEqual(Object.keys(Object.groupBy(list, isLong)), ['true', 'false']);
assert.strictEqual('abc'.replace(/b/, (x) => isLong(x)), 'afalsec');
assert.deepEqual(Array.from([1, 2], (x) => x * 2), [2, 4]); assert.strictEqual(list.findLast(isLong), 'bb');

// == functions of the test that the page keeps and calls later
const held = [];
const on = (f) => held.push(f), off = (f) => held.splice(held.indexOf(f), 1),
  fire = (...a) => held.map((f) => f(...a));
// -- test
const f = (x) => x + 1, g = () => 'g'; on(f); on(g); assert.deepEqual(fire(1), [2, 'g']); off(f);
assert.deepEqual(fire(1), ['g']);
assert.strictEqual(held[0], g); assert.lengthOf(held, 1);

// == function objects with properties
function tool() { return tool.calls = (tool.calls ?? 0) + 1; } tool.version = '1'; tool.nested = { list: [1] };
// -- test
tool(); tool(); assert.strictEqual(tool.calls, 2); tool.calls = 10; assert.strictEqual(tool(), 11);
assert.strictEqual(tool.version, '1');
assert.deepEqual(Object.keys(tool), ['version', 'nested', 'calls']); tool.nested.list.push(2);
assert.deepEqual(tool.nested, { list: [1, 2] });
assert.isTrue(Object.hasOwn(tool, 'prototype')); assert.isTrue('call' in tool);

// == constructor functions, prototype methods and new.target
function Animal(name) { if (!(this instanceof Animal)) return new Animal(name); this.name = name; } function Made() {
  this.by = new.target; } Animal.prototype.hello = function () { return `I am ${this.name}`; };
function Cat(name) { Animal.call(this, name); } Cat.prototype = Object.create(Animal.prototype);
Cat.prototype.constructor = Cat;
// -- test
const a = new Animal('Al'); assert.strictEqual(a.hello(), 'I am Al'); assert.instanceOf(Animal('Bo'), Animal);
assert.isTrue(a.hasOwnProperty('name'));
const c = new Cat('Cy'); assert.instanceOf(c, Animal); assert.strictEqual(c.constructor, Cat);
assert.strictEqual(c.hello(), 'I am Cy');
assert.isTrue(Animal.prototype.isPrototypeOf(c));
assert.strictEqual(Object.getPrototypeOf(Cat.prototype), Animal.prototype);
assert.deepEqual(Object.keys(Animal.prototype), ['hello']); assert.isFalse(c.hasOwnProperty('hello'));
assert.strictEqual(new Made().by, Made); assert.isUndefined(Made.call({}));

// == a test adds methods to a prototype of the page
function Bird() {} class Fish {} const bird = new Bird(), fish = new Fish(); const call = (x) => x.move();
// -- test
Bird.prototype.move = () => 'flies'; assert.strictEqual(call(bird), 'flies');
Fish.prototype.move = function () { return this === fish; };
assert.isTrue(call(fish)); Bird.prototype = { constructor: Bird, legs: 2 }; assert.strictEqual(new Bird().legs, 2);
assert.isUndefined(bird.legs);

// == generators, their return and throw
function* numbers(end) { let n = 0; try { while (n < end) { const got = yield n++; if (got) n = got; } return 'end';
  } catch (e) { yield `caught ${e.message}`; } finally { numbers.done = true; } }
// -- test
assert.deepEqual([...numbers(3)], [0, 1, 2]); const it = numbers(20);
assert.deepEqual(it.next(), { value: 0, done: false });
assert.strictEqual(it.next(10).value, 10); assert.deepEqual(it.return('r'), { value: 'r', done: true });
assert.isTrue(numbers.done);
const other = numbers(9); other.next(); assert.strictEqual(other.throw(new Error('x')).value, 'caught x');
assert.strictEqual(numbers(1)[Symbol.iterator]().next().value, 0);
const [a, b] = numbers(9); assert.deepEqual([a, b], [0, 1]); for (const n of numbers(5)) if (n === 2) break;
assert.strictEqual(numbers.constructor.name, 'GeneratorFunction');
assert.strictEqual(Object.prototype.toString.call(it), '[object Generator]');

// == iterators and iterables made by hand
const range = { from: 1, to: 3, [Symbol.iterator]() { let n = this.from; const end = this.to; return {
  next: () => (n <= end ? { value: n++, done: false } : { value: undefined, done: true }), return() {
  range.closed = true; return {}; } }; } };
// -- test
assert.deepEqual([...range], [1, 2, 3]); assert.deepEqual(Array.from(range, (x) => x * 2), [2, 4, 6]);
assert.strictEqual(Math.max(...range), 3);
for (const n of range) if (n === 2) break; assert.isTrue(range.closed); assert.deepEqual(new Set(range).size, 3);
const [first, ...rest] = range; assert.deepEqual([first, rest], [1, [2, 3]]);

// == iterables of the test go to functions of the page
const collect = (items) => [...items], total = (items) => { let n = 0; for (const x of items) n += x; return n; },
  first = ([x]) => x;
// -- test
function* mine() { yield 1; yield 2; } assert.deepEqual(collect(mine()), [1, 2]);
assert.strictEqual(total(new Set([3, 4])), 7); assert.deepEqual(collect('ab'), ['a', 'b']);
assert.strictEqual(first(new Map([['k', 'v']]).keys()), 'k'); assert.deepEqual(collect(new Map([[1, 2]])), [[1, 2]]);
assert.strictEqual(total([1, 2].values()), 3);
assert.strictEqual(first({ *[Symbol.iterator]() { yield 'own'; } }), 'own');

// == tagged templates and labels
const tag = (parts, ...values) => parts.raw.join('|') + values.length;
const find = (grid, x) => { outer: for (const row of grid) for (const cell of row) if (cell === x) break outer;
  else continue outer; return 'ok'; };
// -- test
assert.strictEqual(tag`a${1}\n${2}b`, 'a|\\n|b2'); assert.strictEqual(find([[1, 2], [3]], 3), 'ok');

// == recursion between page and test, 15 calls each, and 1,000 calls deep in the page
const down = (n, f) => (n ? f(n - 1) : 'end'); const deep = (n) => (n ? 1 + deep(n - 1) : 0);
// -- test
const up = (n) => down(n, up); assert.strictEqual(up(15), 'end'); assert.strictEqual(deep(1000), 1000);
assert.throws(() => deep(1e7), RangeError);

// == what a function returns: several values, itself, nothing
const pair = () => [1, { a: 1 }], self = () => self, nothing = () => {}, chain = { n: 0, add(x) { this.n += x;
  return this; } };
// -- test
const [a, o] = pair(); assert.deepEqual([a, o.a], [1, 1]); assert.strictEqual(self(), self);
assert.isUndefined(nothing()); assert.strictEqual(chain.add(1).add(2).n, 3); assert.strictEqual(chain.add(0), chain);

// == functions made of a text act in the page
let n = 2; function twice() { return n * 2; } const make = (body) => new Function('x', body);
// -- test
assert.strictEqual(eval('twice() + n'), 6); assert.strictEqual(new Function('a', 'return a + twice()')(1), 5);
assert.strictEqual(make('return x * 3')(2), 6);
