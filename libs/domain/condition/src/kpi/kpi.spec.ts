import { describe, expect, it } from '@jest/globals';
import type { MoveRecord } from '@quaywatch/contracts';
import { conditionDefaults } from '../defaults';
import {
  addCell,
  alarmRates,
  betweenFailures,
  cellOf,
  chiSquareQuantile,
  failuresOf,
  kpisOf,
  kpiDefinitions,
  loadSpectrumFactor,
  moreKpis,
  shiftAt,
  stateOfLoading,
  suspectedStops,
  suspiciousPause,
  defaultShifts,
  withoutRecorded,
  type Stop,
} from './index';

const min = 60_000;
const stop = (from: number, length: number, more: Partial<Stop> = {}): Stop => ({
  stop: `s${from}`,
  spreader: 'spr_1',
  from: from * min,
  to: (from + length) * min,
  cause: 'equipment',
  ending: 'repair',
  confirmed: true,
  rootCause: 'FM-02 TL[1]',
  times: null,
  ...more,
});
const move = (i: number, features: Record<string, number> = {}, more: Partial<MoveRecord> = {}): MoveRecord => ({
  move: `m${i}`,
  spreader: 'spr_1',
  startedAt: i * 2 * min,
  lockedAt: i * 2 * min + 30_000,
  endedAt: (i + 1) * 2 * min,
  class: 'single40',
  result: 'completed',
  boxes: 1,
  teu: 2,
  load: 20,
  features,
  model: null,
  ...more,
});

describe('chi-square quantile', () => {
  // Published tables (NIST/SEMATECH e-Handbook, 1.3.6.7.4).
  it.each([
    [0.95, 1, 3.841],
    [0.95, 10, 18.307],
    [0.05, 10, 3.94],
    [0.99, 30, 50.892],
    [0.95, 100, 124.342],
    [0.05, 2, 0.103],
  ])('p %d, df %d: %d', (p, df, x) => expect(chiSquareQuantile(p, df)).toBeCloseTo(x, 3));
});

describe('mean moves between failures (computed check of domain.md §3)', () => {
  it.each([
    [100_000, 7, 14_286, 7_606, 30_438],
    [100_000, 0, null, 33_381, null],
    [20_000, 1, 20_000, 4_216, 389_915],
  ] as const)('%d moves, %d failures', (moves, n, value, low, high) => {
    const found = betweenFailures(moves, n);
    const whole = (x: number | null): number | null => (x === null ? null : Math.round(x));
    expect([found.value, found.low, found.high].map(whole)).toEqual([value, low, high]);
  });
  it('says nothing without moves', () => expect(betweenFailures(0, 0)).toEqual({ value: null, low: null, high: null }));
});

it('load spectrum factor: the example of domain.md', () => {
  const kp = loadSpectrumFactor([
    { share: 0.3, load: 0.25 },
    { share: 0.35, load: 0.5 },
    { share: 0.25, load: 0.7 },
    { share: 0.1, load: 0.9 },
  ]);
  expect(kp).toBeCloseTo(0.207, 3);
  expect(stateOfLoading(kp)).toBe('Q2');
});

