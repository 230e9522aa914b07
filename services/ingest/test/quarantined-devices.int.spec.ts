import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Principal } from '@quaywatch/contracts';
import { testAdministrator, TestServices } from '@quaywatch/runtime/testing';
import type { MqttClient } from 'mqtt';
import { BrokerHost, IdentityHost, ingest } from '../src/index';
import type { Issuer } from '../src/pki/certificates';
import { AuditReader } from './audit-reader';
import { oddCertificate, strangeAuthority } from './test-authority';
import { connectOnce, liveFrame, makeRequest, publish } from './test-device';

describe('devices that must wait', () => {
  let services: TestServices;
  let audit: AuditReader;
  const clients: MqttClient[] = [];
  const get = <T>(type: new (...args: never[]) => T): T => services.services.get('ingest')?.app.get(type) as T;

  beforeAll(async () => {
    services = await TestServices.start([ingest as never], {
      environment: { MQTT_PORT: '0', MQTT_HOST: '127.0.0.1', OFFENCES_MOST: '3' },
    });
    audit = new AuditReader(services);
  }, 60_000);
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  });
  afterAll(() => services.stop(), 60_000);

  const connected = async (btu: string, shown: { key: string; cert: string }): Promise<MqttClient> => {
    const ca = get(IdentityHost).parts.authorities.anchors;
    const client = await connectOnce(get(BrokerHost).port, { clientId: btu, ca, ...shown });
    clients.push(client);
    return client;
  };
  const stateOf = async (btu: string, principal = testAdministrator): Promise<string | undefined> => {
    const { body } = await services.call<{ data: { btu: string; state: string }[] }>('listDevices', { principal });
    return body.data.find((device) => device.btu === btu)?.state;
  };
  const decide = async (
    route: 'approveDevice' | 'rejectDevice' | 'releaseDevice' | 'quarantineDevice',
    btu: string,
    principal?: Principal,
  ) =>
    services.call<{ state: string }>(route, {
      params: { id: btu },
      body: { reason: 'checked' },
      ...(principal && { principal }),
    });
  const refusals = async (btu: string): Promise<(string | null)[]> =>
    (await audit.all())
      .filter(({ target, outcome }) => target.id === btu && outcome === 'refused')
      .map(({ reason }) => reason);

  describe('with a certificate of a registered CA', () => {
    let maker: Issuer;
    let id: string;

    beforeAll(async () => {
      maker = await strangeAuthority('Maker of BTUs');
      const { status, body } = await services.call<{ id: string }>('registerAuthority', {
        body: { name: 'Maker', certificate: maker.certificatePem, quota: 4 },
      });
      expect(status).toBe(201);
      ({ id } = body);
    });

    it('wait, are listed, and come in with that certificate when they are approved', async () => {
      const shown = await oddCertificate(maker, { btu: 'JIT-1' });
      await expect(connected('JIT-1', shown)).rejects.toThrow(/Not authorized/);
      expect(await stateOf('JIT-1')).toBe('pending');
      expect(await refusals('JIT-1')).toEqual(['DEVICE_PENDING']);
      expect((await decide('approveDevice', 'JIT-1')).body).toEqual({ btu: 'JIT-1', state: 'active' });
      const client = await connected('JIT-1', shown);
      await publish(client, 'JIT-1', liveFrame('JIT-1', 1, 1));
      expect((await decide('approveDevice', 'JIT-1')).status).toBe(409);
      // The very number on another certificate of the same maker is another certificate.
      const { serialNumber } = shown.certificate;
      await expect(
        connected('JIT-1', await oddCertificate(maker, { btu: 'JIT-1', serial: serialNumber })),
      ).rejects.toThrow();
      await services.until(async () => (await refusals('JIT-1')).includes('SERIAL_REUSED'));
    });

    it('stay out once they are revoked: neither their maker nor a restart lets them in again', async () => {
      const shown = await oddCertificate(maker, { btu: 'JIT-0' });
      await expect(connected('JIT-0', shown)).rejects.toThrow();
      await decide('approveDevice', 'JIT-0');
      await connected('JIT-0', shown);
      await services.call('revokeDevice', { params: { id: 'JIT-0' }, body: { reason: 'stolen' } });
      const another = await oddCertificate(maker, { btu: 'JIT-0' });
      for (const restart of [false, true]) {
        if (restart) {
          await services.stopOne('ingest');
          await services.startOne(ingest as never);
        }
        await expect(connected('JIT-0', shown)).rejects.toThrow();
        await expect(connected('JIT-0', another)).rejects.toThrow();
      }
      await services.until(async () => {
        const reasons = await refusals('JIT-0');
        return reasons.includes('CERT_REVOKED') && reasons.includes('NOT_ISSUED');
      });
      // Nobody is asked to approve it again.
      expect(await stateOf('JIT-0')).toBe('revoked');
    });

    it('stay away when they are rejected', async () => {
      const shown = await oddCertificate(maker, { btu: 'JIT-2' });
      await expect(connected('JIT-2', shown)).rejects.toThrow();
      expect((await decide('rejectDevice', 'JIT-2')).body.state).toBe('rejected');
      await expect(connected('JIT-2', shown)).rejects.toThrow();
      await services.until(async () => (await refusals('JIT-2')).includes('DEVICE_REJECTED'));
      await expect(connected('JIT-2', await oddCertificate(maker, { btu: 'JIT-2' }))).rejects.toThrow();
      expect(await stateOf('JIT-2')).toBe('rejected');
    });

    it('come no more than the CA has room for', async () => {
      await expect(connected('JIT-3', await oddCertificate(maker, { btu: 'JIT-3' }))).rejects.toThrow();
      await expect(connected('JIT-4', await oddCertificate(maker, { btu: 'JIT-4' }))).rejects.toThrow();
      expect([await stateOf('JIT-3'), await stateOf('JIT-4')]).toEqual(['pending', undefined]);
      await services.until(async () => (await refusals('JIT-4')).includes('QUOTA_EXCEEDED'));
    });

    it('take no serial of somebody else, and lose theirs to whoever enrols it', async () => {
      const { key, csr } = await makeRequest('JIT-5');
      const stranger = { ...testAdministrator, org: 'org_other' };
      const enrolled = await services.call<{ certificate: string }>('enrolDevice', {
        body: { btu: 'JIT-5', csr },
        principal: stranger,
      });
      await expect(connected('JIT-5', await oddCertificate(maker, { btu: 'JIT-5' }))).rejects.toThrow();
      await services.until(async () => (await refusals('JIT-5')).includes('OTHER_ORGANISATION'));
      await connected('JIT-5', { key, cert: enrolled.body.certificate });
      const mine = await makeRequest('JIT-3');
      const taken = await services.call<{ certificate: string }>('enrolDevice', {
        body: { btu: 'JIT-3', csr: mine.csr },
        principal: stranger,
      });
      expect(taken.status).toBe(201);
      await connected('JIT-3', { key: mine.key, cert: taken.body.certificate });
      expect([await stateOf('JIT-3'), await stateOf('JIT-3', stranger)]).toEqual([undefined, 'active']);
      expect((await decide('approveDevice', 'JIT-3')).status).toBe(404);
    });

    it('are refused when their CA is not trusted any more', async () => {
      const shown = await oddCertificate(maker, { btu: 'JIT-6' });
      await services.call('retireAuthority', { params: { id }, body: { reason: 'bad maker' } });
      await expect(connected('JIT-6', shown)).rejects.toThrow();
      await services.until(async () => (await refusals('JIT-6')).length > 0);
      expect((await refusals('JIT-6'))[0]).toMatch(/UNABLE_TO/);
    });

    it('need a CA that is one', async () => {
      const leaf = await oddCertificate(maker, { btu: 'JIT-7' });
      const register = async (certificate: string): Promise<number> =>
        (await services.call('registerAuthority', { body: { name: 'x', certificate, quota: 1 } })).status;
      expect(await register(leaf.cert)).toBe(400);
      expect(await register('nonsense')).toBe(400);
      const below = await oddCertificate(maker, { btu: 'JIT-CA', ca: {}, san: [], usages: [] });
      expect(await register(below.cert)).toBe(400);
    });
  });

  it('that break the rules too often are locked out until somebody releases them', async () => {
    const { key, csr } = await makeRequest('BAD-1');
    const { body } = await services.call<{ certificate: string }>('enrolDevice', { body: { btu: 'BAD-1', csr } });
    const shown = { key, cert: body.certificate };
    for (let i = 0; i < 3; i++) {
      const client = await connected('BAD-1', shown);
      const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
      if (i === 1) await expect(client.subscribeAsync('bsms/v1/BTU-1/cmd')).rejects.toThrow();
      else client.publish('bsms/v1/BTU-1/live', 'x', { qos: 1 }, () => undefined);
      if (i !== 1) await closed;
    }
    await services.until(async () => (await stateOf('BAD-1')) === 'quarantined');
    await expect(connected('BAD-1', shown)).rejects.toThrow();
    await services.until(async () => (await refusals('BAD-1')).includes('DEVICE_QUARANTINED'));
    const entries = (await audit.all()).filter(({ action }) => action === 'device.quarantine');
    expect(entries).toEqual([
      expect.objectContaining({
        actor: { kind: 'service', id: 'ingest' },
        reason: expect.stringMatching(/^3 refusals/),
      }),
    ]);
    const officer: Principal = {
      ...testAdministrator,
      roles: [{ role: 'security_officer', scope: { terminals: ['ter_1'] } }],
    };
    expect((await decide('releaseDevice', 'BAD-1', officer)).status).toBe(404);
    expect((await decide('releaseDevice', 'BAD-1', { ...testAdministrator, org: 'org_other' })).status).toBe(404);
    expect((await decide('releaseDevice', 'BAD-1')).body.state).toBe('active');
    await connected('BAD-1', shown);
    expect((await decide('releaseDevice', 'BAD-1')).status).toBe(409);
  });

  it('can be locked out by a person, live session and all', async () => {
    const { key, csr } = await makeRequest('BAD-2');
    const { body } = await services.call<{ certificate: string }>('enrolDevice', { body: { btu: 'BAD-2', csr } });
    const client = await connected('BAD-2', { key, cert: body.certificate });
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    expect((await decide('quarantineDevice', 'BAD-2')).body.state).toBe('quarantined');
    await closed;
    await expect(connected('BAD-2', { key, cert: body.certificate })).rejects.toThrow();
  });
});
