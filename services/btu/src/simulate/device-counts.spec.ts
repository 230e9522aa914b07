import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { nativeFrame, histogramFault } from '@quaywatch/contracts';
import { SpreaderSimulator } from '@quaywatch/domain/simulator';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HistogramRecorder } from './histogram-recorder';
import { MoveCounter } from './move-counter';

const from = Date.UTC(2026, 4, 4, 6, 20);
const until = from + 5 * 3_600_000;
const simulated = () => {
  const simulator = new SpreaderSimulator({ seed: 3, startAt: from, faults: [] });
  return { frames: [...simulator.history(until)], moves: simulator.moveCount };
};
const contract = (stream: 'move' | 'hist', tsDev: number, body: object): unknown =>
  nativeFrame.parse({
    ...{
      v: 1,
      stream,
      sid: null,
      bid: 'B1',
      boot: 1,
      seq: 1,
      tsDev,
      up: 0,
      tsSent: tsDev,
      cq: 'NTP',
      hist: false,
      body,
    },
  });

describe('what the reference device counts itself', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quaywatch-counts-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is every move of the spreader, once, and goes on after a restart', () => {
    const { frames, moves } = simulated();
    const half = Math.floor(frames.length / 2);
    const file = join(folder, 'moves');
    const counted = [frames.slice(0, half), frames.slice(half)].flatMap((some) => {
      const counter = new MoveCounter(file);
      return some.flatMap((frame) => counter.observe(frame));
    });
    expect(counted.length).toBe(moves);
    expect(counted.map(({ body }) => body.total)).toEqual(counted.map((_, i) => i + 1));
    expect(new Set(counted.map(({ body }) => body.move)).size).toBe(moves);
    for (const { endedAt, body } of counted) contract('move', endedAt, body);
    // After its restart it does not know the length before it changes.
    const known = counted.filter(({ body }) => body.class === 'single20' || body.class === 'single40').length;
    expect(known).toBeGreaterThan(moves / 2);
    expect(counted.every(({ body }) => body.class === null || body.boxes === 1)).toBe(true);
    expect(counted[1]?.body.features['tl[1].lockTime']).toBeGreaterThan(500);
  });

  it('is every value, in bins, by the hour', () => {
    const { frames } = simulated();
    const recorder = new HistogramRecorder();
    const hours = frames.flatMap((frame) => recorder.observe(frame) ?? []);
    expect(hours.map(({ endedAt }) => endedAt)).toEqual([7, 8, 9, 10, 11].map((hour) => Date.UTC(2026, 4, 4, hour)));
    for (const { endedAt, bodies } of hours)
      for (const body of bodies) {
        contract('hist', endedAt, body);
        expect(histogramFault(body)).toBeUndefined();
      }
    const sum = (signal: string): number =>
      hours
        .flatMap(({ bodies }) => bodies.filter((body) => body.signal === signal))
        .reduce((all, { counts, outside }) => all + outside + counts.reduce((a, b) => a + b, 0), 0);
    const sent = frames
      .filter(({ at }) => at < Date.UTC(2026, 4, 4, 11))
      .reduce((all, { signals }) => all + (signals['hyd.oilTemp']?.values.length ?? 0), 0);
    expect(sum('hyd.oilTemp')).toBe(sent);
    expect(hours[0]?.bodies[0]?.length).toBeLessThan(40 * 60_000);
    expect(hours[1]?.bodies[0]?.length).toBe(3_600_000);
  });
});
