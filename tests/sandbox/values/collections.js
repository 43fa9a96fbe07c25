// Collections

// == methods of an array of the page
const list = [3, 1, 2], nested = [1, [2, [3, [4]]]];
// -- test
assert.deepEqual(list.map((x) => x * 2), [6, 2, 4]); assert.deepEqual(list.filter((x) => x > 1), [3, 2]);
assert.strictEqual(list.reduce((a, b) => a + b), 6);
assert.strictEqual(list.find((x) => x < 3), 1); assert.strictEqual(list.findIndex((x) => x === 2), 2);
assert.isTrue(list.includes(3)); assert.isTrue(list.every(Number.isInteger));
assert.strictEqual(list.join('-'), '3-1-2'); assert.deepEqual(list.concat([4], 5), [3, 1, 2, 4, 5]);
assert.deepEqual(nested.flat(Infinity), [1, 2, 3, 4]);
assert.deepEqual(list.flatMap((x) => [x, x]).length, 6); assert.deepEqual(list.slice(-2), [1, 2]);
assert.strictEqual(list.at(-1), 2); assert.strictEqual(String(nested), '1,2,3,4');
assert.deepEqual([...list.entries()][1], [1, 1]); assert.deepEqual([...list.keys()], [0, 1, 2]);
assert.strictEqual(list.lastIndexOf(2), 2);

// == copies of an array of the page: toSorted, toReversed, toSpliced, with
const list = [3, 10, 2];
// -- test
assert.deepEqual(list.toSorted(), [10, 2, 3]); assert.deepEqual(list.toSorted((a, b) => a - b), [2, 3, 10]);
assert.deepEqual(list.toReversed(), [2, 10, 3]);
assert.deepEqual(list.toSpliced(0, 1), [10, 2]); assert.deepEqual(list.with(0, 9), [9, 10, 2]);
assert.deepEqual(list, [3, 10, 2]);

// == a test changes an array of the page
const list = [3, 1, 2]; const now = () => list.join(), length = () => list.length;
// -- test
list.push(4); assert.strictEqual(now(), '3,1,2,4'); list.sort(); assert.strictEqual(now(), '1,2,3,4');
assert.strictEqual(list.pop(), 4); assert.strictEqual(list.shift(), 1);
list.unshift(0); list.reverse(); assert.strictEqual(now(), '3,2,0');
assert.deepEqual(list.splice(1, 1, 'x', 'y'), [2]); assert.strictEqual(now(), '3,x,y,0');
list.fill(7, 0, 2); list.copyWithin(2, 0, 1); assert.strictEqual(now(), '7,7,7,0'); list.length = 1;
assert.strictEqual(length(), 1); list[3] = 'far'; assert.strictEqual(length(), 4); delete list[0];
assert.isFalse(0 in list);

// == chai's words for arrays: lengthOf, include, sameMembers, isEmpty, oneOf, nestedProperty
const list = [1, { a: [1] }], none = [], letters = ['b', 'a'], deep = { a: { b: [{ c: 5 }] } }, rising = (a) => [...a];
// -- test
assert.lengthOf(list, 2); assert.include(list, 1); assert.deepInclude(list, { a: [1] }); assert.isEmpty(none);
assert.isNotEmpty(list); assert.sameMembers(letters, ['a', 'b']);
assert.includeMembers(letters, ['a']); assert.sameOrderedMembers(letters, ['b', 'a']); assert.oneOf('a', letters);
assert.nestedProperty(deep, 'a.b[0].c'); assert.nestedPropertyVal(deep, 'a.b[0].c', 5);
assert.deepNestedInclude(deep, { 'a.b[0]': { c: 5 } }); assert.propertyVal(deep.a.b[0], 'c', 5);
assert.deepPropertyVal(deep, 'a', { b: [{ c: 5 }] }); assert.notInclude(letters, 'c');
assert.hasAnyKeys(deep, ['a', 'z']);

// == Map: get, set, iteration, order, size
const map = new Map([['a', 1], ['b', { c: 2 }]]); const keys = () => [...map.keys()], size = () => map.size;
// -- test
assert.strictEqual(map.get('a'), 1); assert.deepEqual(map.get('b'), { c: 2 }); map.set('c', 3);
assert.deepEqual(keys(), ['a', 'b', 'c']); assert.isTrue(map.delete('a')); assert.strictEqual(size(), 2);
assert.deepEqual([...map.values()][0], { c: 2 }); assert.deepEqual([...map], [['b', { c: 2 }], ['c', 3]]);
assert.deepEqual(map, new Map([['b', { c: 2 }], ['c', 3]])); const seen = [];
map.forEach((v, k, m) => seen.push(k, m === map)); assert.deepEqual(seen, ['b', true, 'c', true]);
assert.deepEqual(Object.fromEntries(map), { b: { c: 2 }, c: 3 }); assert.strictEqual(map.size, 2); map.clear();
assert.strictEqual(size(), 0); assert.isEmpty(map); assert.instanceOf(map, Map);
assert.strictEqual(map[Symbol.iterator], map.entries);

