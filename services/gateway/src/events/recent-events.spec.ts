import { describe, expect, it } from '@jest/globals';
import type { Topic } from '@quaywatch/contracts';
import type { LiveEvent } from './live-event';
import { Position } from './position';
import { RecentEvents } from './recent-events';

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
const live = {} as LiveEvent;

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

describe('recent events', () => {
  function filled(count: number, capacity: number): { ring: RecentEvents; places: Position[] } {
    let position = at([5, 5], [5, 5]);
    const ring = new RecentEvents(position, capacity);
    const places = [position];
    for (let i = 0; i < count; i++) {
      const [topic, partition, offset] = [topics[i % 2] ?? 'condition', (i >> 1) % 2, 5 + (i >> 2)];
      position = position.after(topic, partition, offset);
      places.push(position);
      ring.add({ topic, partition, offset, live, position });
    }
    return { ring, places };
  }

  it('give exactly what a reader has not seen', () => {
    const { ring, places } = filled(12, 100);
    for (const [seen, place] of places.entries()) expect(ring.since(place)).toHaveLength(12 - seen);
  });

  it('give it also to a reader of another instance, who saw the partitions in another order', () => {
    const { ring } = filled(4, 100);
    expect(ring.since(at([6, 5], [5, 6]))).toMatchObject([
      { topic: 'alerting', partition: 0 },
      { topic: 'condition', partition: 1 },
    ]);
  });

  it('say so when something is no longer here', () => {
    const { ring, places } = filled(12, 5);
    const answers = places.map((place) => ring.since(place));
    expect(answers.slice(0, 7)).toEqual(Array(7).fill('gap'));
    expect(answers.slice(7).map((answer) => answer.length)).toEqual([5, 4, 3, 2, 1, 0]);
    expect(ring.since(at([0, 5], [5, 5]))).toBe('gap');
  });
});
