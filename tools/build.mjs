// Bundles the main.ts of every service (or of the ones named) to services/<name>/dist/main.js; packages stay outside.
// `.sql` files become text. Usage: node tools/build.mjs [service …], or node tools/build.mjs --file ENTRY OUTFILE
import { build } from 'esbuild';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The services that have a main.ts. */
export const services = () =>
  readdirSync(`${root}services`).filter((name) => existsSync(`${root}services/${name}/src/main.ts`));

/** Bundles one entry file to `outfile`, with source maps. */
export const bundle = (entry, outfile) =>
  build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    tsconfig: `${root}tsconfig.base.json`,
    loader: { '.sql': 'text' },
    sourcemap: true,
    logLevel: 'warning',
  });

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [first, entry, outfile] = process.argv.slice(2);
  if (first === '--file') {
    await bundle(entry, outfile);
    process.exit(0);
  }
  const names = first ? process.argv.slice(2) : services();
  await Promise.all(names.map((name) => bundle(`services/${name}/src/main.ts`, `services/${name}/dist/main.js`)));
}
