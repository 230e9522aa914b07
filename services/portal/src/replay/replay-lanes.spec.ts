import { describe, expect, it } from '@jest/globals';
import { happeningsOf } from './happenings';
import {
  bucketAt,
  extentOf,
  laneGroups,
  laneKind,
  segmentsOf,
  valueAt,
  type Replay,
  type ReplaySignal,
} from './replay-lanes';

const signal = (id: string, values: readonly (number | null)[], over: Partial<ReplaySignal> = {}): ReplaySignal => ({
  signal: id,
  unit: '1',
  raw_points: values.length,
  mean: [...values],
  min: [...values],
  max: [...values],
  ...over,
});
const start = Date.UTC(2026, 10, 23, 12);
const replay = (signals: ReplaySignal[], over: Partial<Replay> = {}): Replay => ({
  from: new Date(start).toISOString(),
  to: new Date(start + 5000).toISOString(),
  resolution: 'PT1S',
  t: [0, 1, 2, 3, 4].map((s) => start + s * 1000),
  signals,
  gaps: [],
  moves: [],
  findings: [],
  bursts: [],
  ...over,
});

describe('lanes of a replay', () => {
  it('draws states as bands and numbers as lines, also those the catalogue does not know', () => {
    expect(laneKind(signal('tl[3].locked', [1]))).toBe('state');
    expect(laneKind(signal('tl.command', [0]))).toBe('state');
    expect(laneKind(signal('hyd.press', [0, 1]))).toBe('number');
    expect(laneKind(signal('own.lamp', [0, 1, null]))).toBe('state');
    expect(laneKind(signal('own.mode', [2], { words: ['a', 'b', 'c'] }))).toBe('state');
    expect(laneKind(signal('own.speed', [0.5]))).toBe('number');
    expect(laneKind(signal('own.empty', [null]))).toBe('number');
  });

  it('joins buckets of one state, keeps what is not known, and marks where it changed inside a bucket', () => {
    const made = signal('landed', [0, 0, null, 1, 1], { min: [0, 0, null, 0, 1], max: [0, 0, null, 1, 1] });
    expect(segmentsOf(made)).toEqual([
      { from: 0, to: 2, value: 0, changing: false },
      { from: 2, to: 3, value: null, changing: false },
      { from: 3, to: 4, value: 1, changing: true },
      { from: 4, to: 5, value: 1, changing: false },
    ]);
  });

  it.each([
    [-1, 0],
    [0, 0],
    [999, 0],
    [1000, 1],
    [4500, 4],
    [99_000, 4],
  ])('finds the bucket of %d ms', (ms, bucket) => expect(bucketAt(replay([]), start + ms)).toBe(bucket));

  it('holds a feature of moves until the next move, and nothing else', () => {
    expect(valueAt(signal('tl[1].lockTime', [null, 900, null, null]), 3)).toEqual({ value: 900, from: 1 });
    expect(valueAt(signal('tl[1].lockTime', [null, 900]), 0)).toBeNull();
    expect(valueAt(signal('hyd.press', [120, null]), 1)).toBeNull();
  });

  it('knows the extent, and that there is none', () => {
    expect(extentOf({ min: [3, null, -1], max: [4, null, 2] })).toEqual([-1, 4]);
    expect(extentOf({ min: [null], max: [null] })).toBeNull();
  });

  it('groups as the catalogue does, the proof first, positions in their order', () => {
    const ids = ['hyd.press', 'tl[10].locked', 'tl[2].locked', 'own.x', 'load.total'];
    const groups = laneGroups(
      ids.map((id) => signal(id, [1])),
      new Set(['hyd.press']),
    );
    expect(groups.map(({ group, signals }) => [group, ...signals.map((one) => one.signal)])).toEqual([
      ['proof', 'hyd.press'],
      ['twistlock', 'tl[2].locked', 'tl[10].locked'],
      ['load', 'load.total'],
      ['other', 'own.x'],
    ]);
  });
});

describe('what happened', () => {
  it('tells changes of state, moves, findings, bursts and silence in order; a first value and what was before are no news', () => {
    const at = (s: number): string => new Date(start + s * 1000).toISOString();
    const happened = happeningsOf(
      replay([signal('landed', [null, 0, 1, 1, 0]), signal('hyd.press', [1, 2, 3, 4, 5])], {
        gaps: [{ from: at(0), to: at(1) }],
        moves: [{ id: 'mov_1', from: at(1), to: at(3), class: 'single40', result: 'completed', load: 20 }],
        findings: [
          { id: 'fnd_1', title: 'Old', level: 'plan', from: at(-60), to: null },
          { id: 'fnd_2', title: 'New', level: 'plan', from: at(3.5), to: null },
        ],
        bursts: [
          {
            id: 'b1',
            btu: 'B1',
            signal: 'vib.rms',
            trigger: 'snag',
            from: at(2.5),
            to: at(3),
            rate: 100,
            samples: 50,
            lost: false,
          },
        ],
      }),
    );
    expect(happened.map(({ at: when, kind }) => [(when - start) / 1000, kind])).toEqual([
      [0, 'gap'],
      [2, 'state'],
      [2.5, 'burst'],
      [3, 'move'],
      [3.5, 'finding'],
      [4, 'state'],
    ]);
  });

  it('tells the same change of several positions once', () => {
    const pins = [1, 2, 4].map((n) => signal(`lp[${n}].seated`, [0, 1, 1, 1, n === 4 ? 0 : 1]));
    expect(happeningsOf(replay(pins))).toEqual([
      { at: start + 1000, kind: 'state', signals: ['lp[1].seated', 'lp[2].seated', 'lp[4].seated'], value: 1 },
      { at: start + 4000, kind: 'state', signals: ['lp[4].seated'], value: 0 },
    ]);
  });
});
