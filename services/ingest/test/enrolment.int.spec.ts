import 'reflect-metadata';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import type { Principal } from '@quaywatch/contracts';
import { testAdministrator, TestServices } from '@quaywatch/runtime/testing';
import type { MqttClient } from 'mqtt';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BrokerHost, EnrolmentHost, IdentityHost, ingest } from '../src/index';
import { canonicalSerial } from '../src/pki/certificates';
import { AuditReader } from './audit-reader';
import { connectOnce, liveFrame, publish } from './test-device';

const run = promisify(execFile);

describe('enrolment and life of certificates, with curl and openssl as the device', () => {
  let services: TestServices;
  let audit: AuditReader;
  let folder: string;
  const clients: MqttClient[] = [];
  const file = (name: string): string => join(folder, name);
  const get = <T>(type: new (...args: never[]) => T): T => services.services.get('ingest')?.app.get(type) as T;
  const est = (operation: string): string =>
    `https://127.0.0.1:${get(EnrolmentHost).estPort}/.well-known/est/${operation}`;
  const pki = (path: string): string => `http://127.0.0.1:${get(EnrolmentHost).publicationPort}/pki/${path}`;
  const openssl = async (...args: string[]): Promise<string> => (await run('openssl', args)).stdout;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'quaywatch-est-'));
    services = await TestServices.start([ingest as never], {
      environment: {
        MQTT_PORT: '0',
        MQTT_HOST: '127.0.0.1',
        EST_PORT: '0',
        PKI_HTTP_PORT: '0',
        PKI_PUBLIC_URL: 'http://pki.example',
      },
    });
    audit = new AuditReader(services);
    writeFileSync(file('anchors.pem'), get(IdentityHost).parts.authorities.anchors);
  }, 60_000);
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.endAsync(true)));
  });
  afterAll(async () => {
    await services.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const claim = async (btu: string, more: object = {}, principal: Principal = testAdministrator) =>
    services.call<{ code: string; expires_at: string }>('claimDevice', {
      params: { id: btu },
      body: more,
      principal,
    });

  /** A key and a request of OpenSSL; the request is DER in base64. */
  async function request(
    name: string,
    subject: string,
    more: string[] = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  ) {
    const extra = more.includes('-key') ? [] : ['-keyout', file(`${name}.key`)];
    await openssl(
      'req',
      '-new',
      '-nodes',
      ...more,
      ...extra,
      '-subj',
      subject,
      '-outform',
      'DER',
      '-out',
      file(`${name}.csr`),
    );
    writeFileSync(file(`${name}.b64`), readFileSync(file(`${name}.csr`)).toString('base64'));
  }

  /** Status and body of a call with curl. */
  async function curl(...args: string[]): Promise<{ status: number; body: string }> {
    const out = file(`answer-${Math.random()}`);
    const { stdout } = await run('curl', [
      '-s',
      '--cacert',
      file('anchors.pem'),
      '-o',
      out,
      '-w',
      '%{http_code}',
      ...args,
    ]);
    return { status: Number(stdout), body: readFileSync(out, 'utf8') };
  }

  const post = (operation: string, name: string, ...args: string[]) =>
    curl(
      '-H',
      'Content-Type: application/pkcs10',
      '-H',
      'Content-Transfer-Encoding: base64',
      '--data-binary',
      `@${file(`${name}.b64`)}`,
      ...args,
      est(operation),
    );

  /** The certificates in a certs-only answer, PEM. */
  async function certificatesOf(body: string): Promise<string[]> {
    writeFileSync(file('answer.p7'), Buffer.from(body, 'base64'));
    const text = await openssl('pkcs7', '-inform', 'DER', '-in', file('answer.p7'), '-print_certs');
    return text.match(/-----BEGIN[^]*?END CERTIFICATE-----/g) ?? [];
  }

  async function enrolled(btu: string): Promise<{ key: string; cert: string }> {
    const { body } = await claim(btu);
    await request(btu, `/CN=${btu}`);
    const answer = await post('simpleenroll', btu, '-u', `${btu}:${body.code}`);
    expect(answer.status).toBe(200);
    const [cert = ''] = await certificatesOf(answer.body);
    writeFileSync(file(`${btu}.pem`), cert);
    return { cert, key: readFileSync(file(`${btu}.key`), 'utf8') };
  }

  const connected = async (btu: string, shown: { key: string; cert: string }): Promise<MqttClient> => {
    const ca = readFileSync(file('anchors.pem'), 'utf8');
    const client = await connectOnce(get(BrokerHost).port, { clientId: btu, ca, ...shown });
    clients.push(client);
    return client;
  };

  it('gives its CA certificates and wishes to everybody', async () => {
    const answer = await curl(est('cacerts'));
    expect(answer.status).toBe(200);
    const [root = ''] = await certificatesOf(answer.body);
    expect(root.trim()).toBe(readFileSync(file('anchors.pem'), 'utf8').trim());
    const wishes = await curl(est('csrattrs'));
    writeFileSync(file('attrs.der'), Buffer.from(wishes.body, 'base64'));
    expect(await openssl('asn1parse', '-inform', 'DER', '-in', file('attrs.der'))).toMatch(
      /id-ecPublicKey[^]*prime256v1/,
    );
    expect((await curl(est('label/cacerts'))).status).toBe(200);
    expect((await curl(est('serverkeygen'))).status).toBe(404);
  });

  it('enrols a device by a claim code, which is good once', async () => {
    const { body } = await claim('EST-1');
    expect(body.code).toMatch(/^([0-9A-Z]{4}-){4}[0-9A-Z]{4}$/);
    await request('EST-1', '/CN=EST-1');
    const first = await post('simpleenroll', 'EST-1', '-u', `EST-1:${body.code.toLowerCase()}`);
    expect(first.status).toBe(200);
    const [cert = ''] = await certificatesOf(first.body);
    const client = await connected('EST-1', { cert, key: readFileSync(file('EST-1.key'), 'utf8') });
    await publish(client, 'EST-1', liveFrame('EST-1', 1, 1));
    expect((await post('simpleenroll', 'EST-1', '-u', `EST-1:${body.code}`)).status).toBe(401);
    const refused = await services.until(async () => {
      const found = (await audit.all()).filter(
        ({ action, outcome }) => action === 'device.enrol' && outcome === 'refused',
      );
      return found.length > 0 && found;
    });
    expect(refused.map(({ reason, target }) => [reason, target.id])).toEqual([['CLAIM_REFUSED', 'EST-1']]);
  });

  it('redeems one code once when two devices come at the same moment', async () => {
    const { body } = await claim('EST-2');
    await request('EST-2', '/CN=EST-2');
    const answers = await Promise.all([1, 2, 3].map(() => post('simpleenroll', 'EST-2', '-u', `EST-2:${body.code}`)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it('keeps the code when the request was refused', async () => {
    const { body } = await claim('EST-3');
    const bad: [string, string, string[]?][] = [
      ['other-cn', '/CN=EST-X'],
      ['weak', '/CN=EST-3', ['-newkey', 'rsa:1024']],
      [
        'other-san',
        '/CN=EST-3',
        [
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-addext',
          'subjectAltName=URI:urn:quaywatch:btu:EST-X',
        ],
      ],
    ];
    for (const [name, subject, more] of bad) {
      await request(name, subject, more);
      expect([name, (await post('simpleenroll', name, '-u', `EST-3:${body.code}`)).status]).toEqual([name, 400]);
    }
    await enrolled('EST-4');
    await request('stolen-key', '/CN=EST-3', ['-key', file('EST-4.key')]);
    expect((await post('simpleenroll', 'stolen-key', '-u', `EST-3:${body.code}`)).status).toBe(409);
    writeFileSync(file('nonsense.b64'), 'AAAA');
    expect((await post('simpleenroll', 'nonsense', '-u', `EST-3:${body.code}`)).status).toBe(400);
    await request('EST-3', '/CN=EST-3');
    expect((await post('simpleenroll', 'EST-3', '-u', `EST-3:${body.code}`)).status).toBe(200);
  });

  it('refuses codes of others, old ones, and whoever guesses', async () => {
    const mine = await claim('EST-5');
    const later = await claim('EST-5');
    await request('EST-5', '/CN=EST-5');
    expect((await post('simpleenroll', 'EST-5', '-u', `EST-5:${mine.body.code}`)).status).toBe(401);
    expect((await post('simpleenroll', 'EST-5', '-u', `EST-6:${later.body.code}`)).status).toBe(401);
    expect((await post('simpleenroll', 'EST-5')).status).toBe(401);
    const store = services.store('ingest');
    await store.transact((tx) => tx.query(`update claim set expires_at = 1 where btu = 'EST-5' and used_at is null`));
    expect((await post('simpleenroll', 'EST-5', '-u', `EST-5:${later.body.code}`)).status).toBe(401);
    const good = await claim('EST-5');
    for (let i = 0; i < 8; i++)
      expect((await post('simpleenroll', 'EST-5', '-u', `EST-5:${'A'.repeat(20)}`)).status).toBe(401);
    const locked = await post('simpleenroll', 'EST-5', '-u', `EST-5:${good.body.code}`);
    expect(locked.status).toBe(429);
    const stored = await store.transact((tx) => tx.query('select * from claim'));
    expect(JSON.stringify(stored)).not.toContain(good.body.code.replaceAll('-', ''));
  });

  it('renews by the certificate that is good now, and both work', async () => {
    const old = await enrolled('EST-7');
    await request('EST-7-new', '/CN=EST-7');
    const with7 = ['--cert', file('EST-7.pem'), '--key', file('EST-7.key')];
    const answer = await post('simplereenroll', 'EST-7-new', ...with7);
    expect(answer.status).toBe(200);
    const [cert = ''] = await certificatesOf(answer.body);
    await connected('EST-7', { cert, key: readFileSync(file('EST-7-new.key'), 'utf8') });
    await connected('EST-7', old);
    await request('EST-8-new', '/CN=EST-8');
    expect((await post('simplereenroll', 'EST-8-new', ...with7)).status).toBe(400);
    expect((await post('simplereenroll', 'EST-7-new')).status).toBe(403);
    await services.call('revokeDevice', { params: { id: 'EST-7' }, body: { reason: 'lost' } });
    expect((await post('simplereenroll', 'EST-7-new', ...with7)).status).toBe(403);
    const reasons = (await audit.all()).filter(
      ({ action, outcome }) => action === 'device.renew' && outcome === 'refused',
    );
    expect(reasons.map(({ reason }) => reason)).toEqual(
      expect.arrayContaining(['NO_CERTIFICATE', 'CERT_REVOKED', expect.stringMatching(/CN is not EST-7/)]),
    );
  });

  it('publishes a revocation list that OpenSSL follows, and says where', async () => {
    const good = await enrolled('EST-10');
    const bad = await enrolled('EST-11');
    await services.call('revokeDevice', { params: { id: 'EST-11' }, body: { reason: 'lost' } });
    const [ca] = get(IdentityHost).parts.authorities.issuing('org_test');
    writeFileSync(file('ca.pem'), ca?.certificate ?? '');
    const text = await openssl('x509', '-in', file('EST-10.pem'), '-noout', '-text');
    expect(text).toContain(`URI:http://pki.example/pki/${ca?.authority}.crl`);
    expect(text).toContain('OCSP - URI:http://pki.example/pki/ocsp');
    for (const id of [ca?.authority, get(IdentityHost).parts.authorities.all[0]?.authority]) {
      const list = await fetch(pki(`${id}.crl`));
      expect(list.headers.get('content-type')).toBe('application/pkix-crl');
      writeFileSync(file('list.der'), new Uint8Array(await list.arrayBuffer()));
      await openssl(
        'crl',
        '-inform',
        'DER',
        '-in',
        file('list.der'),
        '-out',
        file(`${id === ca?.authority ? 'ca' : 'root'}.crl`),
      );
    }
    writeFileSync(file('lists.pem'), readFileSync(file('ca.crl'), 'utf8') + readFileSync(file('root.crl'), 'utf8'));
    const check = [
      'verify',
      '-crl_check_all',
      '-CAfile',
      file('anchors.pem'),
      '-untrusted',
      file('ca.pem'),
      '-CRLfile',
      file('lists.pem'),
    ];
    expect(await openssl(...check, file('EST-10.pem'))).toContain('OK');
    await expect(openssl(...check, file('EST-11.pem'))).rejects.toThrow(/certificate revoked/);
    expect(serialOf(good.cert)).not.toBe(serialOf(bad.cert));
    expect((await fetch(pki('nothing.crl'))).status).toBe(404);
  });

  it('answers OCSP as OpenSSL understands it', async () => {
    await enrolled('EST-12');
    const revoked = await enrolled('EST-13');
    await services.call('revokeDevice', { params: { id: 'EST-13' }, body: { reason: 'lost' } });
    const [ca] = get(IdentityHost).parts.authorities.issuing('org_test');
    writeFileSync(file('ca.pem'), ca?.certificate ?? '');
    const ask = (...what: string[]): Promise<string> =>
      openssl(
        'ocsp',
        '-issuer',
        file('ca.pem'),
        ...what,
        '-url',
        pki('ocsp'),
        '-CAfile',
        file('anchors.pem'),
        '-verify_other',
        file('ca.pem'),
      );
    expect(await ask('-cert', file('EST-12.pem'))).toMatch(/: good/);
    const answer = await ask('-sha256', '-cert', file('EST-13.pem'));
    expect(answer).toMatch(/: revoked[^]*Revocation Time/);
    expect(await ask('-serial', '0x1234')).toMatch(/: unknown/);
    expect(serialOf(revoked.cert)).toMatch(/^[0-9a-f]+$/);
    // Another CA's certificate is none of ours, and rubbish is told so.
    const stranger = await run('openssl', [
      'ocsp',
      '-issuer',
      file('EST-12.pem'),
      '-serial',
      '1',
      '-url',
      pki('ocsp'),
    ]).catch((error: Error) => error);
    expect(JSON.stringify(stranger)).toMatch(/unauthorized/i);
    const rubbish = await fetch(pki('ocsp'), { method: 'POST', body: 'rubbish' });
    expect([...new Uint8Array(await rubbish.arrayBuffer())]).toEqual([0x30, 3, 0x0a, 1, 1]);
  });

  it('changes the CA without a hand on any device', async () => {
    const old = await enrolled('EST-14');
    const before = get(IdentityHost).parts.authorities.issuing('org_test').length;
    const rotated = await services.call<{ id: string; certificate: string }>('rotateAuthority');
    expect(rotated.status).toBe(201);
    expect(get(IdentityHost).parts.authorities.issuing('org_test')).toHaveLength(before + 1);
    const fresh = await enrolled('EST-15');
    expect(issuerOf(fresh.cert)).toContain(rotated.body.id);
    expect(issuerOf(old.cert)).not.toContain(rotated.body.id);
    await connected('EST-14', old);
    await connected('EST-15', fresh);
    await request('EST-14-new', '/CN=EST-14');
    const renewed = await post(
      'simplereenroll',
      'EST-14-new',
      '--cert',
      file('EST-14.pem'),
      '--key',
      file('EST-14.key'),
    );
    expect(issuerOf((await certificatesOf(renewed.body))[0] ?? '')).toContain(rotated.body.id);
    const { body } = await services.call<{ data: { id: string; kind: string; certificates: number }[] }>(
      'listAuthorities',
    );
    expect(body.data.map(({ kind }) => kind)).toEqual(['issuing', 'issuing']);
    expect(body.data[1]).toMatchObject({ id: rotated.body.id, certificates: 2 });
  });

  it('lets nobody without a role for the whole organisation change CAs or make codes', async () => {
    const officer: Principal = {
      ...testAdministrator,
      roles: [{ role: 'security_officer', scope: { terminals: ['ter_1'] } }],
    };
    expect((await claim('EST-20', {}, officer)).status).toBe(403);
    expect((await services.call('rotateAuthority', { principal: officer })).status).toBe(403);
    expect((await services.call('listAuthorities', { principal: officer })).status).toBe(403);
    const [ca] = get(IdentityHost).parts.authorities.issuing('org_test');
    const retire = { params: { id: ca?.authority ?? '' }, body: { reason: 'x' } };
    expect((await services.call('retireAuthority', { ...retire, principal: officer })).status).toBe(403);
    const stranger = { ...testAdministrator, org: 'org_other' };
    expect((await services.call('retireAuthority', { ...retire, principal: stranger })).status).toBe(404);
    await enrolled('EST-21');
    expect((await claim('EST-21', {}, stranger)).status).toBe(409);
    const theirs = await services.call<{ data: unknown[] }>('listAuthorities', { principal: stranger });
    expect(theirs.body.data).toEqual([]);
  });
});

const serialOf = (pem: string): string => canonicalSerial(new x509.X509Certificate(pem).serialNumber);
const issuerOf = (pem: string): string => new x509.X509Certificate(pem).issuer;
