// Runs the database of one test run, as a process of its own: it lives as long as its standard input is open, so the
// database stops and its folder goes however the run ends (done, Ctrl-C, kill -9).
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../libs/adapters/src/postgres/embedded/start-embedded-postgres';

const folder = mkdtempSync(join(tmpdir(), 'quaywatch-test-postgres-'));
chmodSync(folder, 0o711);
const ended = new Promise<void>((resolve) => process.stdin.once('close', resolve).resume());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
try {
  // Durability is a matter of the supervisor's own tests; here a lost machine loses nothing of worth.
  const database = await startEmbeddedPostgres({
    dataDir: folder,
    settings: { fsync: 'off', full_page_writes: 'off' },
  });
  process.stdout.write(`${JSON.stringify({ url: database.url })}\n`);
  await ended;
  await database.stop();
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: String(error) })}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
