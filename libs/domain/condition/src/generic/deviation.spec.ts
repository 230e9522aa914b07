import { describe, expect, it } from '@jest/globals';
import { frame, noiseOf, run } from '../../test/scenario';
import type { Assessment, Frame } from '../index';

const start = Date.UTC(2026, 10, 21);

/** One hour at 1 Hz of an asset without moves; `shift` from second 1200 to 2400 on one signal. */
function* recorded(seed: number, shift: number, wild = false): Generator<Frame> {
  const noise = noiseOf(seed);
  for (let second = 0, seq = 1; second < 3600; second += 10, seq++) {
    const rows = Array.from({ length: 10 }, (_, i) => {
      const at = start + (second + i) * 1000;
      const moved = second >= 1200 && second < 2400 ? shift : 0;
      const press = wild && i === 3 ? 99_999 : wild && i === 4 ? null : 40 + noise();
      return [
        ['hyd.press', at, press],
        ['pump.current', at, 12 + 0.3 * noise()],
        ['raw:hyd.flow', at, 32 + 0.4 * noise() + moved],
        ['sup.volt', at, 230 + 3 * noise()],
      ] as [string, number, number | null][];
    }).flat();
    yield frame('spr_r', 'live', seq, rows);
  }
}

const said = (out: readonly Assessment[]): { kind: string; at: number }[] =>
  out
    .flatMap(({ statements }) => statements)
    .flatMap((s) => {
      if (s.kind === 'condition-changed') return [];
      return [{ kind: s.kind, at: (('advice' in s ? s.advice.updatedAt : s.at) - start) / 1000 }];
    });

describe('an asset that only sends recorded signals', () => {
  it('gives one advisory for a segment that is not normal, none before, and closes it after', () => {
    for (const seed of [1, 2, 3]) {
      const { out, state } = run(recorded(seed, 3), 'spr_r');
      const [raised, ...rest] = said(out).filter(({ kind }) => kind !== 'advice-updated');
      expect(raised?.kind).toBe('advice-raised');
      expect(raised?.at).toBeGreaterThan(1200);
      expect(raised?.at).toBeLessThan(1500);
      expect(rest.map(({ kind }) => kind)).toEqual(['advice-closed']);
      const advice = out.flatMap(({ statements }) => statements).find((s) => s.kind === 'advice-raised');
      expect(advice).toMatchObject({ advice: { failureMode: 'FM-GEN', title: 'raw:hyd.flow far from its normal' } });
      expect(state.health?.completeness).toBe(1);
    }
  });

  it('names signals whose values follow each other as they never did, beside what opened the case', () => {
    const { out, state } = run(recorded(3, 3), 'spr_r');
    const told = out.flatMap(({ statements }) => statements).flatMap((one) => ('advice' in one ? [one.advice] : []));
    const texts = told.flatMap(({ evidence }) => evidence.map(({ text }) => text));
    expect(texts.some((text) => /^Values of .* times the limit of surprise, \d+ % of what surprises$/.test(text))).toBe(
      true,
    );
    expect(Object.keys(state.watch?.surprise?.signals ?? {})).toHaveLength(4);
    expect(JSON.stringify(state.watch?.surprise).length).toBeLessThan(4 * 60_000);
  });

  it('stays quiet when nothing happens', () => {
    for (const seed of [4, 5, 6]) expect(said(run(recorded(seed, 0), 'spr_r').out)).toEqual([]);
  });

  it('lets no missing or impossible value near its normal', () => {
    const { out, state } = run(recorded(7, 0, true), 'spr_r');
    // That a sensor sends what cannot be is said, and nothing else.
    const found = out.flatMap(({ statements }) => statements).flatMap((s) => ('advice' in s ? [s.advice] : []));
    expect(found).not.toEqual([]);
    for (const { failureMode } of found) expect(failureMode).toBe('FM-34');
    expect(state.generic['hyd.press']?.center).toBeCloseTo(40, 0);
  });

  it('says nothing about health before it has learned', () => {
    const frames = [...recorded(8, 0)].slice(0, 20);
    expect(run(frames, 'spr_r').state.health).toMatchObject({ level: 'no_data', score: null });
  });
});
