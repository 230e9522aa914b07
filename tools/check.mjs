// npm run check: format, lint with the import rules, types, generated docs. Everything that needs no server.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const steps = [
  ['Format', 'npx', ['prettier', '--check', '--log-level', 'warn', '.']],
  ['Lint and import rules', 'npx', ['eslint', '--max-warnings', '0', '.']],
  ['Types', 'npx', ['tsc', '-p', 'tsconfig.json']],
  ['Types of the portal', 'npx', ['tsc', '-p', 'services/portal/tsconfig.json']],
  ['Generated docs', 'node', ['tools/run.mjs', 'tools/generate/main.ts', '--check']],
];

let failed = 0;
for (const [title, command, args] of steps) {
  const from = performance.now();
  const run = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  const ok = run.status === 0;
  if (!ok) failed++;
  console.log(`${ok ? '✓' : '✗'} ${title} (${((performance.now() - from) / 1000).toFixed(1)} s)`);
}
console.log(failed === 0 ? 'All checks passed.' : `${failed} of ${steps.length} checks failed.`);
process.exit(failed === 0 ? 0 : 1);
