import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { environment } from './create-cluster';
import { spawnAs, type DatabaseUser } from './database-user';
import { faultOf } from './embedded-fault';
import { commandOf, isAlive, within } from './processes';

/** What `postmaster.pid` says of a running server; `ready` when it takes connections. */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  readonly ready: boolean;
}

/** A server process, ours or adopted. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

/** Small settings for one machine; everything durable is on. */
export const defaultSettings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '128MB',
  max_connections: '200',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  // Parallel queries need /dev/shm, which is 64 MB in a container.
  max_parallel_workers_per_gather: '0',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] %u@%d ',
};

/** Reads `postmaster.pid`; undefined when there is none or it is half written. */
export function readPostmasterFile(cluster: string): PostmasterFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return undefined;
  }
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!(pid > 0) || !(port > 0)) return undefined;
  return { pid, port, ready: lines[7]?.trim() === 'ready' };
}

/** The server that still runs on this cluster, left by a process that was killed; a stale file is removed. */
export function leftOver(cluster: string): PostmasterFile | undefined {
  const file = readPostmasterFile(cluster);
  if (file && isAlive(file.pid) && commandOf(file.pid).includes(cluster)) return file;
  // The id may belong to something else by now (always so in a new container): the server would refuse to start.
  if (file) rmSync(join(cluster, 'postmaster.pid'), { force: true });
  return undefined;
}

/** What a server needs to start. */
export interface PostmasterOptions {
  readonly program: string;
  readonly cluster: string;
  readonly logFile: string;
  readonly port: number;
  readonly user: DatabaseUser;
  readonly settings: Readonly<Record<string, string>>;
}

const memoryInUse = /pre-existing shared memory block .* is still in use|lock file "postmaster.pid" already exists/;

/**
 * Starts the server in its own session (Ctrl-C in a terminal does not reach it: services close before it stops) and
 * resolves when it takes connections, which after a crash is after recovery. Rejects with a Fault that says why.
 */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  const end = performance.now() + 10_000;
  for (;;) {
    const started = await launch(options);
    if ('pid' in started) return started;
    // Backends of a killed server need a moment to notice that it is gone.
    if (!memoryInUse.test(started.said) || performance.now() > end)
      throw faultOf('PostgreSQL did not start', started.said);
    await within(200, () => false);
  }
}

async function launch({
  program,
  cluster,
  logFile,
  port,
  user,
  settings,
}: PostmasterOptions): Promise<Postmaster | { said: string }> {
  const log = openSync(logFile, 'a', 0o600);
  const from = statSync(logFile).size;
  const values = { ...defaultSettings, ...settings, port: String(port) };
  const args = ['-D', cluster, ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const child = spawn(program, args, {
    cwd: '/',
    env: environment,
    stdio: ['ignore', log, log],
    detached: true,
    ...spawnAs(user),
  });
  closeSync(log);
  const failed = new Promise<unknown>((resolve) => child.once('error', resolve));
  const pid = child.pid;
  if (pid === undefined) {
    const cause = await failed;
    throw faultOf(`cannot run ${program}`, String(cause), cause);
  }
  let ended = false;
  child.once('exit', () => (ended = true));
  child.unref();
  const hour = 3_600_000;
  await within(hour, () => {
    const file = readPostmasterFile(cluster);
    return ended || (file?.pid === pid && file.ready);
  });
  if (ended) return { said: readFileSync(logFile).subarray(from).toString('utf8') };
  return { pid, port };
}

/** Stops a server: fast shutdown (SIGINT), after `limit` ms immediate (SIGQUIT), in the end SIGKILL. */
export async function stopPostmaster(pid: number, limit = 15_000): Promise<void> {
  const steps: readonly [NodeJS.Signals, number][] = [
    ['SIGINT', limit],
    ['SIGQUIT', 5000],
    ['SIGKILL', 5000],
  ];
  for (const [signal, wait] of steps) {
    if (!signalled(pid, signal) || (await within(wait, () => !isAlive(pid)))) return;
  }
}

/** Sends a signal; false when there is no such process any more. */
export function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Empties the server's log when it is larger than `limit` bytes (the server appends, so it simply goes on). */
export function trimLog(logFile: string, limit = 10_000_000): void {
  const stats = statSync(logFile, { throwIfNoEntry: false });
  if (stats && stats.size > limit) truncateSync(logFile);
}
