// Arguments that a function changes

// == a Date
function next(date) { date.setDate(date.getDate() + 1); return date; } const stamp = (o) => { o.when.setTime(5); };
// -- test
const d = new Date(0); const got = next(d); assert.strictEqual(d.getTime(), 86400000); assert.strictEqual(got, d);
const o = { when: new Date(0) }; stamp(o); assert.strictEqual(o.when.getTime(), 5);
assert.deepEqual(o, { when: new Date(5) });

// == a typed array, its buffer and a DataView
const double = (bytes) => { for (let i = 0; i < bytes.length; i++) bytes[i] *= 2; return bytes; },
  fill = (buffer) => new Uint8Array(buffer).fill(7), put = (view) => view.setInt16(0, -2), sorted = (f) => f.sort();
// -- test
const bytes = new Uint8Array([1, 2]); assert.strictEqual(double(bytes), bytes); assert.deepEqual([...bytes], [2, 4]);
const buffer = new ArrayBuffer(2); fill(buffer); assert.deepEqual([...new Uint8Array(buffer)], [7, 7]);
put(new DataView(buffer)); assert.strictEqual(new DataView(buffer).getInt16(0), -2);
const floats = Float32Array.of(2, 1); sorted(floats); assert.strictEqual(floats[0], 1);
const two = new Uint16Array(bytes.buffer); double(bytes); assert.strictEqual(two[0], 4 + 8 * 256);
const part = bytes.subarray(1); double(part); assert.strictEqual(bytes[1], 16);

// == a Map and a Set, with what is in them
const put = (map) => { map.set('l', 2); map.get('k').push(1); map.delete('gone'); return map; }, toggle = (set,
  x) => (set.delete(x) ? set : set.add(x)), clear = (c) => c.clear();
// -- test
const map = new Map([['k', []], ['gone', 1]]); assert.strictEqual(put(map), map);
assert.deepEqual([...map], [['k', [1]], ['l', 2]]); const set = new Set([1, 2]); toggle(set, 1);
assert.isFalse(set.has(1)); toggle(set, 5); assert.deepEqual([...set], [2, 5]); clear(set);
assert.strictEqual(set.size, 0);
const held = { inner: { map } }; clear(held.inner.map); assert.strictEqual(held.inner.map.size, 0);

// == an array: push, sort, splice, length, an index
const work = (list) => { list.push(4); list.sort((a, b) => b - a); list.splice(1, 1); list[0] = 'first';
  return list.length; }, empty = (list) => { list.length = 0; }, swap = (a, i, j) => { [a[i], a[j]] = [a[j], a[i]]; };
// -- test
const list = [1, 3, 2]; assert.strictEqual(work(list), 3); assert.deepEqual(list, ['first', 2, 1]); swap(list, 0, 2);
assert.deepEqual(list, [1, 2, 'first']); empty(list); assert.deepEqual(list, []);

// == an object: nested properties, deletion, a new object within
const grow = (o) => { o.a.b.push(2); o.added = { new: true }; delete o.gone; Object.defineProperty(o, 'fixed', {
  value: 1, enumerable: true }); return o; };
// -- test
const o = { a: { b: [1] }, gone: 1 }; const b = o.a.b; assert.strictEqual(grow(o), o);
assert.deepEqual(o, { a: { b: [1, 2] }, added: { new: true }, fixed: 1 }); assert.strictEqual(o.a.b, b);
assert.throws(() => { 'use strict'; o.fixed = 2; }, TypeError); o.added.new = false; assert.isFalse(o.added.new);

// == arrays in arrays: matrices and boards
const transpose = (m) => m[0].map((_, i) => m.map((row) => row[i])), flip = (board) => {
  for (const row of board) row.reverse(); }, mark = (board, y, x) => { board[y][x] = 'X'; },
  share = () => Array(2).fill([]);
// -- test
const board = [[1, 2], [3, 4]]; flip(board); assert.deepEqual(board, [[2, 1], [4, 3]]); mark(board, 1, 0);
assert.strictEqual(board[1][0], 'X'); assert.deepEqual(transpose([[1, 2], [3, 4]]), [[1, 3], [2, 4]]);
assert.deepEqual(board[0], [2, 1]); const s = share(); s[0].push(1); assert.deepEqual(s, [[1], [1]]);

