// Events and handlers

// == handlers in properties: onclick, oninput, onload, onkeydown
// html: <button>b</button><input>
const button = document.querySelector('button'), input = document.querySelector('input');
function go(e) { go.last = e; } button.onclick = go; input.oninput = () => { input.seen = input.value; };
window.onload = go; document.onkeydown = go; document.body.onresize = go; window.onscroll = null;
// -- test
assert.isFunction(document.querySelector('button').onclick); assert.strictEqual(button.onclick, go);
assert.strictEqual(window.onload, go); assert.strictEqual(document.onkeydown, go);
assert.strictEqual(window.onresize, go); assert.strictEqual(document.body.onresize, go);
assert.isNull(window.onscroll); assert.match(window.onload.toString(), /go/); button.onclick({ fake: 1 });
assert.deepEqual(go.last, { fake: 1 });
document.querySelector('input').value = 'typed'; input.dispatchEvent(new Event('input'));
assert.strictEqual(input.seen, 'typed'); input.oninput(); assert.strictEqual(input.onchange, null);

// == handlers in attributes
// html: <button onclick="up(event, this)">b</button><body onload="loaded = true">
let n = 0, last, loaded; function up(e, me) { n++; last = [e.type, me.tagName]; }
// -- test
const b = document.querySelector('button'); b.click(); assert.strictEqual(n, 1);
assert.deepEqual(last, ['click', 'BUTTON']); assert.isFunction(b.onclick);
assert.strictEqual(b.getAttribute('onclick'), 'up(event, this)');
assert.include(b.onclick.toString(), 'up(event, this)'); b.setAttribute('onclick', 'n = 50'); b.click();
assert.strictEqual(n, 50);

// == a test sets a handler, or takes it away
// html: <button>b</button>
const button = document.querySelector('button'); let n = 0; button.onclick = () => { n++; };
const call = () => button.onclick?.('arg');
// -- test
let seen; const old = button.onclick; button.onclick = (x) => { seen = x; return 'back'; };
assert.strictEqual(call(), 'back'); assert.strictEqual(seen, 'arg'); button.click(); assert.instanceOf(seen, Event);
assert.strictEqual(n, 0); button.onclick = null; assert.isUndefined(call()); button.onclick = old; button.click();
assert.strictEqual(n, 1);

// == clicks and other events that a test dispatches
// html: <ul><li>a</li></ul>
const seen = [];
document.querySelector('ul').addEventListener('click', (e) => { seen.push(e.target.tagName, e.currentTarget.tagName,
  e.bubbles, e.isTrusted); }); addEventListener('keydown', (e) => seen.push(e.key, e.ctrlKey));
document.addEventListener('wheel', (e) => seen.push(e.deltaY));
// -- test
document.querySelector('li').click(); assert.deepEqual(seen.splice(0), ['LI', 'UL', true, false]);
document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true }));
assert.deepEqual(seen.splice(0), ['Enter', true]);
document.querySelector('li').dispatchEvent(new MouseEvent('click', { bubbles: false })); assert.deepEqual(seen, []);
document.dispatchEvent(new WheelEvent('wheel', { deltaY: 3 })); assert.deepEqual(seen, [3]);

// == order, capture, stopPropagation and preventDefault
// html: <main><a href="#x">l</a></main>
const log = []; const main = document.querySelector('main'), a = document.querySelector('a');
main.addEventListener('click', () => log.push('capture'), true);
main.addEventListener('click', () => log.push('bubble'));
a.addEventListener('click', (e) => { log.push('target'); e.preventDefault(); if (e.shiftKey) e.stopPropagation(); });
// -- test
const event = new MouseEvent('click', { bubbles: true, cancelable: true }); assert.isFalse(a.dispatchEvent(event));
assert.isTrue(event.defaultPrevented); assert.deepEqual(log.splice(0), ['capture', 'target', 'bubble']);
a.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, shiftKey: true }));
assert.deepEqual(log, ['capture', 'target']); assert.notInclude(location.href, '#x');

// == CustomEvent with a detail of the page or of the test
// html: <p>x</p>
const thing = { a: [1] }; let got; const p = document.querySelector('p');
p.addEventListener('mine', (e) => { got = e.detail; });
const send = () => p.dispatchEvent(new CustomEvent('theirs', { detail: thing, bubbles: true }));
const isSame = (x) => got === x;
// -- test
let detail, target; document.addEventListener('theirs', (e) => { detail = e.detail; target = e.target; }); send();
assert.deepEqual(detail, thing); assert.deepEqual(detail, { a: [1] }); assert.strictEqual(target, p);
const mine = { b: 2 }; p.dispatchEvent(new CustomEvent('mine', { detail: mine }));
assert.strictEqual(got.b, 2);

// == an event of the test is seen by the page, and one of the page is sent by the test
// html: <p>x</p>
let last; const p = document.querySelector('p'); p.addEventListener('x', (e) => { last = e; e.stamp = 'page'; });
const lastIs = (e) => last === e, make = () => new Event('x', { cancelable: true });
// -- test
const e = new Event('x'); p.dispatchEvent(e); assert.strictEqual(last.type, 'x'); assert.strictEqual(last.stamp, 'page');
assert.strictEqual(e.target, p); assert.strictEqual(last.target, p); assert.instanceOf(last, Event);
const theirs = make(); assert.isTrue(theirs.cancelable); p.dispatchEvent(theirs); assert.strictEqual(last, theirs);
assert.isTrue(lastIs(theirs));

