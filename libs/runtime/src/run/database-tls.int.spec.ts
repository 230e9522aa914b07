import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startEmbeddedPostgres } from '@quaywatch/adapters';
import { FakeSecretStore, waitUntil } from '@quaywatch/ports/testing';
import { chmod, chown, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueInternalCertificates } from '../http/internal-certificates';
import { makeLogger } from '../logger';
import { chooseAdapters, openStore, prepareDatabase } from './choose-adapters';

const definition = { name: 'fleet', migrations: {}, store: true, views: {} } as never;

describe('PostgreSQL over TLS', () => {
  let folder: string;
  let postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
  const logger = (): ReturnType<typeof makeLogger> => makeLogger('test', { level: 'error', file: join(folder, 'log') });
  const tls = (url: string, authority: string, host = 'localhost'): string => {
    const to = new URL(url);
    to.hostname = host;
    to.searchParams.set('sslmode', 'verify-full');
    to.searchParams.set('sslrootcert', join(folder, authority));
    return to.href;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quaywatch-database-tls-'));
    await chmod(folder, 0o711);
    postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'postgres') });
    const { authority, certificates } = await issueInternalCertificates({ database: ['localhost'] }, Date.now());
    const others = await issueInternalCertificates({ database: ['localhost'] }, Date.now());
    await writeFile(join(folder, 'ca.crt'), authority);
    await writeFile(join(folder, 'other.crt'), others.authority);
    const { default: pg } = await import('pg');
    const client = new pg.Client({ connectionString: postgres.url });
    await client.connect();
    const { rows: where } = await client.query<{ data_directory: string }>('show data_directory');
    const own = where[0]?.data_directory ?? '';
    const { uid, gid } = await stat(own);
    for (const [name, text] of [
      ['server.crt', certificates.database.cert],
      ['server.key', certificates.database.key],
    ] as const) {
      await writeFile(join(own, name), text, { mode: 0o600 });
      await chown(join(own, name), uid, gid);
    }
    await client.query('alter system set ssl = on');
    await client.query('select pg_reload_conf()');
    await client.end();
    await waitUntil('PostgreSQL speaks TLS', async () => {
      const again = new pg.Client({ connectionString: postgres.url });
      await again.connect();
      const { rows } = await again.query<{ ssl: string }>('show ssl');
      await again.end();
      return rows[0]?.ssl === 'on';
    });
  }, 60_000);
  afterAll(async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('is what stores use when the URL says verify-full, and neither another authority nor another name will do', async () => {
    const { clock, close } = await chooseAdapters(
      { DATABASE_URL: tls(postgres.url, 'ca.crt'), SECRETS_DIR: join(folder, 's'), OBJECT_DIR: join(folder, 'o') },
      'fleet',
      logger(),
    );
    const urls = await prepareDatabase(tls(postgres.url, 'ca.crt'), ['fleet'], () => new FakeSecretStore(), clock);
    const url = urls.get('fleet') ?? '';
    expect(new URL(url).searchParams.get('sslmode')).toBe('verify-full');
    const store = await openStore(definition, url, logger());
    const [seen] = await store.transact((tx) =>
      tx.query<{ version: string }>('select version from pg_stat_ssl where pid = pg_backend_pid()'),
    );
    expect(seen?.version).toBe('TLSv1.3');
    await store.close();
    await expect(
      prepareDatabase(tls(postgres.url, 'other.crt'), ['fleet'], () => new FakeSecretStore(), clock),
    ).rejects.toMatchObject({ cause: { code: expect.stringMatching(/SIGNATURE|SELF_SIGNED|UNABLE_TO/) } });
    await expect(
      prepareDatabase(tls(postgres.url, 'ca.crt', '127.0.0.1'), ['fleet'], () => new FakeSecretStore(), clock),
    ).rejects.toMatchObject({ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
    await close();
  }, 60_000);
});
