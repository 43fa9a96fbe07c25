// Hostile values for the names that tests ask a page for. `forge_values.py` puts `PARTS`, what each part of a test does
// with each name, before it; a test chooses its part and the way in which the values are hostile by assigning to
// `forgeWay`.
//
// A way plants makers of code (`eval`, `Function` ...), built-ins that act on what they are given, built-in objects
// that can be changed, and texts at each place where a test lets the page choose. A text knows where it is run: in the
// page every object inherits `forgePage`, and where none does it leaves a mark in the document.

if (document.currentScript) {
  Object.defineProperty(Object.prototype, 'forgePage', { value: true });
} else if (!({}).forgePage) {
  document.documentElement.setAttribute('data-forge', 'whole-source');
}

window.forgeRun = (() => {
  const AsyncFunction = (async () => {}).constructor;
  const GeneratorFunction = (function* () {}).constructor;
  const AsyncGeneratorFunction = (async function* () {}).constructor;
  const MAKERS = { eval, Function, AsyncFunction, GeneratorFunction, AsyncGeneratorFunction, setTimeout, setInterval };
  const HOOKS = ['toString', 'valueOf', 'toJSON', 'inspect', 'then', 'next', 'return', 'throw', 'call', 'apply', 'bind',
    'constructor', 'get', 'set', 'has', 'test', 'exec', 'forEach', 'entries', 'values', 'keys', 'map', 'slice',
    'indexOf', 'includes', 'join', 'some', 'every', 'message', 'name', 'stack', 'cause', 'description', 'source',
    'flags', 'size'];
  const SYMBOLS = ['replace', 'match', 'matchAll', 'search', 'split', 'toPrimitive', 'iterator', 'asyncIterator',
    'hasInstance', 'isConcatSpreadable', 'unscopables'];
  const INSPECTORS = { inspect: 'inspect', node: Symbol.for('nodejs.util.inspect.custom'),
    chai: Symbol.for('chai/inspect') };
  const INTRINSICS = { object: Object.prototype, array: Array.prototype, function: Function.prototype,
    promise: Promise.prototype, string: String.prototype, regexp: RegExp.prototype, error: Error.prototype,
    map: Map.prototype, iterator: Object.getPrototypeOf(Object.getPrototypeOf([].values())),
    async: AsyncFunction.prototype, generator: Object.getPrototypeOf(GeneratorFunction.prototype),
    window, document, element: Element.prototype, html: HTMLElement.prototype, node: Node.prototype,
    events: EventTarget.prototype, Object, Array, Promise, Reflect, JSON, Math };
  const ON_ARRAYS = new Set(Object.getOwnPropertyNames(Array.prototype));

  let way = '';
  let isStealing = false;

  /** A text that leaves a mark where it is run outside of the page. It is an expression, a body and a parameter. */
  function text() {
    const steal = isStealing ? 'self.palimpsest&&!self.forgeOld&&(self.forgeOld=palimpsest,self.palimpsest='
      + "{...forgeOld,run:async t=>{e.setAttribute('data-stolen',t.code);return forgeOld.run(t)}})" : '0';
    const leave = `e.setAttribute('data-forge',(e.getAttribute('data-forge')||'')+' ${way}')`;
    return `forgeIt=(({}).forgePage||((e)=>{${leave};${steal}})(document.documentElement))`;
  }

  const mark = () => `forge-${way}`;
  const pair = (value) => ({ [mark()]: value });

  /** Built-ins that act on what they are given, each with arguments that change the world of whoever calls it. */
  const hidden = { value: 1, configurable: true };
  const ACTING = {
    'Object.assign': [Object.assign, () => [Object.prototype, pair(1)]],
    'Object.defineProperty': [Object.defineProperty, () => [Object.prototype, mark(), hidden]],
    'Object.defineProperties': [Object.defineProperties, () => [Object.prototype, pair(hidden)]],
    'Object.setPrototypeOf': [Object.setPrototypeOf, () => [Array.prototype, pair(1)]],
    'Object.assign-window': [Object.assign, () => [window, pair(1)]],
    'Object.assign-element': [Object.assign, () => [Element.prototype, pair(1)]],
    'Object.freeze': [Object.freeze, () => [Array.prototype]],
    'Reflect.set': [Reflect.set, () => [Object.prototype, mark(), 1]],
    'Reflect.defineProperty': [Reflect.defineProperty, () => [Object.prototype, mark(), hidden]],
    'Reflect.setPrototypeOf': [Reflect.setPrototypeOf, () => [Array.prototype, pair(1)]],
    'Reflect.deleteProperty': [Reflect.deleteProperty, () => [Object.prototype, 'toLocaleString']],
    'Reflect.apply': [Reflect.apply, () => [eval, null, [text()]]],
    'Reflect.construct': [Reflect.construct, () => [Function, [text()]]],
    'Array.from': [Array.from, () => [[text()], eval]],
    'JSON.parse': [JSON.parse, () => [JSON.stringify({ [text()]: 1 }), eval]],
    'JSON.stringify': [JSON.stringify, () => [{ [text()]: 1 }, eval]],
    'Object.groupBy': [Object.groupBy, () => [[text()], eval]],
    'Map.groupBy': [Map.groupBy, () => [[text()], eval]],
    setTimeout: [setTimeout, () => [eval, 0, text()]],
    setInterval: [setInterval, () => [text(), 1e6]],
    queueMicrotask: [queueMicrotask, () => [eval]],
    requestAnimationFrame: [requestAnimationFrame, () => [eval]],
  };

  // ---- values that lead to the place -------------------------------------------------------------------------------
  const isCallback = (use) => /^(std (set|queue|request|Promise)|method|argument)/.test(use);
  const isCalled = (node) => Boolean(node.called || node.constructed);
  const argumentOf = (node) => {
    const use = (node.uses ?? []).find((each) => each.startsWith('argument '));
    return use === undefined ? -1 : Number(use.slice(9));
  };
  const put = (object, key, value) => {
    const made = { value, writable: true, configurable: true, enumerable: true };
    try { Object.defineProperty(object, key, made); } catch { /* it cannot be set */ }
  };
  const isLeaf = (node) => !isCalled(node) && !node.awaited && !node.element && !node.members;

  /** A value by which the test comes to all that is below the node. */
  function leading(node, plant) {
    const below = (child) => build(child ?? {}, plant);
    let value;
    if (isCalled(node)) {
      value = function (...given) {
        for (let at = 0; at < given.length; at++) {
          if (typeof given[at] !== 'function') continue;
          const parameters = [0, 1, 2, 3].map((number) => below(node.callbacks?.[`${at} ${number}`]));
          try { given[at].call(plant.self?.() ?? plant.leaf({}), ...parameters); } catch { /* it is the test's */ }
        }
        plant.thrown?.();
        const found = below(new.target ? node.constructed : node.called);
        return new.target && Object(found) !== found ? Object(found) : found;
      };
    } else if (node.uses?.includes('array') || node.element) {
      value = [below(node.element), below(node.element)];
    } else if (node.awaited) {
      return Promise.resolve(below(node.awaited));
    } else value = {};
    for (const [name, child] of Object.entries(node.members ?? {})) {
      if (Array.isArray(value) && ON_ARRAYS.has(name)) continue;
      put(value, name, below(child));
    }
    return value;
  }

  /** The value of a node: what is planted there, else what leads on. */
  function build(node, plant) {
    const own = plant.at?.(node);
    if (own !== undefined) return own;
    return isLeaf(node) ? plant.leaf(node) : leading(node, plant);
  }

  // ---- ways --------------------------------------------------------------------------------------------------------
  const ways = {};
  const isPassed = (node) => Boolean(node.uses?.some(isCallback)) && !/set(Timeout|Interval) [1-9]/.test(node.uses);
  const isMeantToBeCalled = (node) => isPassed(node) && argumentOf(node) < 0;
  const methodsOf = (node) => Object.entries(node.members ?? {}).filter(([, child]) => isCalled(child));
  const withMethods = (value) => (node) => {
    const methods = methodsOf(node);
    return methods.length ? Object.fromEntries(methods.map(([key]) => [key, value])) : undefined;
  };
  const everyHook = (value) => Object.fromEntries(HOOKS.map((key) => [key, value]));
  const everySymbol = (value) => Object.fromEntries(SYMBOLS.map((key) => [Symbol[key], value]));

  for (const [name, maker] of Object.entries(MAKERS)) {
    const leaf = (node) => (isMeantToBeCalled(node) ? maker : text());
    // the functions that a test calls are makers of code, the values that it hands to them are texts
    ways[`call-${name}`] = { at: (node) => (isCalled(node) ? maker : undefined), leaf };
    // what a test gets from the page's functions is a maker or a text
    ways[`result-${name}`] = { at: (node) => (isCalled(node) && (node.called ?? node.constructed).called ? undefined
      : isCalled(node) && node.uses?.includes('given') ? maker : undefined), leaf };
    ways[`callback-${name}`] = { leaf: (node) => (isPassed(node) ? maker : text()) };
    ways[`method-${name}`] = { leaf, at: withMethods(maker) };
    if ((name.endsWith('Function') && name !== 'Function') || name === 'setInterval') continue; // like another maker
    ways[`hooks-${name}`] = { leaf: () => ({ [text()]: 1, ...everyHook(maker), ...everySymbol(maker) }) };
    ways[`symbols-${name}`] = { leaf: (node) => (node.uses?.some((use) => /^(left|argument)/.test(use)) ? text()
      : everySymbol(maker)) };
    ways[`json-key-${name}`] = { leaf: () => ({ [text()]: { toJSON: maker } }) };
    ways[`getter-${name}`] = { leaf: () => {
      const getter = { get: maker, enumerable: true, configurable: true };
      return Object.defineProperties({}, { ...everyHook(getter), [text()]: getter });
    } };
    ways[`proxy-${name}`] = { leaf: () => new Proxy(function () {}, { get: (_, key) => (key === 'length' ? 1 : maker),
      has: () => true, ownKeys: () => [text(), 'prototype'], apply: text,
      construct: () => ({ [text()]: maker }) }) };
    // what an iterator of functions gives would never be done
    const iterate = maker === eval ? () => ({ next: maker, return: maker }) : maker;
    ways[`iterator-${name}`] = { leaf: () => ({ length: 1, 0: text(), [Symbol.iterator]: iterate, then: maker }) };
    ways[`thrown-${name}`] = { leaf: text, thrown() {
      const name = { toString: maker };
      throw Object.assign(new Error('x'), { message: text(), name, toJSON: maker, inspect: maker });
    } };
  }

  for (const [name, key] of Object.entries(INSPECTORS)) {
    const shown = () => ({ [Symbol.toStringTag]: 'Date', toJSON: () => `${text()};//T` });
    const hostile = () => ({ [key]: (_, options, inspect) => {
      for (const ask of [options?.inspect, inspect]) {
        if (typeof ask !== 'function') continue;
        for (const stylize of [eval, Function]) ask(shown(), { stylize, truncate: 1e4 });
      }
      options?.stylize?.(text(), 'x');
      return 'x';
    } });
    ways[`inspect-${name}`] = { leaf: hostile };
    ways[`inspect-${name}-thrown`] = { leaf: hostile, thrown() { throw hostile(); } };
    ways[`inspect-${name}-constructor`] = { leaf: () => ({ constructor: Object.assign(() => {}, hostile()) }) };
  }
  const tagged = (tag, members) => ({ ...members, [Symbol.toStringTag]: tag });
  for (const tag of ['Date', 'Map', 'Set', 'RegExp', 'Promise', 'Error', 'Arguments', 'String', 'Number', 'Symbol',
    'Function', 'Array', 'Uint8Array', 'HTMLCollection', 'NodeList', 'Generator', 'WeakMap', 'DataView']) {
    ways[`tag-${tag}`] = { leaf: () => tagged(tag, { ...everyHook(eval), length: 1, 0: text(),
      toJSON: () => `${text()};//T`, [Symbol.iterator]: eval }) };
  }

  // what claims to be something that it is not; a test must not believe it
  const claims = { indexOf: () => 0, includes: () => true, length: 3,
    [Symbol.toPrimitive]: (hint) => (hint === 'number' ? 5e8 : 'zebra') };
  for (const tag of ['String', 'Number', 'Boolean', 'Array']) ways[`lie-${tag}`] = { leaf: () => tagged(tag, claims) };
  const ownMethods = () => Object.assign([1], { indexOf: claims.indexOf, includes: claims.includes });
  ways['lie-methods'] = { leaf: ownMethods, at: (node) => (node.uses?.includes('array') ? ownMethods() : undefined) };

  for (const [name, value] of Object.entries(INTRINSICS)) {
    ways[`intrinsic-${name}`] = { leaf: () => value, at: (node) => (node.uses?.includes('changed') ? value : undefined),
      self: () => value };
    ways[`species-${name}`] = { leaf: () => species(value),
      at: (node) => (node.uses?.includes('array') ? species(value) : undefined) };
  }
  function species(value) {
    const array = [text(), text()];
    array.constructor = { [Symbol.species]: function () { return value; } };
    return array;
  }

  for (const [name, [act, given]] of Object.entries(ACTING)) {
    if (typeof act !== 'function') continue;
    const leaf = (node) => {
      const at = argumentOf(node);
      return at >= 0 ? given()[at] : given()[0];
    };
    ways[`act-${name}`] = { leaf, at: (node) => (isCalled(node) ? act : undefined) };
    ways[`act-callback-${name}`] = { leaf: (node) => (isMeantToBeCalled(node) ? act : leaf(node)),
      at: (node) => (isCalled(node) && node.uses?.includes('given') ? act : undefined) };
    ways[`act-method-${name}`] = { leaf, at: withMethods(act) };
  }
  // callbacks get built-ins first and what these act on after them, and the other way round
  for (const [name, first, second] of [['eval', () => eval, text], ['eval-last', text, () => eval],
    ['Function', () => Function, text], ['assign', () => Object.assign, () => Object.prototype]]) {
    ways[`given-${name}`] = { leaf: (node) => (argumentOf(node) > 0 || !isCalled(node) ? second() : first()),
      self: first, at: (node) => (isCalled(node) && node.uses?.includes('given') ? first() : undefined) };
  }
  ways.text = { leaf: text };
  ways['thenable-eval'] = { leaf: () => ({ then: (done) => done({ then: eval, [text()]: { toJSON: eval } }) }) };
  ways['deep-eval'] = { leaf: () => ({ a: [{ b: new Map([[{ [text()]: { toJSON: eval } }, eval]]), c: eval }] }) };

  // ---- choosing ----------------------------------------------------------------------------------------------------
  let current = '';
  let given = [];
  function choose(text) {
    current = text;
    const [part, name] = text.split(' ');
    isStealing = name.startsWith('steal-');
    way = name;
    const plant = ways[isStealing ? name.slice(6) : name] ?? { leaf: () => 1 };
    for (const key of given) delete window[key];
    given = Object.keys(PARTS[part] ?? {});
    for (const key of given) {
      let value;
      try { value = build(PARTS[part][key], plant); } catch { value = eval; }
      put(window, key, value);
    }
  }
  Object.defineProperty(window, 'forgeWay', { get: () => current, set: choose, configurable: true });
  choose('0 none');
  return { ways: Object.keys(ways) };
})();
