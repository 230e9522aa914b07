import { describe, expect, it } from '@jest/globals';
import { framesOf, run, type Fault, type MinutePlan, type MovePlan } from '../test/scenario';
import { advance, conditionDefaults, freshState, take, type Assessment } from './index';

const opened = (out: readonly Assessment[]): string[] =>
  out
    .flatMap(({ statements }) => statements)
    .flatMap((s) => (s.kind === 'advice-raised' ? [`${s.advice.failureMode} ${s.advice.component}`] : []));

/** Grows from 0 at a quarter of the run to 1 at its end. */
const wear = (share: number): number => Math.max(0, (share - 0.25) / 0.75);

const onMove = (change: (plan: MovePlan, wear: number) => void): Fault => ({
  move: (plan) => change(plan, wear(plan.share)),
});
const onMinute = (change: (plan: MinutePlan, wear: number) => void): Fault => ({
  minute: (plan) => change(plan, wear(plan.share)),
});

const faults: readonly [string, Fault][] = [
  [
    'FM-01 TL[3].SL',
    onMove((plan, w) => {
      if (w > 0 && plan.i % 7 === 0) plan.missing = 2;
      if (w > 0 && plan.i % 11 === 0) plan.flicker = 2;
    }),
  ],
  ['FM-02 TL[3]', onMove((plan, w) => (plan.lockTime[2] = (plan.lockTime[2] ?? 0) * (1 + 0.6 * w)))],
  [
    'FM-04 TL[2].ACT',
    onMove((plan, w) => {
      plan.lockTime[1] = (plan.lockTime[1] ?? 0) * (1 + 0.6 * w);
      plan.unlockTime[1] = (plan.unlockTime[1] ?? 0) * (1 + 0.5 * w);
    }),
  ],
  ['FM-07 LP[4]', onMove((plan, w) => (plan.pinDelay[3] = (plan.pinDelay[3] ?? 0) + 1200 * w))],
  [
    'FM-10 TEL.DRV',
    onMove((plan, w) => {
      plan.teleTime *= 1 + 0.35 * w;
      plan.teleCurrent *= 1 + 0.4 * w;
    }),
  ],
  [
    'FM-15 HYD.P',
    onMinute((plan, w) => {
      plan.press *= 1 - 0.18 * w;
      plan.duty += 28 * w;
      plan.oil += 9 * w;
    }),
  ],
  ['FM-18 HYD.HOSE', onMinute((plan, w) => (plan.level -= 12 * w))],
  ['FM-20 HYD.C', onMinute((plan, w) => (plan.oil += 18 * w))],
  ['FM-23 FLP[2]', onMove((plan, w) => (plan.flipper *= 1 + 0.9 * w))],
  ['FM-24 LOD', onMove((plan, w) => (plan.loadZero += 0.8 * w))],
];

