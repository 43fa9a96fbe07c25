// The membrane: makes the values of one world usable in the other, over a channel that carries plain data only.
//
// Both worlds run a copy of this text. Each side hands out its own objects by number and shows the other side's as
// stand-ins, one for each object, so that identity holds both ways. How an object is shown:
//
//   page -> tests   arrays, objects, functions, collections: a Proxy that reads and writes through the channel, so that
//                   what a test sees is always the state of this moment
//   tests -> page   arrays, plain objects, Map, Set: a real copy, kept equal at every crossing, so that learners' code
//                   runs on real values at full speed; all else a Proxy
//   both ways       primitives by value; DOM nodes and their parts (`classList`, `style`) as themselves, since the worlds
//                   share them; the built-ins of MAPPED as the receiving world's own; Date, RegExp, typed arrays and
//                   buffers as copies kept equal; Error and boxed primitives as copies; promises as real promises that
//                   settle together
//
// No function of the page ever becomes one of the tests' world: it stays a stand-in, whatever it is, and acts in the page.

/**
 * One side of the membrane.
 *
 * side.isPage         whether this is the page's side
 * side.send(message)  carries a message to the other side and returns the answer, before anything else happens
 * side.carry(node)    lets the other side have a node; it keeps them in the order of arrival
 * side.special(op, parts)  answers what is asked beside the operations on objects
 * side.isHidden(value)     values that the other side gets as undefined
 * side.meet(value)         takes an object of the DOM that comes from the other side, and returns it
 * side.inPlaceOf(value), side.original(value)  what the other side gets in the place of a value, and back
 * side.isInterface(name, constructor), side.interfaceCalled(name)  interfaces of the DOM, there and back
 */
