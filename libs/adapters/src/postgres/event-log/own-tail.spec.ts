import { describe, expect, it } from '@jest/globals';
import { OwnTail } from './own-tail';
import { between } from './read-records';

describe('OwnTail', () => {
  let now = 0;
  const rowOf = (...events: string[]) => ({
    count: events.length,
    bytes: Buffer.from(events.join(between)),
    storedAt: 7,
  });
  const texts = (tail: OwnTail, from: number, most = 100): [number, string][] =>
    tail.read('audit', 0, from, most).map(({ offset, text }) => [offset, text]);

  it('gives whole rows in order, from the one that begins at the offset to the first that is not held', () => {
    const tail = new OwnTail(1000, () => now);
    tail.keep('audit', 0, 4, rowOf('{"a":1}', '{"ä":2}'));
    tail.keep('audit', 1, 6, rowOf('{"other":1}'));
    tail.keep('audit', 0, 6, rowOf('{"c":3}'));
    tail.keep('audit', 0, 8, rowOf('{"e":5}'));
    expect(tail.read('audit', 0, 4, 1)).toEqual([
      { offset: 4, text: '{"a":1}', outbox: undefined, storedAt: 7 },
      { offset: 5, text: '{"ä":2}', outbox: undefined, storedAt: 7 },
    ]);
    expect(texts(tail, 4).map(([offset]) => offset)).toEqual([4, 5, 6]);
    expect(texts(tail, 5)).toEqual([]);
    expect(texts(tail, 7)).toEqual([]);
  });

  it('holds no more than it may, and nothing for long', () => {
    const tail = new OwnTail(20, () => now);
    for (let offset = 0; offset < 4; offset++) tail.keep('audit', 0, offset, rowOf('12345678'));
    expect(texts(tail, 1)).toEqual([]);
    expect(texts(tail, 2)).toHaveLength(2);
    now = 10_000;
    expect(texts(tail, 2)).toEqual([]);
  });
});
