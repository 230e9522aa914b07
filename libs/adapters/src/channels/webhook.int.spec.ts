import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { notificationChannelContract } from '@quaywatch/ports/testing';
import { webhookChannel } from './webhook';
import { verifyWebhook } from './webhook-signature';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

interface Seen {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver on 127.0.0.1: `/410` answers 410, and so on. */
async function receiver(
  answer: (response: ServerResponse, status: number) => void = (response, status) =>
    response.writeHead(status).end('x'),
) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      seen.push({ url: request.url ?? '', headers: request.headers, body });
      answer(response, Number(request.url?.slice(1)) || 200);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { seen, port, url: `http://127.0.0.1:${port}`, close };
}

notificationChannelContract('webhook', async () => {
  const partner = await receiver();
  const address = {
    accepts: `${partner.url}/204`,
    'passing trouble': `${partner.url}/503`,
    'refuses for good': `${partner.url}/410`,
    'is not there': 'http://127.0.0.1:1/',
  };
  return {
    channel: webhookChannel({ allowPrivate: true }),
    target: (answer) => ({ address: address[answer], secret }),
    received: () => partner.seen.map(({ headers }) => String(headers['webhook-id'])),
    close: partner.close,
  };
});

describe('webhookChannel', () => {
  let partner: Awaited<ReturnType<typeof receiver>>;
  beforeAll(async () => {
    partner = await receiver((response, status) => response.writeHead(status, { location: '/200' }).end('x'));
  });
  afterAll(() => partner.close());
  const channel = webhookChannel({ allowPrivate: true });
  const notification = {
    id: 'dlv_1',
    timestamp: 1_700_000_000,
    payload: { title: 'Stiff twistlock', note: 'ä€\u{1f3d7}' },
  };

  it('signs what it sends, so that a receiver can verify it and a changed one fails', async () => {
    await channel.deliver({ address: `${partner.url}/hook?x=1`, secret }, notification);
    const { url, headers, body } = partner.seen.at(-1)!;
    expect(url).toBe('/hook?x=1');
    expect(JSON.parse(body)).toEqual(notification.payload);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': 'dlv_1',
      'webhook-timestamp': '1700000000',
    });
    const now = 1_700_000_100;
    expect(verifyWebhook({ secret, headers, body, now })).toBe(true);
    expect(verifyWebhook({ secret, headers, body: `${body} `, now })).toBe(false);
    expect(verifyWebhook({ secret, headers: { ...headers, 'webhook-id': 'dlv_2' }, body, now })).toBe(false);
    expect(verifyWebhook({ secret: `whsec_${Buffer.alloc(32, 8).toString('base64')}`, headers, body, now })).toBe(
      false,
    );
    expect(verifyWebhook({ secret, headers, body, now: now + 1000 })).toBe(false);
  });

  it('signs with each of two secrets while one is rotated', async () => {
    const next = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
    await channel.deliver({ address: partner.url, secret: `${secret} ${next}` }, notification);
    const { headers, body } = partner.seen.at(-1)!;
    for (const one of [secret, next])
      expect(verifyWebhook({ secret: one, headers, body, now: 1_700_000_000 })).toBe(true);
  });

  it.each([
    [200, 'accepted', undefined],
    [299, 'accepted', undefined],
    [301, 'failed', false],
    [307, 'failed', false],
    [400, 'failed', false],
    [404, 'failed', false],
    [408, 'failed', true],
    [410, 'failed', false],
    [425, 'failed', true],
    [429, 'failed', true],
    [500, 'failed', true],
    [503, 'failed', true],
  ])('answer %i is %s, recoverable %s, and redirects are not followed', async (status, kind, recoverable) => {
    const before = partner.seen.length;
    const result = await channel.deliver({ address: `${partner.url}/${status}`, secret }, notification);
    expect(result).toMatchObject({ kind, status, ...(recoverable === undefined ? {} : { recoverable }) });
    expect(partner.seen).toHaveLength(before + 1);
  });

  it.each(['not a url', 'ftp://example.com/', 'file:///etc/passwd', 'http://user:pw@127.0.0.1/'])(
    'refuses the address %s for good',
    async (address) => {
      expect(await channel.deliver({ address, secret }, notification)).toMatchObject({
        kind: 'failed',
        recoverable: false,
      });
    },
  );

  it('refuses a body of 20 kB, and a secret that is none, without telling it', async () => {
    const large = { ...notification, payload: 'ä'.repeat(10_000) };
    expect(await channel.deliver({ address: partner.url, secret }, large)).toMatchObject({ recoverable: false });
    const fits = { ...notification, payload: 'x'.repeat(19_990) };
    expect(await channel.deliver({ address: partner.url, secret }, fits)).toMatchObject({ kind: 'accepted' });
    const bad = await channel.deliver({ address: partner.url, secret: 'hunter2' }, notification);
    expect(bad).toMatchObject({ recoverable: false });
    expect(JSON.stringify(bad)).not.toContain('hunter2');
  });

  it('gives up on a receiver that says nothing, or never ends', async () => {
    const hush = createTcpServer(() => {}).listen(0, '127.0.0.1');
    await once(hush, 'listening');
    const { port } = hush.address() as AddressInfo;
    const quick = webhookChannel({ allowPrivate: true, limit: 200 });
    const result = await quick.deliver({ address: `http://127.0.0.1:${port}/`, secret }, notification);
    expect(result).toMatchObject({ kind: 'failed', recoverable: true, reason: 'no answer within the time limit' });
    const neverResolves = webhookChannel({ limit: 100, resolve: () => new Promise(() => {}) });
    expect(await neverResolves.deliver({ address: 'https://example.com/', secret }, notification)).toMatchObject({
      recoverable: true,
    });
    hush.close();
    const endless = await receiver((response) => void response.writeHead(200).write('more'));
    expect(await channel.deliver({ address: endless.url, secret }, notification)).toMatchObject({ kind: 'accepted' });
    await endless.close();
  });

  describe('does not let anybody reach into our network', () => {
    const guarded = (address = '127.0.0.1') =>
      webhookChannel({ resolve: async () => [{ address, family: address.includes(':') ? 6 : 4 }], limit: 2000 });

    it.each([
      '127.0.0.1',
      '127.8.9.10',
      '0.0.0.0',
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '169.254.169.254',
      '100.64.0.1',
      '224.0.0.1',
      '255.255.255.255',
      '::1',
      '::',
      '::ffff:127.0.0.1',
      '::ffff:a00:1',
      '64:ff9b::7f00:1',
      'fe80::1',
      'fc00::1',
      'ff02::1',
      '2002:7f00:1::',
      '2001:0:1::',
    ])('%s, as a name or as it is', async (address) => {
      const refused = { kind: 'failed', recoverable: false, reason: expect.stringContaining('private') };
      const literal = address.includes(':') ? `[${address}]` : address;
      expect(await guarded(address).deliver({ address: 'https://example.com/', secret }, notification)).toMatchObject(
        refused,
      );
      expect(await webhookChannel().deliver({ address: `https://${literal}/`, secret }, notification)).toMatchObject(
        refused,
      );
    });

    it.each(['https://localhost/', 'https://2130706433/', 'https://0x7f.1/', 'https://0177.0.0.1/'])(
      '%s',
      async (address) => {
        expect(await webhookChannel().deliver({ address, secret }, notification)).toMatchObject({
          recoverable: false,
          reason: expect.stringContaining('private'),
        });
      },
    );

    it('connects to the address that was checked, also when the name leads elsewhere a moment later', async () => {
      const before = partner.seen.length;
      let asked = 0;
      // Rebinding: public at the check, loopback at the next question. 192.0.2.x cannot be used, it is refused itself.
      const resolve = async () => [{ address: ++asked === 1 ? '8.8.8.8' : '127.0.0.1', family: 4 }];
      const rebinding = webhookChannel({ resolve, limit: 300 });
      const result = await rebinding.deliver({ address: `https://example.com:${partner.port}/`, secret }, notification);
      expect(result).toMatchObject({ kind: 'failed', recoverable: true });
      expect(asked).toBe(1);
      expect(partner.seen).toHaveLength(before);
    });

    it('asks no other resolver when it connects', async () => {
      // The name exists only in the resolver that was checked.
      const pinned = webhookChannel({ allowPrivate: true, resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
      const address = `http://only-checked.invalid:${partner.port}/200`;
      expect(await pinned.deliver({ address, secret }, notification)).toMatchObject({ kind: 'accepted' });
      expect(partner.seen.at(-1)?.headers.host).toBe(`only-checked.invalid:${partner.port}`);
    });

    it('wants https unless private addresses are allowed', async () => {
      const result = await guarded('8.8.8.8').deliver({ address: 'http://example.com/', secret }, notification);
      expect(result).toMatchObject({ recoverable: false, reason: 'the address must be https' });
    });
  });
});
