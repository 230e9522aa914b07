import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { clusterName } from './create-cluster';
import { leftOver } from './postmaster';

/**
 * Connection string of the superuser of the embedded database that another process runs on `dataDir`, for tools that
 * work beside it; undefined when none runs there. It has the password: never log it.
 */
export function runningEmbeddedPostgres(dataDir: string): string | undefined {
  const wanted = resolve(dataDir);
  const note = join(wanted, 'location');
  const folder = existsSync(note) ? readFileSync(note, 'utf8').trim() : wanted;
  const cluster = join(folder, 'cluster');
  const server = existsSync(cluster) ? leftOver(cluster) : undefined;
  if (!server) return undefined;
  const password = readFileSync(join(folder, 'password'), 'utf8').trim();
  return `postgres://${clusterName}:${password}@127.0.0.1:${server.port}/${clusterName}`;
}
