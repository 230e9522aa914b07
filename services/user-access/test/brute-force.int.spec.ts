import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AuditEntry } from '@quaywatch/contracts';
import { AUDIT } from '@quaywatch/runtime';
import { TwoServices } from '../../gateway/test/two-services';
import { SignIn, type SignInResult } from '../src/sign-in/sign-in';
import { Turns } from '../src/sign-in/turns';
import { HashingThreads } from '../src/users/hashing-threads';
import { Passwords } from '../src/users/password';

// Guessing passwords from one address and from many: nothing is found, and the person comes in all the same. What others
// notice of it is measured by `npm run bench:guessing`.

const password = 'seven cranes at the quay';
const email = 'ada@example.com';
/** BRUTE_TRIES=10000 for the long run. */
const tries = Number(process.env['BRUTE_TRIES'] ?? 500);

let two: TwoServices;
let signIn: SignIn;
/** Time of the guesses, ms: goes on by a hundredth of a second with each, however slow the machine is. */
let now = Date.now();
const threads = new HashingThreads(5);
const passwords = (limits: { atOnce: number; waiting: number }): Passwords =>
  new Passwords(new Turns({ ...limits, patience: 60_000 }, two.adapters.clock), threads, threads);
beforeAll(async () => {
  two = await TwoServices.start();
  const ada = two.browser();
  const form = await ada.form((await two.setUpPath()) ?? '', { name: 'Ada', email, password });
  await ada.form(new URL(form.url).pathname, { email, password });
  const { clock } = two.adapters;
  const still = { now: () => now, after: clock.after.bind(clock), random: clock.random.bind(clock) };
  signIn = new SignIn(
    two.store,
    still,
    two.userAccess.app.get(AUDIT),
    passwords({ atOnce: 2, waiting: 100 }),
    'org_home',
  );
}, 60_000);
afterAll(async () => {
  await threads.close();
  await two.stop();
});

const right = (address: string): Promise<SignInResult> => signIn.attempt(email, password, address);
const guess = (i: number, address: string): Promise<SignInResult> => {
  now += 10;
  return signIn.attempt(email, `guess number ${i}`, address);
};
const kinds = (results: readonly SignInResult[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { kind } of results) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

describe('guessing passwords', () => {
  it('from one address blocks that address for the account, and nobody else', async () => {
    const results: SignInResult[] = [];
    for (let i = 0; i < 50; i++) results.push(await guess(i, '10.0.0.1'));
    expect(kinds(results)).toEqual({ refused: 5, blocked: 45 });
    expect((await right('10.0.0.1')).kind).toBe('blocked');
    expect((await right('10.0.0.2')).kind).toBe('right');
    // Known without a question to the database, of that account at that address only.
    expect(signIn.blockedFor(email, '10.0.0.1')).toBeGreaterThan(0);
    expect(signIn.blockedFor(email, '10.0.0.2')).toBe(0);
    expect(signIn.blockedFor('other@example.com', '10.0.0.1')).toBe(0);
    // What was blocked did not count against the address, which others may share.
    const others: SignInResult[] = [];
    for (let i = 0; i < 4; i++) others.push(await signIn.attempt(`other-${i}@example.com`, 'a guess', '10.0.0.1'));
    expect(kinds(others)).toEqual({ refused: 4 });
    // Nobody's account: those who run the installation see it.
    const entry = await two.audited(({ target }) => target.id === 'unknown');
    expect(entry).toMatchObject({ action: 'sign-in', outcome: 'failure', address: '10.0.0.1' });
    const told = (await two.read('audit')).find(({ data }) => (data as AuditEntry).target.id === 'unknown');
    expect(told?.org).toBe('org_home');
  });

  it(
    'from many addresses finds nothing, is slowed down, and keeps nobody out where they have been before',
    async () => {
      const results: SignInResult[] = [];
      for (let i = 0; i < tries; i++) {
        results.push(await guess(i, `10.1.${i % 200}.${Math.floor(i / 200) % 250}`));
        if (i % 100 === 99) expect((await right('10.0.0.2')).kind).toBe('right');
      }
      const { refused = 0, blocked = 0, ...more } = kinds(results);
      expect(more).toEqual({});
      // 100 are free for the account; each block is longer than this test, or nearly.
      expect(refused).toBeLessThan(100 + tries / 10);
      expect(blocked).toBe(tries - refused);
      // From a place where they never were they wait, a minute at most.
      const elsewhere = await right('10.9.9.9');
      expect(elsewhere.kind).toBe('blocked');
      const wait = elsewhere.kind === 'blocked' ? elsewhere.retryAfter : 0;
      expect(wait).toBeLessThanOrEqual(60_000);
      now += wait + 1;
      expect((await right('10.9.9.9')).kind).toBe('right');
      expect((await right('10.9.9.9')).kind).toBe('right');
    },
    60_000 + tries * 30,
  );

  it('by who has to wait takes no turn, and writes nothing', async () => {
    now += 2 * 3_600_000;
    const { clock } = two.adapters;
    const still = { now: () => now, after: clock.after.bind(clock), random: clock.random.bind(clock) };
    const one = passwords({ atOnce: 1, waiting: 0 });
    const alone = new SignIn(two.store, still, two.userAccess.app.get(AUDIT), one, 'org_home');
    for (let i = 0; i < 5; i++) expect((await alone.attempt(email, `guess ${i}`, '10.3.0.1')).kind).toBe('refused');
    const written = () =>
      two.store.transact((tx) => tx.query('select * from sign_in_attempt order by key collate "C"', []));
    const before = await written();
    let end = (): void => undefined;
    const busy = one.turns.take(false, () => new Promise<void>((resolve) => (end = resolve)));
    const result = await alone.attempt(email, password, '10.3.0.1');
    // Of its own failures, not because all turns are taken.
    expect(result).toEqual({ kind: 'blocked', retryAfter: 2000 });
    now += 500;
    expect(await alone.attempt(email, password, '10.3.0.1')).toEqual({ kind: 'blocked', retryAfter: 1500 });
    expect(await written()).toEqual(before);
    end();
    await busy;
  });

  it('at the same time counts every one', async () => {
    now += 2 * 3_600_000;
    const results = await Promise.all(Array.from({ length: 40 }, (_, i) => guess(i, '10.2.0.1')));
    const { refused = 0, blocked = 0 } = kinds(results);
    expect({ refused, blocked }).toEqual({ refused: 5, blocked: 35 });
  });

  it('at more accounts than can be looked at waits, or is told to come back; who is known is let in before', async () => {
    const { clock } = two.adapters;
    const crowded = new SignIn(
      two.store,
      clock,
      two.userAccess.app.get(AUDIT),
      passwords({ atOnce: 1, waiting: 5 }),
      'org_home',
    );
    const guesses = Promise.all(
      Array.from({ length: 40 }, (_, i) => crowded.attempt(`nobody-${i}@example.com`, 'a guess', `10.4.0.${i}`)),
    );
    expect((await crowded.attempt(email, password, '10.0.0.2')).kind).toBe('right');
    const results = await guesses;
    const { refused = 0, blocked = 0 } = kinds(results);
    expect(refused + blocked).toBe(40);
    expect(refused).toBeGreaterThanOrEqual(6);
    expect(blocked).toBeGreaterThan(0);
    expect(results.filter(({ kind }) => kind === 'blocked')).toEqual(
      Array.from({ length: blocked }, () => ({ kind: 'blocked', retryAfter: 2000 })),
    );
  });
});
