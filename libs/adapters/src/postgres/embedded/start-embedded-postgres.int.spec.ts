import { afterEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync, chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import pg from 'pg';
import { freePort } from './free-port';
import { readPostmasterFile, stopPostmaster } from './postmaster';
import { isAlive, within } from './processes';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './start-embedded-postgres';

const quick = { fsync: 'off' };
const folders: string[] = [];
const children: ChildProcess[] = [];

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'quaywatch-embedded-'));
  chmodSync(folder, 0o711);
  folders.push(folder);
  return folder;
}

afterEach(async () => {
  for (const child of children.splice(0))
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  for (const folder of folders.splice(0)) {
    const left = readPostmasterFile(join(folder, 'cluster'));
    if (left && isAlive(left.pid)) await stopPostmaster(left.pid);
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('startEmbeddedPostgres', () => {
  it('keeps the data over stop and start, and lets in only who knows the password', async () => {
    const dataDir = freshFolder();
    const first = await startEmbeddedPostgres({ dataDir, settings: quick });
    await query(first, 'create table kept as select 42 as answer');
    const wrong = new URL(first.url);
    wrong.password = 'wrong';
    await expect(ask(wrong.href, 'select 1')).rejects.toThrow(/password authentication failed/);
    expect((await query(first, 'show data_checksums'))[0]).toEqual({ data_checksums: 'on' });
    expect((await query(first, 'show listen_addresses'))[0]).toEqual({ listen_addresses: '127.0.0.1' });
    expect((await query(first, 'show unix_socket_directories'))[0]).toEqual({ unix_socket_directories: '' });
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    const second = await startEmbeddedPostgres({ dataDir });
    expect(await query(second, 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect((await query(second, 'show fsync'))[0]).toEqual({ fsync: 'on' });
    await second.stop();
  });

  it('leaves no password where others can read it, and runs as no root', async () => {
    const dataDir = freshFolder();
    const database = await startEmbeddedPostgres({ dataDir, settings: quick });
    expect(readdirSync(dataDir).sort()).toEqual(['cluster', 'owner.pid', 'password', 'postgres.log']);
    expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
    expect(statSync(join(dataDir, 'cluster')).mode & 0o777).toBe(0o700);
    expect(statSync(join(dataDir, 'cluster')).uid).not.toBe(0);
    await database.stop();
  });

  it('adopts the server of a process that was killed', async () => {
    const dataDir = freshFolder();
    const killed = await inChild(dataDir, `setInterval(() => {}, 1000);`);
    await query({ url: killed.url }, 'create table kept as select 1 as one');
    await killNode(killed.child);
    expect(isAlive(killed.pid)).toBe(true);
    const next = await startEmbeddedPostgres({ dataDir, settings: quick });
    expect(next.pid).toBe(killed.pid);
    expect(await query(next, 'select one from kept')).toEqual([{ one: 1 }]);
    await next.stop();
    expect(isAlive(killed.pid)).toBe(false);
  });

  it('stops a left-over server that it cannot use and starts its own', async () => {
    const dataDir = freshFolder();
    const killed = await inChild(dataDir, `setInterval(() => {}, 1000);`);
    await killNode(killed.child);
    const port = await freePort();
    const next = await startEmbeddedPostgres({ dataDir, port, settings: quick });
    expect(next.pid).not.toBe(killed.pid);
    expect(isAlive(killed.pid)).toBe(false);
    expect(new URL(next.url).port).toBe(String(port));
    await next.stop();
  });

  it('starts a killed server again on the same port, and recovers when both were killed', async () => {
    const dataDir = freshFolder();
    const database = await startEmbeddedPostgres({ dataDir });
    await query(database, 'create table kept as select 7 as seven');
    const before = database.pid;
    process.kill(before, 'SIGKILL');
    const back = await within(15_000, async () => {
      if (database.pid === before) return false;
      return ask(database.url, 'select seven from kept').then(
        () => true,
        () => false,
      );
    });
    expect(back).toBe(true);
    await database.stop();
    const killed = await inChild(dataDir, `setInterval(() => {}, 1000);`);
    await query({ url: killed.url }, 'insert into kept values (8)');
    await killNode(killed.child);
    process.kill(killed.pid, 'SIGKILL');
    const next = await startEmbeddedPostgres({ dataDir });
    expect(await query(next, 'select seven from kept order by 1')).toEqual([{ seven: 7 }, { seven: 8 }]);
    await next.stop();
  }, 40_000);

  it('Ctrl-C reaches the services first: the server is still there while they close', async () => {
    const dataDir = freshFolder();
    const { child, pid, lines } = await inChild(
      dataDir,
      `process.once('SIGINT', async () => {
         await new Promise((resolve) => setTimeout(resolve, 300));
         const client = new pg.Client({ connectionString: database.url });
         await client.connect();
         await client.query('select 1');
         await client.end();
         console.log('closed in order');
         await database.stop();
       });
       const alive = setInterval(() => {}, 1000);
       process.once('SIGINT', () => clearInterval(alive));`,
    );
    const exit = once(child, 'exit');
    process.kill(-child.pid!, 'SIGINT');
    expect((await lines.next()).value).toBe('closed in order');
    const [code] = (await exit) as [number];
    expect(code).toBe(0);
    expect(isAlive(pid)).toBe(false);
  });

  it('a process that ends without stop() leaves no server behind', async () => {
    const { child, pid } = await inChild(freshFolder(), `process.stdin.once('data', () => process.exit(3));`);
    const exit = once(child, 'exit');
    child.stdin?.write('end\n');
    await exit;
    expect(await within(10_000, () => !isAlive(pid))).toBe(true);
  });

  it('refuses a folder that a living process uses', async () => {
    const dataDir = freshFolder();
    const { child } = await inChild(dataDir, `setInterval(() => {}, 1000);`);
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_IN_USE',
      message: expect.stringContaining(String(child.pid)),
    });
  });

  it('says that the port is busy', async () => {
    const dataDir = freshFolder();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(startEmbeddedPostgres({ dataDir, port, settings: quick })).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_PORT_BUSY',
      message: expect.stringContaining(String(port)),
    });
    other.close();
    expect(existsSync(join(dataDir, 'owner.pid'))).toBe(false);
  });

  it('says what to do when the folder cannot be used, and starts over after a killed initdb', async () => {
    const parent = freshFolder();
    const file = join(parent, 'file');
    writeFileSync(file, '');
    for (const dataDir of [join(file, 'data'), '/proc/quaywatch/data']) {
      await expect(startEmbeddedPostgres({ dataDir })).rejects.toMatchObject({ code: 'EMBEDDED_POSTGRES_FOLDER' });
    }
    const dataDir = freshFolder();
    mkdirSync(join(dataDir, 'cluster.new'));
    writeFileSync(join(dataDir, 'cluster.new', 'half'), '');
    writeFileSync(join(dataDir, 'initdb.password'), '');
    const database = await startEmbeddedPostgres({ dataDir, settings: quick });
    expect(await query(database, 'select 1 as one')).toEqual([{ one: 1 }]);
    await database.stop();
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip;
  asRoot('finds a place for the data of root that its own user may enter, and comes back to it', async () => {
    const parent = freshFolder();
    chmodSync(parent, 0o700);
    const dataDir = join(parent, 'data');
    const options = { dataDir, shelter: join(freshFolder(), 'shelter'), settings: quick };
    const first = await startEmbeddedPostgres(options);
    await query(first, 'create table kept as select 1 as one');
    await first.stop();
    chmodSync(parent, 0o711);
    const second = await startEmbeddedPostgres(options);
    expect(await query(second, 'select * from kept')).toEqual([{ one: 1 }]);
    await second.stop();
    rmSync(options.shelter, { recursive: true });
    await expect(startEmbeddedPostgres(options)).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FOLDER',
      message: expect.stringContaining(`which is missing`),
    });
    rmSync(join(dataDir, 'location'));
    chmodSync(parent, 0o700);
    await expect(startEmbeddedPostgres({ ...options, shelter: join(parent, 'shelter') })).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FOLDER',
      message: expect.stringContaining(`chmod o+x ${parent}`),
    });
    chmodSync(parent, 0o711);
  });

  it('does not take a process for its server just because a stale file names it', async () => {
    const dataDir = freshFolder();
    const database = await startEmbeddedPostgres({ dataDir, settings: quick });
    await database.stop();
    writeFileSync(
      join(dataDir, 'cluster', 'postmaster.pid'),
      `${process.ppid}\n${dataDir}/cluster\n1\n19997\n\n127.0.0.1\n\nready   \n`,
    );
    const next = await startEmbeddedPostgres({ dataDir, settings: quick });
    expect(await query(next, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(isAlive(process.ppid)).toBe(true);
    await next.stop();
  });
});

async function killNode(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

const query = (database: Pick<EmbeddedPostgres, 'url'>, sql: string): Promise<unknown[]> => ask(database.url, sql);

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Starts the database in a process (and process group) of its own that then runs `script`. */
async function inChild(dataDir: string, script: string) {
  const { outputFiles } = await build({
    stdin: {
      contents: `import pg from 'pg';
        import { startEmbeddedPostgres } from './start-embedded-postgres';
        const database = await startEmbeddedPostgres({ dataDir: process.argv[1], settings: { fsync: 'off' } });
        ${script}
        console.log(JSON.stringify({ url: database.url, pid: database.pid }));`,
      resolveDir: join(process.cwd(), 'libs/adapters/src/postgres/embedded'),
      loader: 'ts',
    },
    alias: { '@quaywatch/kernel': join(process.cwd(), 'libs/kernel/src/index.ts') },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  const child = spawn(process.execPath, ['--input-type=module', '-e', outputFiles[0]!.text, dataDir], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { url, pid } = JSON.parse(String((await lines.next()).value)) as { url: string; pid: number };
  return { child, url, pid, lines };
}
