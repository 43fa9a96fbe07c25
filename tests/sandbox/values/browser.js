// Styles, forms, storage and other parts of the browser

// == getComputedStyle of an element
// html: <p class="a">x</p>
// css: .a { color: red; margin: 1px 2px; --size: 3px; width: calc(10px + var(--size)); } .a::before { content: "b"; }
const p = document.querySelector('p');
const colour = () => getComputedStyle(p).color, paint = () => { p.style.color = 'blue'; };
// -- test
const style = getComputedStyle(document.querySelector('.a')); assert.strictEqual(style.color, 'rgb(255, 0, 0)');
assert.strictEqual(style.getPropertyValue('margin-left'), '2px');
assert.strictEqual(window.getComputedStyle(p)['width'], '13px');
assert.strictEqual(style.getPropertyValue('--size').trim(), '3px');
assert.strictEqual(getComputedStyle(p, '::before').content, '"b"'); paint();
assert.strictEqual(style.color, 'rgb(0, 0, 255)'); assert.strictEqual(colour(), 'rgb(0, 0, 255)');
assert.strictEqual(style.marginTop, '1px');

// == style sheets and rules: cssRules, media rules, keyframes, insertRule
// html: <p>x</p>
// css: p { color: red } @media (max-width: 10px) { p { color: blue } } @keyframes k { from { top: 0 } to { top: 1px } } @supports (color: red) { p { top: 0 } }
const sheets = document.styleSheets; const add = (t) => sheets[0].insertRule(t, 0);
// -- test
const sheet = document.styleSheets[0]; assert.strictEqual(sheet, sheets[0]); assert.lengthOf(sheet.cssRules, 4);
assert.strictEqual(sheet.cssRules[0].selectorText, 'p'); assert.strictEqual(sheet.cssRules[0].style.color, 'red');
assert.strictEqual(sheet.cssRules[1].media.mediaText, '(max-width: 10px)');
assert.strictEqual(sheet.cssRules[1].cssRules[0].style.color, 'blue');
assert.strictEqual(sheet.cssRules[2].name, 'k'); assert.instanceOf(sheet.cssRules[2], CSSKeyframesRule);
assert.strictEqual(sheet.cssRules[2].cssRules[1].keyText, '100%');
add('p { color: rgb(1, 2, 3) !important }');
assert.strictEqual(getComputedStyle(document.querySelector('p')).color, 'rgb(1, 2, 3)'); sheet.deleteRule(0);
assert.strictEqual(sheet.cssRules.length, 4);
assert.isTrue([...sheet.cssRules].some((r) => r instanceof CSSMediaRule));
assert.strictEqual(sheet.cssRules[0].cssText, 'p { color: red; }'); assert.instanceOf(sheet, CSSStyleSheet);
sheet.cssRules[0].style.color = 'green';
assert.strictEqual(getComputedStyle(document.querySelector('p')).color, 'rgb(0, 128, 0)');

// == sizes and positions: getBoundingClientRect, offset, scroll
// html: <div style="width: 30px; height: 20px; overflow: auto"><p style="height: 200px">x</p></div>
// css: body { margin: 0 }
const div = document.querySelector('div');
const rect = () => div.getBoundingClientRect(), down = () => { div.scrollTop = 50; };
// -- test
assert.strictEqual(rect().width, 30); assert.instanceOf(rect(), DOMRect); assert.strictEqual(div.offsetHeight, 20);
assert.strictEqual(div.getBoundingClientRect().top, 0); down(); assert.strictEqual(div.scrollTop, 50);
assert.isAbove(div.scrollHeight, 199); assert.isNumber(window.innerWidth);
assert.strictEqual(document.elementFromPoint(5, 5), div.firstChild.nodeType === 1 ? div.firstChild : div);
assert.deepEqual(new DOMRect(0, 0, 2, 3).right, 2); div.scrollTo(0, 7); assert.strictEqual(div.scrollTop, 7);
assert.deepEqual(rect().toJSON().height, 20);