function makeMembrane(side, taken) {
  const known = tableOf(taken);
  const parts = makeParts();
  const given = new World.WeakMap(); // ours -> number
  const ours = list(); // number -> ours
  const theirs = new World.WeakMap(); // stand-in -> their number
  const standIns = { __proto__: null }; // their number -> stand-in
  const kinds = new World.WeakMap(); // stand-in -> what it stands for
  const nodes = list(); // nodes in the order in which they came
  const nodeNumbers = new World.WeakMap();
  const symbols = new World.Map(); // symbol -> how it is told
  const lent = new World.Map(); // names of built-ins that tests handed to the page, which may hand them back
  const fresh = list(); // numbers of ours that the other side has to be told of
  let nodesSent = 0;
  const waiting = new World.WeakMap(); // promise -> what settles it
  let depth = 0;

  // ---- out -------------------------------------------------------------------------------------------------------
  function encode(value, isLent) {
    switch (typeof value) {
      case 'string':
        if (value.length > MAX_TEXT) throw new World.RangeError('A text is too long to be looked at by a test.');
        return value;
      case 'symbol':
        return encodeSymbol(value);
      case 'object':
      case 'function':
        break;
      default:
        return value;
    }
    if (value === null) return null;
    const their = weakGet(theirs, value);
    if (their !== undefined) return tagged('yours', their);
    value = side.inPlaceOf(value);
    if (value === undefined) return undefined;
    const name = nameToTell(value, isLent);
    if (name !== undefined) return tagged('built-in', name);
    const number = weakGet(given, value);
    if (number !== undefined) {
      if (copies.isForgotten(number)) push(fresh, number);
      return tagged('mine', number);
    }
    if (side.isHidden(value)) return undefined;
    if (isNode(value)) return encodeNode(value);
    return encodePart(value) ?? tagged('mine', give(value));
  }

  /** The name by which the other side finds its own built-in object for one of ours. */
  function nameToTell(value, isLent) {
    const name = known.nameOf(value);
    if (name === undefined) return interfaceOf(value);
    if (side.isPage) return name in MAPPED || mapGet(lent, name) !== undefined ? name : undefined;
    if (isLent) mapSet(lent, name, value);
    return name; // whatever it is, what the page gets is its own
  }

  /** The name of an interface of the DOM, or with `.prototype` of its prototype; found by name, since walking all of them
   *  takes longer than a test. */
  function interfaceOf(value) {
    const constructor = typeof value === 'function' ? value : ownValue(value, 'constructor');
    if (typeof constructor !== 'function') return undefined;
    const name = ownValue(constructor, 'name');
    if (typeof name !== 'string' || !matches(/^[A-Z]\w*$/, name)) return undefined;
    if (ownValue(World.window, name) !== constructor || !side.isInterface(name, constructor)) return undefined;
    if (constructor === value) return name;
    return ownValue(constructor, 'prototype') === value ? `${name}.prototype` : undefined;
  }

  /** A method as the object's own, whoever has one of that name: it is to be called on this very object. */
  function encodeMethod(value, key) {
    if (typeof value !== 'function' || key === 'constructor' || weakGet(theirs, value) !== undefined) return encode(value);
    return tagged('mine', weakGet(given, value) ?? give(value));
  }

  function encodeSymbol(symbol) {
    const key = keyForSymbol(symbol);
    if (key !== undefined) return tagged('symbol', key);
    const text = symbolText(symbol);
    if (text !== undefined && slice(text, 0, 7) === 'Symbol.' && World.Symbol[slice(text, 7)] === symbol) {
      return tagged('well-known', slice(text, 7));
    }
    if (mapGet(symbols, symbol) === undefined) {
      push(ours, symbol);
      push(fresh, ours.length - 1);
      mapSet(symbols, symbol, tagged('mine', ours.length - 1));
    }
    return mapGet(symbols, symbol);
  }

  function encodeNode(node) {
    let number = weakGet(nodeNumbers, node);
    if (number === undefined) {
      const place = placeInShadow(node);
      if (place === null) return null;
      if (place) return tagged('shadow', encodeNode(place[0]), place[1]);
      number = nodesSent++;
      weakSet(nodeNumbers, node, number);
      side.carry(node);
    }
    return tagged('node', number);
  }

  function encodePart(value) {
    const type = attempt(() => interfaceOf(getPrototypeOf(value)));
    if (type === undefined) return undefined;
    const owner = parts.ownerOf(value, slice(type, 0, -10), nodes);
    return owner && tagged('part', owner[0] === null ? null : encodeNode(owner[0]), owner[1], owner[2]);
  }

  function give(value) {
    if (ours.length > MAX_OBJECTS) throw new World.RangeError('A test looks at too many objects.');
    const number = ours.length;
    push(ours, value);
    weakSet(given, value, number);
    push(fresh, number);
    return number;
  }

  /** Descriptions of the objects that were handed out since the last message. */
  function news() {
    let told;
    while (fresh.length) {
      const number = fresh[fresh.length - 1];
      fresh.length -= 1;
      told ??= list();
      push(told, describe(ours[number], number));
    }
    return told;
  }

  /** [number, kind and what is needed to show it]. */
  function describe(value, number) {
    if (typeof value === 'symbol') return tagged(number, 'symbol', symbolText(value));
    if (typeof value === 'function') {
      return tagged(number, 'function', attempt(() => (construct(World.Object, [], value), true)) === true);
    }
    const copied = (kind, proto) => tagged(number, kind, copies.describe(value, number, kind), proto);
    if (attempt(isArray, value)) return side.isPage || custom(value, 'Array') ? tagged(number, 'array') : copied('array copy');
    const proto = attempt(() => getPrototypeOf(value));
    if (proto === null || known.nameOf(proto) === 'Object.prototype') {
      // an arguments object, or a plain one
      if (!side.isPage && isPlainData(value)) return copied('object copy', proto === null ? null : undefined);
      return tagged(number, isArguments(value) ? 'arguments' : 'object');
    }
    return describeByBrand(value, number, proto, copied) ?? tagged(number, 'object');
  }

  const isArguments = (value) => objectText(value) === '[object Arguments]' && !has(value, World.Symbol.toStringTag);

  const custom = (value, name) => {
    const proto = attempt(() => getPrototypeOf(value));
    return proto !== undefined && known.nameOf(proto) !== `${name}.prototype`;
  };

  function describeByBrand(value, number, proto, copied) {
    const own = known.nameOf(proto) === undefined ? encode(proto) : undefined;
    if (attempt(timeOf, value) !== undefined) return copied('date copy', own);
    const source = isRegExp(value);
    if (source !== undefined) return add(copied('regexp copy', own), source, flagsOf(value));
    if (attempt(interfaceOf, proto) in CLONED) return tagged(number, 'clone', undefined, undefined, nativeClone(value));
    if (isError(value)) return describeError(value, number, proto, copied);
    if (!side.isPage && own === undefined) {
      if (attempt(sizeOfMap, value) !== undefined) return copied('map copy');
      if (attempt(sizeOfSet, value) !== undefined) return copied('set copy');
    }
    if (isView(value)) {
      const type = typedTag(value);
      const buffer = type ? typedBuffer(value) : viewBuffer(value);
      const from = type ? typedOffset(value) : viewOffset(value);
      const bytes = attempt(bytesOf, buffer);
      if (bytes === undefined || bytes > MAX_TEXT) return undefined;
      return tagged(number, 'view', encode(buffer), own, type ?? 'DataView', from, type ? typedLength(value) : viewLength(value));
    }
    const bytes = attempt(bytesOf, value);
    if (bytes !== undefined && bytes <= MAX_TEXT) return add(copied('bytes copy', own), bytes);
    for (let i = 0; i < BOXES.length; i++) {
      const held = attempt(BOXES[i], value);
      if (held !== undefined) return tagged(number, 'boxed', encode(held), own);
    }
    if (isPromise(value, number)) return tagged(number, 'promise', undefined, own);
    return undefined;
  }

  function isRegExp(value) {
    // `source` alone also answers for RegExp.prototype
    return ownValue(value, 'lastIndex') === undefined ? undefined : attempt(sourceOf, value);
  }

  function describeError(value, number, proto, copied) {
    return add(copied('error copy', encode(proto)), side.isPage ? stackOf(value) : undefined);
  }

  const stackOf = (error) => { const text = attempt(() => error.stack); return typeof text === 'string' ? slice(text, 0, 5_000) : ''; };

  /** Whether it is a promise; if so its outcome is told when there is one. */
  function isPromise(value, number) {
    return attempt(() => {
      then(value, (result) => settle('resolved', number, result), (reason) => settle('rejected', number, reason));
      return true;
    }) === true;
  }

  function settle(how, number, value) {
    attempt(() => ask('settle', number, how, encode(value)));
  }

  function isPlainData(value) {
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length; i++) {
      if (!hasOwn(getOwnPropertyDescriptor(value, keys[i]), 'value')) return false;
    }
    return true;
  }

  function enter(work) {
    if (depth > MAX_DEPTH) throw new World.RangeError('Calls between the test and the page are nested too deeply.');
    depth++;
    try { return work(); } finally { depth--; }
  }

  // ---- in --------------------------------------------------------------------------------------------------------
  function decode(told) {
    if (typeof told !== 'object' || told === null) return told;
    switch (told[0]) {
      case 'yours': return side.original(ours[told[1]]);
      case 'mine':
        if (!(told[1] in standIns)) ask('describe', told[1]);
        return standIns[told[1]];
      case 'node': return side.meet(nodes[told[1]]);
      case 'shadow': return side.meet(attempt(() => inShadow(decode(told[1]), told[2])));
      case 'part': return told[1] === null || (isObject(told[1]) && told[1][0] in OWNERS)
        ? side.meet(parts.called(decode(told[1]), told[2], told[3])) : undefined;
      case 'built-in': return builtIn(told[1]);
      case 'symbol': return World.Symbol.for(told[1]);
      case 'well-known': {
        const symbol = World.Symbol[told[1]];
        return typeof symbol === 'symbol' ? symbol : undefined;
      }
      default: return undefined;
    }
  }

  function builtIn(name) {
    if (typeof name !== 'string') return undefined;
    if (side.isPage) {
      mapSet(lent, name, true);
      return known.called(name) ?? side.interfaceCalled(name);
    }
    if (name in MAPPED) return known.called(name);
    return mapGet(lent, name) ?? side.interfaceCalled(name);
  }

  /** Learn of the objects that the other side tells of for the first time. */
  function learn(told) {
    if (!told) return;
    for (let views = 0; views < 2; views++) { // a view needs its buffer
      for (let i = 0; i < told.length; i++) {
        if ((told[i][1] === 'view') === (views === 1) && !(told[i][0] in standIns)) keep(told[i][0], told[i][1], shellOf(told[i]));
      }
    }
    for (let i = 0; i < told.length; i++) complete(told[i], standIns[told[i][0]]);
  }

  function keep(number, kind, value) {
    standIns[number] = value;
    if (typeof value === 'symbol') mapSet(symbols, value, tagged('yours', number));
    else {
      weakSet(theirs, value, number);
      weakSet(kinds, value, kind);
    }
  }

  function complete(told, value) {
    const kind = told[1];
    if (told[3] !== undefined && told[3] !== null) {
      const proto = decode(told[3]);
      if (isObject(proto)) attempt(() => setPrototypeOf(value, proto));
    }
    if (slice(`${kind}`, -5) === ' copy') copies.add(told[0], value, kind, told[2]);
  }

  function encodeAll(values) {
    if (values.length > MAX_ENTRIES) throw new World.RangeError('Too many arguments.');
    const told = list();
    for (let i = 0; i < values.length; i++) push(told, encode(values[i], true));
    return told;
  }

  function decodeAll(told) {
    const values = [];
    for (let i = 0; i < told.length; i++) define(values, i, decode(told[i]));
    return values;
  }

  // ---- the channel -----------------------------------------------------------------------------------------------
  /** Ask the other side; returns the answer as told, throws what it threw. */
  function ask(op, ...parts) {
    return enter(() => {
      setPrototypeOf(parts, null);
      const changes = copies.changes(op in QUICK);
      const answer = side.send(tagged(op, news(), changes, parts));
      if (!answer) throw new World.Error('The page does not answer: its document was replaced or its code broke it.');
      learn(answer[2]);
      copies.take(answer[3]);
      if (answer[0] === 'threw') throw decode(answer[1]);
      return answer[1];
    });
  }

  /** Answer what the other side asks. */
  function answer(message) {
    let how = 'done';
    let told;
    const op = message[0];
    try {
      learn(message[1]);
      copies.take(message[2]);
      told = enter(() => operate(op, message[3]));
    } catch (error) {
      how = 'threw';
      told = attempt(encode, error);
    }
    const changed = attempt(() => copies.changes(op in QUICK));
    return tagged(how, told, attempt(news), changed);
  }

  function operate(op, told) {
    const special = side.special(op, told, operations);
    if (special !== undefined) return special;
    if (op === 'settle') {
      const settlers = weakGet(waiting, standIns[told[0]]);
      if (settlers) (told[1] === 'resolved' ? settlers.resolve : settlers.reject)(decode(told[2]));
      return null;
    }
    if (op === 'sync') return null;
    if (op === 'describe') {
      if (told[0] in ours) push(fresh, told[0]);
      return null;
    }
    return operateOn(side.target(told[0], operations), op, told, operations);
  }

  const copies = makeCopies({ encode, decode, ours, standIns });
  const operations = { ask, decode, encode, encodeMethod, encodeAll, decodeAll, ours, known, isPage: side.isPage,
    nameOf: (value) => known.nameOf(value) ?? interfaceOf(value), builtIn };
  const shellOf = makeShells({ decode, standIn: makeStandIns(operations), waiting });

  return { ask, answer, encode, decode, encodeAll, known, nodes,
    isTheirs: (value) => isObject(value) && weakGet(theirs, value) !== undefined,
    numberOf: (value) => weakGet(theirs, value),
    kindOf: (value) => weakGet(kinds, value),
    takeNode: (node) => push(nodes, node),
    /** Have both sides tell what changed in copies: before and after what may change them behind the membrane. */
    sync() { if (!copies.isEmpty) attempt(() => ask('sync')); },
    forgetCopies: copies.forget };
}
