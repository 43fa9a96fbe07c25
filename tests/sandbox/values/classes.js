// Classes

// == fields, methods, accessors and static members
class Account { static count = 0; static open(x) { return new this(x); } balance = 0; constructor(owner) {
  this.owner = owner; Account.count++; }
  get rich() { return this.balance > 100; } set gift(x) { this.balance += x; } add(x) { this.balance += x; return this; } }
// -- test
const a = new Account('Ada'); assert.deepEqual({ ...a }, { balance: 0, owner: 'Ada' });
assert.strictEqual(a.add(50), a); a.gift = 100;
assert.isTrue(a.rich); assert.strictEqual(Account.count, 1); assert.instanceOf(Account.open('Bo'), Account);
assert.strictEqual(Account.count, 2);
assert.hasAllKeys(a, ['balance', 'owner']); assert.isFalse(Object.hasOwn(a, 'add'));
assert.throws(() => Account('x'), TypeError);
assert.deepEqual(Object.getOwnPropertyNames(Account.prototype), ['constructor', 'rich', 'gift', 'add']);
Account.count = 9; assert.strictEqual(Account.count, 9);

// == private fields, private methods and static blocks
class Safe { #code; static made; static { Safe.made = 'in a block'; } constructor(code) { this.#code = code;
  } #check(x) { return x === this.#code; } open(x) { return this.#check(x); } static has(o) { return #code in o; } }
// -- test
const s = new Safe(7); assert.isTrue(s.open(7)); assert.isFalse(s.open(8)); assert.deepEqual(Object.keys(s), []);
assert.isUndefined(s.code);
assert.isTrue(Safe.has(s)); assert.isFalse(Safe.has({})); assert.strictEqual(Safe.made, 'in a block');
assert.throws(() => Safe.prototype.open.call({}, 1), TypeError);

// == inheritance and super
class Shape { constructor(name) { this.name = name; } area() { return 0; } toString() {
  return `${this.name} ${this.area()}`; } static kind() { return 'shape'; } }
class Square extends Shape { constructor(a) { super('square'); this.a = a; } area() {
  return this.a ** 2 + super.area(); } static kind() { return `${super.kind()}: square`; } }
// -- test
const s = new Square(3); assert.strictEqual(`${s}`, 'square 9'); assert.instanceOf(s, Shape);
assert.strictEqual(Square.kind(), 'shape: square');
assert.strictEqual(Object.getPrototypeOf(Square), Shape); assert.strictEqual(s.constructor, Square);
assert.isTrue(Shape.prototype.isPrototypeOf(s));
assert.strictEqual(Square.prototype.__proto__, Shape.prototype); assert.isTrue(Object.hasOwn(Square.prototype, 'area'));

// == deep equality of instances
class Point { constructor(x, y) { this.x = x; this.y = y; } } class Other { constructor(x, y) { this.x = x;
  this.y = y; } } const list = [new Point(1, 2)], make = () => new Point(1, 2);
// -- test
assert.deepEqual(make(), new Point(1, 2)); assert.deepEqual(list, [make()]); assert.notStrictEqual(make(), make());
assert.deepInclude(make(), { x: 1 });
assert.notDeepEqual(make(), new Point(2, 1)); assert.deepEqual(Object.entries(make()), [['x', 1], ['y', 2]]);
assert.include(make(), { y: 2 });

// == a class of the test extends a class of the page
class Person { constructor(name) { this.name = name; this.kind = new.target.name; } hello() {
  return `Hi ${this.name}`; } } const greet = (p) => p.hello(), isPerson = (p) => p instanceof Person;
// -- test
class Child extends Person { hello() { return `${super.hello()}!`; } get age() { return 7;
  } } const c = new Child('Cy');
assert.strictEqual(greet(c), 'Hi Cy!'); assert.instanceOf(c, Person); assert.isTrue(isPerson(c));
assert.strictEqual(c.kind, 'Child'); assert.strictEqual(c.age, 7); assert.strictEqual(c.constructor, Child);

// == a class of the test goes to a function of the page
const make = (Class, ...a) => new Class(...a), nameOf = (o) => o.constructor.name, isA = (o,
  Class) => o instanceof Class; const mixin = (Base) => class extends Base { extra() { return 'extra'; } };
// -- test
class Mine { constructor(x) { this.x = x; } get double() { return this.x * 2; } } const m = make(Mine, 4);
assert.instanceOf(m, Mine); assert.strictEqual(m.double, 8);
assert.strictEqual(nameOf(m), 'Mine'); assert.isTrue(isA(m, Mine)); const More = mixin(Mine); const o = new More(1);
assert.strictEqual(o.extra(), 'extra'); assert.instanceOf(o, Mine); assert.strictEqual(o.double, 2);

// == a class of the page extends Array
class Stack extends Array { peek() { return this[this.length - 1]; } } const stack = Stack.of(1, 2);
// -- test
assert.isTrue(Array.isArray(stack)); assert.instanceOf(stack, Stack); assert.instanceOf(stack, Array); stack.push(3);
assert.strictEqual(stack.peek(), 3);
assert.instanceOf(stack.map((x) => x), Stack); assert.lengthOf(stack, 3); assert.deepEqual([...stack], [1, 2, 3]);
assert.strictEqual(stack.constructor, Stack);

// == a class of the page extends Map and Set
class Counter extends Map { up(k) { this.set(k, (this.get(k) ?? 0) + 1); return this; } } class Tags extends Set {
  add(x) { return super.add(String(x).toLowerCase()); } } const counts = new Counter();