// == scrolling the window
// html: <div style="height: 5000px">x</div>
const down = () => window.scrollTo(0, 300), at = () => [scrollY, window.pageYOffset]; let n = 0;
addEventListener('scroll', () => { n++; });
// -- test
down(); assert.strictEqual(window.scrollY, 300); assert.deepEqual(at(), [300, 300]); scrollBy(0, 10);
assert.strictEqual(scrollY, 310);
for (let i = 0; i < 150 && !(n); i++) await new Promise((done) => setTimeout(done, 10)); assert.isAbove(n, 0);
assert.strictEqual(document.documentElement.scrollTop, 310); document.querySelector('div').scrollIntoView();
assert.strictEqual(window.scrollY < 300, true);

// == matchMedia
// html: <p>x</p>
const wide = window.matchMedia('(min-width: 1px)'); const narrow = () => matchMedia('(max-width: 1px)').matches;
// -- test
assert.isTrue(wide.matches); assert.isFalse(narrow()); assert.isTrue(matchMedia('(min-width: 2px)').matches);
assert.strictEqual(wide.media, '(min-width: 1px)'); assert.instanceOf(wide, MediaQueryList);

// == forms: FormData, validity, values, elements
// html: <form id="f"><input name="mail" type="email" value="x"><input type="number" name="n" min="2" value="1"><textarea name="t">text</textarea><input type="radio" name="r" value="1" checked></form>
const form = document.forms[0];
const data = () => Object.fromEntries(new FormData(form)), clear = () => form.mail.setCustomValidity('no!');
// -- test
assert.deepEqual(data(), { mail: 'x', n: '1', t: 'text', r: '1' }); assert.isFalse(form.checkValidity());
assert.isTrue(form.mail.validity.typeMismatch); assert.isTrue(form.elements.n.validity.rangeUnderflow);
form.elements['mail'].value = 'a@b.c'; assert.isTrue(form.mail.validity.valid); clear();
assert.strictEqual(form.mail.validationMessage, 'no!'); assert.strictEqual(form.n.valueAsNumber, 1);
assert.lengthOf(form.elements, 4); assert.strictEqual(form.elements.r.value, '1');
assert.instanceOf(form.mail.validity, ValidityState);
assert.deepEqual([...new FormData(form).keys()], ['mail', 'n', 't', 'r']); assert.strictEqual(form.t.form, form);
assert.strictEqual(document.querySelector('#f').length, 4);

// == FormData, Headers, URLSearchParams and URL of the page
const data = new FormData(); data.append('a', '1');
const headers = new Headers({ A: 'b' }), url = new URL('https://example.org/p?q=1#h'), params = url.searchParams;
const add = (p) => p.append('z', '9'), parse = (t) => Object.fromEntries(new URLSearchParams(t));
// -- test
assert.strictEqual(data.get('a'), '1'); assert.deepEqual([...data], [['a', '1']]);
assert.strictEqual(headers.get('a'), 'b'); assert.strictEqual(url.hostname, 'example.org');
assert.strictEqual(params.get('q'), '1'); assert.strictEqual(url.searchParams, params); add(params);
assert.strictEqual(url.search, '?q=1&z=9'); const mine = new URLSearchParams('a=1'); add(mine);
assert.strictEqual(`${mine}`, 'a=1&z=9'); assert.deepEqual(parse('x=1&y=2'), { x: '1', y: '2' });
assert.strictEqual(String(url), 'https://example.org/p?q=1&z=9#h'); assert.instanceOf(url, URL);
assert.instanceOf(params, URLSearchParams); url.hash = ''; assert.isFalse(url.href.includes('#'));

// == localStorage and sessionStorage
// html: <p>x</p>
const save = (k, v) => localStorage.setItem(k, JSON.stringify(v)), load = (k) => JSON.parse(localStorage.getItem(k)),
  session = () => sessionStorage.length, read = () => localStorage.plain;
