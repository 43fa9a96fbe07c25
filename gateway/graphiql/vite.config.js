import { defineConfig } from 'vite';

// Two pages, one bundle. Everything they need is a file under /graphiql/assets/, so that the gateway can serve
// them under a policy that allows no other host.
export default defineConfig({
  base: '/graphiql/',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 10_000, // kB; the editor is one large piece by nature
    rolldownOptions: { input: ['index.html', 'invitation.html'] },
  },
  worker: { format: 'es' },
});
