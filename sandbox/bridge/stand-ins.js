// Stand-ins: a Proxy for each object of the other side that is not copied.

/** Methods of arrays that only look. An array of the page has the usual ones whatever was put on it: a test that asks
 *  whether it includes something asks the elements. */
const LOOKING = setOf('at concat entries every filter find findIndex findLast findLastIndex flat flatMap forEach includes '
  + 'indexOf join keys lastIndexOf map reduce reduceRight slice some toReversed toSorted toSpliced toString values with');

const hasInstance = Function.prototype[Symbol.hasInstance];
/** Methods that read every element: of a longer array they get all at once. */
const READING = setOf('concat includes indexOf join lastIndexOf slice toString');
const LONG = 64; // elements

/** Makes stand-ins; `parts` is what the membrane lends. */
function makeStandIns({ ask, encode, decode, encodeAll, decodeAll, builtIn, nameOf }) {
  /** A Proxy for one of their objects. Its target holds what the rules for proxies demand to be held. */
  function standIn(number, kind, constructible) {
    // bound, since only then a function can be constructed and yet has no `prototype` of its own
    const target = kind === 'array' ? [] : kind !== 'function' ? {} : constructible ? bind(function () {}) : () => {};
    const me = tagged('yours', number);
    const hold = (key, found) => { if (!found.configurable) defineProperty(target, key, found); return found; };
    const lock = () => {
      if (!isExtensible(target)) return;
      const all = traps.ownKeys();
      for (let i = 0; i < all.length; i++) {
        const found = traps.getOwnPropertyDescriptor(target, all[i]);
        if (found) defineProperty(target, all[i], found);
      }
      setPrototypeOf(target, traps.getPrototypeOf());
      preventExtensions(target);
    };
    const traps = {
      __proto__: null,
      get(_, key, receiver) {
        if (kind === 'function' && (key === 'caller' || key === 'arguments')) return undefined;
        const self = receiver === proxy;
        if (kind === 'array' && self && typeof key === 'string' && key in LOOKING && traps.isUsual(key)) {
          const method = reflectGet(World.Array.prototype, key, receiver);
          if (!(key in READING) || ask('get', me, 'length', true) <= LONG) return method;
          return (...all) => apply(method, decodeAll(ask('items', me)), all);
        }
        if (kind === 'array' && self && (key === 'constructor' || key === World.Symbol.iterator || key === World.Symbol.isConcatSpreadable)
          && traps.isUsual()) return World.Array.prototype[key]; // what makes of it a copy or a list
        if (kind === 'arguments' && key === World.Symbol.toStringTag) return 'Arguments';
        const got = ask('get', me, encode(key), self, self ? undefined : encode(receiver));
        if (typeof got !== 'object' || got === null || got[0] !== 'beyond') return decode(got);
        if (key === World.Symbol.hasInstance && got[1] === 'Function.prototype') return isInstance;
        const beyond = builtIn(got[1]); // not found before this built-in prototype: go on with our own
        if (beyond !== undefined && has(beyond, key)) return reflectGet(beyond, key, receiver);
        return decode(got[2]);
      },
      /** Whether an array gets the method from the prototype of all arrays, or only its own property hides that. */
      isUsual: () => { isPlain ??= decode(ask('proto', me)) === World.Array.prototype; return isPlain; },
      set(_, key, value, receiver) {
        if (receiver !== proxy) return setInherited(key, value, receiver);
        return ask('set', me, encode(key), encode(value, true)) === true;
      },
      has: (_, key) => ask('has', me, encode(key)) === true,
      deleteProperty: (_, key) => ask('delete', me, encode(key)) === true && deleteProperty(target, key),
      ownKeys() {
        const told = ask('keys', me);
        const keys = [];
        for (let i = 0; i < told.length; i++) define(keys, i, decode(told[i]));
        return keys;
      },
      getOwnPropertyDescriptor(_, key) {
        if (kind === 'function' && (key === 'caller' || key === 'arguments')) return undefined;
        const told = ask('own', me, encode(key));
        if (!told) return undefined;
        const found = { __proto__: null, enumerable: told[0], configurable: told[1] };
        if (told[2]) { found.writable = told[3]; found.value = decode(told[4]); }
        else { found.get = decode(told[3]); found.set = decode(told[4]); }
        return hold(key, found);
      },
      defineProperty(_, key, wanted) {
        if (ask('define', me, encode(key), tellDescriptor(wanted, encode)) !== true) return false;
        if (hasOwn(wanted, 'configurable') && !wanted.configurable) traps.getOwnPropertyDescriptor(target, key);
        return true;
      },
      getPrototypeOf: () => decode(ask('proto', me)) ?? null,
      setPrototypeOf: (_, proto) => ask('set proto', me, encode(proto)) === true,
      isExtensible() { const open = ask('extensible', me) === true; if (!open) lock(); return open; },
      preventExtensions() { const done = ask('prevent', me) === true; if (done) lock(); return done; },
      apply: (_, self, args) => decode(ask('call', me, encode(self, true), encodeAll(args))),
      construct(_, args, newTarget) {
        return decode(ask('new', me, encodeAll(args), newTarget === proxy ? undefined : encode(newTarget)));
      },
    };
    /** Set a property of an object that inherits from this one. */
    const setInherited = (key, value, receiver) => {
      for (let at = proxy; at !== null; at = getPrototypeOf(at)) {
        const found = getOwnPropertyDescriptor(at, key);
        if (!found) continue;
        if (!hasOwn(found, 'value')) return found.set ? (apply(found.set, receiver, [value]), true) : false;
        if (!found.writable && nameOf(at) === undefined) return false; // what is built in is frozen in the tests' world alone
        break;
      }
      return define(receiver, key, value);
    };
    let isPlain;
    // elements are the worlds' own, so what class of the page one is of only the page knows
    const isInstance = (value) => (isNode(value) ? ask('instance', me, encode(value)) === true
      : apply(hasInstance, proxy, [value]));
    const proxy = new World.Proxy(target, traps);
    return proxy;
  }

  return standIn;
}
