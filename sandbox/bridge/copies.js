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

  /** The contents of a copied object as a flat list of raw values; holes of an array are HOLE. */
  function contentsOf({ value, kind }) {
    const contents = list();
    switch (kind) {
      case 'array copy': {
        const { length } = value;
        if (length > MAX_ENTRIES) throw new World.RangeError('An array is too long to be handed over.');
        for (let i = 0; i < length; i++) push(contents, hasOwn(value, i) ? value[i] : HOLE);
        break;
      }
      case 'object copy': {
        const keys = ownKeys(value);
        if (keys.length > MAX_ENTRIES) throw new World.RangeError('An object has too many keys to be handed over.');
        for (let i = 0; i < keys.length; i++) {
          const found = getOwnPropertyDescriptor(value, keys[i]);
          push(contents, keys[i]);
          push(contents, found && hasOwn(found, 'value') ? found.value : undefined);
          push(contents, found && found.enumerable ? null : HOLE);
        }
        break;
      }
      case 'map copy': mapEach(value, (held, key) => { push(contents, key); push(contents, held); }); break;
      case 'set copy': setEach(value, (held) => { push(contents, held); }); break;
      case 'date copy': push(contents, timeOf(value)); return contents;
      case 'regexp copy': push(contents, value.lastIndex); return contents;
      default: push(contents, typedSlice(octets(value))); return contents;
    }
    push(contents, isExtensible(value) ? 0 : isFrozen(value) ? 3 : isSealed(value) ? 2 : 1);
    return contents;
  }

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
    if (now.length !== last.length) return false;
    if (copy.kind !== 'bytes copy') {
      for (let i = 0; i < now.length; i++) if (!is(now[i], last[i])) return false;
      return true;
    }
    if (typedLength(now[0]) !== typedLength(last[0])) return false;
    for (let i = 0; i < typedLength(now[0]); i++) if (now[0][i] !== last[0][i]) return false;
    return true;
  }

  /** What changed in copied objects since the other side was last told. */
  function changes(quick) {
    let told;
    const look = (copy) => {
      if (!copy.last || (quick && sizeOf(copy.last) > WATCHED)) return;
      if (isUnchanged(copy, contentsOf(copy))) return;
      told ??= list();
      push(told, tagged(copy.number, copy.isMine, encodeContents(copy)));
    };
    mapEach(mine, look);
    mapEach(theirs, look);
    return told;
  }

  const sizeOf = (contents) => (isView(contents[0]) ? typedLength(contents[0]) : contents.length);

  function take(told) {
    if (!told) return;
    for (let i = 0; i < told.length; i++) {
      const copy = mapGet(told[i][1] ? theirs : mine, told[i][0]);
      if (copy) fill(copy, told[i][2]);
    }
  }

  function fill(copy, told) {
    const { value, kind } = copy;
    switch (kind) {
      case 'date copy': setTime(value, told[0]); break;
      case 'regexp copy': reflectSet(value, 'lastIndex', told[0]); break;
      case 'bytes copy': if (isView(told[0])) attempt(() => typedSet(octets(value), told[0])); break;
      default: fillCollection(value, kind, told);
    }
    copy.last = contentsOf(copy);
  }

  function fillCollection(value, kind, told) {
    const contents = list();
    for (let i = 0; i < told.length - 1; i++) push(contents, isHole(told[i]) ? HOLE : decode(told[i]));
    if (kind === 'array copy') {
      if (value.length !== contents.length) reflectSet(value, 'length', contents.length);
      for (let i = 0; i < contents.length; i++) {
        if (contents[i] === HOLE) deleteProperty(value, i);
        else if (!hasOwn(value, i) || !is(value[i], contents[i])) define(value, i, contents[i]);
      }
    } else if (kind === 'object copy') {
      const wanted = new World.Set();
      for (let i = 0; i + 2 < contents.length; i += 3) setAdd(wanted, contents[i]);
      const keys = ownKeys(value);
      for (let i = 0; i < keys.length; i++) if (!setHas(wanted, keys[i])) deleteProperty(value, keys[i]);
      for (let i = 0; i + 2 < contents.length; i += 3) {
        const found = getOwnPropertyDescriptor(value, contents[i]);
        if (!found || !hasOwn(found, 'value') || !is(found.value, contents[i + 1])) {
          define(value, contents[i], contents[i + 1], contents[i + 2] !== HOLE);
        }
      }
    } else if (kind === 'map copy') {
      mapClear(value);
      for (let i = 0; i + 1 < contents.length; i += 2) mapSet(value, contents[i], contents[i + 1]);
    } else {
      setClear(value);
      for (let i = 0; i < contents.length; i++) setAdd(value, contents[i]);
    }
    const level = told[told.length - 1];
    if (level === 3) freeze(value); else if (level === 2) seal(value); else if (level === 1) preventExtensions(value);
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
    forget() { mine = new World.Map(); theirs = new World.Map(); },
  };
}

/** The bytes of a typed array, a DataView or a buffer. */
function octets(value) {
  if (!isView(value)) return new World.Uint8Array(value);
  if (typedTag(value) === undefined) return new World.Uint8Array(viewBuffer(value), viewOffset(value), viewLength(value));
  return new World.Uint8Array(typedBuffer(value), typedOffset(value), typedBytes(value));
}