// == an argument nested 1,000 deep
const depth = (a) => { let n = 0; while (Array.isArray(a) && a.length) { a = a[0]; n++; } return n; }, last = (o) => {
  while (o.next) o = o.next; o.end = true; return o; };
// -- test
let a = []; for (let i = 0; i < 1000; i++) a = [a]; assert.strictEqual(depth(a), 1000); let head = {};
const tail = head; for (let i = 0; i < 1000; i++) head = { next: head }; assert.strictEqual(last(head), tail);
assert.isTrue(tail.end);

// == a value of the page nested 1,000 deep
let chain = null; for (let i = 0; i < 1000; i++) chain = { next: chain }; let nest = [];
for (let i = 0; i < 1000; i++) nest = [nest];
// -- test
let n = 0; for (let at = chain; at; at = at.next) n++; assert.strictEqual(n, 1000); let d = 0;
for (let at = nest; at.length; at = at[0]) d++; assert.strictEqual(d, 1000);

// == an argument that is a cycle
const close = (o) => { o.me = o; o.list.push(o.list); return o; }, isLoop = (o) => o.self.self === o;
// -- test
const o = { list: [] }; close(o); assert.strictEqual(o.me, o); assert.strictEqual(o.list[0], o.list); const l = {};
l.self = l; assert.isTrue(isLoop(l));

// == an argument that is changed later, by a timer or a promise
const later = (list) => { setTimeout(() => list.push('timer'), 5); Promise.resolve().then(() => list.push('promise'));
  return list; };
// -- test
const list = []; later(list); assert.deepEqual(list, []); await new Promise((done) => setTimeout(done, 30));
assert.deepEqual(list, ['promise', 'timer']);

// == an argument that the page keeps, and the test changes
let kept; const keep = (x) => { kept = x; }, size = () => kept.length ?? kept.size, first = () => [...kept][0];
// -- test
const list = []; keep(list); list.push('a'); assert.strictEqual(size(), 1); assert.strictEqual(first(), 'a');
list[0] = 'b'; assert.strictEqual(first(), 'b'); const set = new Set(); keep(set); set.add(9);
assert.strictEqual(size(), 1); assert.strictEqual(first(), 9); assert.strictEqual(kept, set);
const date = new Date(0); keep([date]); date.setTime(7); assert.strictEqual(+first(), 7);

// == a callback changes the argument while the function works
const each = (list, f) => { const seen = []; for (let i = 0; i < list.length; i++) { f(list[i], i);
  seen.push(list.length); } return seen; }, walk = (map, f) => { for (const [k] of map) f(k); return map.size; };
// -- test
const list = [1, 2]; assert.deepEqual(each(list, (x) => { if (list.length < 4) list.push(x); }), [3, 4, 4, 4]);
const map = new Map([['a', 1]]); assert.strictEqual(walk(map, (k) => { if (k.length < 3) map.set(`${k}a`, 1); }), 3);
assert.deepEqual([...map.keys()], ['a', 'aa', 'aaa']);

// == what a function must not change stays as it was
const addTo = (list, x) => [...list, x], rename = (o) => ({ ...o, name: 'new' }), merge = (a, b) => Object.assign({},
  a, b), sorted = (l) => [...l].sort();
// -- test
const list = Object.freeze([2, 1]); assert.deepEqual(addTo(list, 3), [2, 1, 3]);
assert.deepEqual(sorted(list), [1, 2]); assert.deepEqual(list, [2, 1]);
const o = Object.freeze({ name: 'old', deep: {} }); const got = rename(o); assert.strictEqual(got.deep, o.deep);
assert.deepEqual(o, { name: 'old', deep: {} }); assert.deepEqual(merge(o, { a: 1 }), { name: 'old', deep: {}, a: 1 });

