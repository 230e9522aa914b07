import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@quaywatch/ports/testing';
import { Together } from './together';

/** Questions that the test answers. */
class Slow {
  readonly clock = new FakeClock();
  readonly questions: { keys: readonly string[]; answer: () => void; fail: (error: Error) => void }[] = [];
  readonly together = new Together<string>(
    this.clock,
    (keys) =>
      new Promise((resolve, reject) =>
        this.questions.push({
          keys,
          answer: () => resolve(new Map(keys.filter((key) => key !== 'none').map((key) => [key, `${key}!`]))),
          fail: reject,
        }),
      ),
  );
  get asked(): (readonly string[])[] {
    return this.questions.map(({ keys }) => keys);
  }
}
/** Lets promises that are settled go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Together', () => {
  it('asks once for all that come within its patience, and each gets its own answer', async () => {
    const slow = new Slow();
    const answers = ['a', 'b', 'a', 'none'].map((key) => slow.together.one(key));
    expect(slow.asked).toEqual([]);
    await slow.clock.advance(10);
    expect(slow.asked).toEqual([['a', 'b', 'none']]);
    slow.questions[0]?.answer();
    expect(await Promise.all(answers)).toEqual(['a!', 'b!', 'a!', undefined]);
  });

  it('gives nobody an answer to a question that began before it was asked', async () => {
    const slow = new Slow();
    const first = slow.together.one('a');
    await slow.clock.advance(10);
    const later = [slow.together.one('a'), slow.together.one('b')];
    await slow.clock.advance(1000);
    await turn();
    expect(slow.asked).toEqual([['a']]);
    slow.questions[0]?.answer();
    expect(await first).toBe('a!');
    await turn();
    await slow.clock.advance(10);
    expect(slow.asked).toEqual([['a'], ['a', 'b']]);
    slow.questions[1]?.answer();
    expect(await Promise.all(later)).toEqual(['a!', 'b!']);
  });

  it('a question that fails fails for those in it, and the next is asked all the same', async () => {
    const slow = new Slow();
    const failed = Promise.allSettled([slow.together.one('a'), slow.together.one('b')]);
    await slow.clock.advance(10);
    slow.questions[0]?.fail(new Error('away'));
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await turn();
    const next = slow.together.one('a');
    await slow.clock.advance(10);
    slow.questions[1]?.answer();
    expect(await next).toBe('a!');
  });

  it('asks for a hundred at a time', async () => {
    const slow = new Slow();
    const answers = Array.from({ length: 250 }, (_, i) => slow.together.one(`k${i}`));
    await slow.clock.advance(10);
    await slow.clock.advance(10);
    for (let i = 0; i < 3; i++) {
      slow.questions[i]?.answer();
      await turn();
      await slow.clock.advance(10);
    }
    expect(slow.asked.map((keys) => keys.length)).toEqual([100, 100, 50]);
    expect((await Promise.all(answers)).every((answer, i) => answer === `k${i}!`)).toBe(true);
  });
});
