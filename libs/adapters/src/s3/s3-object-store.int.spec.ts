import { afterAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { objectStoreContract } from '@quaywatch/ports/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeEventLog } from '@quaywatch/ports/testing';
import { S3NotAvailable, startRadosgw, type LocalS3 } from '../../../../deploy/s3/local/start-radosgw.mjs';
import { readSegment, sealArchive, segmentsOf } from '../archive/archive';
import { s3ObjectStore } from './s3-object-store';

// A real S3 server: QUAYWATCH_TEST_S3=http://key:secret@host:port/bucket, or Ceph's radosgw, started here when it is
// installed. Without one the contract is skipped (with CI set: fails), because a server of our own making would only
// prove that it agrees with us.
const dataDir = await mkdtemp(join(tmpdir(), 'quaywatch-s3-'));
let local: LocalS3 | undefined;
let missing = '';
if (!process.env['QUAYWATCH_TEST_S3']) {
  try {
    local = await startRadosgw({ dataDir });
  } catch (error) {
    if (!(error instanceof S3NotAvailable) || process.env['CI']) throw error;
    missing = error.message;
  }
}
const given =
  process.env['QUAYWATCH_TEST_S3'] ??
  (local && `${local.endpoint.replace('//', `//${local.accessKey}:${local.secretKey}@`)}/contract`);
afterAll(async () => {
  await local?.stop();
  await rm(dataDir, { recursive: true, force: true });
}, 30_000);

const open = (text: string) => {
  const url = new URL(text);
  return s3ObjectStore({
    endpoint: url.origin,
    region: 'us-east-1',
    bucket: url.pathname.slice(1) || 'quaywatch-test',
    accessKey: async () => decodeURIComponent(url.username),
    secretKey: async () => decodeURIComponent(url.password),
    limit: 10_000,
  });
};

if (given) {
  objectStoreContract('S3', async () => {
    const store = open(given);
    return { store, close: () => store.close() };
  });

  describe('archive on S3', () => {
    it('seals and reads back what the log had', async () => {
      const store = open(given);
      const log = new FakeEventLog({ partitions: 2 });
      const event = { id: 'e', type: 'x', v: 1, source: 'ingest', org: 'org_1', key: 'spr_1', time: 1 };
      for (let n = 0; n < 50; n++) {
        const samples = [{ signal: 'hyd.press', at: [n, n + 1], values: [n / 3, null] }];
        await log.append('da.telemetry', [{ event: { ...event, data: { samples } } }]);
      }
      const sealed = await sealArchive(log, store, Date.now() + 3_600_000);
      expect(sealed).toMatchObject({ records: 50, values: 100 });
      const segments = [...(await segmentsOf(store, 0)), ...(await segmentsOf(store, 1))];
      const records = (await Promise.all(segments.map((segment) => readSegment(store, segment)))).flat();
      expect(records.map((record) => (record.event as { data: object }).data)).toHaveLength(50);
      expect(await sealArchive(log, store, Date.now() + 3_600_000)).toMatchObject({ segments: 0 });
      await store.close();
    });
  });
} else {
  describe('object store contract: S3', () => {
    it.skip(`skipped: ${missing}`, () => {});
  });
}

describe('s3ObjectStore', () => {
  it('tells a bucket name that cannot be as a fault that does not pass', async () => {
    const store = open('http://k:s@127.0.0.1:1/B_');
    await expect(store.get('a')).rejects.toMatchObject({ code: 'OBJECT_STORE_DENIED', retryable: false });
  });

  const servers: { close(): void }[] = [];
  afterAll(() => servers.forEach((server) => server.close()));

  it('tells a store that cannot be reached as a passing fault, within its time limit', async () => {
    const store = open('http://k:s@127.0.0.1:1/bucket');
    await expect(store.get('a')).rejects.toMatchObject({ code: 'OBJECT_STORE_UNAVAILABLE', retryable: true });
    await store.close();
  });

  it('tells wrong keys as a fault that does not pass, and no secret in it', async () => {
    const server = createServer((_, response) => {
      response.writeHead(403, { 'content-type': 'application/xml' });
      response.end('<?xml version="1.0"?><Error><Code>InvalidAccessKeyId</Code><Message>no such key</Message></Error>');
    });
    servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    const store = open(`http://key:verysecret@127.0.0.1:${(server.address() as AddressInfo).port}/bucket`);
    const failure = await store.put('a', new Uint8Array(1)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'OBJECT_STORE_DENIED', retryable: false });
    expect(String(failure)).not.toContain('verysecret');
    await store.close();
  });
});
