import { describe, expect, it } from '@jest/globals';
import type { Advice } from '@quaywatch/contracts';
import { conditionDefaults, freshState, take, type SpreaderState } from '@quaywatch/domain/condition';
import { componentOf, SpreaderSimulator, type SimulatedFault, type SimulatedMode } from './index';

const hour = 3_600_000;
const start = Date.UTC(2026, 10, 21);
const onset = start + 20 * hour;

interface Run {
  /** What was said of the fault, in order. */
  readonly said: Advice[];
  /** When it had to be acted on, ms. */
  readonly hit: number;
  readonly state: SpreaderState;
}

/** A fault that grows slowly until it must be acted on; with `restarts` the state is stored and read again all the time. */
function run(
  mode: SimulatedMode,
  seed: number,
  { restarts = false, shape = 'linear' }: { restarts?: boolean; shape?: SimulatedFault['shape'] } = {},
): Run {
  const fault: SimulatedFault = {
    mode,
    position: 1 + (seed % 4),
    onsetAt: onset,
    fullAt: onset + 60 * hour,
    shape,
  };
  const simulator = new SpreaderSimulator({ seed, startAt: start, faults: [fault] });
  let state = freshState('spr_t', 'org_t');
  const said: Advice[] = [];
  const seq = { live: 0, event: 0 };
  for (const frame of simulator.history(onset + 90 * hour)) {
    if (restarts && seq.event % 50 === 0) state = JSON.parse(JSON.stringify(state)) as SpreaderState;
    const { statements } = take(conditionDefaults, state, {
      btu: 'BTU-T',
      spreader: 'spr_t',
      stream: frame.stream,
      boot: 1,
      seq: ++seq[frame.stream],
      receivedAt: frame.at,
      historical: true,
      clock: 'NTP',
      clockOffset: 0,
      samples: Object.entries(frame.signals).map(([signal, column]) => ({ signal, ...column })),
    });
    for (const statement of statements) {
      if (statement.kind !== 'advice-raised' && statement.kind !== 'advice-updated') continue;
      const { advice } = statement;
      if (advice.failureMode !== mode || advice.component !== componentOf(fault)) continue;
      said.push(advice);
      if (advice.level === 'act_now') return { said, hit: frame.at, state };
    }
  }
  return { said, hit: Number.POSITIVE_INFINITY, state };
}

describe('the remaining life of a finding that gets worse', () => {
  it('ends within the interval, however long before it is said', () => {
    const leads = { long: [0, 0], middle: [0, 0], short: [0, 0] } as Record<
      'long' | 'middle' | 'short',
      [number, number]
    >;
    for (const [mode, seed] of [
      ['FM-02', 7001],
      ['FM-24', 7002],
      ['FM-07', 7003],
      ['FM-30', 7004],
    ] as const) {
      const { said, hit } = run(mode, seed);
      expect([mode, Number.isFinite(hit)]).toEqual([mode, true]);
      for (const { remainingLife, updatedAt } of said) {
        if (!remainingLife?.at) continue;
        const left = hit - updatedAt;
        const lead = leads[left > 30 * hour ? 'long' : left > 12 * hour ? 'middle' : 'short'];
        lead[1] += 1;
        if (hit >= remainingLife.at.low && hit <= (remainingLife.at.high ?? Infinity)) lead[0] += 1;
      }
      // Nothing is said any more once it must be acted on.
      expect(said.at(-1)?.remainingLife).toBeNull();
    }
    const [within, all] = Object.values(leads).reduce(([a, b], [c, d]) => [a + c, b + d], [0, 0]);
    for (const [, n] of [leads.long, leads.middle]) expect(n).toBeGreaterThan(2);
    expect(within / all).toBeGreaterThanOrEqual(0.85);
    expect(leads.long[0] / leads.long[1]).toBeGreaterThanOrEqual(0.85);
    expect(leads.middle[0] / leads.middle[1]).toBeGreaterThanOrEqual(0.8);
  }, 300_000);

  it('ends within the interval, and seldom before it, where wear speeds up', () => {
    let [within, early, all] = [0, 0, 0];
    for (const [mode, seed] of [
      ['FM-02', 7101],
      ['FM-24', 7102],
      ['FM-07', 7103],
      ['FM-30', 7104],
    ] as const) {
      const { said, hit } = run(mode, seed, { shape: 'exponential' });
      expect([mode, Number.isFinite(hit)]).toEqual([mode, true]);
      for (const { remainingLife } of said) {
        if (!remainingLife?.at) continue;
        all += 1;
        if (hit < remainingLife.at.low) early += 1;
        else if (hit <= (remainingLife.at.high ?? Infinity)) within += 1;
      }
    }
    expect(all).toBeGreaterThan(10);
    expect(within / all).toBeGreaterThanOrEqual(0.85);
    expect(early / all).toBeLessThanOrEqual(0.1);
  }, 300_000);

  it('is the same after any number of restarts, and its memory is bounded', () => {
    const once = run('FM-24', 7005);
    const often = run('FM-24', 7005, { restarts: true });
    expect(JSON.stringify(often.said)).toBe(JSON.stringify(once.said));
    expect(JSON.stringify(often.state)).toBe(JSON.stringify(once.state));
    expect(once.said.some(({ remainingLife }) => remainingLife?.lifts)).toBe(true);
    const trends = Object.values(once.state.tracks).flatMap(({ trend }) => trend ?? []);
    expect(trends.length).toBeGreaterThan(0);
    for (const { points } of trends) expect(points.length).toBeLessThan(conditionDefaults.trend.points);
    // What is in order keeps nothing.
    expect(once.state.tracks['tl[1].lockRatio']?.trend).toBeUndefined();
  }, 300_000);
});
