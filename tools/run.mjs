// Runs a TypeScript tool: bundles it to node_modules/.cache and starts it. Usage: node tools/run.mjs FILE [arguments]
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [file, ...rest] = process.argv.slice(2);
const out = join(root, 'node_modules/.cache/quaywatch-tools', file.replace(/[^\w]+/g, '-') + '.mjs');
await bundle(file, out);
const child = spawn(process.execPath, ['--enable-source-maps', out, ...rest], { stdio: 'inherit', cwd: root });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
