import react from '@vitejs/plugin-react';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const lib = (name: string) => fileURLToPath(new URL(`../../libs/${name}/src/index.ts`, import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  resolve: {
    alias: {
      '@quaywatch/contracts': lib('contracts'),
      '@quaywatch/kernel': lib('kernel'),
    },
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: ['chrome120', 'firefox121', 'safari17.4'],
    sourcemap: false,
    // Small files stay files: the gateway's content policy allows no data: scripts or styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // Our libraries have no effect when loaded: a page that needs the signal catalogue does not carry every schema.
      treeshake: { moduleSideEffects: [{ test: /\/libs\/(contracts|kernel)\//, sideEffects: false }] },
    },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8080', '/auth': 'http://127.0.0.1:8080', '/oidc': 'http://127.0.0.1:8080' } },
});
