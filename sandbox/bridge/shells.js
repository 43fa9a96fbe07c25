// The first sight of an object of the other side: an empty one of its kind, which is filled when all of a message are there.

/** Makes them; `parts` is what the membrane lends. */
function makeShells({ decode, standIn, waiting }) {
  function shellOf(told) {
    switch (told[1]) {
      case 'symbol': return World.Symbol(told[2]);
      case 'function': return standIn(told[0], told[1], told[2]);
      case 'array copy': return [];
      case 'object copy': return told[3] === null ? setPrototypeOf({}, null) : {};
      case 'map copy': return new World.Map();
      case 'set copy': return new World.Set();
      case 'date copy': return new World.Date(0);
      case 'regexp copy': return attempt(() => new World.RegExp(told[4], told[5])) ?? new World.RegExp('(?!)');
      case 'bytes copy': return new World.ArrayBuffer(told[4]);
      case 'view': return attempt(() => construct(viewClass(told[4]), [decode(told[2]), told[5], told[6]])) ?? {};
      case 'clone': return isObject(told[4]) ? told[4] : {};
      case 'boxed': {
        const held = decode(told[2]);
        return World.Object(isObject(held) ? '' : held ?? ''); // an object would be itself, and pass for one of theirs
      }
      case 'error copy': {
        const made = new World.Error();
        if (typeof told[4] === 'string') define(made, 'stack', told[4], false);
        return made;
      }
      case 'promise': {
        let settlers;
        const made = new World.Promise((resolve, reject) => { settlers = { resolve, reject }; });
        then(made, undefined, () => {}); // a rejection is the other world's to complain about
        weakSet(waiting, made, settlers);
        return made;
      }
      default: return standIn(told[0], told[1]);
    }
  }

  return shellOf;
}

/** Operations that run no code of an object's owner but getters: larger copies are not compared for them. */
const QUICK = setOf('get has keys own proto extensible');
/** What a part may be told to belong to. */
const OWNERS = setOf('node shadow');
const BOXES = tagged(numberOf, textOf, truthOf, symbolOf, bigOf);
const viewClass = (name) => (name === 'DataView' ? World.DataView : TYPED[name]);
const TYPED = { __proto__: null };
for (let i = 0, all = names('Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array '
  + 'Float32Array Float64Array BigInt64Array BigUint64Array'); i < all.length; i++) TYPED[all[i]] = World.window[all[i]];
/** What the browser copies from world to world by itself, and nobody changes. */
const CLONED = setOf('Blob.prototype File.prototype DOMException.prototype');
const add = (items, ...more) => { for (let i = 0; i < more.length; i++) push(items, more[i]); return items; };
