import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import { seconds } from '@quaywatch/kernel';
import { TestServices } from '@quaywatch/runtime/testing';
import type { MqttClient } from 'mqtt';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { BrokerHost, IdentityHost, ingest } from '../src/index';
import type { Authorities } from '../src/pki/authorities';
import type { Issuer } from '../src/pki/certificates';
import { AuditReader } from './audit-reader';
import { oddCertificate, strangeAuthority, type OddCertificate } from './test-authority';
import { connectOnce, liveFrame, makeRequest, publish } from './test-device';

/** What a device shows: PEM, `cert` with whatever chain. */
interface Shown {
  readonly key?: string;
  readonly cert?: string;
}

const day = 86_400_000;

describe('certificate matrix', () => {
  let services: TestServices;
  let audit: AuditReader;
  let anchors: string;
  const clients: MqttClient[] = [];
  const sockets: TLSSocket[] = [];

  const host = (): BrokerHost => services.services.get('ingest')?.app.get(BrokerHost) as BrokerHost;
  const authorities = (): Authorities =>
    (services.services.get('ingest')?.app.get(IdentityHost) as IdentityHost).parts.authorities;
  const issuing = async (org = 'org_test'): Promise<Issuer> => (await authorities().issuerFor(org)).issuer;

  beforeAll(async () => {
    services = await TestServices.start([ingest as never], {
      environment: { MQTT_PORT: '0', MQTT_HOST: '127.0.0.1', DEVICE_OVERLAP_DAYS: '0.00001' },
    });
    audit = new AuditReader(services);
    anchors = authorities().anchors;
  }, 60_000);
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  });
  afterAll(() => services.stop(), 60_000);

  async function enrol(btu: string, algorithm?: Parameters<typeof makeRequest>[1], org = 'org_test') {
    const { key, csr } = await makeRequest(btu, algorithm);
    const principal = { kind: 'user', id: 'usr_test', org, roles: [{ role: 'administrator', scope: 'organisation' }] };
    const { status, body } = await services.call<{ certificate: string; chain: string }>('enrolDevice', {
      body: { btu, csr },
      principal: principal as never,
    });
    expect(status).toBe(201);
    return { key, cert: body.certificate };
  }

  const connected = async (btu: string, shown: Shown, more: object = {}): Promise<MqttClient> => {
    const client = await connectOnce(host().port, { clientId: btu, ca: anchors, ...shown, ...more });
    clients.push(client);
    return client;
  };

  /** Tries to come in; resolves with the reason that the audit trail has for the refusal. */
  async function refusalOf(btu: string, shown: Shown, more: object = {}): Promise<string | null> {
    const before = await audit.count('device.connect');
    await expect(connected(btu, shown, more)).rejects.toThrow();
    const entries = await audit.after('device.connect', before);
    expect(entries.map(({ outcome }) => outcome)).toEqual(['refused']);
    return entries[0]?.reason ?? null;
  }

  describe('lets in', () => {
    it.each([
      ['P-256', undefined],
      ['P-384', { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }],
      ['RSA 2048', rsa(2048)],
      ['RSA 3072', rsa(3072)],
      ['Ed25519', { name: 'Ed25519' }],
    ])('%s', async (name, algorithm) => {
      const btu = `GOOD-${name.replace(' ', '')}`;
      const client = await connected(btu, await enrol(btu, algorithm));
      await publish(client, btu, liveFrame(btu, 1, 1));
    });

    it.each(['TLSv1.2', 'TLSv1.3'])('%s', async (version) => {
      const btu = `GOOD-${version}`;
      await connected(btu, await enrol(btu), { minVersion: version, maxVersion: version });
    });

    it('a device of another organisation, under its own CA', async () => {
      await connected('OTHER-1', await enrol('OTHER-1', undefined, 'org_other'));
    });

    it('the certificate of before, as long as the new one was not used', async () => {
      const old = await enrol('GOOD-old');
      await connected('GOOD-old', old);
      await enrol('GOOD-old');
      await connected('GOOD-old', old);
    });
  });

  /** Refusals of one device for one cause are told once a minute: every try is by another. */
  let odds = 0;
  let ODD = 'ODD';
  beforeEach(() => {
    ODD = `ODD-${++odds}`;
  });

  describe('refuses what OpenSSL refuses', () => {
    const signedBy = async (odd: Omit<OddCertificate, 'btu'>, issuer?: Issuer): Promise<string | null> =>
      refusalOf(ODD, await oddCertificate(issuer ?? (await issuing()), { btu: ODD, ...odd }));

    it('expired', async () => {
      expect(await signedBy({ from: Date.now() - 2 * day, to: Date.now() - day })).toBe('CERT_HAS_EXPIRED');
    });
    it('not yet valid', async () => {
      expect(await signedBy({ from: Date.now() + day, to: Date.now() + 2 * day })).toBe('CERT_NOT_YET_VALID');
    });
    it('for servers', async () => {
      expect(await signedBy({ usages: [x509.ExtendedKeyUsage.serverAuth] })).toBe('INVALID_PURPOSE');
    });
    it('of an unknown CA', async () => {
      expect(await signedBy({}, await strangeAuthority('Somebody'))).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    });
    it('of a CA that only has the name of ours', async () => {
      const ours = new x509.X509Certificate((await issuing()).certificatePem);
      const fake = await strangeAuthority(ours.subjectName.getField('CN')[0] ?? '');
      expect(await signedBy({}, fake)).toMatch(/^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_SIGNATURE_FAILURE)$/);
    });
    it('self-signed', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'quaywatch-odd-'));
      try {
        const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name)) as [string, string];
        const subject = ['-subj', `/CN=${ODD}`, '-addext', `subjectAltName=URI:urn:quaywatch:btu:${ODD}`];
        const make = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
        execFileSync('openssl', [...make, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
        const shown = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
        expect(await refusalOf(ODD, shown)).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
    it('signed with SHA-1', async () => {
      expect(await signedBySha1()).toBe('WEAK_SIGNATURE');
    });
    it('below a CA that may have none below it', async () => {
      const below = await oddCertificate(await issuing(), { btu: 'ODD-CA', ca: {}, san: [], usages: [] });
      const leaf = await oddCertificate(below.issuer, { btu: ODD });
      expect(await refusalOf(ODD, { key: leaf.key, cert: `${leaf.cert}\n${below.cert}` })).toBe('PATH_LENGTH_EXCEEDED');
    });
    it('of a CA that is missing in the chain', async () => {
      const below = await oddCertificate(await issuing(), { btu: 'ODD-CA', ca: {}, san: [], usages: [] });
      const leaf = await oddCertificate(below.issuer, { btu: ODD });
      expect(await refusalOf(ODD, leaf)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    });
    it('of a device that plays CA', async () => {
      const device = await oddCertificate(await issuing(), { btu: 'ODD-DEVICE' });
      const leaf = await oddCertificate(device.issuer, { btu: ODD });
      expect(await refusalOf(ODD, { key: leaf.key, cert: `${leaf.cert}\n${device.cert}` })).toBe('INVALID_CA');
    });

    async function signedBySha1(): Promise<string | null> {
      // WebCrypto signs no certificate with SHA-1 for us: OpenSSL does, as a registered CA that is behind the times.
      const folder = mkdtempSync(join(tmpdir(), 'quaywatch-sha1-'));
      const file = (name: string): string => join(folder, name);
      try {
        const openssl = (...args: string[]): unknown => execFileSync('openssl', args, { stdio: 'pipe' });
        openssl(
          'req',
          '-x509',
          '-newkey',
          'rsa:2048',
          '-nodes',
          '-days',
          '9',
          '-subj',
          '/CN=Old maker',
          '-keyout',
          file('ca.key'),
          '-out',
          file('ca.pem'),
        );
        openssl(
          'req',
          '-newkey',
          'rsa:2048',
          '-nodes',
          '-subj',
          `/CN=${ODD}`,
          '-keyout',
          file('d.key'),
          '-out',
          file('d.csr'),
        );
        writeFileSync(file('ext'), `subjectAltName=URI:urn:quaywatch:btu:${ODD}\nextendedKeyUsage=clientAuth\n`);
        openssl(
          'x509',
          '-req',
          '-sha1',
          '-days',
          '9',
          '-in',
          file('d.csr'),
          '-CA',
          file('ca.pem'),
          '-CAkey',
          file('ca.key'),
          '-CAcreateserial',
          '-extfile',
          file('ext'),
          '-out',
          file('d.pem'),
        );
        const actor = { org: 'org_test', kind: 'user', id: 'usr_test', address: null } as const;
        await authorities().register(actor, {
          certificate: readFileSync(file('ca.pem'), 'utf8'),
          name: 'Old maker',
          quota: 1,
        });
        const shown = { key: readFileSync(file('d.key'), 'utf8'), cert: readFileSync(file('d.pem'), 'utf8') };
        return await refusalOf(ODD, shown, { ciphers: 'DEFAULT@SECLEVEL=0' });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    }
  });

  describe('refuses what we know better', () => {
    it.each<[string, Omit<OddCertificate, 'btu'>, string]>([
      ['without a purpose', { usages: [] }, 'INVALID_PURPOSE'],
      ['RSA 1024', { key: rsa(1024) }, 'WEAK_KEY'],
      ['that is a CA', { ca: {} }, 'CA_CERTIFICATE'],
      ['without a SAN', { san: [] }, 'NO_DEVICE_IDENTITY'],
      ['with a DNS name only', { san: [{ type: 'dns', value: 'odd' }] }, 'NO_DEVICE_IDENTITY'],
      [
        'with two SANs',
        {
          san: [
            { type: 'url', value: 'urn:quaywatch:btu:ODD' },
            { type: 'url', value: 'urn:quaywatch:btu:ODD-2' },
          ],
        },
        'AMBIGUOUS_IDENTITY',
      ],
      ['whose CN is not its SAN', { cn: 'ODD-2' }, 'CN_NOT_SAN'],
      ['of an unknown BTU', {}, 'NOT_ENROLLED'],
    ])('%s', async (_, odd, reason) => {
      const made = await oddCertificate(await issuing(), { btu: ODD, ...odd });
      expect(await refusalOf(ODD, made, { ciphers: 'DEFAULT@SECLEVEL=0' })).toBe(reason);
    });

    it('of a weak curve', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'quaywatch-curve-'));
      const file = (name: string): string => join(folder, name);
      try {
        execFileSync('openssl', ['ecparam', '-name', 'secp224r1', '-genkey', '-noout', '-out', file('key')]);
        execFileSync('openssl', ['ec', '-in', file('key'), '-pubout', '-outform', 'DER', '-out', file('spki')], {
          stdio: 'ignore',
        });
        const { cert } = await oddCertificate(await issuing(), {
          btu: ODD,
          spki: new Uint8Array(readFileSync(file('spki'))),
        });
        const tls12 = { maxVersion: 'TLSv1.2', ecdhCurve: 'auto', sigalgs: 'ECDSA+SHA256' };
        expect(await refusalOf(ODD, { cert, key: readFileSync(file('key'), 'utf8') }, tls12)).toBe(
          'handshake ERR_SSL_WRONG_CURVE',
        );
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it('with another client id than its SAN', async () => {
      expect(await refusalOf('BTU-X', await enrol('BTU-Y'))).toBe('client id BTU-X');
    });

    it('that our CA signed and nobody issued', async () => {
      await enrol('BTU-N');
      expect(await refusalOf('BTU-N', await oddCertificate(await issuing(), { btu: 'BTU-N' }))).toBe('NOT_ISSUED');
    });

    it('with a number that another certificate has', async () => {
      const { cert } = await enrol('BTU-S');
      const serial = new x509.X509Certificate(cert).serialNumber;
      const twin = await oddCertificate(await issuing(), { btu: 'BTU-S', serial });
      expect(await refusalOf('BTU-S', twin)).toBe('SERIAL_REUSED');
    });

    it('of the CA of another organisation', async () => {
      await enrol('BTU-A');
      const foreign = await oddCertificate(await issuing('org_other'), { btu: 'BTU-A' });
      expect(await refusalOf('BTU-A', foreign)).toBe('OTHER_ORGANISATION');
    });

    it('of a CA that is retired', async () => {
      const mine = await enrol('BTU-R', undefined, 'org_retired');
      await connected('BTU-R', mine);
      const [ca] = authorities().issuing('org_retired');
      const actor = { org: 'org_retired', kind: 'user', id: 'usr_test', address: null } as const;
      await authorities().retire(actor, ca?.authority ?? '', 'key lost');
      expect(await refusalOf('BTU-R', mine)).toMatch(/^(UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT)$/);
      const again = await enrol('BTU-R', undefined, 'org_retired');
      await connected('BTU-R', again);
    });

    it('that a newer one has replaced, after the overlap', async () => {
      const old = await enrol('BTU-O');
      await connected('BTU-O', old);
      await connected('BTU-O', await enrol('BTU-O'));
      await services.until(async () => (await refusalOf('BTU-O', old).catch(() => null)) === 'SUPERSEDED');
    });

    it('no certificate', async () => {
      expect(await refusalOf(ODD, {})).toBe('NO_CERTIFICATE');
      await expect(connected(ODD, {}, { maxVersion: 'TLSv1.2' })).rejects.toThrow();
    });

    it('a certificate whose key somebody else has', async () => {
      const mine = await enrol('BTU-K');
      const wanted = derOf(mine.cert);
      let thief = await oddCertificate(await issuing(), { btu: 'BTU-K' });
      // OpenSSL loads no pair that does not fit: the stolen certificate is put in on the way, where it must fit exactly.
      for (let i = 0; i < 200 && derOf(thief.cert).length !== wanted.length; i++)
        thief = await oddCertificate(await issuing(), { btu: 'BTU-K' });
      const proxy = createServer((socket) => {
        const onward = connectTcp(host().port, '127.0.0.1');
        socket.on('data', (chunk: Buffer) => onward.write(swapped(chunk, derOf(thief.cert), wanted)));
        onward.on('data', (chunk) => socket.write(chunk));
        for (const end of [socket, onward])
          end.on('error', () => undefined).on('close', () => (socket.destroy(), onward.destroy()));
      });
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      try {
        const before = await audit.count('device.connect');
        const options = { ...thief, ca: anchors, clientId: 'BTU-K', maxVersion: 'TLSv1.2' as const };
        await expect(connectOnce((proxy.address() as AddressInfo).port, options)).rejects.toThrow();
        const [entry] = await audit.after('device.connect', before);
        expect(entry?.reason).toMatch(/BAD_SIGNATURE/);
      } finally {
        proxy.close();
      }
    });

    it('TLS 1.1', async () => {
      const before = await audit.count('device.connect');
      const mine = await enrol('BTU-11');
      await expect(
        connected('BTU-11', mine, { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
      ).rejects.toThrow();
      const [entry] = await audit.after('device.connect', before);
      expect(entry?.reason).toBe('handshake ERR_SSL_UNSUPPORTED_PROTOCOL');
    });
  });

  describe('revocation', () => {
    it('cuts live sessions within 2 s, wherever they were revoked', async () => {
      const names = Array.from({ length: 12 }, (_, i) => `BTU-L${i}`);
      const shown = new Map<string, Shown>();
      const { commands } = (services.services.get('ingest')?.app.get(IdentityHost) as IdentityHost).parts;
      const live = await Promise.all(
        names.map(async (btu) => {
          const mine = await enrol(btu);
          shown.set(btu, mine);
          return { btu, client: await connected(btu, mine) };
        }),
      );
      const times = await Promise.all(
        live.map(async ({ btu, client }) => {
          const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
          // As another process does it: the fact and the row, nothing said to this broker.
          const actor = { org: 'org_test', kind: 'user', id: 'usr_test', address: null } as const;
          await commands.revoke(actor, btu, 'stolen');
          const began = Date.now();
          await closed;
          return Date.now() - began;
        }),
      );
      expect(Math.max(...times)).toBeLessThan(seconds(2));
      expect(await refusalOf('BTU-L0', shown.get('BTU-L0') ?? {})).toBe('CERT_REVOKED');
    });

    it('stays after a restart, and when the device is enrolled again', async () => {
      const mine = await enrol('BTU-M');
      await services.call('revokeDevice', { params: { id: 'BTU-M' }, body: { reason: 'lost' } });
      await services.stopOne('ingest');
      await services.startOne(ingest as never);
      expect(await refusalOf('BTU-M', mine)).toBe('CERT_REVOKED');
      await connected('BTU-M', await enrol('BTU-M'));
      await expect(connected('BTU-M', mine)).rejects.toThrow();
    });

    it.each(['TLSv1.2', 'TLSv1.3'] as const)('is not passed by with a session ticket of %s', async (version) => {
      const btu = `BTU-T-${version}`;
      const mine = await enrol(btu);
      const options = { ...mine, ca: anchors, minVersion: version, maxVersion: version };
      const { session } = await handshake(options);
      // The ticket is good as long as the certificate is: without this the test would prove nothing.
      const resumed = await handshake({ ...options, session });
      expect(resumed.reused).toBe(true);
      expect(await connectOver(btu, resumed.socket)).toBe(0);
      await services.call('revokeDevice', { params: { id: btu }, body: { reason: 'lost' } });
      const before = await audit.count('device.connect');
      const after = await handshake({ ...options, session }).catch(() => undefined);
      if (after) expect(await connectOver(btu, after.socket)).not.toBe(0);
      const [entry] = await audit.after('device.connect', before);
      expect(entry?.reason).toBe('CERT_REVOKED');
    });
  });

  /** A finished handshake with a session that can be resumed. */
  async function handshake(
    options: ConnectionOptions,
  ): Promise<{ socket: TLSSocket; session: Buffer; reused: boolean }> {
    const socket = tlsConnect({ host: '127.0.0.1', port: host().port, servername: 'localhost', ...options });
    sockets.push(socket);
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('closed')));
      // A session that is resumed brings no ticket of its own; its old one is good for more.
      socket.once('secureConnect', () => {
        const reused = socket.isSessionReused();
        if (reused) resolve({ socket, session: options.session as Buffer, reused });
        else if (options.maxVersion === 'TLSv1.2') resolve({ socket, session: socket.getSession() as Buffer, reused });
        else socket.once('session', (session: Buffer) => resolve({ socket, session, reused }));
      });
    });
  }

  /** Sends CONNECT; the return code of the CONNACK, or undefined when the connection was closed. */
  function connectOver(btu: string, socket: TLSSocket): Promise<number | undefined> {
    const id = Buffer.from(btu);
    const body = Buffer.concat([Buffer.from([0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, id.length]), id]);
    return new Promise((resolve) => {
      socket.once('data', (data: Buffer) => resolve(data[3]));
      socket.once('close', () => resolve(undefined));
      socket.write(Buffer.concat([Buffer.from([0x10, body.length]), body]));
    });
  }
});

function rsa(modulusLength: number) {
  return { name: 'RSASSA-PKCS1-v1_5', modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' };
}

const derOf = (pem: string): Buffer => Buffer.from(new x509.X509Certificate(pem).rawData);

function swapped(chunk: Buffer, what: Buffer, by: Buffer): Buffer {
  const at = chunk.indexOf(what);
  return at < 0 ? chunk : Buffer.concat([chunk.subarray(0, at), by, chunk.subarray(at + what.length)]);
}
