// npm run e2e:embedded | e2e:kafka: builds everything, then runs the main scenario in a real Chromium on the given log.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const log = process.argv[2] ?? 'postgres';
const run = (command, args, env = {}) => {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
};

run(process.execPath, ['tools/build.mjs', 'platform', 'btu']);
run('npx', ['vite', 'build', 'services/portal', '--logLevel', 'warn']);
run(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--config',
    'jest.e2e.config.mjs',
    'tools/e2e',
    ...process.argv.slice(3),
  ],
  { E2E_LOG: log },
);
