// Elements and documents

// == a node is the same node for test and page
// html: <main id="m"><p class="a">one</p></main>
const main = document.querySelector('main');
const first = () => main.firstElementChild, same = (a, b) => a === b, holder = { main, list: [main] };
// -- test
assert.strictEqual(main, document.querySelector('main')); assert.strictEqual(first(), document.querySelector('.a'));
assert.isTrue(same(document.querySelector('main'), main));
assert.strictEqual(holder.list[0], document.getElementById('m')); assert.strictEqual(main.ownerDocument, document);
assert.strictEqual(main.parentNode, document.body);
assert.strictEqual(main.firstChild.firstChild.nodeType, Node.TEXT_NODE);

// == instanceof interfaces, toString and constructor of elements
// html: <button>b</button><svg><circle r="2"/></svg><!-- c -->
const button = document.querySelector('button'), made = document.createElement('a'),
  isButton = (x) => x instanceof HTMLButtonElement;
// -- test
assert.instanceOf(button, HTMLButtonElement); assert.instanceOf(button, HTMLElement);
assert.instanceOf(button, Element); assert.instanceOf(made, HTMLAnchorElement);
assert.instanceOf(document, HTMLDocument);
assert.strictEqual(button.constructor, HTMLButtonElement);
assert.strictEqual(Object.prototype.toString.call(button), '[object HTMLButtonElement]');
assert.isTrue(isButton(button)); assert.isTrue(isButton(document.createElement('button')));
assert.strictEqual(button.constructor.name, 'HTMLButtonElement');
assert.instanceOf(document.querySelector('circle'), SVGCircleElement); assert.instanceOf(button, Object);
assert.strictEqual(Object.getPrototypeOf(button), HTMLButtonElement.prototype);
assert.strictEqual(document.querySelector('svg').nextSibling.nodeType, 8);

// == classList of the page and of the test are one
// html: <p class="a b">x</p>
const p = document.querySelector('p'), list = p.classList; const toggle = () => list.toggle('on');
// -- test
assert.strictEqual(list, document.querySelector('p').classList); assert.isTrue(list.contains('a')); toggle();
assert.isTrue(p.classList.contains('on')); assert.lengthOf(list, 3); assert.deepEqual([...list], ['a', 'b', 'on']);
assert.strictEqual(list[0], 'a'); assert.instanceOf(list, DOMTokenList); list.remove('a', 'b');
assert.strictEqual(p.className, 'on'); assert.strictEqual(`${list}`, 'on'); assert.strictEqual(list.value, 'on');
assert.isTrue(list.replace('on', 'off'));

// == style of the page and of the test are one
// html: <p style="color: red; --x: 1px">x</p>
const p = document.querySelector('p'), style = p.style;
const hide = () => { style.display = 'none'; p.style.setProperty('--y', '2'); };
// -- test
assert.strictEqual(style, document.querySelector('p').style); assert.strictEqual(style.color, 'red'); hide();
assert.strictEqual(p.style.display, 'none'); assert.strictEqual(style['background-color'], '');
assert.strictEqual(style.getPropertyValue('--y'), '2'); assert.instanceOf(style, CSSStyleDeclaration);
style.backgroundColor = 'blue'; assert.include(p.getAttribute('style'), 'background-color: blue');
assert.strictEqual(style.cssText.includes('--x: 1px'), true); assert.strictEqual(style[0], 'color');
assert.strictEqual(style.removeProperty('color'), 'red');

// == dataset and attributes
// html: <p id="p" data-user-id="7" title="t">x</p>
const p = document.querySelector('p'), data = p.dataset, attributes = p.attributes;
const rename = () => { data.userId = '8'; p.setAttribute('lang', 'en'); };
// -- test
assert.strictEqual(data, document.querySelector('p').dataset); assert.strictEqual(data.userId, '7'); rename();
assert.strictEqual(p.getAttribute('data-user-id'), '8'); assert.deepEqual({ ...data }, { userId: '8' });
assert.isTrue('userId' in data); data.fresh = 'yes'; assert.isTrue(p.hasAttribute('data-fresh')); delete data.fresh;
assert.isFalse(p.hasAttribute('data-fresh'));
assert.strictEqual(attributes, p.attributes); assert.strictEqual(attributes.title.value, 't');
assert.deepEqual([...attributes].map((a) => a.name), ['id', 'data-user-id', 'title', 'lang']);
assert.lengthOf(attributes, 4); assert.strictEqual(attributes[0].name, 'id');
assert.instanceOf(attributes, NamedNodeMap); assert.strictEqual(attributes.getNamedItem('lang').value, 'en');