// == a frozen argument is frozen for the page
const force = (o) => { 'use strict'; o.a = 2; }, isFixed = (o) => Object.isFrozen(o), freeze = (o) => Object.freeze(o);
// -- test
assert.throws(() => force(Object.freeze({ a: 1 })), TypeError); assert.isTrue(isFixed(Object.freeze([1])));
assert.isFalse(isFixed([1])); const mine = { a: 1 }; assert.strictEqual(freeze(mine), mine); assert.isFrozen(mine);
assert.throws(() => { 'use strict'; mine.a = 2; }, TypeError);

// == an instance of a class of the test
const birthday = (p) => { p.age += 1; p.tags.push('older'); return p; }, nameOf = (p) => p.label,
  keys = (p) => Object.keys(p).join();
// -- test
class Person { #secret = 's'; tags = []; constructor(age) { this.age = age; } get label() {
  return `${this.age}${this.#secret}`; } set label(x) { this.age = x; } } const p = new Person(1);
assert.strictEqual(birthday(p), p); assert.strictEqual(p.age, 2); assert.deepEqual(p.tags, ['older']);
assert.strictEqual(nameOf(p), '2s'); assert.strictEqual(keys(p), 'tags,age');

// == getters, setters and symbols of an object of the test
const read = (o) => o.value + o.value, write = (o) => { o.value = 5; }, symbolOf = (o, s) => o[s], add = (o, s) => {
  o[s] = 'set'; };
// -- test
let reads = 0; const seen = []; const o = { get value() { reads++; return 2; }, set value(v) { seen.push(v); } };
assert.strictEqual(read(o), 4); assert.strictEqual(reads, 2); write(o); assert.deepEqual(seen, [5]);
const s = Symbol('s'); o[s] = 1; assert.strictEqual(symbolOf(o, s), 1); add(o, s); assert.strictEqual(o[s], 'set');

// == typeof, instanceof and constructor of what a test hands over
const check = (x) => [typeof x, Array.isArray(x), x instanceof Object, x?.constructor?.name,
  Object.prototype.toString.call(x)].join(), isOf = (x, ...C) => C.every((c) => x instanceof c),
  plain = (x) => Object.getPrototypeOf(x) === Object.prototype;
// -- test
assert.strictEqual(check([1]), 'object,true,true,Array,[object Array]');
assert.strictEqual(check(new Map()), 'object,false,true,Map,[object Map]');
assert.strictEqual(check(null), 'object,false,false,,[object Null]');
assert.strictEqual(check(() => 1), 'function,false,true,Function,[object Function]');
assert.strictEqual(check(new Date(0)), 'object,false,true,Date,[object Date]');
assert.isTrue(isOf(new TypeError('x'), Error, TypeError)); assert.isTrue(isOf(Promise.resolve(), Promise));
assert.isTrue(isOf(/a/, RegExp)); assert.isTrue(isOf(new Uint8Array(1), Uint8Array)); assert.isTrue(plain({}));
assert.isFalse(plain([])); assert.strictEqual(check('t'), 'string,false,false,String,[object String]');

// == equality written by the page: deepEqual, clone and freeze as exercises
const equal = (a, b) => a === b || (typeof a === 'object' && a && b && a.constructor === b.constructor &&
  Object.keys(a).length === Object.keys(b).length && Object.keys(a).every((k) => equal(a[k], b[k]))),
  clone = (x) => (Array.isArray(x) ? x.map(clone) : x instanceof Date ? new Date(x) : x &&
  typeof x === 'object' ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, clone(v)])) : x),
  deepFreeze = (o) => { Object.values(o).forEach((v) => typeof v === 'object' && deepFreeze(v));
  return Object.freeze(o); };
// -- test
const mine = { a: [1, { b: new Date(3) }], c: null }; const copy = clone(mine); assert.deepEqual(copy, mine);
assert.notStrictEqual(copy.a, mine.a); assert.notStrictEqual(copy.a[1].b, mine.a[1].b);
assert.strictEqual(+copy.a[1].b, 3); assert.isTrue(equal({ a: [1, 2] }, { a: [1, 2] }));
assert.isFalse(equal({ a: 1 }, { a: 2 })); assert.isFalse(equal([1], { 0: 1 }));
const frozen = deepFreeze({ a: { b: [1] } }); assert.isFrozen(frozen.a.b);
assert.throws(() => { 'use strict'; frozen.a.b.push(2); }, TypeError);
