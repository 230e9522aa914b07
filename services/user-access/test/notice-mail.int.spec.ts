import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { Browser, Page } from '../../gateway/test/browser';
import { TwoServices } from '../../gateway/test/two-services';

// Notices by mail, to a real SMTP server that first has no room, as many do with whom they do not know.

const password = 'seven cranes at the quay';
const email = 'ada@example.com';

let two: TwoServices;
let ada: Browser;
let server: SMTPServer;
let refusals = 0;
let room = true;
const mails: { readonly to: string; readonly text: string }[] = [];

beforeAll(async () => {
  server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onRcptTo: (_address, _session, done) => {
      if (room) return done();
      refusals++;
      done(Object.assign(new Error('no room'), { responseCode: 452 }));
    },
    onData: (stream, session, done) => {
      let text = '';
      stream.setEncoding('utf8').on('data', (part: string) => (text += part));
      stream.once('end', () => {
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address).join(), text });
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  two = await TwoServices.start(undefined, {
    SECOND_FACTOR: 'offered',
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    MAIL_FROM: 'Quaywatch <quaywatch@example.com>',
  });
  const form = await (ada = two.browser()).form((await two.setUpPath()) ?? '', { name: 'Ada', email, password });
  await skip(ada, await ada.form(new URL(form.url).pathname, { email, password }));
}, 60_000);
afterAll(async () => {
  await two.stop();
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

const skip = (browser: Browser, page: Page): Promise<Page> =>
  browser.form(new URL(page.url).pathname, { step: 'skip' });
const signIn = async (word: string, userAgent: string): Promise<Browser> => {
  const browser = two.browser();
  const headers = { 'user-agent': userAgent };
  const form = await browser.get('/auth/login', headers);
  const page = await browser.form(new URL(form.url).pathname, { email, password: word }, headers);
  await browser.form(new URL(page.url).pathname, { step: 'skip' }, headers);
  return browser;
};
const until = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + 15_000; !(await holds());) {
    if (Date.now() > end) throw new Error(`not in time: ${what}; ${JSON.stringify(mails)} ${await two.logged()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

describe('notices by mail', () => {
  it('tell of a new device, once, to the address of the account', async () => {
    await signIn(password, 'Netscape/4.7');
    await until('a mail', () => mails.length > 0);
    const [mail] = mails;
    expect(mail?.to).toBe(email);
    expect(mail?.text).toMatch(/^Subject: Quaywatch: Sign-in from a new device\r$/m);
    expect(mail?.text).toContain('Netscape/4.7');
    expect(mail?.text).toContain(`${two.url}/account`);
    // The portal tells it as well.
    const { notices } = JSON.parse((await ada.get('/v1/me/security')).text) as { notices: { kind: string }[] };
    expect(notices.map(({ kind }) => kind)).toEqual(['new_device']);
  }, 30_000);

  it('wait when the server has no room, and come when it has', async () => {
    room = false;
    const next = 'nine gulls on a mooring line';
    expect((await ada.json('POST', '/v1/me/password', { current: password, next })).status).toBe(200);
    const waiting = (): Promise<{ attempts: number }[]> =>
      two.store.transact((tx) => tx.query<{ attempts: number }>('select attempts from notice_mail'));
    await until('a refused mail', async () => (await waiting())[0]?.attempts === 1);
    expect(refusals).toBe(1);
    room = true;
    two.offset += 31_000;
    await until('the mail', () => mails.length > 1);
    expect(mails.map(({ text }) => /^Subject: (.*)\r$/m.exec(text)?.[1])).toEqual([
      'Quaywatch: Sign-in from a new device',
      'Quaywatch: Your password was changed',
    ]);
    const ids = mails.map(({ text }) => /^Message-ID: <(.+)@/im.exec(text)?.[1]);
    expect(new Set(ids).size).toBe(2);
    await until('none that waits', async () => (await waiting()).length === 0);
  }, 60_000);
});
