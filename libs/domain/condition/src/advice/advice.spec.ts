import { describe, expect, it } from '@jest/globals';
import { conditionDefaults as settings, freshState, noteRepairs, shareOf, type SpreaderState } from '../index';
import { applySettings } from '../catalogue';
import { judge, type Statement } from '../judge';
import type { Verdict } from '../rules/rule';
import { freshTrack, observe } from '../tracks/track';
import { specOf } from '../tracks/track-book';
import { causesOf } from './causes';
import { countProof } from './note-repairs';

const verdict = (component: string, severity: number, confidence = 0.7): Verdict => ({
  component,
  step: severity >= 1 ? 2 : 0,
  severity,
  confidence,
  since: 0,
  evidence: [],
});
const hour = 3_600_000;

describe('causes of a finding', () => {
  it.each(settings.failureModes.map(({ id, component }) => [id, component.replace('[n]', '[2]')] as const))(
    '%s: probabilities add up to 1, its own among them, the likeliest first',
    (id, component) => {
      const causes = causesOf(settings, id, verdict(component, 2), []);
      expect(causes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
      if (id !== 'FM-GEN') expect(causes[0]).toMatchObject({ failureMode: id, component, probability: 0.7 });
      const known = causes.filter(({ failureMode }) => failureMode !== null).map(({ probability }) => probability);
      expect(known).toEqual([...known].sort((a, b) => b - a));
    },
  );

  it('gives more to what its own indicators speak for, at the same position', () => {
    const quiet = causesOf(settings, 'FM-02', verdict('TL[3]', 2), []);
    const loud = causesOf(settings, 'FM-02', verdict('TL[3]', 2), [
      { failureMode: 'FM-01', verdict: verdict('TL[3].SL', 3) },
      { failureMode: 'FM-04', verdict: verdict('TL[4].ACT', 3) },
    ]);
    const of = (causes: ReturnType<typeof causesOf>, id: string) =>
      causes.find(({ failureMode }) => failureMode === id);
    expect(of(loud, 'FM-01')?.probability).toBeGreaterThan(of(quiet, 'FM-01')?.probability ?? 1);
    expect(of(loud, 'FM-01')?.component).toBe('TL[3].SL');
    expect(of(loud, 'FM-04')?.probability).toBeLessThan(of(quiet, 'FM-04')?.probability ?? 0);
  });

  it('names what a case without a known failure mode may be', () => {
    const causes = causesOf(settings, 'FM-GEN', verdict('HYD.P', 1), []);
    expect(causes[0]).toMatchObject({ failureMode: 'FM-15' });
    expect(causes.every(({ failureMode }) => failureMode !== 'FM-GEN')).toBe(true);
  });
});

/** A spreader whose oil is too hot, or is not. */
function hot(state: SpreaderState, at: number, value: number, n = 8): void {
  const spec = specOf(settings, 'cab.hum');
  if (!spec) throw new RangeError('no such indicator');
  for (let i = 0; i < n; i++) observe(spec, (state.tracks['cab.hum'] ??= freshTrack(spec)), at + i, value, null);
  state.dataUntil = at + n;
}
const kinds = (statements: readonly Statement[]): string[] => statements.map(({ kind }) => kind);
const moves = (at: number, n: number) =>
  Array.from({ length: n }, () => ({ result: 'completed', startedAt: at, lockedAt: at }));

describe('a finding that comes back', () => {
  it('is the same finding, opened again, when it is soon; a new one when it is late', () => {
    const state = freshState('spr_1', 'org_1');
    hot(state, 0, 95);
    const first = judge(settings, state, 10).statements;
    expect(kinds(first)).toEqual(['condition-changed', 'advice-raised']);
    hot(state, hour, 40);
    expect(kinds(judge(settings, state, hour).statements)).toEqual(['condition-changed', 'advice-closed']);
    hot(state, 2 * hour, 95);
    const again = judge(settings, state, 2 * hour).statements[1];
    expect(again).toMatchObject({
      kind: 'advice-raised',
      expected: 2,
      advice: { reopened: { times: 1, because: 'came_back', at: 2 * hour }, firstSeenAt: expect.any(Number) },
    });
    const id = first[1]?.kind === 'advice-raised' ? first[1].advice.finding : '';
    expect(again?.kind === 'advice-raised' && again.advice.finding).toBe(id);
    hot(state, 3 * hour, 40);
    expect(judge(settings, state, 3 * hour).statements[1]).toMatchObject({ kind: 'advice-closed', expected: 3 });
    const late = 3 * hour + settings.advice.reopenWithin + hour;
    hot(state, late, 95);
    const fresh = judge(settings, state, late).statements[1];
    expect(fresh).toMatchObject({ kind: 'advice-raised', expected: 0, advice: { reopened: { times: 0 } } });
    expect(fresh?.kind === 'advice-raised' && fresh.advice.finding).not.toBe(id);
  });
});

describe('a repair that people report', () => {
  const opened = (): { state: SpreaderState; finding: string } => {
    const state = freshState('spr_1', 'org_1');
    hot(state, 0, 95);
    const raised = judge(settings, state, 10).statements[1];
    return { state, finding: raised?.kind === 'advice-raised' ? raised.advice.finding : '' };
  };

  it('is proved by the data', () => {
    const { state, finding } = opened();
    noteRepairs(state, [{ finding, at: 100 }], 100);
    hot(state, hour, 40);
    expect(judge(settings, state, hour).statements[1]).toMatchObject({
      kind: 'advice-closed',
      reason: 'The data prove the repair.',
    });
  });

  it('is not proved when the moves after it show the fault: the finding is opened again, once for each report', () => {
    const { state, finding } = opened();
    const reports = [{ finding, at: 100 }];
    noteRepairs(state, reports, 100);
    countProof(state, moves(200, settings.advice.proofMoves - 1));
    expect(judge(settings, state, hour).statements).toEqual([]);
    countProof(state, moves(200, 1));
    expect(judge(settings, state, hour).statements).toMatchObject([
      { kind: 'advice-raised', expected: 1, advice: { reopened: { times: 1, because: 'repair_not_proved' } } },
    ]);
    noteRepairs(state, reports, hour);
    countProof(state, moves(200, 100));
    expect(judge(settings, state, hour + 1).statements).toEqual([]);
  });

  it('counts only moves after it, and only by the time of data', () => {
    const { state, finding } = opened();
    noteRepairs(state, [{ finding, at: 100 }], 99);
    countProof(state, moves(200, 100));
    noteRepairs(state, [{ finding, at: 100 }], 100);
    countProof(state, moves(50, 100));
    expect(judge(settings, state, hour).statements).toEqual([]);
  });
});

it('a failure mode that is not looked for any more closes what is open and raises nothing', () => {
  const state = freshState('spr_1', 'org_1');
  hot(state, 0, 95);
  judge(settings, state, 10);
  const off = applySettings(settings, new Map([['failure-modes/FM-28/enabled', false]]));
  expect(judge(off, state, 20).statements[1]).toMatchObject({
    kind: 'advice-closed',
    reason: 'This failure mode is not looked for any more.',
  });
  expect(judge(off, state, 30).statements).toEqual([]);
});

// Values of the F distribution: k = 5 of n = 10 gives 0.2224 to 0.7776; none of n gives 1 − 0.05^(1/n).
it.each([
  [5, 10, 0.2224, 0.7776],
  [0, 20, 0, 1 - 0.05 ** (1 / 20)],
  [20, 20, 0.05 ** (1 / 20), 1],
  [940, 1000, 0.926, 0.9519],
])('%i of %i lies between %f and %f', (k, n, low, high) => {
  const share = shareOf(k, n);
  expect(share.share).toBe(k / n);
  expect(share.low).toBeCloseTo(low, 3);
  expect(share.high).toBeCloseTo(high, 3);
});

describe('a part that was exchanged', () => {
  const repaired = (exchanged: boolean): SpreaderState => {
    const state = freshState('spr_1', 'org_1');
    const spec = specOf(settings, 'brk.time');
    if (!spec) throw new RangeError('no such indicator');
    const shows = (from: number, n: number, value: number): void => {
      for (let i = 0; i < n; i++) {
        observe(spec, (state.tracks['brk.time'] ??= freshTrack(spec)), from + i, value + (i % 5), null);
        state.dataUntil = from + i;
      }
    };
    shows(0, 60, 200);
    shows(100, 40, 300);
    const raised = judge(settings, state, 140).statements.find(({ kind }) => kind === 'advice-raised');
    const finding = raised?.kind === 'advice-raised' ? raised.advice.finding : '';
    noteRepairs(state, [{ finding, at: 150, exchanged }], 160);
    shows(200, 60, 204);
    const closed = judge(settings, state, 260).statements;
    expect(closed.at(-1)).toMatchObject({ kind: 'advice-closed', reason: 'The data prove the repair.' });
    shows(300, 45, 231);
    return state;
  };

  it('has its normal learned anew once the data prove the repair, and only then', () => {
    expect(repaired(true).tracks['brk.time']?.baseline?.learnt?.center).toBeCloseTo(233, 0);
    expect(repaired(false).tracks['brk.time']?.baseline?.learnt?.center).toBeCloseTo(202, 0);
  });
});

describe('a failure mode that latches', () => {
  const shows = (state: SpreaderState, from: number, values: readonly number[]): Statement[] => {
    const spec = specOf(settings, 'load.overload');
    if (!spec) throw new RangeError('no such indicator');
    values.forEach((value, i) =>
      observe(spec, (state.tracks['load.overload'] ??= freshTrack(spec)), from + i, value, null),
    );
    state.dataUntil = from + values.length;
    return judge(settings, state, state.dataUntil).statements;
  };
  const calm = Array<number>(60).fill(0);

  it('stays open and keeps its health when the data are normal again, until people report the work', () => {
    const state = freshState('spr_1', 'org_1');
    const raised = shows(state, 0, [...calm, 1])[1];
    expect(raised).toMatchObject({ kind: 'advice-raised', advice: { failureMode: 'FM-32' } });
    expect(shows(state, 100, calm)).toEqual([]);
    const { standings } = judge(settings, state, 170);
    expect(standings.find(({ failureMode }) => failureMode === 'FM-32')?.step).toBeGreaterThan(0);
    const finding = raised?.kind === 'advice-raised' ? raised.advice.finding : '';
    noteRepairs(state, [{ finding, at: 180 }], 190);
    expect(kinds(shows(state, 200, calm))).toEqual(['condition-changed', 'advice-closed']);
  });

  it('ends by itself where a site wants that', () => {
    const edited = applySettings(settings, new Map([['failure-modes/FM-32/latching', false]]));
    const state = freshState('spr_1', 'org_1');
    shows(state, 0, [...calm, 1]);
    shows(state, 100, calm);
    expect(kinds(judge(edited, state, 170).statements)).toEqual(['condition-changed', 'advice-closed']);
  });
});
