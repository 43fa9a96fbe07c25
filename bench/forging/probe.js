// A test that cannot pass: it throws what it finds of the tests' world, a sum of everything that code and standard
// objects inherit from, and then marks. It reaches all by literals, since names may mean the page's; what inherits
// `forgePage` is the page's own to change.
const own = ({}).constructor.getOwnPropertyNames, at = ({}).constructor.getOwnPropertyDescriptor;
const up = (value) => value.__proto__;
let thrown; try { null.x; } catch (error) { thrown = error; }
const roots = [({}), [], () => {}, async () => {}, function* () {}, async function* () {}, '', 0, true, Symbol.iterator,
  0n, /x/, (async () => {})(), [].values(), ''[Symbol.iterator](), (function* () {})(), (async function* () {})(),
  thrown, up(thrown), up([].values()), up(up([].values())), up((function* () {})()), document.documentElement,
  document.body];
const world = (function () { return this; })();
let sum = 0, found = '';
const add = (text) => { for (let i = 0; i < text.length; i++) sum = (sum * 31 + text.charCodeAt(i)) % 1000000007; };
const look = (object, isSummed) => {
  for (const key of own(object)) {
    const { get, enumerable } = at(object, key);
    let { value } = at(object, key);
    if (get) try { value = object[key]; } catch { value = 0; }
    if (get && value === undefined) continue; // room for a method that the page may add to its own prototype
    if (key.startsWith('forge')) { found += ` ${key}`; continue; }
    if (!isSummed) continue;
    const isFunction = typeof value === 'function';
    add(`${key} ${typeof value} ${enumerable} ${isFunction ? `${value.name} ${value.length}` : ''};`);
  }
};
for (const root of roots) {
  if (root === null) continue;
  for (let object = up(root); object && !(root instanceof Node && 'forgePage' in object); object = up(object)) {
    look(object, !(root instanceof Node));
    if (root instanceof Node) continue;
    add(`${({}).constructor.isFrozen(object)}`);
    if (typeof object.constructor === 'function') look(object.constructor, true);
    break;
  }
}
look(assert, true);
if (world && !('forgePage' in world)) for (const key of own(world)) if (key.startsWith('forge')) found += ` ${key}`;
const page = document.documentElement;
const marks = (name) => { const text = page.getAttribute(name) ?? ''; page.removeAttribute(name); return text; };
throw new Error(`forge|${sum}|${found}|${marks('data-forge')}|${marks('data-stolen').slice(0, 60)}|`);