// -- test
counts.up('a').up('a'); assert.strictEqual(counts.get('a'), 2); assert.instanceOf(counts, Map);
assert.instanceOf(counts, Counter); assert.deepEqual([...counts], [['a', 2]]);
const t = new Tags(['A', 'a', 'B']); assert.strictEqual(t.size, 2); assert.isTrue(t.has('b'));
assert.instanceOf(t, Set); assert.strictEqual(Object.prototype.toString.call(t), '[object Set]');

// == a class of the page extends Error
class AppError extends Error { constructor(message, code) { super(message); this.name = 'AppError'; this.code = code;
  } } class Deeper extends AppError {} const fail = () => { throw new Deeper('bad', 4); };
// -- test
const e = new AppError('m', 1); assert.instanceOf(e, Error); assert.instanceOf(e, AppError);
assert.strictEqual(`${e}`, 'AppError: m'); assert.strictEqual(e.code, 1);
assert.throws(fail, Deeper, 'bad'); assert.throws(fail, AppError); assert.throws(fail, Error, /^bad$/);
assert.isString(e.stack);
try { fail(); assert.fail('no'); } catch (x) { assert.strictEqual(x.code, 4); assert.strictEqual(x.constructor,
  Deeper); assert.strictEqual(x.name, 'AppError'); }

// == a class of the page extends Date, RegExp, Function, Promise or a typed array
class Day extends Date { next() { return new Day(this.getTime() + 864e5); } } class Digits extends RegExp {
  constructor() { super('\\d+', 'g'); } } class Later extends Promise { soon() { return this.then((x) => x + 1);
  } } class Bytes extends Uint8Array { sum() { return this.reduce((a, b) => a + b, 0); } }
// -- test
const d = new Day(0); assert.strictEqual(d.next().getTime(), 864e5); assert.instanceOf(d.next(), Day);
assert.instanceOf(d, Date); assert.strictEqual(d.getUTCFullYear(), 1970);
assert.deepEqual('a1b22'.match(new Digits()), ['1', '22']); assert.strictEqual(new Bytes([1, 2]).sum(), 3);
assert.instanceOf(new Bytes(1), Uint8Array);
const p = Later.resolve(1); assert.instanceOf(p, Later); assert.instanceOf(p, Promise);
assert.strictEqual(await p.soon(), 2);

// == a class of the page extends EventTarget
class Store extends EventTarget { #n = 0; get n() { return this.#n; } up() { this.#n++;
  this.dispatchEvent(new CustomEvent('change', { detail: { n: this.#n } })); } } const store = new Store();
// -- test
const seen = []; store.addEventListener('change', (e) => seen.push(e.detail.n, e.target === store)); store.up();
store.up();
assert.deepEqual(seen, [1, true, 2, true]); assert.instanceOf(store, EventTarget); assert.strictEqual(store.n, 2);

// == a class of the test extends a built-in and goes to the page
const size = (x) => x.size ?? x.length, isMap = (x) => x instanceof Map, tail = (x) => x[x.length - 1],
  text = (e) => `${e}`;
// -- test
class M extends Map { get size() { return 99; } } class L extends Array {} class E extends TypeError { get name() {
  return 'E'; } }
assert.strictEqual(size(new M()), 99); assert.isTrue(isMap(new M())); assert.strictEqual(tail(L.of(1, 2)), 2);
assert.strictEqual(text(new E('m')), 'E: m');

// == Symbol.hasInstance, Symbol.species and static symbols of the page
class Even { static [Symbol.hasInstance](n) { return n % 2 === 0; } } class Plain extends Array {
  static get [Symbol.species]() { return Array; } } const plain = new Plain(1, 2, 3);
// -- test
assert.isTrue(2 instanceof Even); assert.isFalse(3 instanceof Even); const mapped = plain.map((x) => x);
assert.isFalse(mapped instanceof Plain); assert.deepEqual(mapped, [1, 2, 3]);

// == abstract classes and methods that are not there
class Abstract { constructor() { if (new.target === Abstract) throw new TypeError('abstract'); } run() {
  throw new Error('not implemented'); } } class Real extends Abstract { run() { return 1;
  } } class Lazy extends Abstract {}
// -- test
assert.throws(() => new Abstract(), TypeError, 'abstract'); assert.strictEqual(new Real().run(), 1);
assert.throws(() => new Lazy().run(), 'not implemented'); assert.isFunction(Abstract.prototype.run);
assert.throws(() => new Real().missing(), TypeError);

// == object literals with methods, super and computed names
const base = { hi() { return 'base'; } }, key = 'dyn';
const child = { __proto__: base, hi() { return `${super.hi()} child`; }, [`${key}amic`]: 1, async later() { return 2;
  }, *[Symbol.iterator]() { yield 3; } };
// -- test
assert.strictEqual(child.hi(), 'base child'); assert.strictEqual(child.dynamic, 1);
assert.strictEqual(await child.later(), 2); assert.deepEqual([...child], [3]);
assert.strictEqual(Object.getPrototypeOf(child), base);

// == linked lists, trees and graphs of page classes
class Node2 { constructor(v, next = null) { this.value = v; this.next = next; } } class Tree { constructor(v) {
  this.v = v; this.left = this.right = null; } add(v) { const side = v < this.v ? 'left' : 'right';
  this[side] ? this[side].add(v) : this[side] = new Tree(v); return this; } *[Symbol.iterator]() {
  if (this.left) yield* this.left; yield this.v; if (this.right) yield* this.right; } }
const make = (n) => { let head = null; for (let i = n; i > 0; i--) head = new Node2(i, head); return head; };
// -- test
let n = 0; for (let at = make(300); at; at = at.next) n++; assert.strictEqual(n, 300);
assert.deepEqual([...new Tree(5).add(2).add(8).add(1)], [1, 2, 5, 8]);
assert.deepEqual(make(2), new Node2(1, new Node2(2))); assert.isNull(make(1).next);
assert.strictEqual(make(3).next.next.value, 3);
