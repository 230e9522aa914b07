import { afterAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { objectStoreContract } from '@quaywatch/ports/testing';
import { s3ObjectStore } from './s3-object-store';

// A real S3 server: QUAYWATCH_TEST_S3=http://key:secret@host:port/bucket. Without one the contract is skipped, because
// a server of our own making would only prove that it agrees with us.
const given = process.env['QUAYWATCH_TEST_S3'];

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
} else {
  describe('object store contract: S3', () => {
    it.skip('skipped: QUAYWATCH_TEST_S3 names no S3 server', () => {});
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