// == Set: add, has, iteration and set operations
const set = new Set([1, 2, 3]); const has = (x) => set.has(x);
// -- test
set.add(4); assert.isTrue(has(4)); set.delete(1); assert.isFalse(has(1)); assert.deepEqual([...set], [2, 3, 4]);
assert.deepEqual(set, new Set([2, 3, 4])); assert.strictEqual(set.size, 3);
assert.deepEqual([...set].map((x) => x * 2), [4, 6, 8]);
const union = new Set([...set, 9]); assert.strictEqual(union.size, 4);
assert.deepEqual([...set.intersection(new Set([2, 9]))], [2]);
assert.deepEqual([...new Set([2, 9]).difference(set)], [9]); assert.isTrue(set.isSupersetOf(new Set([2])));
assert.include(set, 3); assert.isTrue(new Set([1]).isDisjointFrom(set));

// == keys of a Map that are objects, and NaN
const key = { k: 1 }, map = new Map([[key, 'object'], [NaN, 'nan'], ['1', 'text'], [1, 'number']]);
const of = (k) => map.get(k);
// -- test
assert.strictEqual(map.get(key), 'object'); assert.isUndefined(map.get({ k: 1 }));
assert.strictEqual(map.get(NaN), 'nan'); assert.strictEqual(map.get(1), 'number'); const mine = {};
map.set(mine, 'mine'); assert.strictEqual(of(mine), 'mine'); assert.isTrue([...map.keys()].includes(mine));

// == Object.groupBy, Map.groupBy and Array.fromAsync
const people = [{ n: 'a', age: 1 }, { n: 'b', age: 2 }, { n: 'c', age: 1 }];
const by = (list) => Object.groupBy(list, (p) => p.age), byMap = (list) => Map.groupBy(list, (p) => p.age);
async function* letters() { yield 'a'; yield 'b'; }
// -- test
assert.deepEqual(Object.keys(by(people)), ['1', '2']); assert.lengthOf(by(people)[1], 2);
assert.strictEqual(by(people)[2][0], people[1]); assert.strictEqual(byMap(people).get(1)[1].n, 'c');
assert.deepEqual(await Array.fromAsync(letters()), ['a', 'b']); assert.deepEqual(by([{ age: 7 }])[7], [{ age: 7 }]);
assert.deepEqual(Object.entries(Object.groupBy(people, ({ n }) => n))[0][0], 'a');

// == array-like objects and arguments
const like = { 0: 'a', 1: 'b', length: 2 };
function args() { return arguments; } const join = (x) => Array.prototype.join.call(x, '+');
// -- test
assert.deepEqual(Array.from(like), ['a', 'b']); assert.strictEqual(join({ 0: 1, 1: 2, length: 2 }), '1+2');
assert.deepEqual(Array.prototype.slice.call(args(1, 2)), [1, 2]); assert.lengthOf(args(1, 2, 3), 3);
assert.deepEqual(Array.prototype.map.call(like, (x) => x + x), ['aa', 'bb']);
assert.strictEqual(Array.prototype.concat.call([], args(1)).length, 1);

// == iterator helpers
const steps = () => [1, 2, 3, 4].values(); function* all() { let n = 0; while (true) yield n++; }
// -- test
assert.deepEqual(steps().filter((x) => x % 2).map((x) => x * 10).toArray(), [10, 30]);
assert.deepEqual([...all().take(3)], [0, 1, 2]); assert.strictEqual(all().drop(5).next().value, 5);
assert.isTrue(steps().some((x) => x === 4)); assert.instanceOf(steps(), Iterator);

// == large collections
const many = Array.from({ length: 5000 }, (_, i) => i), map = new Map(many.slice(0, 500).map((i) => [i, i]));
const sum = (list) => list.reduce((a, b) => a + b, 0);
// -- test
assert.lengthOf(many, 5000); assert.strictEqual(sum(Array.from({ length: 5000 }, (_, i) => i)), 12497500);
assert.deepEqual(many.slice(-2), [4998, 4999]); assert.strictEqual(map.size, 500);
assert.strictEqual(many.indexOf(4000), 4000); assert.strictEqual([...map.values()].length, 500);

// == strings as collections
const text = 'Hëllo 👋', reverse = (t) => [...t].reverse().join(''), words = (t) => t.trim().split(/\s+/);
// -- test
assert.strictEqual(reverse(text), '👋 ollëH'); assert.deepEqual(words(' a  b '), ['a', 'b']); assert.lengthOf(text, 8);
assert.strictEqual(text.codePointAt(6), 128075); assert.strictEqual('ab'.padStart(4, text), 'Hëab');
assert.isTrue(text.startsWith('Hë')); assert.strictEqual(text.normalize('NFD').length, 9);
assert.strictEqual('a-b-c'.replaceAll('-', reverse('xy')), 'ayxbyxc'); assert.isTrue('a'.isWellFormed());
