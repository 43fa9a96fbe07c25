// Stand-ins: a Proxy for each object of the other side that is not copied.

/** Makes stand-ins; `parts` is what the membrane lends. */
function makeStandIns({ ask, encode, decode, encodeAll, builtIn }) {
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
        const got = ask('get', me, encode(key), self, self ? undefined : encode(receiver));
        if (typeof got !== 'object' || got === null || got[0] !== 'beyond') return decode(got);
        const beyond = builtIn(got[1]); // not found before this built-in prototype: go on with our own
        if (beyond !== undefined && has(beyond, key)) return reflectGet(beyond, key, receiver);
        return decode(got[2]);
      },
      set(_, key, value, receiver) {
        if (receiver !== proxy) return define(receiver, key, value);
        return ask('set', me, encode(key), encode(value)) === true;
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
        const told = list();
        const fields = ['enumerable', 'configurable', 'writable', 'value', 'get', 'set'];
        for (let i = 0; i < 6; i++) {
          if (hasOwn(wanted, fields[i])) { push(told, fields[i]); push(told, encode(wanted[fields[i]])); }
        }
        if (ask('define', me, encode(key), told) !== true) return false;
        if (hasOwn(wanted, 'configurable') && !wanted.configurable) traps.getOwnPropertyDescriptor(target, key);
        return true;
      },
      getPrototypeOf: () => decode(ask('proto', me)) ?? null,
      setPrototypeOf: (_, proto) => ask('set proto', me, encode(proto)) === true,
      isExtensible() { const open = ask('extensible', me) === true; if (!open) lock(); return open; },
      preventExtensions() { const done = ask('prevent', me) === true; if (done) lock(); return done; },
      apply: (_, self, args) => decode(ask('call', me, encode(self), encodeAll(args))),
      construct(_, args, newTarget) {
        return decode(ask('new', me, encodeAll(args), newTarget === proxy ? undefined : encode(newTarget)));
      },
    };
    const proxy = new World.Proxy(target, traps);
    return proxy;
  }

  return standIn;
}
