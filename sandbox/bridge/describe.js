// Values as texts for messages. Only data are looked at: no getter is called, no method and nothing that a value brings
// along to describe itself. What the other side owns the other side describes.

const MAX_SHOWN = 10_000; // characters
const MAX_ITEMS = 200;
const MAX_LEVELS = 4;
const elementText = getterOf(Element.prototype, 'outerHTML');
const nodeName = getterOf(Node.prototype, 'nodeName');
const nodeText = getterOf(Node.prototype, 'nodeValue');
const quoted = (text) => `'${apply(replaceAll, apply(replaceAll, text, ['\\', '\\\\']), ["'", "\\'"])}'`;
const replaceAll = String.prototype.replaceAll;

/** Describes a value; `foreign` describes one of the other side's, or returns undefined for one of ours. */
function describeValue(value, foreign) {
  let room = MAX_SHOWN;
  const spend = (text) => {
    if (text.length > room) text = `${slice(text, 0, room)}…`;
    room -= text.length;
    return text;
  };
  const seen = list();

  function show(item, level) {
    if (room <= 0) return '…';
    switch (typeof item) {
      case 'string': return spend(level === 0 && item.length > room ? slice(quoted(item), 0, room) : quoted(item));
      case 'number': return is(item, -0) ? '-0' : `${item}`;
      case 'bigint': return `${item}n`;
      case 'symbol': return `Symbol(${symbolText(item) ?? ''})`;
      case 'undefined': case 'boolean': return `${item}`;
      default: break;
    }
    if (item === null) return 'null';
    const theirs = foreign(item);
    if (theirs !== undefined) return spend(theirs);
    if (typeof item === 'function') return spend(functionName(item));
    for (let i = 0; i < seen.length; i++) if (seen[i] === item) return '[Circular]';
    push(seen, item);
    const text = attempt(() => showObject(item, level)) ?? '[object]';
    seen.length -= 1;
    return text;
  }

  function functionName(item) {
    const name = ownValue(item, 'name');
    const kind = matches(/^class\b/, attempt(functionText, item) ?? '') ? 'class' : 'Function';
    return typeof name === 'string' && name ? `[${kind} ${name}]` : `[${kind}]`;
  }

  function showObject(item, level) {
    if (isNode(item)) return spend(showNode(item));
    if (isArray(item)) return showItems('', '[', ']', item.length, (i) => (hasOwn(item, i) ? ownData(item, i, level) : 'empty'));
    const time = attempt(timeOf, item);
    if (time !== undefined) return time === time ? isoOf(item) : 'Invalid Date';
    if (isError(item)) return spend(`${className(item) || 'Error'}: ${dataText(item, 'message')}`);
    if (attempt(() => hasOwn(item, 'lastIndex')) && attempt(sourceOf, item) !== undefined) return `/${sourceOf(item)}/${flagsOf(item)}`;
    const size = attempt(sizeOfMap, item);
    if (size !== undefined) {
      const entries = list();
      mapEach(item, (held, key) => { if (entries.length < MAX_ITEMS) push(entries, `${show(key, level + 1)} => ${show(held, level + 1)}`); });
      return `${className(item)}(${size}) ${joined('{', '}', entries, size)}`;
    }
    const number = attempt(sizeOfSet, item);
    if (number !== undefined) {
      const entries = list();
      setEach(item, (held) => { if (entries.length < MAX_ITEMS) push(entries, show(held, level + 1)); });
      return `${className(item)}(${number}) ${joined('{', '}', entries, number)}`;
    }
    const type = attempt(typedTag, item);
    if (type !== undefined) return showItems(`${type} `, '[', ']', typedLength(item), (i) => show(item[i], level + 1));
    for (let i = 0; i < BOXES.length; i++) {
      const held = attempt(BOXES[i], item);
      if (held !== undefined) return `${className(item)} {${show(held, level + 1)}}`;
    }
    return showProperties(item, level);
  }

  function showProperties(item, level) {
    const name = className(item);
    const before = name && name !== 'Object' ? `${name} ` : '';
    if (level >= MAX_LEVELS) return `${before}{…}`;
    const keys = list();
    const all = ownKeys(item);
    for (let i = 0; i < all.length && keys.length < MAX_ITEMS; i++) {
      if (getOwnPropertyDescriptor(item, all[i])?.enumerable) push(keys, all[i]);
    }
    return showItems(before, '{', '}', keys.length, (i) => {
      const key = typeof keys[i] === 'symbol' ? `[${show(keys[i], 1)}]` : matches(/^[A-Za-z_$][\w$]*$/, keys[i]) ? keys[i] : quoted(keys[i]);
      return `${spend(key)}: ${ownData(item, keys[i], level)}`;
    });
  }

  function ownData(item, key, level) {
    const found = getOwnPropertyDescriptor(item, key);
    return found && hasOwn(found, 'value') ? show(found.value, level + 1) : '[Getter]';
  }

  function showItems(before, open, close, length, nth) {
    const shown = list();
    for (let i = 0; i < length && i < MAX_ITEMS && room > 0; i++) push(shown, nth(i));
    return before + joined(open, close, shown, length);
  }

  function joined(open, close, shown, length) {
    if (length === 0) return `${open}${close}`;
    let text = '';
    for (let i = 0; i < shown.length; i++) text += `${i ? ', ' : ' '}${shown[i]}`;
    return `${open}${text}${shown.length < length ? `, … ${length - shown.length} more` : ''} ${close}`;
  }

  /** The name of an object's class, by data alone. */
  function className(item) {
    for (let at = item, i = 0; at !== null && i < 20; at = getPrototypeOf(at), i++) {
      const constructor = ownValue(at, 'constructor') ?? usualConstructor(at);
      const name = typeof constructor === 'function' ? ownValue(constructor, 'name') : undefined;
      if (typeof name === 'string' && name) return slice(name, 0, 100);
    }
    return '';
  }

  function dataText(item, key) {
    for (let at = item, i = 0; at !== null && i < 20; at = getPrototypeOf(at), i++) {
      const held = ownValue(at, key);
      if (typeof held === 'string') return held;
    }
    return '';
  }

  function showNode(node) {
    const html = attempt(elementText, node);
    if (html !== undefined) return html.length > 300 ? `${slice(html, 0, 300)}…` : html;
    const text = nodeText(node);
    return text === null ? nodeName(node) : `${nodeName(node)} ${quoted(slice(text, 0, 300))}`;
  }

  return attempt(() => show(value, 0)) ?? 'a value that cannot be described';
}

/** In the tests' world `constructor` of a built-in prototype is no plain property. */
let usualConstructor = () => undefined;
