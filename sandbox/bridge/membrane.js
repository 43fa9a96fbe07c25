// The membrane: makes the values of one world usable in the other, over a channel that carries plain data only.
//
// Both worlds run a copy of this text. Each side hands out its own objects by number and shows the other side's as
// stand-ins, one for each object, so that identity holds both ways. How an object is shown:
//
//   page -> tests   arrays, objects, functions, collections: a Proxy that reads and writes through the channel, so that
//                   what a test sees is always the state of this moment
//   tests -> page   arrays, plain objects, Map, Set: a real copy, kept equal at every crossing, so that learners' code
//                   runs on real values at full speed; all else a Proxy
//   both ways       primitives by value; DOM nodes as themselves (the worlds share them); built-ins as the receiving
//                   world's own; Date, RegExp, Error, typed arrays and boxed primitives as real copies; promises as
//                   real promises that settle together

/**
 * One side of the membrane.
 *
 * side.send(message)  carries a message to the other side and returns the answer, before anything else happens
 * side.carry(node)    lets the other side have a node; it keeps them in the order of arrival
 * side.copies         whether arrays and plain objects of the other side become real copies here
 * side.special(op, parts)  answers what is asked beside the operations on objects
 * side.isHidden(value)     values that the other side gets as undefined
 * side.toTell(error, key, value), side.protoToTell(error, proto)  what the other side gets of an error
 */