describe('failures', () => {
  const count = (stops: Stop[], rule: 'all' | 'longer' | 'confirmed' = 'all'): number =>
    failuresOf(stops, rule, 5, 1e9).length;
  it('are only the fault of the spreader, with an end that a person made', () => {
    expect(
      count([
        stop(0, 10),
        stop(100, 10, { cause: 'operator' }),
        stop(200, 10, { cause: 'planned' }),
        stop(300, 10, { ending: 'none' }),
      ]),
    ).toBe(1);
  });
  it('do not count a repetition of the same cause within 60 min, but one after it and another cause', () => {
    expect(count([stop(0, 10), stop(60, 10)])).toBe(1);
    expect(count([stop(0, 10), stop(71, 10)])).toBe(2);
    expect(count([stop(0, 10), stop(60, 10, { rootCause: 'FM-17' })])).toBe(2);
    expect(count([stop(0, 10), stop(60, 10, { spreader: 'spr_2' })])).toBe(2);
  });
  it('differ by rule', () => {
    const stops = [stop(0, 5), stop(200, 6), stop(400, 30, { confirmed: false, ending: 'none' })];
    expect([count(stops), count(stops, 'longer'), count(stops, 'confirmed')]).toEqual([3, 2, 2]);
  });
  it('are never more by a narrower rule: short stops between longer ones do not make two failures of one', () => {
    const suspected = { confirmed: false, ending: 'none' } as const;
    const stops = [stop(0, 10), stop(50, 3, suspected), stop(100, 10, suspected), stop(150, 10)];
    expect((['all', 'longer', 'confirmed'] as const).map((rule) => count(stops, rule))).toEqual([1, 1, 1]);
    expect(count([stop(0, 3), stop(30, 10)], 'longer')).toBe(1);
  });
  it('are suspected where nothing moved while a finding was at act now', () => {
    const periods = [{ spreader: 'spr_1', rootCause: 'x', from: 0, to: 60 * min }];
    const moves = [
      { begin: 0, end: 2 * min },
      { begin: 4 * min, end: 6 * min },
      { begin: 30 * min, end: 59 * min },
    ];
    const found = suspectedStops(periods, moves, 3 * min, 1e9);
    expect(found.map(({ from, to }) => [from / min, (to ?? 0) / min])).toEqual([[6, 30]]);
    expect(withoutRecorded(found, [stop(20, 30)])).toEqual([]);
    expect(withoutRecorded(found, [stop(30, 5)])).toEqual(found);
  });
  it('are not suspected where a spreader waits for boxes as it always does', () => {
    const every = (minutes: number, n: number) =>
      Array.from({ length: n }, (_, i) => ({ begin: i * minutes * min, end: (i * minutes + 1) * min }));
    const limits = conditionDefaults.stops;
    expect(suspiciousPause(limits, every(5, 20)) / min).toBe(12);
    expect(suspiciousPause({ ...limits, times: 5, known: 2 }, every(5, 3)) / min).toBe(20);
    expect(suspiciousPause(limits, every(1.5, 20)) / min).toBe(3);
    expect(suspiciousPause(limits, every(5, 5))).toBe(Infinity);
    const moves = [...every(5, 20), { begin: 160 * min, end: 161 * min }];
    const period = { spreader: 'spr_1', rootCause: 'FM-02 TL[1]', from: 10 * min, to: 161 * min };
    const found = suspectedStops([period], moves, suspiciousPause(limits, moves), 1e9);
    expect(found.map(({ from, to }) => [from / min, (to ?? 0) / min])).toEqual([[96, 160]]);
  });
});

describe('figures', () => {
  const input = {
    stops: [],
    assignedHours: 10,
    overload: { above100: 0, above110: 0, above125: 0 },
    ratedLoad: 40,
    minutes: 5,
    now: 1e9,
  };
  it('say how many were measured of how many', () => {
    const cell = cellOf([
      move(0, { 'tl[1].lockTime': 1000, 'tl[2].lockTime': 1400, 'landing.peakG': 5, energy: 0.04, 'load.ecc.L': -12 }),
      move(1, { 'tl[1].lockTime': 1000, 'landing.peakG': 1 }),
      move(2, {}, { result: 'aborted', boxes: 0, teu: 0 }),
      move(3, {}, { class: 'empty_cycle', boxes: 0, teu: 0, load: 0 }),
      move(4, {}, { result: 'incomplete', boxes: 0, teu: 0 }),
    ]);
    const of = (id: string) => kpisOf({ ...input, cell }).find((kpi) => kpi.id === id);
    expect(of('moves')).toMatchObject({ value: 2, parts: { cycles: 5, lifts: 3, boxes: 2, teu: 4, aborted: 1 } });
    expect(of('lock_time')).toMatchObject({ n: 2, of: 5 });
    expect(of('lock_time')?.parts['p95']).toBeGreaterThan(1365);
    expect(of('lock_time')?.parts['p95']).toBeLessThan(1435);
    expect(of('landing_impact')).toMatchObject({ value: 500, n: 2, parts: { below2: 1, '4to6': 1 } });
    expect(of('energy')).toMatchObject({ value: 0.04, n: 1, of: 2 });
    expect(of('eccentric')).toMatchObject({ value: 1000, n: 1 });
    expect(of('load_spectrum')?.value).toBeCloseTo(0.125, 6);
    expect(of('completeness')?.value).toBe(80);
    expect(of('mmbf.all')).toMatchObject({ value: null, high: null, n: 0 });
    expect(of('availability')?.value).toBe(100);
  });
  it('take down time off availability, and split the repair', () => {
    const times = { response: 10, diagnosis: 10, parts: 30, repair: 8, test: 2 };
    const found = kpisOf({ ...input, cell: cellOf([move(0)]), stops: [stop(0, 60, { times }), stop(300, 60)] });
    expect(found.find(({ id }) => id === 'availability')?.value).toBe(80);
    expect(found.find(({ id }) => id === 'mttr')).toMatchObject({
      value: 60,
      n: 2,
      parts: { parts: 30, split_known: 1 },
    });
  });
  it('add up: two halves give what the whole gives', () => {
    const moves = Array.from({ length: 50 }, (_, i) =>
      move(i, { 'tl[1].lockTime': 900 + 13 * i, 'landing.peakG': i / 8 }),
    );
    const halves = cellOf(moves.slice(0, 20));
    addCell(halves, cellOf(moves.slice(20)));
    expect(halves).toEqual(cellOf(moves));
  });
});

