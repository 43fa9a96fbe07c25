// What one side does to its own objects because the other side asks for it.

function operateOn(object, op, parts, { decode, encode, encodeMethod, decodeAll, nameOf, known, isPage, builtIn }) {
  const key = () => decode(parts[1]);
  switch (op) {
    case 'get':
      if (!isPage && parts[1] === 'stack') return ''; // where a test stands in its file is not the page's to know
      return find(object, key(), parts[2] ? object : decode(parts[3]), { encode, encodeMethod, nameOf, known });
    case 'set': return reflectSet(object, key(), decode(parts[2]), object);
    case 'has': return has(object, key());
    case 'delete': return deleteProperty(object, key());
    case 'keys': return keysOf(object, encode);
    case 'own': return !isPage && parts[1] === 'stack' ? undefined : ownOf(object, key(), encode);
    case 'define': return defineProperty(object, key(), descriptorOf(parts[2], decode));
    case 'proto': return encode(getPrototypeOf(object));
    case 'set proto': return changePrototype(object, decode(parts[1]));
    case 'extensible': return isExtensible(object);
    case 'prevent': return preventExtensions(object);
    case 'call': return encode(apply(object, isPage ? decode(parts[1]) : selfOf(object, decode(parts[1]), builtIn), decodeAll(parts[2])), true);
    case 'new': {
      const args = decodeAll(parts[1]);
      return encode(parts[2] === undefined ? construct(object, args) : construct(object, args, decode(parts[2])));
    }
    case 'instance': return decode(parts[1]) instanceof object;
    case 'source': return isPage ? encode(functionText(object)) : '';
    default: throw new World.TypeError('Unknown operation.');
  }
}

/** The `this` of a test's function that the page calls without one: the page's window, as the page would have it. A function
 *  in sloppy mode would get the window of the tests' own world, and could write there what the page chose. */
const selfOf = (object, self, builtIn) => ((self === undefined || self === null) && isSloppy(object) ? builtIn('window') : self);
const callerOf = getterOf(Function.prototype, 'caller'); // throws for functions in strict mode
const isSloppy = (object) => attempt(() => (callerOf(object), true)) === true;

/** A property, looked up along the prototypes until one that the other side has itself and can go on from. */
function find(object, key, receiver, { encode, encodeMethod, nameOf, known }) {
  for (let at = object; at !== null; at = getPrototypeOf(at)) {
    const name = at === object ? undefined : nameOf(at);
    if (name !== undefined) {
      if (!(name in GENERIC)) return encodeMethod(reflectGet(object, key, receiver), key);
      // what every such prototype has the other side takes from its own
      const usual = typeof key === 'string' && known.called(`${name}.${key}`) !== undefined;
      return tagged('beyond', name, usual ? undefined : encode(reflectGet(object, key, receiver)));
    }
    const found = getOwnPropertyDescriptor(at, key);
    if (found) {
      if (hasOwn(found, 'value')) return encode(found.value);
      return hasOwn(found, 'get') && found.get ? encode(apply(found.get, receiver, [])) : undefined;
    }
  }
  return encode(reflectGet(object, key, receiver));
}

function keysOf(object, encode) {
  const keys = ownKeys(object);
  if (keys.length > MAX_ENTRIES) throw new World.RangeError('An object has too many keys to be looked at.');
  const told = list();
  const seen = new World.Set(); // a collection of elements with ids such as "0" has some keys twice
  for (let i = 0; i < keys.length; i++) {
    if (setHas(seen, keys[i])) continue;
    setAdd(seen, keys[i]);
    push(told, encode(keys[i]));
  }
  return told;
}

function ownOf(object, key, encode) {
  const found = getOwnPropertyDescriptor(object, key);
  if (!found) return undefined;
  return hasOwn(found, 'value')
    ? tagged(found.enumerable, found.configurable, true, found.writable, encode(found.value))
    : tagged(found.enumerable, found.configurable, false, encode(found.get), encode(found.set));
}

const FIELDS = names('enumerable configurable writable value get set');

/** A property's descriptor as a flat list of those fields that it has. */
function tellDescriptor(wanted, encode) {
  const told = list();
  for (let i = 0; i < FIELDS.length; i++) {
    if (has(wanted, FIELDS[i])) { push(told, FIELDS[i]); push(told, encode(wanted[FIELDS[i]])); }
  }
  return told;
}

function descriptorOf(told, decode) {
  const wanted = { __proto__: null };
  for (let i = 0; i + 1 < told.length; i += 2) wanted[told[i]] = decode(told[i + 1]);
  return wanted;
}
