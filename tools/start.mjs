// npm start: builds what changed since the last build, then runs the platform with the arguments given.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`quaywatch: needs Node.js 20.19 or newer, this is ${process.versions.node}`);
  process.exit(1);
}
if (!existsSync(join(root, 'node_modules'))) {
  console.error('quaywatch: the packages are not installed: run npm ci first');
  process.exit(1);
}

/** Newest modification time of the files under some folders, ms. */
function newest(...folders) {
  let at = 0;
  for (const folder of folders) {
    for (const entry of readdirSync(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || /[\\/](dist|node_modules)([\\/]|$)/.test(entry.parentPath)) continue;
      at = Math.max(at, statSync(join(entry.parentPath, entry.name)).mtimeMs);
    }
  }
  return at;
}

const built = (file) => (existsSync(join(root, file)) ? statSync(join(root, file)).mtimeMs : 0);

try {
  if (built('services/platform/dist/main.js') < newest('libs', 'services', 'types')) {
    await bundle('services/platform/src/main.ts', 'services/platform/dist/main.js');
  }
  if (built('services/portal/dist/index.html') < newest('services/portal', 'libs/contracts', 'libs/kernel')) {
    process.stderr.write('Building the portal …\n');
    const { build } = await import('vite');
    await build({ root: join(root, 'services/portal'), logLevel: 'warn' });
  }
} catch (error) {
  console.error(`quaywatch: the build failed: ${error.message}`);
  process.exit(1);
}

// The child gets Ctrl-C from the terminal itself; a signal sent to this process alone is passed on.
const child = spawn(
  process.execPath,
  ['--enable-source-maps', join(root, 'services/platform/dist/main.js'), ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