// -- test
save('k', { a: 1 }); assert.strictEqual(localStorage.getItem('k'), '{"a":1}'); localStorage.setItem('k', '[2]');
assert.deepEqual(load('k'), [2]); assert.lengthOf(localStorage, 1); assert.strictEqual(localStorage.key(0), 'k');
assert.isNull(localStorage.getItem('none')); localStorage.plain = 'p'; assert.strictEqual(read(), 'p');
assert.strictEqual(window.localStorage['plain'], 'p'); sessionStorage.setItem('s', 1);
assert.strictEqual(session(), 1); assert.strictEqual(sessionStorage.getItem('s'), '1'); localStorage.removeItem('k');
assert.isNull(load('k')); delete localStorage.plain; assert.isUndefined(read()); localStorage.clear();
assert.strictEqual(localStorage.length, 0);

// == a spy in place of a method of a storage
// html: <p>x</p>
const save = () => localStorage.setItem('theme', 'dark'), load = () => localStorage.getItem('theme');
// -- test
const seen = []; const old = Storage.prototype.setItem; Storage.prototype.setItem = function (...a) { seen.push(a); };
try { save(); assert.deepEqual(seen, [['theme', 'dark']]); assert.isNull(load()); } finally {
  Storage.prototype.setItem = old; } save(); assert.strictEqual(load(), 'dark');

// == Blob, File, FileReader and object addresses
const blob = new Blob(['a', 'bc'], { type: 'text/plain' }), file = new File(['x'], 'x.txt');
const read = (b) => b.text(), sizeOf = (b) => b.size, load = (f) => new Promise((done) => {
  const r = new FileReader(); r.onload = () => done(r.result); r.readAsText(f); });
// -- test
assert.strictEqual(blob.size, 3); assert.strictEqual(await blob.text(), 'abc');
assert.strictEqual(file.name, 'x.txt'); assert.strictEqual(await read(new Blob(['mine'])), 'mine');
assert.strictEqual(sizeOf(new File(['12'], 'f')), 2); assert.strictEqual(await load(new File(['up'], 'f')), 'up');
assert.instanceOf(file, Blob); assert.strictEqual(new Uint8Array(await blob.arrayBuffer())[0], 97);
assert.match(URL.createObjectURL(blob), /^blob:/);

// == text encoders, base64 and crypto
const bytes = new TextEncoder().encode('é'), decode = (b) => new TextDecoder().decode(b), pack = (t) => btoa(t),
  id = () => crypto.randomUUID(), random = () => crypto.getRandomValues(new Uint8Array(4));
// -- test
assert.deepEqual([...bytes], [195, 169]); assert.strictEqual(decode(new Uint8Array([104, 105])), 'hi');
assert.strictEqual(pack('hi'), 'aGk='); assert.strictEqual(atob(pack('x')), 'x');
assert.match(id(), /^[0-9a-f-]{36}$/); assert.lengthOf(random(), 4);
assert.deepEqual(new TextEncoder().encode('a'), new Uint8Array([97]));
assert.strictEqual(encodeURIComponent('é'), '%C3%A9');

// == location and history
// html: <a href="#there">l</a>
const go = (h) => { location.hash = h; }, push = () => history.pushState({ page: [2] }, '', '#two'); let popped;
addEventListener('popstate', (e) => { popped = e.state; });
addEventListener('hashchange', () => { go.changed = true; });
// -- test
go('one'); assert.strictEqual(location.hash, '#one'); assert.strictEqual(window.location.hash, '#one');
assert.strictEqual(window.location, location); push(); assert.deepEqual(history.state, { page: [2] });
assert.strictEqual(location.hash, '#two');
for (let i = 0; i < 150 && !(go.changed); i++) await new Promise((done) => setTimeout(done, 10));
assert.isTrue(go.changed); location.hash = 'three'; assert.include(document.URL, '#three');
assert.isAbove(history.length, 0); history.replaceState(null, ''); assert.isNull(history.state);
document.querySelector('a').click(); assert.strictEqual(location.hash, '#there');

// == DOMParser, XMLSerializer and document.implementation
const parse = (t) => new DOMParser().parseFromString(t, 'text/html'),
  xml = () => new DOMParser().parseFromString('<a><b c="d"/></a>', 'application/xml');
