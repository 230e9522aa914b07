import { describe, expect, it } from '@jest/globals';
import type { MoveRecord } from '@quaywatch/contracts';
import {
  addCell,
  betweenFailures,
  cellOf,
  chiSquareQuantile,
  failuresOf,
  kpisOf,
  loadSpectrumFactor,
  shiftAt,
  stateOfLoading,
  suspectedStops,
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
