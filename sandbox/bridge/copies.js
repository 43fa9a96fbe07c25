// Copies that are kept equal: arrays, plain objects, maps and sets of the tests, which the page has as real values.
//
// Both sides keep the last contents that they agreed on. Whoever speaks tells what changed since then.

const HOLE = Symbol('hole');

/** The copies of one side; `parts` is what the membrane lends. */
function makeCopies({ encode, decode, enter, given, ours, standIns }) {
  let kept = list(); // {number, value, kind, last}

  function describe(value, number, kind) {
    let copy;
    for (let i = 0; i < kept.length; i++) if (kept[i].value === value) copy = kept[i];
    if (!copy) push(kept, copy = { number, value, kind, last: undefined });
    const contents = enter(() => encodeContents(copy));
    return tagged('mine', number, kind, contents);
  }

  /** The contents of a copied object as a flat list of raw values; holes of an array are HOLE. */
  function contentsOf(copy) {
    const { value, kind } = copy;
    const contents = list();
    if (kind === 'array copy') {
      const { length } = value;
      if (length > MAX_ENTRIES) throw new World.RangeError('An array is too long to be handed over.');
      for (let i = 0; i < length; i++) push(contents, hasOwn(value, i) ? value[i] : HOLE);
    } else if (kind === 'object copy') {
      const keys = ownKeys(value);
      if (keys.length > MAX_ENTRIES) throw new World.RangeError('An object has too many keys to be handed over.');
      for (let i = 0; i < keys.length; i++) {
        const found = getOwnPropertyDescriptor(value, keys[i]);
        push(contents, keys[i]);
        push(contents, hasOwn(found, 'value') ? found.value : undefined);
        if (!found.enumerable) push(contents, HOLE); else push(contents, null);
      }
    } else if (kind === 'map copy') {
      mapEach(value, (held, key) => { push(contents, key); push(contents, held); });
    } else {
      setEach(value, (held) => { push(contents, held); });
    }
    const level = isExtensible(value) ? 0 : isFrozen(value) ? 3 : isSealed(value) ? 2 : 1;
    push(contents, level);
    return contents;
  }

  function encodeContents(copy) {
    const contents = contentsOf(copy);
    copy.last = contents;
    const told = list();
    for (let i = 0; i < contents.length; i++) {
      push(told, contents[i] === HOLE ? tagged('hole') : encode(contents[i]));
    }
    return told;
  }

  /** What changed in copied objects since the other side was last told. */
  function changes(quick) {
    let told;
    for (let i = 0; i < kept.length; i++) {
      const copy = kept[i];
      if (!copy.last || (quick && copy.last.length > WATCHED)) continue;
      const now = contentsOf(copy);
      let same = now.length === copy.last.length;
      for (let j = 0; same && j < now.length; j++) same = is(now[j], copy.last[j]);
      if (same) continue;
      told ??= list();
      push(told, tagged(copy.number, weakGet(given, copy.value) === copy.number, encodeContents(copy)));
    }
    return told;
  }

  function take(told) {
    if (!told) return;
    for (let i = 0; i < told.length; i++) {
      const number = told[i][0];
      const isTheirs = told[i][1];
      const value = isTheirs ? standIns[number] : ours[number];
      for (let j = 0; j < kept.length; j++) {
        if (kept[j].value === value && value !== undefined) fill(kept[j], told[i][2]);
      }
    }
  }

  function fill(copy, told) {
    const { value, kind } = copy;
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
    copy.last = contentsOf(copy);
  }

  const isHole = (told) => typeof told === 'object' && told !== null && told[0] === 'hole';

  /** A copy of one of their objects, empty at first; `told` is what is in it. */
  function add(number, value, kind, told) {
    const copy = { number, value, kind, last: undefined };
    push(kept, copy);
    enter(() => fill(copy, told));
    return value;
  }

  return { describe, changes, take, add, forget() { kept = list(); } };
}
