import { describe, expect, it } from '@jest/globals';
import type { Topic } from '@quaywatch/contracts';
import { Position } from './position';
import { RecentEvents, type Memory } from './recent-events';

const topics: Topic[] = ['condition', 'alerting'];
const at = (condition: number[], alerting: number[]): Position =>
  Position.at(
    topics,
    2,
    new Map<Topic, number[]>([
      ['condition', condition],
      ['alerting', alerting],
    ]),
  );
describe('position', () => {
  it('comes back from its text, and refuses what is not one', () => {
    const position = at([10, 0], [99_999, 7]);
    expect(position.toString()).toBe('a.0.255r.7');
    expect(Position.parse(topics, 2, 'a.0.255r.7')?.of('alerting', 0)).toBe(99_999);
    for (const text of [
      '',
      'a',
      'a.0.255r',
      'a.0.255r.7.1',
      'a.0.-1.7',
      'a..0.7',
      'zzzzzzzzzzzzzzzz.0.0.0',
      'A.0.0.0',
    ]) {
      expect(Position.parse(topics, 2, text)).toBeUndefined();
    }
  });
});

describe('the further of two positions', () => {
  it('is so in each partition', () => {
    expect(
      at([1, 9], [5, 0])
        .orFurther(at([3, 4], [5, 6]))
        .toString(),
    ).toBe(at([3, 9], [5, 6]).toString());
  });
});

describe('recent events', () => {
  const start = at([5, 5], [5, 5]);
  const day = { most: 100, length: 1000 };
  const what = { org: 'org_1', terminal: null, permission: 'spreaders.read', type: 'x', text: '{}' } as const;
  function filled(count: number, memory: Memory, step = 0): { ring: RecentEvents; places: Position[] } {
    let position = start;
    const ring = new RecentEvents(position, memory);
    const places = [position];
    for (let i = 0; i < count; i++) {
      const [topic, partition, offset] = [topics[i % 2] ?? 'condition', (i >> 1) % 2, 5 + (i >> 2)];
      position = position.after(topic, partition, offset);
      places.push(position);
      ring.add({ topic, partition, offset, ...what }, i * step);
    }
    return { ring, places };
  }
  const offsets = (ring: RecentEvents): number[] =>
    Array.from({ length: ring.end - ring.start }, (_, i) => ring.get(ring.start + i)?.offset ?? -1);

  it('are there by number, oldest first, and no others', () => {
    const { ring, places } = filled(12, day);
    expect([ring.start, ring.end]).toEqual([0, 12]);
    expect(offsets(ring)).toEqual([5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7]);
    expect([ring.get(-1), ring.get(12)]).toEqual([undefined, undefined]);
    for (const place of places) expect(ring.reaches(place)).toBe(true);
  });

  it('go when they are too many, and say to whom something is missing', () => {
    const { ring, places } = filled(12, { ...day, most: 5 });
    expect([ring.start, ring.end]).toEqual([7, 12]);
    expect(offsets(ring)).toEqual([6, 7, 7, 7, 7]);
    expect(ring.get(6)).toBeUndefined();
    expect(places.map((place) => ring.reaches(place))).toEqual([
      ...Array<boolean>(7).fill(false),
      ...Array<boolean>(6).fill(true),
    ]);
    // One partition far ahead does not make up for another.
    expect(ring.reaches(at([0, 99], [99, 99]))).toBe(false);
  });

  it('go when they are too old', () => {
    const { ring } = filled(12, day, 250);
    expect([ring.start, ring.end]).toEqual([7, 12]);
  });

  it('keep their numbers when many have gone', () => {
    const { ring } = filled(5000, { ...day, most: 7 });
    expect([ring.start, ring.end]).toEqual([4993, 5000]);
    expect(offsets(ring)).toEqual([1253, 1253, 1253, 1254, 1254, 1254, 1254]);
  });
});
