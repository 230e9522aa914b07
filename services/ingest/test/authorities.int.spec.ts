import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestServices } from '@quaywatch/runtime/testing';
import * as x509 from '@peculiar/x509';
import { webcrypto } from 'node:crypto';
import { BrokerHost, IdentityHost, ingest } from '../src/index';
import { Authorities } from '../src/pki/authorities';
import { hashOf, makeRoot } from '../src/pki/certificates';
import { EncryptedKeys } from '../src/pki/encrypted-keys';
import { oddCertificate } from './test-authority';
import { connectOnce, liveFrame, makeRequest, publish } from './test-device';

describe('certificate authorities', () => {
  let services: TestServices;
  const get = <T>(type: new (...args: never[]) => T): T => services.services.get('ingest')?.app.get(type) as T;
  const another = (): { keys: EncryptedKeys; authorities: Promise<Authorities> } => {
    const { clock, secrets } = services.adapters;
    const store = services.store('ingest');
    const keys = new EncryptedKeys(store, secrets, clock);
    const audit = { within: () => Promise.resolve(), write: () => Promise.resolve() };
    return { keys, authorities: Authorities.open({ store, secrets, clock, audit, signer: keys }, keys) };
  };

  beforeAll(async () => {
    services = await TestServices.start([ingest as never], { environment: { MQTT_PORT: '0', MQTT_HOST: '127.0.0.1' } });
  }, 60_000);
  afterAll(() => services.stop(), 60_000);

  it('are made once, whoever comes first', async () => {
    const [one, two] = await Promise.all([another().authorities, another().authorities]);
    expect(one.anchors).toBe(get(IdentityHost).parts.authorities.anchors);
    const made = await Promise.all([one, two, one, two].map((authorities) => authorities.issuerFor('org_race')));
    expect(new Set(made.map(({ authority }) => authority)).size).toBe(1);
    expect(two.anchorList).toHaveLength(1);
  });

  it('keep their keys encrypted, each bound to its name and to the secret', async () => {
    const { keys } = another();
    const { ref, spki } = await keys.generate();
    const data = new TextEncoder().encode('what is signed');
    const verify = async (signature: Uint8Array): Promise<boolean> => {
      const key = await webcrypto.subtle.importKey('spki', spki, { name: 'ECDSA', namedCurve: 'P-256' }, false, [
        'verify',
      ]);
      return webcrypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, data);
    };
    expect(await verify(await keys.sign(ref, data))).toBe(true);
    const store = services.store('ingest');
    const [row] = await store.transact((tx) =>
      tx.query<{ wrapped: string }>('select wrapped from signing_key where ref = $1', [ref]),
    );
    // PKCS#8 of P-256 begins with this.
    expect(Buffer.from(row?.wrapped ?? '', 'base64').toString('hex')).not.toContain(
      '308187020100301306072a8648ce3d0201',
    );
    await store.transact((tx) =>
      tx.query(`insert into signing_key select 'key_moved', wrapped, made_at from signing_key where ref = $1`, [ref]),
    );
    await expect(another().keys.sign('key_moved', data)).rejects.toMatchObject({ code: 'SIGNING_KEY_UNREADABLE' });
    await expect(another().keys.sign('key_none', data)).rejects.toMatchObject({ code: 'SIGNING_KEY_MISSING' });
    const wrong = new EncryptedKeys(
      store,
      { ...services.adapters.secrets, ensure: () => Promise.resolve(new Uint8Array(32)) },
      services.adapters.clock,
    );
    await expect(wrong.sign(ref, data)).rejects.toMatchObject({ code: 'SIGNING_KEY_UNREADABLE' });
    await expect(store.readAs('org_test', (q) => q.query('select * from signing_key'))).rejects.toThrow(/denied/);
  });

  it('take over the one CA of before: its devices come in and know us, untouched', async () => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
    const sign = async (data: Uint8Array): Promise<Uint8Array> =>
      new Uint8Array(await webcrypto.subtle.sign(algorithm, keys.privateKey, data));
    const spki = new Uint8Array(await webcrypto.subtle.exportKey('spki', keys.publicKey));
    const legacy = await makeRoot('Quaywatch device CA', { spki, sign }, Date.now());
    const certificatePem = legacy.toString('pem');
    const keyPem = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
    const old = await oddCertificate({ certificatePem, sign }, { btu: 'OLD-1' });
    const serial = old.certificate.serialNumber.toLowerCase();

    await services.stopOne('ingest');
    await services.adapters.secrets.write(
      'device-ca',
      new TextEncoder().encode(JSON.stringify({ keyPem, certificatePem })),
    );
    const fact = (type: string, data: object) => ({
      id: `evt_${type}`,
      type,
      v: 1,
      org: 'org_test',
      key: 'OLD-1',
      time: 1,
      data: { btu: 'OLD-1', ...data },
    });
    await services.store('ingest').transact((tx) =>
      tx.facts.append('device-OLD-1', 0, [
        fact('device-enrolled', { by: 'usr_1' }),
        fact('certificate-issued', {
          serial,
          fingerprint: hashOf(old.certificate.rawData),
          notBefore: 0,
          notAfter: Date.now() + 86_400_000,
        }),
      ]),
    );
    await services.startOne(ingest as never);
    const device = { clientId: 'OLD-1', key: old.key, cert: old.cert, ca: certificatePem };
    const client = await services.until(() => connectOnce(get(BrokerHost).port, device));
    await publish(client, 'OLD-1', liveFrame('OLD-1', 1, 1));
    await client.endAsync(true);

    const { key, csr } = await makeRequest('NEW-1');
    const { body } = await services.call<{ certificate: string; chain: string }>('enrolDevice', {
      body: { btu: 'NEW-1', csr },
    });
    expect(new x509.X509Certificate(body.certificate).issuer).not.toContain('Quaywatch device CA');
    const fresh = await connectOnce(get(BrokerHost).port, {
      clientId: 'NEW-1',
      key,
      cert: body.certificate,
      ca: body.chain,
    });
    await fresh.endAsync(true);
    // What the old CA signed and nobody recorded stays outside.
    const strange = await oddCertificate({ certificatePem, sign }, { btu: 'NEW-1' });
    await expect(
      connectOnce(get(BrokerHost).port, {
        clientId: 'NEW-1',
        key: strange.key,
        cert: strange.cert,
        ca: certificatePem,
      }),
    ).rejects.toThrow();
  });
});
