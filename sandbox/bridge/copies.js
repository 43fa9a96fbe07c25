// Copies that are kept equal: values that the other side has as real ones of its own. From the tests to the page these
// are arrays, plain objects, maps and sets; both ways dates, regular expressions, typed arrays and buffers.
//
// Both sides keep the last contents that they agreed on. Whoever speaks tells what changed since then.

const HOLE = Symbol('hole');

/** The copies of one side; `parts` is what the membrane lends. */
function makeCopies({ encode, decode, ours, standIns }) {
  const everGiven = { __proto__: null }; // numbers of ours that were ever copied
  let mine = new World.Map(); // number -> {number, value, kind, last, isMine}
  let theirs = new World.Map();

  /** The contents of one of our objects, which is kept equal from now on. */
  function describe(value, number, kind) {
    const copy = { __proto__: null, number, value, kind, last: undefined, isMine: true };
    everGiven[number] = true;
    mapSet(mine, number, copy);
    return encodeContents(copy);
  }

  /** The contents of a copied object as a flat list of raw values: how many make its body, the body, its own properties
   *  (key, value, how it is declared), how far it is closed, and an object's prototype. Holes of an array are HOLE. */
  function contentsOf({ value, kind }) {
    const contents = tagged(0);
    switch (kind) {
      case 'array copy': {
        const { length } = value;
        if (length > MAX_ENTRIES) throw new World.RangeError('An array is too long to be handed over.');
        for (let i = 0; i < length; i++) push(contents, hasOwn(value, i) ? value[i] : HOLE);
        break;
      }
      case 'map copy': mapEach(value, (held, key) => { push(contents, key); push(contents, held); }); break;
      case 'set copy': setEach(value, (held) => { push(contents, held); }); break;
      case 'date copy': push(contents, timeOf(value)); break;
      case 'regexp copy': push(contents, value.lastIndex); break;
      case 'bytes copy': return tagged(1, typedSlice(new World.Uint8Array(value)));
      default: break;
    }
    contents[0] = contents.length - 1;
    addProperties(contents, value, kind);
    push(contents, isExtensible(value) ? 0 : isFrozen(value) ? 3 : isSealed(value) ? 2 : 1);
    push(contents, kind === 'object copy' ? getPrototypeOf(value) : undefined);
    return contents;
  }

  function addProperties(contents, value, kind) {
    const keys = ownKeys(value);
    const from = kind === 'array copy' ? indexesOf(keys) : 0;
    if (keys.length - from > MAX_ENTRIES) throw new World.RangeError('An object has too many keys to be handed over.');
    for (let i = from; i < keys.length; i++) {
      if (isPartOf(kind, keys[i])) continue;
      const found = getOwnPropertyDescriptor(value, keys[i]);
      if (!found || !hasOwn(found, 'value')) {
        if (kind !== 'object copy') continue;
      }
      push(contents, keys[i]);
      push(contents, found ? found.value : undefined);
      push(contents, declarationOf(found));
    }
  }

  /** How many of an array's keys are indexes: they come first. */
  function indexesOf(keys) {
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (typeof keys[middle] === 'string' && matches(/^\d+$/, keys[middle])) low = middle + 1; else high = middle;
    }
    return low;
  }

  const isPartOf = (kind, key) => (kind === 'array copy' && key === 'length') || (kind === 'regexp copy' && key === 'lastIndex')
    || (kind === 'error copy' && key === 'stack');

  function encodeContents(copy) {
    const contents = contentsOf(copy);
    copy.last = contents;
    if (copy.kind === 'bytes copy') return contents;
    const told = list();
    for (let i = 0; i < contents.length; i++) {
      push(told, contents[i] === HOLE ? tagged('hole') : encode(contents[i]));
    }
    return told;
  }

  function isUnchanged(copy, now) {
    const { last } = copy;
    if (copy.kind === 'bytes copy') {
      if (typedLength(now[1]) !== typedLength(last[1])) return false;
      for (let i = 0; i < typedLength(now[1]); i++) if (now[1][i] !== last[1][i]) return false;
      return true;
    }
    if (now.length !== last.length) return false;
    for (let i = 0; i < now.length; i++) if (!is(now[i], last[i])) return false;
    return true;
  }

  /** What changed in copied objects since the other side was last told. */
  function changes(quick) {
    let told;
    const look = (copy) => {
      if (!copy.last || (quick && sizeOf(copy) > WATCHED)) return;
      if (isUnchanged(copy, contentsOf(copy))) return;
      told ??= list();
      push(told, tagged(copy.number, copy.isMine, encodeContents(copy)));
    };
    mapEach(mine, look);
    mapEach(theirs, look);
    return told;
  }

  const sizeOf = ({ kind, last }) => (kind === 'bytes copy' ? typedLength(last[1]) : last.length);

  function take(told) {
    if (!told) return;
    for (let i = 0; i < told.length; i++) {
      const copy = mapGet(told[i][1] ? theirs : mine, told[i][0]);
      if (copy) fill(copy, told[i][2]);
    }
  }

  function fill(copy, told) {
    const { value, kind } = copy;
    if (kind === 'bytes copy') {
      if (isView(told[1])) attempt(() => typedSet(new World.Uint8Array(value), told[1]));
    } else {
      const contents = list();
      for (let i = 0; i < told.length; i++) push(contents, isHole(told[i]) ? HOLE : decode(told[i]));
      fillBody(value, kind, contents, contents[0]);
      fillProperties(value, kind, contents, contents[0] + 1);
      const level = contents[contents.length - 2];
      const proto = contents[contents.length - 1];
      if (kind === 'object copy' && getPrototypeOf(value) !== proto && (proto === null || isObject(proto))) changePrototype(value, proto);
      if (level === 3) freeze(value); else if (level === 2) seal(value); else if (level === 1) preventExtensions(value);
    }
    copy.last = contentsOf(copy);
  }

  function fillBody(value, kind, contents, length) {
    switch (kind) {
      case 'array copy':
        if (value.length !== length) reflectSet(value, 'length', length);
        for (let i = 0; i < length; i++) {
          const item = contents[i + 1];
          if (item === HOLE) deleteProperty(value, i);
          else if (!hasOwn(value, i) || !is(value[i], item)) define(value, i, item);
        }
        break;
      case 'map copy':
        mapClear(value);
        for (let i = 1; i < length; i += 2) mapSet(value, contents[i], contents[i + 1]);
        break;
      case 'set copy':
        setClear(value);
        for (let i = 1; i <= length; i++) setAdd(value, contents[i]);
        break;
      case 'date copy': setTime(value, contents[1]); break;
      case 'regexp copy': reflectSet(value, 'lastIndex', contents[1]); break;
      default: break;
    }
  }

  function fillProperties(value, kind, contents, from) {
    const wanted = new World.Set();
    for (let i = from; i + 2 < contents.length; i += 3) setAdd(wanted, contents[i]);
    const keys = ownKeys(value);
    for (let i = kind === 'array copy' ? indexesOf(keys) : 0; i < keys.length; i++) {
      if (!setHas(wanted, keys[i]) && !isPartOf(kind, keys[i])) deleteProperty(value, keys[i]);
    }
    for (let i = from; i + 2 < contents.length; i += 3) {
      const found = getOwnPropertyDescriptor(value, contents[i]);
      if (found && hasOwn(found, 'value') && is(found.value, contents[i + 1]) && declarationOf(found) === contents[i + 2]) continue;
      defineProperty(value, contents[i], { __proto__: null, value: contents[i + 1], enumerable: (contents[i + 2] & 1) !== 0,
        writable: (contents[i + 2] & 2) !== 0, configurable: (contents[i + 2] & 4) !== 0 });
    }
  }

  const isHole = (told) => typeof told === 'object' && told !== null && told[0] === 'hole';

  return {
    describe, changes, take,
    /** Fill a copy of one of their objects with what is `told` to be in it. */
    add(number, value, kind, told) {
      const copy = { __proto__: null, number, value, kind, last: undefined, isMine: false };
      mapSet(theirs, number, copy);
      fill(copy, told);
    },
    /** Whether one of ours was copied once and is not kept equal any more. */
    isForgotten: (number) => number in everGiven && mapGet(mine, number) === undefined,
    /** Whether nothing is kept equal. */
    get isEmpty() { return sizeOfMap(mine) + sizeOfMap(theirs) === 0; },
    forget() { mine = new World.Map(); theirs = new World.Map(); },
  };
}

/** How a property is declared, in bits: enumerable, writable, configurable. */
const declarationOf = (found) => (found && hasOwn(found, 'value')
  ? (found.enumerable ? 1 : 0) + (found.writable ? 2 : 0) + (found.configurable ? 4 : 0) : 7);
