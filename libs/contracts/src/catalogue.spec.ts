import { describe, expect, it } from '@jest/globals';
import { eventCatalogue, partitionOf, readEvent, routes, topics } from './index';

describe('event catalogue', () => {
  it('gives every event a topic whose owner is the event owner', () => {
    for (const event of eventCatalogue.values()) {
      expect(topics[event.topic].owner).toBe(event.owner);
    }
  });

  it('reads an event of the latest version and refuses one from the future', () => {
    const stored = {
      id: 'evt_1',
      type: 'btu-bound',
      v: 1,
      source: 'fleet',
      org: 'org_1',
      key: 'BTU1',
      time: 1,
      data: { btu: 'BTU1', spreader: 'spr_1', from: 1 },
    };
    expect(readEvent(stored)).toMatchObject({ kind: 'event', event: { data: { spreader: 'spr_1' } } });
    expect(readEvent({ ...stored, v: 2 })).toMatchObject({ kind: 'from-the-future' });
    expect(readEvent({ ...stored, data: { btu: 1 } })).toMatchObject({ kind: 'unreadable' });
  });
});

describe('routes', () => {
  it('have unique ids, methods and paths', () => {
    const keys = Object.values(routes).map((route) => `${route.method} ${route.path}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const [name, route] of Object.entries(routes)) expect(route.id).toBe(name);
  });
});

describe('partitionOf', () => {
  // Values of Kafka's own Utils.murmur2 test, masked to positive.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ])('agrees with Kafka for %s', (key, hash) => {
    expect(partitionOf(key, 2 ** 31)).toBe(hash & 0x7fffffff);
  });
});
