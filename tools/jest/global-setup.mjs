import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

// A run that needs no database pays nothing: workers ask at this address, and the first question starts the database.
export default async function setup() {
  if (process.env.QUAYWATCH_TEST_DATABASE_URL) return;
  let starting;
  const server = createServer((_, response) => {
    starting ??= startKeeper();
    starting.then(
      ({ url }) => response.end(url),
      (error) => response.writeHead(500).end(String(error?.stack ?? error)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  process.env.QUAYWATCH_TEST_DATABASE_BROKER = `http://127.0.0.1:${server.address().port}/`;
  globalThis.quaywatchTestDatabase = async () => {
    server.close();
    server.closeAllConnections();
    const keeper = await starting?.catch(() => undefined);
    if (!keeper) return;
    keeper.process.stdin.end();
    if (keeper.process.exitCode === null) await once(keeper.process, 'exit');
  };
}

async function startKeeper() {
  const { build } = await import('esbuild');
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('./postgres-keeper.ts', import.meta.url))],
    absWorkingDir: root,
    bundle: true,
    write: false,
    minify: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    alias: { '@quaywatch/kernel': `${root}/libs/kernel/src/index.ts` },
  });
  // Detached: Ctrl-C reaches this process only; the keeper then sees its standard input close.
  const child = spawn(process.execPath, ['--input-type=module', '-e', outputFiles[0].text], {
    cwd: root,
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  child.stdin.on('error', () => {});
  let said = '';
  const answer = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the test database ended with ${code}`)));
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
      if (said.includes('\n')) resolve(JSON.parse(said));
    });
  });
  if (answer.error) throw new Error(answer.error);
  return { url: answer.url, process: child };
}
