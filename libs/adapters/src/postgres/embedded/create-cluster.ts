import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '@quaywatch/kernel';
import { spawnAs, type DatabaseUser } from './database-user';
import { faultOf } from './embedded-fault';
import type { PostgresBinaries } from './postgres-binaries';

/** Name of the superuser and of the database of an embedded cluster. */
export const clusterName = 'quaywatch';

/**
 * Makes the cluster `dataDir/cluster` unless it is there (UTF-8, locale C, data checksums, scram) and returns the
 * superuser's password, kept in `dataDir/password` (0600). A run that was killed half-way is started over.
 */
export async function createCluster(dataDir: string, user: DatabaseUser, binaries: PostgresBinaries): Promise<string> {
  const cluster = join(dataDir, 'cluster');
  const password = keptPassword(dataDir, existsSync(cluster));
  if (existsSync(cluster)) return password;
  const draft = join(dataDir, 'cluster.new');
  const passwordFile = join(dataDir, 'initdb.password');
  rmSync(draft, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  if (user.switch) for (const path of [draft, passwordFile]) chownSync(path, user.uid, user.gid);
  try {
    await run(
      binaries.initdb,
      [
        `--pgdata=${draft}`,
        `--username=${clusterName}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--data-checksums',
      ],
      user,
    );
    renameSync(draft, cluster);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
  return password;
}

function keptPassword(dataDir: string, clusterExists: boolean): string {
  const file = join(dataDir, 'password');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  if (clusterExists) {
    throw new Fault(
      'EMBEDDED_POSTGRES_PASSWORD',
      `the data folder ${dataDir} has a database but its file \`password\` is gone: restore the file from the backup of the folder`,
    );
  }
  const password = randomBytes(24).toString('hex');
  writeFileSync(`${file}.new`, `${password}\n`, { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
  return password;
}

function run(program: string, args: readonly string[], user: DatabaseUser): Promise<void> {
  return new Promise((resolve, reject) => {
    // Its own session: Ctrl-C must not kill it half-way, it takes a second only.
    const child = spawn(program, args, {
      cwd: '/',
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
      ...spawnAs(user),
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
    child.once('error', (cause) => reject(faultOf(`cannot run ${program}`, String(cause), cause)));
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(faultOf(`initdb ended with ${signal ?? code}`, said));
    });
  });
}

/** What PostgreSQL's programs get as environment: nothing of ours (PG* variables would change their behaviour). */
export const environment: NodeJS.ProcessEnv = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' };
