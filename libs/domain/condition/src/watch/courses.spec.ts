import { describe, expect, it } from '@jest/globals';
import { noiseOf } from '../../test/scenario';
import { conditionDefaults as settings, freshState, take, type Assessment, type SpreaderState } from '../index';

const minute = 60_000;
const samples = 90;

/** A movement of a drive: its current over 18 s; `worn` adds a bump in its third quarter. */
const movement = (noise: () => number, worn: number): number[] =>
  Array.from({ length: samples }, (_, t) => {
    const bump = t > 55 && t < 62 ? worn : 0;
    return 10 + 4 * Math.sin((t / samples) * Math.PI) + 0.15 * noise() + bump;
  });

/** Movements one every two minutes, each an event frame with the course as a column. */
function run(state: SpreaderState, noise: () => number, from: number, n: number, worn = 0): Assessment[] {
  return Array.from({ length: n }, (_, i) => {
    const at = (from + i) * 2 * minute;
    return take(settings, state, {
      btu: 'B1',
      spreader: 'spr_1',
      stream: 'event',
      boot: 1,
      seq: from + i + 1,
      receivedAt: at,
      historical: false,
      clock: 'NTP',
      clockOffset: 0,
      samples: [
        {
          signal: 'raw:eld1.course',
          at: Array.from({ length: samples }, (_, t) => at + 200 * t),
          values: movement(noise, worn),
        },
      ],
    });
  });
}

const advice = (all: readonly Assessment[]) =>
  all.flatMap(({ statements }) => statements).flatMap((one) => ('advice' in one ? [one.advice] : []));
const kinds = (all: readonly Assessment[]): string[] =>
  all.flatMap(({ statements }) => statements.map(({ kind }) => kind)).filter((kind) => kind !== 'advice-updated');

describe('courses of movements, live', () => {
  it('are learned, and a course that strays for long is one case that says where, and ends', () => {
    const noise = noiseOf(3);
    const state = freshState('spr_1', 'org_1');
    expect(kinds(run(state, noise, 0, 225))).toEqual([]);
    expect(state.watch?.courses?.['raw:eld1.course']?.n).toBe(200);
    const found = run(state, noise, 225, 40, 1.5);
    expect(kinds(found)).toEqual(['condition-changed', 'advice-raised']);
    const [one] = advice(found);
    expect(one).toMatchObject({ failureMode: 'FM-GEN', component: 'SPR', provenance: { inputs: ['raw:eld1.course'] } });
    expect(one?.provenance.algorithm).toMatch(/^course-control@/);
    expect(one?.evidence[0]?.text).toMatch(/third quarter of a movement$/);
    expect(one?.evidence[0]?.value).toBeGreaterThan(one?.evidence[0]?.limit ?? Infinity);
    expect(kinds(run(state, noise, 265, 60))).toEqual(['condition-changed', 'advice-closed']);
  });

  it('goes on bit by bit the same after restarts, in the middle of learning and of a case', () => {
    const [a, b] = [noiseOf(5), noiseOf(5)];
    const straight = freshState('spr_1', 'org_1');
    let stored = freshState('spr_1', 'org_1');
    for (const [from, n, worn] of [
      [0, 12, 0],
      [12, 60, 0],
      [72, 15, 1.5],
      [87, 15, 1.5],
    ] as const) {
      const one = run(straight, a, from, n, worn);
      stored = JSON.parse(JSON.stringify(stored)) as SpreaderState;
      expect(run(stored, b, from, n, worn)).toEqual(one);
    }
    expect(JSON.stringify(stored)).toBe(JSON.stringify(straight));
    expect(straight.watch?.courses?.['raw:eld1.course']?.case).toBe(true);
  });

  it('are no courses when they are few numbers, or no numbers', () => {
    const state = freshState('spr_1', 'org_1');
    const frame = (values: (number | boolean)[], seq: number) =>
      take(settings, state, {
        btu: 'B1',
        spreader: 'spr_1',
        stream: 'event',
        boot: 1,
        seq,
        receivedAt: seq,
        historical: false,
        clock: 'NTP',
        clockOffset: 0,
        samples: [{ signal: 'raw:x', at: values.map((_, i) => seq * minute + i), values }],
      });
    frame(Array<number>(15).fill(1), 1);
    frame(Array<boolean>(40).fill(true), 2);
    expect(state.watch?.courses).toBeUndefined();
  });
});
