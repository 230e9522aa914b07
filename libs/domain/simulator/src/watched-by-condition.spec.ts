import { describe, expect, it } from '@jest/globals';
import type { Advice } from '@quaywatch/contracts';
import { conditionDefaults, freshState, take, type SpreaderState } from '@quaywatch/domain/condition';
import { SpreaderSimulator, type SimulatedFault } from './index';

const start = Date.UTC(2026, 10, 21);
const hour = 3_600_000;
/** Learns faster than by default, so that short runs do. */
const settings = { ...conditionDefaults, watch: { ...conditionDefaults.watch, learn: 40, jointLearn: 40 } };

type Column = { readonly at: number[]; readonly values: (number | boolean | string | null)[] };
/** Changes a value of a signal at a time. */
type Change = (signal: string, value: number, at: number) => number;

interface Told {
  readonly advice: readonly Advice[];
  readonly closed: readonly string[];
  readonly state: SpreaderState;
  readonly readings: number;
}

/** Runs a simulated spreader whose signals are changed in ways that no rule knows. */
function run(
  seed: number,
  hours: number,
  change: Change,
  faults: readonly SimulatedFault[] = [],
  again = 0,
  given = settings,
): Told {
  const simulator = new SpreaderSimulator({ seed, startAt: start, faults });
  let state = freshState('spr_t', 'org_t');
  const advice: Advice[] = [];
  const closed: string[] = [];
  const seq = { live: 0, event: 0 };
  let readings = 0;
  let n = 0;
  for (const frame of simulator.history(start + hours * hour)) {
    // As after a restart: the state is read again from what was stored.
    if (again > 0 && ++n % again === 0) state = JSON.parse(JSON.stringify(state)) as SpreaderState;
    const columns = Object.entries<Column>(frame.signals).map(([signal, { at, values }]) => ({
      signal,
      at,
      values: values.map((value, i) => (typeof value === 'number' ? change(signal, value, at[i] as number) : value)),
    }));
    const { statements, watched } = take(given, state, {
      btu: 'BTU-T',
      spreader: 'spr_t',
      stream: frame.stream,
      boot: 1,
      seq: ++seq[frame.stream],
      receivedAt: frame.at,
      historical: true,
      clock: 'NTP',
      clockOffset: 0,
      samples: columns,
    });
    readings += watched.length;
    for (const statement of statements) {
      if (statement.kind === 'advice-raised') advice.push(statement.advice);
      if (statement.kind === 'advice-closed') closed.push(`${statement.finding} ${statement.reason}`);
    }
  }
  return { advice, closed, state, readings };
}

const none: Change = (_, value) => value;
const from = start + 18 * hour;
const until = start + 27 * hour;
/** The supply sags by 8 %, for a while: no rule reads it. */
const sag: Change = (signal, value, at) => (signal === 'sup.volt' && at >= from && at < until ? value * 0.92 : value);

describe('what no rule knows', () => {
  it('is one case of its component, with what was expected, and ends with it', () => {
    const { advice, closed } = run(5, 31, sag);
    expect(advice.map(({ failureMode, component }) => `${failureMode} ${component}`)).toEqual(['FM-GEN ELE']);
    const [one] = advice as [Advice];
    expect(one.evidence[0]).toMatchObject({ signal: 'sup.volt', unit: 'V' });
    expect(one.evidence[0]?.baseline).toBeCloseTo(400, -1);
    expect(one.provenance).toMatchObject({ block: 'AG', version: '1', inputs: expect.arrayContaining(['sup.volt']) });
    expect(one.provenance.algorithm).toMatch(/^joint-control\+drift\+tail@/);
    expect(one.updatedAt).toBeGreaterThan(from);
    expect(one.updatedAt).toBeLessThan(from + 8 * hour);
    expect(closed).toHaveLength(1);
  });

  it('is seen as it grows slowly, and not learned as normal', () => {
    // The dynamic factor of lifts rises by a quarter over 20 h.
    const grows: Change = (signal, value, at) =>
      signal === 'load.dyn' && at > from ? value * (1 + (0.25 * (at - from)) / (20 * hour)) : value;
    const { advice, state } = run(6, 36, grows);
    expect(advice.map(({ component }) => component)).toEqual(['LOD']);
    expect(advice[0]?.evidence[0]?.text).toMatch(/^Dynamic factor.* \(load\.dyn\) (drifts|changed suddenly and stays)/);
    expect(state.watch?.groups['LOD']?.channels['load.dyn']?.line.n).toBeLessThan(550);
  });

  it('keeps to the alarm budget: a second component waits', () => {
    const two: Change = (signal, value, at) =>
      signal === 'load.dyn' && at >= from ? value * 1.4 : sag(signal, value, at);
    expect(run(7, 28, two).advice).toHaveLength(1);
    const more = { ...settings, watch: { ...settings.watch, budget: { cases: 2, per: hour * 720 } } };
    expect(run(7, 28, two, [], 0, more).advice).toHaveLength(2);
  });

  it('is no case of its own where a rule explains it, but speaks for that finding', () => {
    const leak: SimulatedFault = {
      mode: 'FM-04',
      position: 2,
      onsetAt: start + 12 * hour,
      fullAt: start + 36 * hour,
      shape: 'linear',
    };
    const { advice, state } = run(8, 40, none, [leak]);
    expect(new Set(advice.map(({ component }) => component))).toEqual(new Set(['TL[2].ACT']));
    expect(state.watch?.groups['TL[2]']?.joint?.out).toBe(true);
    expect(state.watch?.opened).toEqual([]);
  });
});

describe('load cells that contradict each other', () => {
  it.each<readonly [string, Change]>([
    [
      'one corner reads too little',
      (signal, value, at) => (signal === 'tl[2].load' && at >= from ? 0.6 * value : value),
    ],
    [
      'the channel of a corner stands still',
      (signal, value, at) => (signal === 'tl[2].load' && at >= from ? 5.2 : value),
    ],
  ])('%s: a finding of the load measuring, and of nothing else', (_, change) => {
    const { advice, closed } = run(5, 28, change);
    expect(new Set(advice.map(({ failureMode, component }) => `${failureMode} ${component}`))).toEqual(
      new Set(['FM-24 LOD']),
    );
    expect(advice[0]?.evidence[0]?.signal).toMatch(/^load\.sum(Error|Scatter)$/);
    expect(closed).toEqual([]);
  });
});

describe('the watch of a healthy spreader', () => {
  it('learns every component that shows something, and says nothing', () => {
    const { advice, state, readings } = run(9, 24, none);
    expect(advice).toEqual([]);
    expect(readings).toBeGreaterThan(1500);
    const learnt = Object.entries(state.watch?.groups ?? {}).filter(([, { model }]) => model);
    expect(learnt.map(([group]) => group).sort()).toEqual([
      'ELD[1]',
      'ELE',
      'FLP[1]',
      'FLP[2]',
      'FLP[3]',
      'FLP[4]',
      'HYD',
      'LOD',
      'TEL',
      'TL',
      'TL[1]',
      'TL[2]',
      'TL[3]',
      'TL[4]',
    ]);
  });

  it('goes on bit by bit the same after restarts, also in the middle of learning and of a case', () => {
    const straight = run(5, 28, sag);
    const restarted = run(5, 28, sag, [], 37);
    expect(JSON.stringify(restarted.state)).toBe(JSON.stringify(straight.state));
    expect(restarted.advice).toEqual(straight.advice);
    expect(straight.advice).toHaveLength(1);
  });
});
