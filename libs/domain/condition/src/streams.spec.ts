import { describe, expect, it } from '@jest/globals';
import { noteFrame, type SeenRanges } from './streams';

describe('sequence numbers seen', () => {
  it('are taken once, in any order, and kept as ranges', () => {
    const streams: Record<string, SeenRanges> = {};
    const order = [5, 6, 1, 2, 4, 3, 7];
    expect(order.map((seq) => noteFrame(streams, 'a', seq))).toEqual(order.map(() => true));
    expect(streams['a']).toEqual([[1, 7]]);
    expect(order.map((seq) => noteFrame(streams, 'a', seq))).toEqual(order.map(() => false));
    expect(noteFrame(streams, 'b', 5)).toBe(true);
  });

  it('stay bounded with many holes and many streams', () => {
    const streams: Record<string, SeenRanges> = {};
    for (let seq = 1; seq < 1000; seq += 2) noteFrame(streams, 'a', seq);
    expect(streams['a']?.length).toBeLessThanOrEqual(32);
    for (let i = 0; i < 100; i++) noteFrame(streams, `s${i}`, 1);
    expect(Object.keys(streams).length).toBeLessThanOrEqual(24);
  });
});
