import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Edge } from '../../gateway/src/edge/edge';
import type { Browser } from '../../gateway/test/browser';
import { Http2Caller } from '../../gateway/test/http2-caller';
import { testCertificate, type TestCertificate } from '../../gateway/test/test-certificate';
import { TwoServices } from '../../gateway/test/two-services';

// Programs that prove themselves by certificate, and tokens bound to one (RFC 8705), over real TLS handshakes at the
// gateway's public port.

const password = 'seven cranes at the quay';
const name = 'quaywatch.example.com';

let folder: string;
let two: TwoServices;
let authority: TestCertificate;
let port: number;
let admin: Http2Caller;
let ada: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quaywatch-mtls-'));
  authority = await testCertificate('Test authority');
  const server = await testCertificate(name, authority.issuer);
  const file = async (path: string, text: string): Promise<string> => {
    await writeFile(join(folder, path), text);
    return join(folder, path);
  };
  two = await TwoServices.start(`https://${name}`, {
    HTTPS_PORT: '0',
    HTTPS_HOST: '127.0.0.1',
    TLS_ASK_CALLERS: 'true',
    TLS_CERT_FILE: await file('tls.crt', server.cert),
    TLS_KEY_FILE: await file('tls.key', server.key),
    TLS_CALLER_CA_FILE: await file('ca.crt', authority.cert),
  });
  port = two.gateway.app.get(Edge).httpsPort ?? 0;
  admin = await Http2Caller.open(`https://127.0.0.1:${port}`, { ca: authority.cert, servername: name });
  ada = two.browser(`https://127.0.0.1:${port}`, admin.fetch);
  const form = await ada.form((await two.setUpPath()) ?? '', { name: 'Ada', email: 'ada@example.com', password });
  await ada.form(new URL(form.url).pathname, { email: 'ada@example.com', password });
}, 60_000);
afterAll(async () => {
  admin?.close();
  await two?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** One call over a connection of its own, made with this certificate or none. */
async function over(
  own: TestCertificate | undefined,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  const connection = await Http2Caller.open(`https://127.0.0.1:${port}`, {
    ca: authority.cert,
    servername: name,
    ...(own ? { cert: own.cert, key: own.key } : {}),
  });
  try {
    const answer = await connection.fetch(new URL(`https://${name}${path}`), { method, headers, body: body ?? null });
    const text = await answer.text();
    return { status: answer.status, body: (text ? JSON.parse(text) : {}) as Record<string, unknown> };
  } finally {
    connection.close();
  }
}
const roles = [{ role: 'partner', scope: 'organisation' }];
const register = async (more: object): Promise<Answer> => {
  const made = await ada.json('POST', '/v1/api-clients', { name: 'TOS', roles, ...more });
  return { status: made.status, body: JSON.parse(made.text) as Record<string, unknown> };
};
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const tokenFor = (own: TestCertificate | undefined, id: unknown): Promise<Answer> =>
  over(own, 'POST', '/oidc/token', form, `grant_type=client_credentials&client_id=${String(id)}`);
const use = async (own: TestCertificate | undefined, token: unknown): Promise<number> =>
  (await over(own, 'GET', '/v1/terminals', { authorization: `Bearer ${String(token)}` })).status;
const thumbprint = ({ cert }: TestCertificate): string =>
  createHash('sha256').update(new X509Certificate(cert).raw).digest('base64url');

describe('program with a certificate of an authority we trust', () => {
  it('gets a token by the registered name only, and the token works with that certificate only', async () => {
    const own = await testCertificate('tos.partner.example.com', authority.issuer);
    const { status, body } = await register({
      method: 'tls_client_auth',
      certificate_name: { dns: 'tos.partner.example.com' },
    });
    expect([status, body]).toEqual([
      201,
      expect.objectContaining({ client_secret: null, certificate_bound: true, method: 'tls_client_auth' }),
    ]);
    const id = body['id'];
    const got = await tokenFor(own, id);
    expect([got.status, got.body]).toEqual([200, expect.objectContaining({ token_type: 'Bearer' })]);
    const token = got.body['access_token'];
    expect(await use(own, token)).toBe(200);
    // Stolen: from another connection without the certificate, or with another good one of the same name.
    expect(await use(undefined, token)).toBe(401);
    const twin = await testCertificate('tos.partner.example.com', authority.issuer);
    expect(await use(twin, token)).toBe(401);
    expect(await use(own, token)).toBe(200);

    const asked = await over(
      own,
      'POST',
      '/oidc/token/introspection',
      form,
      `client_id=${String(id)}&token=${String(token)}`,
    );
    expect(asked.body).toMatchObject({ active: true, cnf: { 'x5t#S256': thumbprint(own) } });
    const renewed = await over(
      twin,
      'POST',
      '/oidc/token',
      form,
      `grant_type=client_credentials&client_id=${String(id)}`,
    );
    expect(renewed.status).toBe(200);
  });

  it('is nobody without a certificate, with one of another authority or of another name', async () => {
    const { body } = await register({
      method: 'tls_client_auth',
      certificate_name: { dns: 'scada.partner.example.com' },
    });
    const strangers: [string, TestCertificate | undefined][] = [
      ['none', undefined],
      ['self-signed, same name', await testCertificate('scada.partner.example.com')],
      [
        'other authority',
        await testCertificate('scada.partner.example.com', (await testCertificate('Test authority')).issuer),
      ],
      ['other name', await testCertificate('other.partner.example.com', authority.issuer)],
      ['name within a name', await testCertificate('scada.partner.example.com.evil.example', authority.issuer)],
      ['wildcard', await testCertificate('*.partner.example.com', authority.issuer)],
      ['expired', await testCertificate('scada.partner.example.com', authority.issuer, -60_000)],
    ];
    for (const [why, own] of strangers) {
      const { status, body: refusal } = await tokenFor(own, body['id']);
      expect([why, status, refusal['error']]).toEqual([why, 401, 'invalid_client']);
    }
    // Neither a secret nor another program's certificate helps.
    const basic = `Basic ${Buffer.from(`${String(body['id'])}:x`).toString('base64')}`;
    const { status } = await over(
      undefined,
      'POST',
      '/oidc/token',
      { ...form, authorization: basic },
      'grant_type=client_credentials',
    );
    expect(status).toBe(401);
  });
});

describe('program with certificates of its own', () => {
  it('is known by exactly these, one taking over from the other', async () => {
    const [first, second] = [await testCertificate('btu-gateway'), await testCertificate('btu-gateway')];
    const { status, body } = await register({
      method: 'self_signed_tls_client_auth',
      certificates: [first.cert, second.cert],
    });
    expect([status, body]).toEqual([201, expect.objectContaining({ certificate_bound: true })]);
    for (const own of [first, second]) {
      const got = await tokenFor(own, body['id']);
      expect([got.status, await use(own, got.body['access_token'])]).toEqual([200, 200]);
      expect(await use(own === first ? second : first, got.body['access_token'])).toBe(401);
    }
    for (const own of [undefined, await testCertificate('btu-gateway')])
      expect((await tokenFor(own, body['id'])).body['error']).toBe('invalid_client');
    // Shut out with its tokens, although its certificate is as good as before.
    const token = (await tokenFor(first, body['id'])).body['access_token'];
    expect((await ada.json('DELETE', `/v1/api-clients/${String(body['id'])}`)).status).toBe(200);
    expect([await use(first, token), (await tokenFor(first, body['id'])).status]).toEqual([401, 401]);
  });
});

describe('registration', () => {
  it('says what each way to prove oneself needs', async () => {
    const own = await testCertificate('x.example.com');
    const late = await testCertificate('x.example.com', undefined, -60_000);
    const wrong: [object, string][] = [
      [{ method: 'tls_client_auth' }, '/certificate_name'],
      [{ method: 'self_signed_tls_client_auth' }, '/certificates'],
      [{ method: 'private_key_jwt' }, '/jwks'],
      [{ certificate_name: { dns: 'x.example.com' } }, '/certificate_name'],
      [{ certificates: [own.cert] }, '/certificates'],
      [{ method: 'self_signed_tls_client_auth', certificates: ['no certificate'] }, '/certificates/0'],
      [{ method: 'self_signed_tls_client_auth', certificates: [own.cert, late.cert] }, '/certificates/1'],
      [{ certificate_bound: true, dpop: true }, '/certificate_bound'],
    ];
    for (const [more, pointer] of wrong) {
      const { status, body } = await register(more);
      expect([more, status, body['errors']]).toEqual([more, 400, [expect.objectContaining({ pointer })]]);
    }
  });

  it('binds the tokens of a program with a secret to a certificate as well, if that is asked for', async () => {
    const own = await testCertificate('bound.example.com');
    const { body } = await register({ certificate_bound: true });
    const basic = `Basic ${Buffer.from(`${String(body['id'])}:${String(body['client_secret'])}`).toString('base64')}`;
    const ask = (shown?: TestCertificate): Promise<Answer> =>
      over(shown, 'POST', '/oidc/token', { ...form, authorization: basic }, 'grant_type=client_credentials');
    expect((await ask()).status).toBe(400);
    const token = (await ask(own)).body['access_token'];
    expect([await use(own, token), await use(undefined, token)]).toEqual([200, 401]);
  });
});
