import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventEnvelope } from '@quaywatch/contracts';
import { hours } from '@quaywatch/kernel';
import { FakeClock, FakeEventLog, FakeLogStorage } from '@quaywatch/ports/testing';
import { makeLogger } from '@quaywatch/runtime';
import { followed, LiveFeed } from './live-feed';
import { Position } from './position';

// A gateway that starts where another one was: its readers come back with the places that they had.

const logger = makeLogger('test', { level: 'silent' });
let count = 0;
const event = (type: string, key: string, data: object): EventEnvelope => ({
  ...{ id: `evt_${++count}`, type, v: 1, source: 'test', org: 'org_1', key, time: Date.now(), data },
});
const health = (spreader: string, score: number): EventEnvelope =>
  event('health-assessed', spreader, {
    ...{ spreader, at: Date.now(), level: 'ok', score, completeness: 1, components: [], model: 'm' },
  });
const created = event('spreader-created', 'spr_1', {
  ...{ spreader: 'spr_1', number: 'spr_1', serial: 's', model: 'm', type: 'sts_twin', drive: 'hydraulic' },
  terminal: 'ter_1',
});

let log: FakeEventLog;
const feeds: LiveFeed[] = [];
beforeEach(() => void (log = new FakeEventLog({ storage: new FakeLogStorage(2) })));
afterEach(async () => {
  for (const feed of feeds.splice(0)) await feed.close();
  await log.close();
});

const store = (...events: EventEnvelope[]): Promise<void> =>
  log.append(
    'ha.health',
    events.map((one) => ({ event: one })),
  );

async function start(readBack: number, now = Date.now()): Promise<LiveFeed> {
  const feed = new LiveFeed(
    log,
    new FakeClock(now, feeds.length + 1),
    logger,
    { most: 100, length: hours(24) },
    readBack,
  );
  feeds.push(feed);
  await feed.open();
  for (const end = Date.now() + 5000; feed.readsBack; await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() > end) throw new Error('does not get level');
  return feed;
}

/** Scores that a reader is given who comes back with `id`; undefined = told of a gap. */
function missed(feed: LiveFeed, id: string): unknown[] | undefined {
  const place = feed.placeOf(id);
  if (!place) return undefined;
  const scores = [];
  for (let i = feed.recent.start; i < feed.recent.end; i++) {
    const placed = feed.recent.get(i);
    if (!placed || placed.offset < place.of(placed.topic, placed.partition)) continue;
    scores.push((JSON.parse(placed.text) as { data: { score: number } }).data.score);
  }
  return scores;
}

describe('live events after a restart of the gateway', () => {
  it('are told to who comes back with a place from before, and where they belong', async () => {
    await log.append('fleet', [{ event: created }]);
    await store(health('spr_1', 1), health('spr_1', 2));
    const seen = (await start(10)).position.toString();
    await store(health('spr_1', 3), health('spr_1', 4));
    const feed = await start(10);
    expect(missed(feed, seen)).toEqual([3, 4]);
    expect(missed(feed, feed.position.toString())).toEqual([]);
    expect(feed.recent.get(feed.recent.end - 1)).toMatchObject({ org: 'org_1', terminal: 'ter_1' });
  });

  it('are a gap when they are further back than is read again', async () => {
    await store(health('spr_1', 1));
    const seen = (await start(10)).position.toString();
    await store(...[2, 3, 4, 5].map((score) => health('spr_1', score)));
    expect(missed(await start(3), seen)).toBeUndefined();
    expect(missed(await start(4), seen)).toEqual([2, 3, 4, 5]);
    expect(missed(await start(0), seen)).toBeUndefined();
  });

  it('are a gap when they are too old', async () => {
    const nothing = Position.at(followed, 2, new Map()).toString();
    await store(health('spr_1', 1));
    expect(missed(await start(10), nothing)).toEqual([1]);
    expect(missed(await start(10, Date.now() + hours(25)), nothing)).toBeUndefined();
  });
});