// == node lists: equality, order, forEach, spread, live and static
// html: <ul><li>a</li><li>b</li></ul>
const items = document.querySelectorAll('li'), live = document.getElementsByTagName('li'),
  children = document.querySelector('ul').children;
const add = () => document.querySelector('ul').append(document.createElement('li'));
// -- test
assert.deepEqual(items, document.querySelectorAll('li'));
assert.strictEqual(live, document.getElementsByTagName('li'));
assert.strictEqual(children, document.querySelector('ul').children); assert.lengthOf(items, 2);
assert.instanceOf(items, NodeList); assert.instanceOf(live, HTMLCollection);
assert.strictEqual(items[1].textContent, 'b'); assert.strictEqual(items.item(0), live[0]);
add(); assert.lengthOf(items, 2); assert.lengthOf(live, 3); assert.strictEqual(children.length, 3);
assert.deepEqual([...items].map((x) => x.textContent), ['a', 'b']); const seen = [];
items.forEach((x, i, all) => seen.push(i, all === items)); assert.deepEqual(seen, [0, true, 1, true]);
assert.strictEqual(Array.from(live).indexOf(items[1]), 1); assert.isUndefined(items[9]);
assert.isUndefined(items.map);
assert.deepEqual([...items.entries()][0], [0, items[0]]);
assert.strictEqual(Object.prototype.toString.call(items), '[object NodeList]'); assert.isFalse(Array.isArray(items));
assert.isNotEmpty(items);

// == collections with ids and names that are numbers or words
// html: <b class="n" id="1">a</b><b class="n" id="0">b</b><b class="n" id="length">c</b><b class="n" id="word">d</b>
const all = document.getElementsByClassName('n');
// -- test
assert.deepEqual(all, document.getElementsByClassName('n')); assert.lengthOf(all, 4);
assert.strictEqual(all[0].textContent, 'a'); assert.strictEqual(all.word.textContent, 'd');
assert.strictEqual(all.namedItem('1').textContent, 'a');
assert.deepEqual([...all].map((x) => x.id), ['1', '0', 'length', 'word']); assert.isTrue('word' in all);
assert.deepEqual(Object.keys(all), ['0', '1', '2', '3']);

// == elements that a page makes and a test inserts, and the other way round
// html: <main></main>
const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text }), fill = (node) => {
  node.innerHTML = '<i>in</i>'; return node; }, parts = () => { const f = document.createDocumentFragment();
  f.append('a', make('b', 'b')); return f; };
// -- test
const main = document.querySelector('main'); main.append(make('h2', 'Title'));
assert.strictEqual(main.innerHTML, '<h2>Title</h2>'); const div = document.createElement('div');
assert.strictEqual(fill(div), div); assert.strictEqual(div.firstChild.tagName, 'I'); main.replaceChildren(parts());
assert.strictEqual(main.textContent, 'ab'); assert.strictEqual(main.childNodes[0].nodeType, 3);
assert.instanceOf(parts(), DocumentFragment); assert.deepEqual(make('p', 'x').outerHTML, '<p>x</p>');
assert.isTrue(main.lastChild.cloneNode(true).isEqualNode(main.lastChild));

// == traversal: closest, matches, siblings, contains, TreeWalker
// html: <section class="s"><p>a</p><p id="b">b</p></section>
const b = document.getElementById('b');
const texts = () => { const w = document.createTreeWalker(document.querySelector('.s'), NodeFilter.SHOW_TEXT),
  out = []; while (w.nextNode()) out.push(w.currentNode.data); return out; };
// -- test
assert.strictEqual(b.closest('section').className, 's'); assert.isTrue(b.matches('p + p'));
assert.strictEqual(b.previousElementSibling.textContent, 'a'); assert.isTrue(document.body.contains(b));
assert.deepEqual(texts(), ['a', 'b']); assert.strictEqual(b.parentElement, document.querySelector('.s'));
assert.strictEqual(b.previousSibling.compareDocumentPosition(b), 4);
assert.strictEqual(document.evaluate('//p', document, null, 7).snapshotLength, 2);
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT, {
  acceptNode: (n) => (n.id ? 1 : 3) }); assert.strictEqual(walker.nextNode(), b);

// == properties that the page puts on elements
// html: <button>b</button>
const button = document.querySelector('button'); button.clicks = 0; button.data = { list: [1], node: button };
button.up = function () { return ++this.clicks; }; document.body.app = { started: true }; document.mine = 'doc';
// -- test
const el = document.querySelector('button'); assert.strictEqual(el.clicks, 0); assert.strictEqual(el.up(), 1);
assert.strictEqual(button.clicks, 1); assert.deepEqual(el.data.list, [1]); assert.strictEqual(el.data.node, el);
assert.isTrue(document.body.app.started); assert.strictEqual(document.mine, 'doc'); assert.isTrue('clicks' in el);
el.clicks = 9; assert.strictEqual(el.up(), 10); assert.strictEqual(button.clicks, 10);

