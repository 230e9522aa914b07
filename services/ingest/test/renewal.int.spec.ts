import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestServices } from '@quaywatch/runtime/testing';
import {
  BtuClient,
  EstClient,
  FrameBuffer,
  installCertificate,
  readIdentity,
  Renewal,
  signingRequest,
} from '@quaywatch/services/btu';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrokerHost, EnrolmentHost, ingest } from '../src/index';
import { ExpiryWatch } from '../src/devices/expiry-watch';
import { AuditReader } from './audit-reader';

describe('a BTU that looks after its certificate', () => {
  let services: TestServices;
  let folder: string;
  const closers: (() => Promise<void>)[] = [];
  const get = <T>(type: new (...args: never[]) => T): T => services.services.get('ingest')?.app.get(type) as T;
  const est = (): string => `https://localhost:${get(EnrolmentHost).estPort}`;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quaywatch-renewal-'));
    services = await TestServices.start([ingest as never], {
      environment: {
        MQTT_PORT: '0',
        MQTT_HOST: '127.0.0.1',
        EST_PORT: '0',
        DEVICE_CERTIFICATE_DAYS: '5',
        DEVICE_OVERLAP_DAYS: '0.00002',
        EXPIRY_LOOK_MINUTES: '0.005',
      },
    });
  }, 60_000);
  afterAll(async () => {
    for (const close of closers) await close();
    await services.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  async function enrolled(serial: string): Promise<string> {
    const dir = join(folder, serial);
    const { body } = await services.call<{ code: string; root_fingerprint: string }>('claimDevice', {
      params: { id: serial },
      body: {},
    });
    const client = new EstClient(est());
    const csr = await signingRequest(dir, serial);
    const ca = await client.rootsByFingerprint(body.root_fingerprint);
    await installCertificate(dir, await client.enrol(ca, serial, body.code, csr), ca);
    return dir;
  }

  it('trusts no server that only says that it is ours', async () => {
    await expect(new EstClient(est()).rootsByFingerprint('00'.repeat(32))).rejects.toMatchObject({
      code: 'EST_UNTRUSTED',
    });
    await expect(new EstClient('https://127.0.0.1:1').rootsByFingerprint('00')).rejects.toMatchObject({
      code: 'EST_UNREACHABLE',
      retryable: true,
    });
  });

  it('renews when two thirds of its life are over, comes back with the new one, and the old one runs out', async () => {
    const dir = await enrolled('RNW-1');
    const first = await readIdentity(dir);
    const client = new BtuClient({
      url: `mqtts://localhost:${get(BrokerHost).port}`,
      serial: 'RNW-1',
      spreader: null,
      firmware: '1.0.0',
      signals: [],
      identity: first,
      buffer: new FrameBuffer(join(dir, 'buffer')),
      backOff: { first: 20, longest: 50 },
    });
    closers.push(() => client.stop());
    client.start();
    await services.until(() => Promise.resolve(client.connected));
    const failures: string[] = [];
    let renewals = 0;
    let later = 0;
    const renewal = new Renewal({
      url: est(),
      serial: 'RNW-1',
      folder: dir,
      identity: first,
      every: 20,
      now: () => Date.now() + later,
      onRenewed: (identity) => {
        renewals++;
        later = 0;
        client.useIdentity(identity);
      },
      onFailed: (reason) => failures.push(reason),
    });
    closers.push(() => renewal.stop());
    // The whole life is 6 days: it begins a day before it was issued.
    expect(renewal.due - Date.now()).toBeGreaterThan(2.9 * 86_400_000);
    expect(renewals).toBe(0);
    later = renewal.due - Date.now() + 1000;
    await services.until(() => Promise.resolve(renewals === 1));
    const second = await readIdentity(dir);
    expect(second.key).not.toBe(first.key);
    expect(new X509Certificate(second.certificate).serialNumber).not.toBe(
      new X509Certificate(first.certificate).serialNumber,
    );
    expect(statSync(join(dir, 'renewed.json')).mode & 0o77).toBe(0);
    const actions = async (): Promise<string[]> =>
      (await new AuditReader(services).all()).filter(({ target }) => target.id === 'RNW-1').map(({ action }) => action);
    await services.until(
      async () => (await actions()).filter((action) => action === 'certificate.first-use').length === 2,
    );
    expect(await actions()).toEqual(expect.arrayContaining(['device.claim', 'device.enrol', 'device.renew']));
    await services.until(() => Promise.resolve(client.connected));
    const csr = await signingRequest(dir, 'RNW-1');
    const refusal = await services.until(() =>
      new EstClient(est()).renew(first, csr).then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    expect(refusal).toMatchObject({ code: 'EST_REFUSED' });
    expect(failures).toEqual([]);
  });

  it('goes on with what it has when the platform refuses', async () => {
    const dir = await enrolled('RNW-2');
    const before = await readIdentity(dir);
    const revoked = await services.call('revokeDevice', { params: { id: 'RNW-2' }, body: { reason: 'lost' } });
    expect(revoked.status).toBe(200);
    const failed = await new Promise<string>((resolve) => {
      const renewal = new Renewal({
        url: est(),
        serial: 'RNW-2',
        folder: dir,
        identity: before,
        every: 20,
        after: 0,
        onRenewed: () => resolve('renewed'),
        onFailed: resolve,
      });
      closers.push(() => renewal.stop());
    });
    expect(failed).toMatch(/403/);
    expect(await readIdentity(dir)).toEqual(before);
  });

  it('is warned of, once, when nobody renews', async () => {
    await enrolled('RNW-3');
    const warnings = async (): Promise<unknown[]> =>
      (await new AuditReader(services).all())
        .filter(({ action, target }) => action === 'certificate.expiring' && target.id === 'RNW-3')
        .map(({ detail }) => detail?.days);
    await services.until(async () => (await warnings()).length > 0);
    expect(await get(ExpiryWatch).look()).toBe(0);
    expect(await warnings()).toEqual([7]);
  });
});
