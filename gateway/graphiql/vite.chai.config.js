import { defineConfig } from 'vite';

// Where chai would let a value describe itself or name its type, our own code does: each must be found exactly once.
const CHANGES = [
  ['function inspect(value, opts = {}) {', 'function inspect(value, opts = {}) { if (hooks.describe) return hooks.describe(value);'],
  ['function type(obj) {', 'function type(obj) { if (hooks.typeOf) return hooks.typeOf(obj);'],
  ['function type2(obj) {', 'function type2(obj) { if (hooks.typeOf) return hooks.typeOf(obj);'],
  ['let obj = flag2(this, "object"), objType = type(obj).toLowerCase(), flagMsg = flag2(this, "message"), negate',
    'let obj = hooks.plain(flag2(this, "object")), objType = type(obj).toLowerCase(), flagMsg = flag2(this, "message"), negate'],
  ['function isSubsetOf(_subset, _superset, cmp, contains, ordered) {',
    'function isSubsetOf(_subset, _superset, cmp, contains, ordered) { _subset = hooks.plain(_subset); _superset = hooks.plain(_superset);'],
];

const withHooks = {
  name: 'chai-hooks',
  transform(code, id) {
    if (!/node_modules\/chai\/index\.js$/.test(id)) return undefined;
    for (const [before, after] of CHANGES) {
      if (code.split(before).length !== 2) throw new Error(`chai has changed; look again for: ${before}`);
      code = code.replace(before, () => after);
    }
    return `import { hooks } from '/src/chai-hooks.js';\n${code}`;
  },
};

// chai, for the tests of challenges: one file beside the pages, which the gateway hands to the sandbox.
export default defineConfig({
  plugins: [withHooks],
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    reportCompressedSize: false,
    lib: { entry: 'src/chai.js', formats: ['iife'], name: 'palimpsestChai', fileName: () => 'chai.js' },
  },
});