// == listeners of the test: options, once, removal, handleEvent, this
// html: <button>b</button>
const b = document.querySelector('button'); const fire = (type = 'x') => b.dispatchEvent(new Event(type));
const listener = { n: 0, handleEvent() { this.n++; } }; b.addEventListener('obj', listener);
// -- test
let n = 0; const f = function (e) { n += this === b && e.currentTarget === b ? 1 : 100; }; b.addEventListener('x', f);
b.addEventListener('x', f); fire(); assert.strictEqual(n, 1); b.removeEventListener('x', f); fire();
assert.strictEqual(n, 1); b.addEventListener('y', f, { once: true }); fire('y'); fire('y'); assert.strictEqual(n, 2);
fire('obj'); assert.strictEqual(listener.n, 1); b.removeEventListener('obj', listener); fire('obj');
assert.strictEqual(listener.n, 1);

// == a test removes a listener of the page, or adds a function of the page
// html: <button>b</button>
const b = document.querySelector('button'); let n = 0; function up() { n++; } b.addEventListener('click', up);
const drop = (f) => b.removeEventListener('z', f), add = (f) => b.addEventListener('z', f);
// -- test
b.click(); assert.strictEqual(n, 1); b.removeEventListener('click', up); b.click(); assert.strictEqual(n, 1);
document.addEventListener('click', up); b.click(); assert.strictEqual(n, 2); let mine = 0;
const f = () => { mine++; }; add(f); b.dispatchEvent(new Event('z')); drop(f); b.dispatchEvent(new Event('z'));
assert.strictEqual(mine, 1);

// == a spy in place of addEventListener
// html: <button>b</button>
const b = document.querySelector('button');
const start = () => b.addEventListener('click', handle), handle = () => 'handled',
  wide = () => document.addEventListener('x', handle), all = () => window.addEventListener('resize', handle);
// -- test
const seen = []; const old = b.addEventListener; b.addEventListener = (type, f) => seen.push(type, f); start();
assert.deepEqual(seen, ['click', handle]); b.addEventListener = old; const doc = document.addEventListener;
document.addEventListener = (type) => seen.push(type); wide(); assert.strictEqual(seen[2], 'x');
document.addEventListener = doc; window.addEventListener = (type) => seen.push(type); all();
assert.strictEqual(seen[3], 'resize');

// == forms: submit, input, change, reset
// html: <form><input name="a" required><input type="checkbox" name="c"><button>go</button></form>
const form = document.querySelector('form'); const sent = [];
form.addEventListener('submit', (e) => { e.preventDefault(); sent.push(Object.fromEntries(new FormData(form)),
  e.submitter?.tagName); }); form.addEventListener('change', (e) => sent.push(e.target.name));
// -- test
document.querySelector('button').click(); assert.deepEqual(sent, []); form.elements.a.value = 'x';
document.querySelector('button').click(); assert.deepEqual(sent, [{ a: 'x' }, 'BUTTON']); form.elements.c.click();
assert.strictEqual(sent[2], 'c'); form.requestSubmit(); assert.deepEqual(sent[3], { a: 'x', c: 'on' }); form.reset();
assert.strictEqual(form.elements.a.value, '');
assert.isFalse(form.dispatchEvent(new Event('submit', { cancelable: true })));

// == a function of the page that takes an event, called with an event or a mock
// html: <input value="7">
function read(e) { e.preventDefault(); return e.target.value; } const input = document.querySelector('input');
// -- test
let prevented = 0;
assert.strictEqual(read({ preventDefault: () => { prevented++; }, target: { value: 'mock' } }), 'mock');
assert.strictEqual(prevented, 1); let got; input.addEventListener('x', (e) => { got = read(e); });
input.dispatchEvent(new Event('x')); assert.strictEqual(got, '7');

// == MutationObserver, ResizeObserver and IntersectionObserver with callbacks of both
// html: <main></main>
const main = document.querySelector('main'); const seen = [];
new MutationObserver((records) => seen.push(...records.map((r) => r.type))).observe(main, { childList: true,
  attributes: true }); const change = () => { main.append('x'); main.id = 'm'; };
const visible = new Promise((done) => new IntersectionObserver((entries) => done(entries[0].target)).observe(main));
function react(records) { react.got = records.length; }
// -- test
change(); await null; assert.deepEqual(seen, ['childList', 'attributes']); let mine;
const o = new MutationObserver((r) => { mine = r; }); o.observe(main, { childList: true }); change(); await null;
assert.lengthOf(mine, 1); assert.strictEqual(mine[0].target, main);
assert.strictEqual(mine[0].addedNodes[0].data, 'x'); assert.strictEqual(await visible, main);
const theirs = new MutationObserver(react); theirs.observe(main, { childList: true }); main.append('y'); await null;
assert.strictEqual(react.got, 1); assert.deepEqual(theirs.takeRecords(), []);

// == drag, pointer, touch and clipboard events made by a test
// html: <p draggable="true">x</p>
const seen = []; const p = document.querySelector('p');
for (const type of ['pointerdown', 'dragstart', 'paste', 'focus', 'transitionend',
  'message']) p.addEventListener(type, (e) => seen.push(e.type,
  e.pointerId ?? e.dataTransfer?.getData('text') ?? e.clipboardData?.getData('text') ?? e.data ?? null));
// -- test
const data = new DataTransfer(); data.setData('text', 'dragged');
p.dispatchEvent(new PointerEvent('pointerdown', { pointerId: 4 }));
p.dispatchEvent(new DragEvent('dragstart', { dataTransfer: data }));
p.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data })); p.dispatchEvent(new FocusEvent('focus'));
p.dispatchEvent(new MessageEvent('message', { data: 'm' }));
assert.deepEqual(seen, ['pointerdown', 4, 'dragstart', 'dragged', 'paste', 'dragged', 'focus', null, 'message', 'm']);