it('shifts go over midnight', () => {
  expect([5, 6, 13, 14, 21, 22, 0].map((hour) => shiftAt(hour, defaultShifts))).toEqual([
    'night',
    'early',
    'early',
    'late',
    'late',
    'night',
    'night',
  ]);
});

describe('alarm rates', () => {
  const day = 86_400_000;
  const alarm = (source: string, from: number, to: number | null = from + min) => ({ source, from, to });

  it('count floods, chatter and what stays', () => {
    const flood = Array.from({ length: 12 }, (_, i) => alarm(`s${i}`, 20 * min + i * 1000));
    const chatter = [0, 20_000, 55_000].map((at) => alarm('c', day + at));
    const stays = [alarm('x', day, null), alarm('y', day / 2, 4 * day), alarm('z', 3.5 * day, null)];
    const rates = alarmRates([...flood, ...chatter, ...stays, alarm('after', 4 * day)], 0, 4 * day);
    expect(rates).toMatchObject({ count: 18, perDay: 4.5, peak: 12, chattering: 1, stale: 1 });
    expect(rates.floodShare).toBeCloseTo(100 / 576, 9);
    expect(rates.topTen).toBeCloseTo((100 * 12) / 18, 9);
  });

  it('are nothing of nothing', () => {
    expect(alarmRates([], 0, day)).toEqual({
      ...{ count: 0, perDay: 0, peak: 0, floodShare: 0, chattering: 0, stale: 0, topTen: null },
    });
  });
});

describe('further figures', () => {
  const times = { response: 10, diagnosis: 10, parts: 30, repair: 8, test: 2 };
  const input = {
    cell: cellOf(Array.from({ length: 60 }, (_, i) => move(i))),
    stops: [stop(0, 60, { times }), stop(300, 30), stop(400, 120, { cause: 'planned' }), stop(500, 40)],
    assignedHours: 20,
    overload: { above100: 0, above110: 0, above125: 0 },
    ratedLoad: 40,
    minutes: 5,
    now: 1e9,
    use: [
      { usedPeriod: 12, fatigue: 3, kp: 0.2, years: { middle: 8, low: 7, high: null } },
      { usedPeriod: 30, fatigue: 9, kp: 0.3, years: null },
    ],
    alarms: alarmRates([{ source: 'a', from: 1, to: 2 }], 0, 86_400_000),
    craneHourValue: 500,
  };
  const of = (id: string, more = {}) => moreKpis({ ...input, ...more }).find((kpi) => kpi.id === id);

  it('are worked out as defined', () => {
    expect(of('mwt')).toMatchObject({ value: 40, n: 1, of: 3, parts: { response: 10, parts: 30 } });
    // The third lies within the planned window from 400 to 520 for 20 min, and lasts 20 min beyond it.
    expect(of('mdt')).toMatchObject({ value: (60 + 30 + 40) / 3, n: 3 });
    expect(of('availability.contractual')?.value).toBeCloseTo((100 * (18 - (60 + 30 + 20) / 60)) / 18, 9);
    // Two working hours and three failures of 43.3 min.
    expect(of('availability.inherent')?.value).toBeCloseTo((100 * (2 / 3)) / (2 / 3 + 130 / 180), 9);
    expect(of('utilisation')?.value).toBeCloseTo(10, 9);
    expect(of('failure_cost')?.value).toBeCloseTo((500 * 130) / 60, 6);
    expect(of('dwp')).toMatchObject({ value: 30, n: 2, parts: { mean: 21, fatigue: 9, years_left: null } });
    expect(of('alarm_rate')).toMatchObject({ value: 1, n: 1 });
  });

  it('say nothing where nothing is known', () => {
    const none = { assignedHours: null, craneHourValue: null, alarms: null, use: [], stops: [] };
    for (const id of [
      'availability.contractual',
      'availability.inherent',
      'utilisation',
      'failure_cost',
      'dwp',
      'alarm_rate',
      'mwt',
    ])
      expect(of(id, none)?.value).toBeNull();
  });

  it('have a definition each', () => {
    for (const { id } of moreKpis(input)) expect(kpiDefinitions[id]).toBeDefined();
  });
});
