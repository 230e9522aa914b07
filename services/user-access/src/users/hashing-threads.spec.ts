import { afterEach, describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { HashingThreads } from './hashing-threads';

const cost = { memoryCost: 1024, timeCost: 1, parallelism: 1 };

let threads = new HashingThreads(7);
afterEach(async () => {
  await threads.close();
  threads = new HashingThreads(7);
});

/** Nice values of this process's threads. */
const niceValues = (): number[] =>
  readdirSync('/proc/self/task').map((id) => {
    const stat = readFileSync(`/proc/self/task/${id}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
  });

describe('threads that hash passwords', () => {
  it('hash with a salt, and know the right password', async () => {
    const [one, other] = await Promise.all([threads.hash('a password', cost), threads.hash('a password', cost)]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=1024,t=1,p=1\$/);
    expect(one).not.toBe(other);
    expect(await threads.verify(one, 'a password')).toBe(true);
    expect(await threads.verify(one, 'another password')).toBe(false);
  });

  (process.platform === 'linux' ? it : it.skip)('stand back behind all others, which keep their priority', async () => {
    const before = niceValues();
    await Promise.all([threads.hash('a', cost), threads.hash('b', cost)]);
    const after = niceValues();
    expect(after.filter((nice) => nice === 7)).toHaveLength(2);
    expect(after.filter((nice) => nice === before[0]).length).toBeGreaterThanOrEqual(before.length);
    // Again: the same threads.
    await threads.hash('c', cost);
    expect(niceValues().filter((nice) => nice === 7)).toHaveLength(2);
  });

  it('say what failed, and go on', async () => {
    await expect(threads.verify('not a hash', 'a password')).rejects.toThrow('a password could not be hashed');
    expect(await threads.hash('a password', cost)).toContain('argon2id');
  });

  it('fail what they work on when they are ended', async () => {
    const long = threads.hash('a password', { memoryCost: 65_536, timeCost: 50, parallelism: 1 });
    const failed = expect(long).rejects.toThrow('its thread ended');
    await threads.close();
    await failed;
  });
});
