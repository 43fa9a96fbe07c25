// Promises, timers and async code

// == await, then, catch and finally on promises of the page
const later = (v) => new Promise((done) => setTimeout(() => done({ v }), 5)),
  bad = () => Promise.reject(new RangeError('no')); async function load() { return [await later(1), 2]; }
// -- test
assert.deepEqual(await later(5), { v: 5 }); assert.deepEqual(await load(), [{ v: 1 }, 2]);
assert.instanceOf(load(), Promise); assert.strictEqual(await later(1).then((x) => x.v + 1), 2);
assert.strictEqual(await bad().catch((e) => e.message), 'no'); let ended = 0;
await later(1).finally(() => { ended++; }); assert.strictEqual(ended, 1);
let error; try { await bad(); } catch (e) { error = e; } assert.instanceOf(error, RangeError);
assert.strictEqual(Object.prototype.toString.call(later(1)), '[object Promise]');

// == Promise.all, allSettled, race and any over promises of the page and the test
const fast = () => Promise.resolve('fast'), slow = () => new Promise((r) => setTimeout(r, 30, 'slow')),
  bad = () => Promise.reject(new Error('bad'));
const both = (...p) => Promise.all(p), first = (p) => Promise.race(p), settled = (p) => Promise.allSettled(p);
// -- test
assert.deepEqual(await Promise.all([fast(), slow(), 3]), ['fast', 'slow', 3]);
assert.strictEqual(await Promise.race([slow(), fast()]), 'fast');
assert.strictEqual(await Promise.any([bad(), slow()]), 'slow'); const all = await Promise.allSettled([fast(), bad()]);
assert.deepEqual(all.map((x) => x.status), ['fulfilled', 'rejected']);
assert.strictEqual(all[1].reason.message, 'bad');
assert.deepEqual(await both(Promise.resolve(1), fast(), new Promise((r) => setTimeout(r, 5, 'mine'))), [1, 'fast',
  'mine']); assert.strictEqual(await first([new Promise(() => {}), fast()]), 'fast');
assert.deepEqual((await settled([Promise.reject(7)]))[0], { status: 'rejected', reason: 7 });

// == an AggregateError with its errors
const any = () => Promise.any([Promise.reject(new TypeError('a')), Promise.reject('b')]);
const make = () => new AggregateError([new Error('x')], 'many');
// -- test
let error; try { await any(); } catch (e) { error = e; } assert.instanceOf(error, AggregateError);
assert.lengthOf(error.errors, 2); assert.instanceOf(error.errors[0], TypeError);
assert.strictEqual(error.errors[1], 'b'); assert.strictEqual(make().errors[0].message, 'x');
assert.strictEqual(make().message, 'many');

// == thenables in both directions
const thenable = { then(resolve) { resolve('thenable'); } };
const wait = async (x) => `got ${await x}`, bad = { then(_, reject) { reject(new Error('rejected')); } };
// -- test
assert.strictEqual(await thenable, 'thenable');
assert.strictEqual(await wait({ then: (f) => { f('mine'); } }), 'got mine');
assert.strictEqual(await wait(thenable), 'got thenable'); let e;
try { await bad; } catch (x) { e = x; } assert.strictEqual(e.message, 'rejected');
assert.strictEqual(await Promise.resolve(thenable), 'thenable');

// == promises of the test go to the page, and settle later
const twice = async (p) => (await p) * 2, guard = (p) => p.then(() => 'fine', (e) => `caught ${e.message}`);
// -- test
assert.strictEqual(await twice(Promise.resolve(4)), 8); assert.strictEqual(await twice(3), 6); let settle;
const p = new Promise((r) => { settle = r; }); const got = twice(p); settle(5); assert.strictEqual(await got, 10);
assert.strictEqual(await guard(Promise.reject(new Error('mine'))), 'caught mine');
const { promise, resolve } = Promise.withResolvers(); resolve(1); assert.strictEqual(await twice(promise), 2);

// == async callbacks of the test, and functions that call back
const mapAsync = async (list, f) => { const out = []; for (const x of list) out.push(await f(x)); return out; },
  retry = async (f, n) => { try { return await f(); } catch (e) { if (n > 1) return retry(f, n - 1); throw e; } },
  back = (x, done) => setTimeout(() => done(null, x * 2), 5);
// -- test
assert.deepEqual(await mapAsync([1, 2], async (x) => { await null; return x * 2; }), [2, 4]); let n = 0;
assert.strictEqual(await retry(async () => { if (++n < 3) throw new Error('again'); return n; }, 5), 3); let e;
try { await retry(() => Promise.reject(new TypeError('always')), 2); } catch (x) { e = x; } assert.instanceOf(e,
  TypeError);
assert.deepEqual(await new Promise((done) => back(4, (error, x) => done([error, x]))), [null, 8]);

// == async generators and for await
async function* ticks(n) { for (let i = 0; i < n; i++) { await null; yield i; } } const lines = {
  async *[Symbol.asyncIterator]() { yield 'a'; yield 'b'; } };