describe('a run of two days', () => {
  it.each(faults)('finds %s and nothing else', (expected, fault) => {
    const { state, out } = run(framesOf(expected.length, 400, fault));
    expect(new Set(opened(out))).toEqual(new Set([expected]));
    expect(state.health?.score).toBeLessThan(80);
  });

  it('stays quiet on healthy spreaders and calls them healthy', () => {
    for (const seed of [11, 12, 13]) {
      const { state, out } = run(framesOf(seed, 500));
      expect(opened(out)).toEqual([]);
      expect(state.health).toMatchObject({ level: 'ok' });
      expect(state.health?.score).toBeGreaterThan(90);
      expect(JSON.stringify(state).length).toBeLessThan(60_000);
    }
  });

  it('stays quiet through nights without work, when the oil is cold and everything slower', () => {
    const night = (minute: number): number =>
      Math.max(0, Math.min(1, ((minute % 1440) - 780) / 60) - Math.max(0, ((minute % 1440) - 1380) / 60));
    const rests: Fault = {
      minute: (plan) => {
        const cold = night(plan.minute);
        plan.oil -= cold * (plan.oil - plan.ambient - 3);
        if (cold > 0.5) plan.press = 22;
      },
    };
    for (const seed of [21, 22]) {
      const { state, out } = run(framesOf(seed, 400, rests));
      expect(opened(out)).toEqual([]);
      expect(state.health).toMatchObject({ level: 'ok' });
    }
  });

  it('gives a move for every cycle with its features', () => {
    const { out } = run(framesOf(3, 60));
    const moves = out.flatMap((assessment) => assessment.moves);
    expect(moves.length).toBe(60);
    expect(new Set(moves.map(({ move }) => move)).size).toBe(60);
    expect(
      moves.every(
        ({ result, class: kind, boxes, teu }) =>
          result === 'completed' && kind === 'single40' && boxes === 1 && teu === 2,
      ),
    ).toBe(true);
    expect(Object.keys(moves[6]?.features ?? {}).sort()).toEqual(
      [
        'dwell.carry',
        'dwell.lock',
        'dwell.toLock',
        'dwell.toRelease',
        'flp[1].time',
        'flp[2].time',
        'flp[3].time',
        'flp[4].time',
        'landing.count',
        'load.total',
        'load.zero',
        'lp.skew',
        'tele.current',
        'tele.time',
        'tl.retries',
        'tl.spread',
        ...[1, 2, 3, 4].flatMap((n) => [`tl[${n}].lockTime`, `tl[${n}].unlockTime`]),
        ...[1, 2, 3, 4].flatMap((n) => [`tl[${n}].lockRatio`, `tl[${n}].unlockRatio`, `lp[${n}].lag`]),
      ].sort(),
    );
  });

  it('closes a finding when the data are back to normal, and counts the next one', () => {
    const repaired = onMove(
      (plan) => (plan.lockTime[2] = (plan.lockTime[2] ?? 0) * (plan.share > 0.3 && plan.share < 0.6 ? 1.6 : 1)),
    );
    const { state, out } = run(framesOf(4, 400, repaired));
    const kinds = out.flatMap(({ statements }) => statements.map(({ kind }) => kind));
    expect(kinds[0]).toBe('condition-changed');
    expect(kinds.filter((kind) => kind === 'advice-raised').length).toBe(1);
    expect(kinds.at(-1)).toBe('advice-closed');
    expect(state.modes['FM-02 TL[3]']).toMatchObject({ open: false, step: 0, findings: 1 });
    const revisions = out
      .flatMap(({ statements }) => statements)
      .filter((s) => s.kind !== 'condition-changed')
      .map((s) => s.expected);
    expect(revisions).toEqual(revisions.map((_, i) => i));
  });

  it('has no effect twice: a duplicate frame changes nothing but its counter', () => {
    const frames = [...framesOf(5, 100)];
    const once = run(frames).state;
    const twice = run(frames.flatMap((frame) => [frame, frame])).state;
    expect({ ...twice, counts: null }).toEqual({ ...once, counts: null });
    expect(twice.counts.duplicates).toBe(frames.length);
  });

  it('is deterministic through its snapshot: stored and read back after every frame it goes the same way', () => {
    const frames = [...framesOf(6, 150, faults[1]?.[1])];
    const straight = run(frames, 'spr_t', false);
    let state = freshState('spr_t', 'org_t');
    const said: unknown[] = [];
    for (const frame of frames) {
      state = JSON.parse(JSON.stringify(state)) as typeof state;
      said.push(...take(conditionDefaults, state, frame).statements);
    }
    expect(state).toEqual(JSON.parse(JSON.stringify(straight.state)));
    expect(said).toEqual(straight.out.flatMap(({ statements }) => statements));
  });

  it('comes to the same findings when live and stored frames interleave in another order', () => {
    const frames = [...framesOf(7, 400, faults[1]?.[1])];
    const live = frames.filter(({ stream }) => stream === 'live');
    const event = frames.filter(({ stream }) => stream === 'event');
    for (const order of [
      [...live, ...event],
      [...event, ...live],
    ]) {
      expect(new Set(opened(run(order).out))).toEqual(new Set(['FM-02 TL[3]']));
    }
  });

  it('takes back what it said of an asset of which it did not know that it makes moves', () => {
    const frames = [...framesOf(7, 200)];
    const live = frames.filter(({ stream }) => stream === 'live');
    const { out, state } = run([...live, ...frames.filter(({ stream }) => stream === 'event')], 'spr_t', false);
    expect(opened(out)).toContain('FM-GEN BTU');
    expect(state.modes['FM-GEN']?.open).toBe(false);
    expect(state.health?.level).toBe('ok');
  });

  it('takes stored moves that come after newer ones through a lane of their own', () => {
    const frames = [...framesOf(8, 60)].filter(({ stream }) => stream === 'event');
    const newest = frames.slice(-10);
    const { out, state } = run([...newest, ...frames.slice(0, -10)]);
    const moves = out.flatMap((assessment) => assessment.moves).filter(({ result }) => result === 'completed');
    expect(new Set(moves.map(({ move }) => move)).size).toBe(60);
    expect(state.counts.late).toBe(0);
  });

  it('leaves its argument alone in the pure form', () => {
    const state = freshState('spr_t', 'org_t');
    const [first] = framesOf(1, 10);
    if (!first) throw new RangeError('no frame');
    const next = advance(conditionDefaults, state, first);
    expect(state).toEqual(freshState('spr_t', 'org_t'));
    expect(next.state).not.toEqual(state);
  });
});
