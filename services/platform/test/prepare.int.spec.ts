import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { serviceNames } from '@quaywatch/contracts';
import { testDatabase, type TestDatabase } from '@quaywatch/testing';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const quaywatch = (...args: string[]): Promise<{ stderr: string }> =>
  run(process.execPath, [resolve('tools/quaywatch.mjs'), ...args], { timeout: 100_000 });

describe('what is made for services in containers', () => {
  let database: TestDatabase;
  let folder: string;
  const secrets = (): string => join(folder, 'secrets');
  const prepare = (...more: string[]): Promise<{ stderr: string }> => {
    const url = new URL(database.url);
    writeFileSync(join(folder, 'password'), decodeURIComponent(url.password));
    url.password = '';
    return quaywatch(
      'prepare',
      '--database',
      url.href,
      '--password-file',
      join(folder, 'password'),
      '--secrets',
      secrets(),
      ...more,
    );
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quaywatch-prepare-'));
    database = await testDatabase();
  }, 60_000);
  afterAll(async () => {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes every secret that a service asks for, for it alone', async () => {
    await quaywatch('secrets', 'make', '--out', secrets());
    const made = Object.fromEntries(serviceNames.map((name) => [name, readdirSync(join(secrets(), name)).sort()]));
    for (const name of serviceNames) {
      expect(made[name]).toEqual(expect.arrayContaining([`database-${name}`, 'internal-token-public']));
      for (const file of made[name] ?? []) expect(statSync(join(secrets(), name, file)).mode & 0o077).toBe(0);
    }
    const readersOf = (secret: string): string[] => serviceNames.filter((name) => made[name]?.includes(secret));
    expect(readersOf('internal-token-private')).toEqual(['gateway']);
    expect(readersOf('gateway-cookie-keys')).toEqual(['gateway']);
    expect(readersOf('oidc-signing-keys')).toEqual(['user-access']);
    expect(readersOf('audit-checkpoint-key')).toEqual(['audit-log']);
  }, 120_000);

  it('makes schemas and roles with secrets that it may only read, again without harm', async () => {
    for (let time = 0; time < 2; time++) {
      const { stderr } = await prepare('--read-only');
      expect(stderr).toContain(`Schemas and roles of ${serviceNames.length} services are ready.`);
    }
  }, 120_000);

  const asRoot = process.getuid?.() === 0 ? it : it.skip;
  asRoot(
    'hands the secrets to the user that the services run as',
    async () => {
      await expect(prepare('--owner', 'quaywatch')).rejects.toMatchObject({
        stderr: expect.stringContaining('uid:gid'),
      });
      await prepare('--owner', '10001:10001');
      const file = join(secrets(), 'fleet', 'database-fleet');
      expect(statSync(file)).toMatchObject({ uid: 10001, gid: 10001 });
      expect(readFileSync(file).length).toBeGreaterThan(16);
    },
    120_000,
  );
});