// -- test
assert.strictEqual(parse('<p>x</p>').querySelector('p').textContent, 'x');
assert.strictEqual(xml().querySelector('b').getAttribute('c'), 'd');
const mine = new DOMParser().parseFromString('<ul><li>1<li>2</ul>', 'text/html');
assert.lengthOf(mine.querySelectorAll('li'), 2);
assert.strictEqual(new XMLSerializer().serializeToString(xml()), '<a><b c="d"/></a>');
assert.strictEqual(document.implementation.createHTMLDocument('t').title, 't');
assert.lengthOf(xml().querySelectorAll('parsererror'), 0);

// == dialog, details, popover and progress
// html: <dialog>d</dialog><details><summary>s</summary>x</details><div popover id="pop">p</div><progress value="3" max="10"></progress>
const dialog = document.querySelector('dialog'); const open = () => dialog.showModal(); let closed;
dialog.addEventListener('close', () => { closed = dialog.returnValue; });
// -- test
open(); assert.isTrue(dialog.open); assert.isTrue(dialog.matches(':modal')); dialog.close('ok');
for (let i = 0; i < 150 && !(closed); i++) await new Promise((done) => setTimeout(done, 10));
assert.strictEqual(closed, 'ok');
const details = document.querySelector('details'); assert.isFalse(details.open);
document.querySelector('summary').click(); assert.isTrue(details.open); document.getElementById('pop').showPopover();
assert.isTrue(document.getElementById('pop').matches(':popover-open'));
assert.strictEqual(document.querySelector('progress').position, 0.3);

// == animations and transitions of the page
// html: <p style="animation: k 1s infinite">x</p>
// css: @keyframes k { to { opacity: 0 } }
const p = document.querySelector('p'); const fade = () => p.animate([{ opacity: 1 }, { opacity: 0.5 }], 20);
// -- test
assert.strictEqual(getComputedStyle(p).animationName, 'k'); const a = fade(); assert.instanceOf(a, Animation);
await a.finished; assert.strictEqual(a.playState, 'finished');

// == images, links and addresses of a page
// html: <img src="cat.png" alt="cat" width="20"><a href="/x?y=1">l</a><link rel="icon" href="i.png">
const img = document.querySelector('img'), a = document.querySelector('a'); const swap = () => { img.src = 'dog.png'; };
// -- test
assert.match(img.src, /\/cat\.png$/); assert.strictEqual(img.getAttribute('src'), 'cat.png'); swap();
assert.match(img.src, /\/dog\.png$/); assert.strictEqual(a.pathname, '/x'); assert.strictEqual(a.search, '?y=1');
assert.strictEqual(img.width, 20); assert.strictEqual(new Image(3, 4).height, 4);
assert.strictEqual(document.querySelector('link').rel, 'icon'); assert.instanceOf(new Image(), HTMLImageElement);
assert.strictEqual(img.alt, 'cat');

// == navigator, screen and the window itself
const language = () => navigator.language, me = () => window, top2 = () => [window === self, globalThis === window,
  typeof globalThis];
// -- test
assert.isString(language()); assert.strictEqual(navigator.language, language()); assert.strictEqual(me(), window);
assert.deepEqual(top2(), [true, true, 'object']); assert.strictEqual(window.window, window);
assert.strictEqual(self, window); assert.strictEqual(globalThis, window); assert.isNumber(screen.width);
assert.isTrue(navigator.onLine === true || navigator.onLine === false); assert.strictEqual(window.document, document);

// == AudioContext and other constructors that a page uses
// html: <audio src="a.mp3"></audio>
const audio = document.querySelector('audio'); let made = [];
const tone = () => { const c = new AudioContext(); made.push(c); return c.state; }, beep = () => {
  const a = new Audio('b.mp3'); a.volume = 0.5; return a; };
// -- test
assert.isString(tone()); assert.instanceOf(made[0], AudioContext); assert.instanceOf(beep(), HTMLAudioElement);
assert.strictEqual(beep().volume, 0.5); assert.isTrue(audio.paused); audio.currentTime = 0;
assert.strictEqual(audio.currentTime, 0); const old = AudioContext; let spied = 0;
window.AudioContext = class { constructor() { spied++; this.state = 'mock'; } };
try { assert.strictEqual(tone(), 'mock'); assert.strictEqual(spied, 1); } finally { window.AudioContext = old; }