// == properties that a test puts on elements
// html: <input><p>x</p>
const input = document.querySelector('input');
const read = () => input.custom, width = () => document.querySelector('p').clientWidth, go = () => { input.focus();
  input.select(); return input.selected; }, all = () => document.querySelector('p').list.concat('page');
// -- test
const el = document.querySelector('input'); el.custom = 1; assert.strictEqual(read(), 1); let calls = 0;
el.focus = () => { calls++; }; el.select = function () { this.selected = 'yes'; }; assert.strictEqual(go(), 'yes');
assert.strictEqual(calls, 1);
Object.defineProperty(document.querySelector('p'), 'clientWidth', { value: 777, configurable: true });
assert.strictEqual(width(), 777);
document.querySelector('p').list = ['test']; assert.deepEqual(all(), ['test', 'page']);

// == a spy in place of a method of an element, and the method again
// html: <audio></audio><dialog>d</dialog>
const audio = document.querySelector('audio'), dialog = document.querySelector('dialog');
const play = () => audio.play(), open = () => dialog.showModal();
// -- test
const old = audio.play; let played = 0; audio.play = async () => { played++; }; play(); assert.strictEqual(played, 1);
audio.play = old; assert.strictEqual(audio.play, HTMLMediaElement.prototype.play); let opened = 0;
const show = dialog.showModal; dialog.showModal = function (...a) { opened++; return show.apply(this, a); }; open();
assert.strictEqual(opened, 1); assert.isTrue(dialog.open); delete dialog.showModal; dialog.close(); open();
assert.strictEqual(opened, 1);

// == text: innerText, textContent, innerHTML, insertAdjacentHTML
// html: <div id="d">a <b>b</b><span style="display:none">c</span><br>e</div>
const d = document.getElementById('d');
const say = (t) => { d.innerText = t; }, add = (h) => d.insertAdjacentHTML('beforeend', h);
// -- test
assert.strictEqual(d.innerText, 'a b\ne'); assert.strictEqual(d.textContent, 'a bce'); add('<i>f</i>');
assert.strictEqual(d.lastChild.textContent, 'f'); say('x\ny'); assert.strictEqual(d.innerHTML, 'x<br>y');
d.textContent = '<b>'; assert.strictEqual(d.innerHTML, '&lt;b&gt;'); d.innerHTML = '<u>u</u>';
assert.strictEqual(d.children[0].tagName, 'U');

// == element ids as names, and an id that is the name of a function
// html: <p id="box">b</p><p id="show">s</p>
const text = () => box.textContent; function show() { return 'function'; }
// -- test
assert.strictEqual(text(), 'b'); assert.strictEqual(window.box, document.getElementById('box'));
assert.strictEqual(show(), 'function');

// == custom elements of the page
// html: <my-card name="Ada"></my-card>
class MyCard extends HTMLElement { static observedAttributes = ['name']; #n = 0; connectedCallback() {
  this.innerHTML = `<b>${this.getAttribute('name')}</b>`; } attributeChangedCallback(k, o, v) {
  if (this.isConnected) this.firstChild.textContent = v; } up() { return ++this.#n; } get n() { return this.#n;
  } } customElements.define('my-card', MyCard);
// -- test
const card = document.querySelector('my-card'); assert.instanceOf(card, MyCard); assert.instanceOf(card, HTMLElement);
assert.strictEqual(card.textContent, 'Ada'); card.setAttribute('name', 'Bo');
assert.strictEqual(card.textContent, 'Bo'); assert.strictEqual(card.up(), 1); assert.strictEqual(card.n, 1);
assert.strictEqual(customElements.get('my-card'), MyCard); const made = document.createElement('my-card');
assert.strictEqual(made.up(), 1); assert.instanceOf(new MyCard(), MyCard);
await customElements.whenDefined('my-card');

// == shadow trees, templates and slots
// html: <div id="host"><em slot="s">slotted</em></div><template><p>t</p></template>
const host = document.getElementById('host'), root = host.attachShadow({ mode: 'open' });
root.innerHTML = '<style>b { color: rgb(1, 2, 3) }</style><b>in</b><slot name="s"></slot>';
const clone = () => document.querySelector('template').content.cloneNode(true);
// -- test
assert.strictEqual(document.getElementById('host').shadowRoot, root);
assert.strictEqual(root.querySelector('b').textContent, 'in');
assert.strictEqual(getComputedStyle(root.querySelector('b')).color, 'rgb(1, 2, 3)');
assert.strictEqual(root.querySelector('slot').assignedElements()[0], document.querySelector('em'));
assert.strictEqual(clone().firstElementChild.textContent, 't'); assert.instanceOf(root, ShadowRoot);
assert.instanceOf(clone(), DocumentFragment); assert.strictEqual(root.host, host);