const collect = async (it) => { const out = []; for await (const x of it) out.push(x); return out; };
// -- test
const seen = []; for await (const n of ticks(3)) seen.push(n); assert.deepEqual(seen, [0, 1, 2]);
for await (const l of lines) seen.push(l); assert.deepEqual(seen.slice(3), ['a', 'b']); const it = ticks(5);
assert.deepEqual(await it.next(), { value: 0, done: false });
assert.deepEqual(await it.return('r'), { value: 'r', done: true });
async function* mine() { yield 7; yield 8; } assert.deepEqual(await collect(mine()), [7, 8]);
assert.deepEqual(await collect([Promise.resolve(1), 2]), [1, 2]);

// == the order of microtasks
const log = [];
const run = () => { log.push('start'); Promise.resolve().then(() => log.push('micro'));
  queueMicrotask(() => log.push('queued')); setTimeout(() => log.push('timer')); log.push('end'); };
// -- test
run(); assert.deepEqual(log, ['start', 'end']); await new Promise((done) => setTimeout(done, 30));
assert.deepEqual(log, ['start', 'end', 'micro', 'queued', 'timer']);

// == timers: setTimeout with arguments, setInterval, clear, requestAnimationFrame
const seen = []; const start = () => setTimeout((a, b) => seen.push(a + b), 5, 1, 2); let every;
const begin = () => { every = setInterval(() => { seen.push('i'); if (seen.length > 3) clearInterval(every); }, 2); };
const stopped = () => { const t = setTimeout(() => seen.push('never'), 5); clearTimeout(t); return t; };
// -- test
const id = start(); assert.isNumber(id); await new Promise((done) => setTimeout(done, 30));
assert.deepEqual(seen, [3]); stopped(); begin();
for (let i = 0; i < 150 && !(seen.length > 3); i++) await new Promise((done) => setTimeout(done, 10));
assert.deepEqual(seen, [3, 'i', 'i', 'i']); const other = setTimeout(() => seen.push('mine'), 5); clearTimeout(other);
await new Promise((done) => setTimeout(done, 15)); assert.notInclude(seen, 'mine');

// == debounce, throttle and delay
const debounce = (f, ms) => { let t; return (...a) => { clearTimeout(t); t = setTimeout(() => f(...a), ms); }; },
  throttle = (f, ms) => { let free = true; return (...a) => { if (!free) return; free = false; setTimeout(() => {
  free = true; }, ms); f(...a); }; }, delay = (ms) => new Promise((done) => setTimeout(done, ms));
// -- test
const calls = []; const soft = debounce((x) => calls.push(x), 20); soft(1); soft(2); soft(3);
assert.deepEqual(calls, []); await delay(60); assert.deepEqual(calls, [3]);
const hard = throttle((x) => calls.push(x), 200); hard('a'); hard('b'); assert.deepEqual(calls, [3, 'a']);
const begin = performance.now(); await delay(20); assert.isAtLeast(performance.now() - begin, 15);

// == errors that are thrown in an async function, and in a callback of the test
const fail = async () => { throw new SyntaxError('later'); }, call = async (f) => { await null; return f(); },
  sync = (f) => f();
// -- test
let e; try { await fail(); } catch (x) { e = x; } assert.instanceOf(e, SyntaxError);
const mine = new URIError('mine');
try { await call(() => { throw mine; }); } catch (x) { e = x; } assert.strictEqual(e, mine);
assert.throws(() => sync(() => { throw mine; }), URIError);
await fail().then(() => assert.fail('no'), (x) => assert.strictEqual(x.message, 'later'));

// == AbortController and signals of both
const cancel = new AbortController();
const wait = (signal) => new Promise((done, fail) => { if (signal.aborted) fail(signal.reason);
  signal.addEventListener('abort', () => fail(signal.reason)); });
// -- test
const mine = new AbortController(); const p = wait(mine.signal); mine.abort(new Error('stop')); let e;
try { await p; } catch (x) { e = x; } assert.strictEqual(e.message, 'stop'); assert.isFalse(cancel.signal.aborted);
cancel.abort(); assert.isTrue(cancel.signal.aborted); assert.strictEqual(cancel.signal.reason.name, 'AbortError');

// == asynchronous queues and event emitters of the page
class Queue { #jobs = []; #busy = false; add(job) { return new Promise((done, fail) => { this.#jobs.push({ job, done,
  fail }); this.#next(); }); } async #next() { if (this.#busy) return; const it = this.#jobs.shift(); if (!it) return;
  this.#busy = true; try { it.done(await it.job()); } catch (e) { it.fail(e); } this.#busy = false; this.#next();
  } } const queue = new Queue();
// -- test
const log = [];
const job = (x, ms) => queue.add(async () => { log.push(`start ${x}`); await new Promise((r) => setTimeout(r, ms));
  log.push(`end ${x}`); return x; }); assert.deepEqual(await Promise.all([job('a', 20), job('b', 1)]), ['a', 'b']);
assert.deepEqual(log, ['start a', 'end a', 'start b', 'end b']);
