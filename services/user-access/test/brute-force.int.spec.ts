import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TwoServices } from '../../gateway/test/two-services';
import { SignIn, type SignInResult } from '../src/sign-in/sign-in';

// Guessing passwords from one address and from many: nothing is found, and the person comes in all the same.

const password = 'seven cranes at the quay';
const email = 'ada@example.com';
/** BRUTE_TRIES=10000 for the long run. */
const tries = Number(process.env['BRUTE_TRIES'] ?? 500);

let two: TwoServices;
let signIn: SignIn;
beforeAll(async () => {
  two = await TwoServices.start();
  const browser = two.browser();
  await browser.form((await two.setUpPath()) ?? '', { name: 'Ada', email, password });
  signIn = two.userAccess.app.get(SignIn);
}, 60_000);
afterAll(() => two.stop());

const right = (address: string): Promise<SignInResult> => signIn.attempt(email, password, address);
const guess = (i: number, address: string): Promise<SignInResult> =>
  signIn.attempt(email, `guess number ${i}`, address);
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
    // What was blocked did not count against the address, which others may share.
    const others: SignInResult[] = [];
    for (let i = 0; i < 4; i++) others.push(await signIn.attempt(`other-${i}@example.com`, 'a guess', '10.0.0.1'));
    expect(kinds(others)).toEqual({ refused: 4 });
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
      two.offset += wait + 1;
      expect((await right('10.9.9.9')).kind).toBe('right');
      expect((await right('10.9.9.9')).kind).toBe('right');
    },
    60_000 + tries * 30,
  );

  it('at the same time counts every one', async () => {
    two.offset += 2 * 3_600_000;
    const results = await Promise.all(Array.from({ length: 40 }, (_, i) => guess(i, '10.2.0.1')));
    const { refused = 0, blocked = 0 } = kinds(results);
    // 5 in the first 2 s; a slow machine may be at it for longer.
    expect(refused).toBeGreaterThanOrEqual(5);
    expect(refused).toBeLessThan(10);
    expect(refused + blocked).toBe(40);
  });
});