function makeMembrane(side) {
  const known = builtIns(side.isTrusted);
  const given = new World.WeakMap(); // ours -> number
  const ours = list(); // number -> ours
  const theirs = new World.WeakMap(); // stand-in -> their number
  const standIns = list(); // their number -> stand-in
  const nodes = list(); // nodes in the order in which they came
  const nodeNumbers = new World.WeakMap();
  const symbols = new World.Map(); // symbol -> how it is told
  let nodesSent = 0;
  const waiting = new World.WeakMap(); // promise -> what settles it
  let depth = 0;

  // ---- out -------------------------------------------------------------------------------------------------------
  function encode(value, asIs) {
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
    const name = asIs && !(known.nameOf(value) in MAKERS) ? undefined : nameOf(value);
    if (name !== undefined) return tagged('built-in', name);
    const number = weakGet(given, value);
    if (number !== undefined) return tagged('mine', number);
    if (side.isHidden(value)) return undefined;
    if (isNode(value)) return tagged('node', numberOfNode(value));
    return describe(value);
  }

  function nameOf(value) {
    const usual = known.nameOf(value);
    if (usual !== undefined) return usual;
    // an interface of the DOM: found by its name, since walking them all takes longer than a test
    const constructor = typeof value === 'function' ? value : ownValue(value, 'constructor');
    if (typeof constructor !== 'function') return undefined;
    const name = ownValue(constructor, 'name');
    if (typeof name !== 'string' || !matches(/^[A-Z]\w*$/, name)) return undefined;
    if (ownValue(World.window, name) !== constructor || !side.isBuiltIn(name)) return undefined;
    if (constructor === value) return name;
    return ownValue(constructor, 'prototype') === value ? `${name}.prototype` : undefined;
  }

  function ownValue(object, key) {
    const found = attempt(() => getOwnPropertyDescriptor(object, key));
    return found && hasOwn(found, 'value') ? found.value : undefined;
  }

  function encodeSymbol(symbol) {
    const key = keyForSymbol(symbol);
    if (key !== undefined) return tagged('symbol', key);
    const text = symbolText(symbol);
    if (text !== undefined && slice(text, 0, 7) === 'Symbol.' && World.Symbol[slice(text, 7)] === symbol) {
      return tagged('well-known', slice(text, 7));
    }
    const told = mapGet(symbols, symbol);
    if (told !== undefined) return told;
    push(ours, symbol);
    mapSet(symbols, symbol, tagged('mine', ours.length - 1, 'symbol', text));
    return mapGet(symbols, symbol);
  }

  function numberOfNode(node) {
    let number = weakGet(nodeNumbers, node);
    if (number === undefined) {
      number = nodesSent++;
      weakSet(nodeNumbers, node, number);
      side.carry(node);
    }
    return number;
  }

  /** Hand out an object for the first time: its number, its kind and what is needed to show it. */
  function describe(value) {
    if (ours.length > MAX_OBJECTS) throw new World.RangeError('A test looks at too many objects.');
    const number = ours.length;
    push(ours, value);
    weakSet(given, value, number);
    return describeAs(value, number);
  }

  function describeAs(value, number) {
    if (typeof value === 'function') {
      return tagged('mine', number, 'function', attempt(() => (construct(World.Object, [], value), true)) === true);
    }
    if (isArray(value)) {
      return side.copies ? tagged('mine', number, 'array') : copies.describe(value, number, 'array copy');
    }
    const proto = attempt(() => getPrototypeOf(value));
    const usual = proto === null || known.nameOf(proto) === 'Object.prototype';
    if (usual) {
      // an arguments object, or a plain one; whatever claims more than that is asked for it below
      if (side.copies || !isPlainData(value)) return tagged('mine', number, 'object');
      return copies.describe(value, number, 'object copy');
    }
    return describeByBrand(value, number, proto) ?? tagged('mine', number, 'object');
  }

  function describeByBrand(value, number, proto) {
    const custom = known.nameOf(proto) === undefined ? proto : undefined;
    const time = attempt(timeOf, value);
    if (time !== undefined) return tagged('mine', number, 'date', time, encode(custom));
    const source = isRegExp(value);
    if (source !== undefined) {
      return tagged('mine', number, 'regexp', source, flagsOf(value), value.lastIndex, encode(custom));
    }
    if (isError(value)) return describeError(value, number, proto);
    if (!side.copies) {
      if (attempt(sizeOfMap, value) !== undefined) return copies.describe(value, number, 'map copy');
      if (attempt(sizeOfSet, value) !== undefined) return copies.describe(value, number, 'set copy');
    }
    if (isView(value) && typedTag(value) !== undefined && value.byteLength <= MAX_TEXT) {
      return tagged('mine', number, 'typed', value);
    }
    if (attempt(numberOf, value) !== undefined) return tagged('mine', number, 'boxed', numberOf(value), encode(custom));
    if (attempt(textOf, value) !== undefined) return tagged('mine', number, 'boxed', encode(textOf(value)), encode(custom));
    if (attempt(truthOf, value) !== undefined) return tagged('mine', number, 'boxed', truthOf(value), encode(custom));
    if (isPromise(value, number)) return tagged('mine', number, 'promise', encode(custom));
    return undefined;
  }

  function isRegExp(value) {
    // `source` alone also answers for RegExp.prototype
    const last = attempt(() => getOwnPropertyDescriptor(value, 'lastIndex'));
    return last && hasOwn(last, 'value') ? attempt(sourceOf, value) : undefined;
  }

  function describeError(value, number, proto) {
    const more = list();
    const keys = ownKeys(value);
    for (let i = 0; i < keys.length && i < 50; i++) {
      if (keys[i] === 'stack') continue;
      const held = ownValue(value, keys[i]);
      push(more, encode(keys[i]));
      push(more, encode(side.toTell(value, keys[i], held)));
    }
    return tagged('mine', number, 'error', encode(side.protoToTell(value, proto)), more);
  }

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
    if (depth > MAX_DEPTH) throw new World.RangeError('Values or calls are nested too deeply.');
    depth++;
    try { return work(); } finally { depth--; }
  }

  // ---- in --------------------------------------------------------------------------------------------------------
  function decode(told) {
    if (typeof told !== 'object' || told === null) return told;
    switch (told[0]) {
      case 'yours': return ours[told[1]];
      case 'mine':
        if (told[1] in standIns) return standIns[told[1]];
        // its description went with a part of the message that is not read yet
        return show(told.length > 2 ? told : ask('describe', told[1]));
      case 'node': return nodes[told[1]];
      case 'built-in': return builtIn(told[1]);
      case 'symbol': return World.Symbol.for(told[1]);
      case 'well-known': return World.Symbol[told[1]];
      default: return undefined;
    }
  }

  function builtIn(name) {
    const usual = known.called(name);
    if (usual !== undefined) return usual;
    const parts = split(name, '.');
    if (!matches(/^[A-Z]\w*(\.prototype)?$/, name) || !side.isBuiltIn(parts[0])) return undefined;
    const constructor = ownValue(World.window, parts[0]);
    return parts.length === 1 || typeof constructor !== 'function' ? constructor : ownValue(constructor, 'prototype');
  }

  function show(told) {
    const number = told[1];
    const kind = told[2];
    const keep = (value) => {
      standIns[number] = value;
      if (typeof value === 'symbol') mapSet(symbols, value, tagged('yours', number));
      else weakSet(theirs, value, number);
      return value;
    };
    const like = (value, proto) => {
      const wanted = decode(proto);
      if (wanted !== undefined && wanted !== null) setPrototypeOf(value, wanted);
      return value;
    };
    switch (kind) {
      case 'symbol': return keep(World.Symbol(told[3]));
      case 'function': return keep(standIn(number, kind, told[3]));
      case 'date': return like(keep(new World.Date(told[3])), told[4]);
      case 'boxed': return like(keep(World.Object(told[3])), told[4]);
      case 'typed': return keep(told[3]);
      case 'regexp': {
        const made = attempt(() => new World.RegExp(told[3], told[4])) ?? new World.RegExp('(?!)');
        made.lastIndex = told[5];
        return like(keep(made), told[6]);
      }
      case 'error': {
        const made = like(keep(new World.Error()), told[3]);
        for (let i = 0; i + 1 < told[4].length; i += 2) define(made, decode(told[4][i]), decode(told[4][i + 1]), false);
        return made;
      }
      case 'promise': {
        let settlers;
        const made = new World.Promise((resolve, reject) => { settlers = { resolve, reject }; });
        then(made, undefined, () => {}); // a rejection is the other world's to complain about
        weakSet(waiting, made, settlers);
        return like(keep(made), told[3]);
      }
      case 'array copy': case 'object copy': case 'map copy': case 'set copy': {
        const value = kind === 'array copy' ? [] : kind === 'object copy' ? {}
          : kind === 'map copy' ? new World.Map() : new World.Set();
        return copies.add(number, keep(value), kind, told[3]);
      }
      default: return keep(standIn(number, kind));
    }
  }

  function encodeAll(values) {
    if (values.length > MAX_ENTRIES) throw new World.RangeError('Too many arguments.');
    const told = list();
    for (let i = 0; i < values.length; i++) push(told, encode(values[i]));
    return told;
  }

  function decodeAll(told) {
    const values = [];
    for (let i = 0; i < told.length; i++) define(values, i, decode(told[i]));
    return values;
  }

  // ---- the channel -----------------------------------------------------------------------------------------------
  const QUICK = setPrototypeOf({ get: 1, has: 1, keys: 1, own: 1, proto: 1, extensible: 1 }, null);

  /** Ask the other side; returns the answer as told, throws what it threw. */
  function ask(op, ...parts) {
    return enter(() => {
      setPrototypeOf(parts, null);
      const answer = side.send(tagged(op, copies.changes(op in QUICK), parts));
      if (!answer) throw new World.Error('The page does not answer: its document was replaced or its code broke it.');
      copies.take(answer[2]);
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
      copies.take(message[1]);
      told = enter(() => operate(op, message[2]));
    } catch (error) {
      how = 'threw';
      told = attempt(encode, error);
    }
    const changed = attempt(() => copies.changes(op in QUICK));
    return tagged(how, told, changed);
  }

  function operate(op, parts) {
    const special = side.special(op, parts, operations);
    if (special !== undefined) return special;
    if (op === 'settle') return settled(parts);
    if (op === 'describe') return describeAs(ours[parts[0]], parts[0]);
    const object = side.target(parts[0], operations);
    const key = () => decode(parts[1]);
    switch (op) {
      case 'get': return find(object, key(), parts[2] ? object : decode(parts[3]));
      case 'set': return reflectSet(object, key(), decode(parts[2]), object);
      case 'has': return has(object, key());
      case 'delete': return deleteProperty(object, key());
      case 'keys': return keysOf(object);
      case 'own': return ownOf(object, key());
      case 'define': return defineProperty(object, key(), descriptorOf(parts[2]));
      case 'proto': return encode(getPrototypeOf(object));
      case 'set proto': return changePrototype(object, decode(parts[1]));
      case 'extensible': return isExtensible(object);
      case 'prevent': return preventExtensions(object);
      case 'call': return encode(apply(object, decode(parts[1]), decodeAll(parts[2])));
      case 'new': {
        const args = decodeAll(parts[1]);
        return encode(parts[2] === undefined ? construct(object, args) : construct(object, args, decode(parts[2])));
      }
      case 'source': return encode(functionText(object));
      default: throw new World.TypeError('Unknown operation.');
    }
  }

  /** A property, looked up along the prototypes until one that the other side has itself. */
  function find(object, key, receiver) {
    for (let at = object; at !== null; at = getPrototypeOf(at)) {
      const name = at === object ? undefined : nameOf(at);
      if (name !== undefined) {
        const value = reflectGet(object, key, receiver);
        return name in GENERIC ? tagged('beyond', name, encode(value)) : encode(value, typeof value === 'function' && key !== 'constructor');
      }
      const found = getOwnPropertyDescriptor(at, key);
      if (found) {
        if (hasOwn(found, 'value')) return encode(found.value);
        return hasOwn(found, 'get') && found.get ? encode(apply(found.get, receiver, [])) : undefined;
      }
    }
    return encode(reflectGet(object, key, receiver));
  }

  function keysOf(object) {
    const keys = ownKeys(object);
    if (keys.length > MAX_ENTRIES) throw new World.RangeError('An object has too many keys to be looked at.');
    const told = list();
    for (let i = 0; i < keys.length; i++) push(told, encode(keys[i]));
    return told;
  }

  function ownOf(object, key) {
    const found = getOwnPropertyDescriptor(object, key);
    if (!found) return undefined;
    return hasOwn(found, 'value')
      ? tagged(found.enumerable, found.configurable, true, found.writable, encode(found.value))
      : tagged(found.enumerable, found.configurable, false, encode(found.get), encode(found.set));
  }

  function descriptorOf(told) {
    const wanted = { __proto__: null };
    for (let i = 0; i + 1 < told.length; i += 2) wanted[told[i]] = decode(told[i + 1]);
    return wanted;
  }

  function settled(parts) {
    const settlers = weakGet(waiting, standIns[parts[0]]);
    if (settlers) (parts[1] === 'resolved' ? settlers.resolve : settlers.reject)(decode(parts[2]));
    return null;
  }

  const copies = makeCopies({ encode, decode, enter, given, ours, standIns });
  const standIn = makeStandIns({ ask, encode, decode, encodeAll, builtIn });

  const operations = { ask, decode, encode, encodeAll, decodeAll, define, ours,
    numberOfTheirs: (value) => weakGet(theirs, value) };

  return { ask, answer, encode, decode, encodeAll, known,
    isTheirs: (value) => weakGet(theirs, value) !== undefined,
    numberOf: (value) => weakGet(theirs, value),
    takeNode: (node) => push(nodes, node),
    forgetCopies: copies.forget };
}
