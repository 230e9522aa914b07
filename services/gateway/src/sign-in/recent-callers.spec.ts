import { describe, expect, it } from '@jest/globals';
import { RecentCallers } from './recent-callers';

describe('recent callers', () => {
  let now = 0;
  const asked = (
    answers: readonly (string | undefined)[],
  ): { ask: () => Promise<string | undefined>; n: () => number } => {
    let n = 0;
    return { ask: () => Promise.resolve(answers[n++]), n: () => n };
  };

  it('are asked about once in their time, and by many at once only once', async () => {
    const recent = new RecentCallers(() => now, 100);
    const { ask, n } = asked(['a', 'b']);
    expect(await Promise.all([recent.find('s', ask), recent.find('s', ask)])).toEqual(['a', 'a']);
    now += 99;
    expect([await recent.find('s', ask), n()]).toEqual(['a', 1]);
    now += 1;
    expect([await recent.find('s', ask), n()]).toEqual(['b', 2]);
  });

  it('are forgotten at a change, also an answer that was on its way', async () => {
    const recent = new RecentCallers(() => now, 100);
    let answer = (_: string): void => undefined;
    const slow = recent.find('s', () => new Promise<string>((resolve) => (answer = resolve)));
    recent.forget();
    answer('before the change');
    expect(await slow).toBe('before the change');
    expect(await recent.find('s', () => Promise.resolve('after'))).toBe('after');
    recent.forget();
    expect(await recent.find('s', () => Promise.resolve('later'))).toBe('later');
  });

  it('keep neither nobody nor a failure, and nothing at all without a life', async () => {
    const recent = new RecentCallers(() => now, 100);
    expect(await recent.find('s', () => Promise.resolve(undefined))).toBeUndefined();
    await expect(recent.find('s', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    expect(await recent.find('s', () => Promise.resolve('here'))).toBe('here');
    const none = new RecentCallers(() => now, 0);
    const { ask, n } = asked(['a', 'b']);
    expect([await none.find('s', ask), await none.find('s', ask), n()]).toEqual(['a', 'b', 2]);
  });
});
