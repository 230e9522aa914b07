import { describe, expect, it } from '@jest/globals';
import { seconds } from '@quaywatch/kernel';
import { FakeClock } from '@quaywatch/ports/testing';
import { Turns } from './turns';

const patience = seconds(5);

/** Work that ends when it is told to. */
function work(order: string[], name: string) {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return {
    end,
    run: async () => {
      order.push(name);
      await ended;
      return name;
    },
  };
}
const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('lets so many work at once; who has precedence comes before those who wait longer', async () => {
    const turns = new Turns({ atOnce: 2, waiting: 2, patience }, new FakeClock());
    const order: string[] = [];
    const [a, b, c] = [work(order, 'a'), work(order, 'b'), work(order, 'c')] as const;
    const [d, e] = [work(order, 'd'), work(order, 'e')] as const;
    const all = [a, b, c, d].map(({ run }) => turns.take(false, run));
    all.push(turns.take(true, e.run));
    await soon();
    expect(order).toEqual(['a', 'b']);
    a.end();
    await soon();
    expect(order).toEqual(['a', 'b', 'e']);
    for (const one of [b, c, d, e]) one.end();
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd', 'e'].map((done) => ({ done })));
    expect(order).toEqual(['a', 'b', 'e', 'c', 'd']);
  });

  it('turns away who would have to wait behind too many; they do not keep out who has precedence', async () => {
    const turns = new Turns({ atOnce: 1, waiting: 1, patience }, new FakeClock());
    const order: string[] = [];
    const [a, b, c] = [work(order, 'a'), work(order, 'b'), work(order, 'c')] as const;
    const first = turns.take(false, a.run);
    const second = turns.take(false, b.run);
    expect(await turns.take(false, work(order, 'x').run)).toBeUndefined();
    const known = turns.take(true, c.run);
    for (const one of [a, b, c]) one.end();
    await Promise.all([first, second, known]);
    expect(order).toEqual(['a', 'c', 'b']);
  });

  it('a turn ends also when the work fails', async () => {
    const turns = new Turns({ atOnce: 1, waiting: 0, patience }, new FakeClock());
    await expect(turns.take(false, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turns.take(false, () => Promise.resolve(1))).toEqual({ done: 1 });
  });

  it('turns away who has waited for too long, and gives the turn to who still waits', async () => {
    const clock = new FakeClock();
    const turns = new Turns({ atOnce: 1, waiting: 2, patience }, clock);
    const order: string[] = [];
    const [a, b, c] = [work(order, 'a'), work(order, 'b'), work(order, 'c')] as const;
    const first = turns.take(false, a.run);
    const second = turns.take(true, b.run);
    await clock.advance(seconds(3));
    const third = turns.take(false, c.run);
    await clock.advance(seconds(2));
    expect(await second).toBeUndefined();
    for (const one of [a, c]) one.end();
    expect(await Promise.all([first, third])).toEqual([{ done: 'a' }, { done: 'c' }]);
    expect(order).toEqual(['a', 'c']);
  });
});
