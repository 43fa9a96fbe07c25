import { defineConfig } from 'vite';

// chai, for the tests of challenges: one file beside the pages, which the gateway hands to the sandbox.
export default defineConfig({
  build: {
    outDir: 'dist',
    emptyOutDir: false,
    reportCompressedSize: false,
    lib: { entry: 'src/chai.js', formats: ['iife'], name: 'palimpsestChai', fileName: () => 'chai.js' },
  },
});
