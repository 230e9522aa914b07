import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { notificationChannelContract } from '@quaywatch/ports/testing';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { mailChannel } from './mail';

const password = 'the password of the mail account';

interface Seen {
  readonly to: readonly string[];
  readonly text: string;
}

/** A mail server on 127.0.0.1: it has no room for busy@…, knows nobody at gone@…, and takes what is for everybody else. */
async function mailServer(options: { auth?: boolean } = {}) {
  const seen: Seen[] = [];
  const server = new SMTPServer({
    authOptional: !options.auth,
    disabledCommands: options.auth ? ['STARTTLS'] : ['STARTTLS', 'AUTH'],
    allowInsecureAuth: true,
    onAuth: ({ username, password: given }, _session, done) =>
      username === 'quaywatch' && given === password
        ? done(null, { user: username })
        : done(Object.assign(new Error(`no, ${given} is wrong`), { responseCode: 535 })),
    onRcptTo: ({ address }, _session, done) => {
      if (address.startsWith('busy')) return done(Object.assign(new Error('try later'), { responseCode: 451 }));
      if (address.startsWith('gone')) return done(Object.assign(new Error('no such user'), { responseCode: 550 }));
      done();
    },
    onData: (stream, session, done) => {
      let text = '';
      stream.setEncoding('utf8').on('data', (part: string) => (text += part));
      stream.once('end', () => {
        seen.push({ to: session.envelope.rcptTo.map(({ address }) => address), text });
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  return { seen, port, close: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

const from = 'Quaywatch <quaywatch@example.com>';
const noPassword = (): Promise<string> => Promise.reject(new Error('nobody asks for it'));

notificationChannelContract('mail', async () => {
  const server = await mailServer();
  const there = mailChannel({ url: `smtp://127.0.0.1:${server.port}`, from, password: noPassword });
  const away = mailChannel({ url: 'smtp://127.0.0.1:1', from, password: noPassword });
  const address = {
    accepts: 'ada@example.com',
    'passing trouble': 'busy@example.com',
    'refuses for good': 'gone@example.com',
    'is not there': 'away@example.com',
  };
  return {
    channel: {
      name: there.name,
      deliver: (target, notification) =>
        (target.address === address['is not there'] ? away : there).deliver(target, {
          ...notification,
          payload: { subject: 'A notice', text: 'Something happened.' },
        }),
    },
    target: (answer) => ({ address: address[answer], secret: 'very-secret' }),
    received: () => server.seen.map(({ text }) => /^Message-ID: <(\w+)@/im.exec(text)?.[1] ?? ''),
    close: server.close,
  };
});

describe('mailChannel', () => {
  let server: Awaited<ReturnType<typeof mailServer>>;
  beforeAll(async () => {
    server = await mailServer({ auth: true });
  });
  afterAll(() => server.close());
  const to = { address: 'ada@example.com', secret: '' };
  const mail = { id: 'not_1', timestamp: 1_700_000_000, payload: { subject: 'Ny enhet – ä', text: 'Ein Gerät: ä€' } };
  const channel = (given: string): ReturnType<typeof mailChannel> =>
    mailChannel({ url: `smtp://quaywatch@127.0.0.1:${server.port}`, from, password: () => Promise.resolve(given) });

  it('logs in with the secret, and sends text that says it was made by a machine', async () => {
    expect(await channel(password).deliver(to, mail)).toEqual({ kind: 'accepted', status: 250 });
    const { to: receivers, text } = server.seen.at(-1)!;
    expect(receivers).toEqual(['ada@example.com']);
    expect(text).toMatch(/^From: Quaywatch <quaywatch@example\.com>\r$/m);
    expect(text).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    expect(text).toMatch(/^Date: Tue, 14 Nov 2023 22:13:20 \+0000\r$/m);
    expect(text).toMatch(/^Content-Type: text\/plain; charset=utf-8\r$/m);
  });

  it('a wrong password is tried again, for it is ours to mend, and is told nowhere', async () => {
    const result = await channel('a wrong password').deliver(to, mail);
    expect(result).toMatchObject({
      kind: 'failed',
      recoverable: true,
      reason: 'the mail server refused the credentials',
    });
  });

  it.each([[{ subject: 'A\r\nBcc: mallory@example.com', text: 'x' }], [{ text: 'x' }], [null]])(
    '%j is no mail',
    async (payload) => {
      const before = server.seen.length;
      const result = await channel(password).deliver(to, { ...mail, payload });
      expect(result).toMatchObject({ kind: 'failed', recoverable: false });
      expect(server.seen).toHaveLength(before);
    },
  );

  it('a server that says nothing is given up after the limit', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const slow = mailChannel({ url: `smtp://127.0.0.1:${port}`, from, password: noPassword, limit: 200 });
    expect(await slow.deliver(to, mail)).toMatchObject({ kind: 'failed', recoverable: true });
    silent.close();
  });

  it.each(['http://example.com', 'smtp://quaywatch:secret@example.com', 'mail.example.com'])(
    'refuses SMTP_URL %s',
    (url) => {
      expect(() => mailChannel({ url, from, password: noPassword })).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.not.stringContaining('secret@') as unknown }),
      );
    },
  );
});