// == canvas: one context for test and page
// html: <canvas width="10" height="10"></canvas>
const canvas = document.querySelector('canvas'), ctx = canvas.getContext('2d'); ctx.fillStyle = 'red';
ctx.fillRect(0, 0, 5, 5); const draw = (c) => { c.fillStyle = '#00f'; c.fillRect(5, 5, 5, 5); };
// -- test
const mine = document.querySelector('canvas').getContext('2d'); assert.strictEqual(mine, ctx);
assert.strictEqual(ctx.canvas, canvas); assert.strictEqual(ctx.fillStyle, '#ff0000');
assert.deepEqual([...mine.getImageData(1, 1, 1, 1).data], [255, 0, 0, 255]); draw(mine);
assert.strictEqual(mine.getImageData(7, 7, 1, 1).data[2], 255); assert.instanceOf(ctx, CanvasRenderingContext2D);
const seen = []; mine.fillRect = (...a) => seen.push(a); draw(ctx); assert.deepEqual(seen, [[5, 5, 5, 5]]);

// == SVG elements and their attributes
// html: <svg viewBox="0 0 10 10" width="10" height="10"><rect class="r" width="5" height="5"/></svg>
const svg = document.querySelector('svg');
const add = () => { const c = document.createElementNS('http://www.w3.org/2000/svg', 'circle'); c.setAttribute('r',
  '3'); svg.append(c); return c; };
// -- test
assert.strictEqual(svg.viewBox.baseVal.width, 10); const c = add(); assert.instanceOf(c, SVGElement);
assert.strictEqual(c.r.baseVal.value, 3); assert.strictEqual(document.querySelector('circle'), c);
assert.strictEqual(svg.querySelector('rect').className.baseVal, 'r');
assert.strictEqual(c.namespaceURI, 'http://www.w3.org/2000/svg'); assert.strictEqual(svg.children.length, 2);

// == tables, lists and media
// html: <table><tr><td>1<td>2</table><select><option>a<option value="b" selected>B</select><ol start="3"><li>x</ol>
const table = document.querySelector('table'), select = document.querySelector('select');
const addRow = () => table.insertRow().insertCell();
// -- test
assert.strictEqual(table.rows[0].cells[1].textContent, '2'); addRow().textContent = 'new';
assert.lengthOf(table.rows, 2); assert.strictEqual(select.value, 'b');
assert.strictEqual(select.selectedOptions[0].text, 'B'); assert.strictEqual(select.options[0].value, 'a');
select.add(new Option('C', 'c')); assert.lengthOf(select.options, 3);
assert.strictEqual(document.querySelector('ol').start, 3); select.selectedIndex = 0;
assert.strictEqual(select.value, 'a');

// == document: title, head, body, cookie, readyState, activeElement, forms, images
// html: <title>Page</title><form name="f"></form><input autofocus id="i">
document.title += '!'; const focus = () => document.getElementById('i').focus();
// -- test
assert.strictEqual(document.title, 'Page!'); assert.strictEqual(document.readyState, 'complete'); focus();
assert.strictEqual(document.activeElement.id, 'i'); assert.lengthOf(document.forms, 1);
assert.strictEqual(document.forms.f, document.querySelector('form'));
assert.strictEqual(document.documentElement.tagName, 'HTML'); assert.lengthOf(document.images, 0);
assert.strictEqual(document.defaultView, window); assert.strictEqual(document.querySelectorAll('iframe').length, 0);
document.title = 'set'; assert.strictEqual(document.title, 'set'); assert.isNull(document.querySelector('main'));
assert.isNull(document.currentScript);

// == ranges and selections
// html: <p id="p">hello world</p>
const p = document.getElementById('p');
const choose = (a, b) => { const r = document.createRange(); r.setStart(p.firstChild, a); r.setEnd(p.firstChild, b);
  getSelection().removeAllRanges(); getSelection().addRange(r); return r; };
// -- test
const r = choose(0, 5); assert.strictEqual(`${getSelection()}`, 'hello'); assert.instanceOf(r, Range);
assert.strictEqual(r.toString(), 'hello'); assert.strictEqual(getSelection().anchorNode, p.firstChild);
assert.strictEqual(window.getSelection().rangeCount, 1);
