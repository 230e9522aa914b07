import { describe, expect, it } from '@jest/globals';
import { failureModes } from '@quaywatch/contracts';
import { conditionDefaults as settings } from '../defaults';
import type { Step } from '../limits/limit';
import type { Indicator } from '../tracks/track';
import { rules } from './index';
import type { Verdict } from './rule';

/** An indicator by its ratio to the baseline 1, or by value where there is none. */
const seen = (step: Step, value: number, more: Partial<Indicator> = {}): Omit<Indicator, 'id'> => ({
  unit: '1',
  words: 'it',
  step,
  severity: step,
  value,
  baseline: 1,
  limit: 1.2,
  from: 0,
  to: 1,
  count: 15,
  since: step > 0 ? 0 : null,
  judged: true,
  ...more,
});

const judge = (
  failureMode: string,
  table: Record<string, Omit<Indicator, 'id'>>,
  open: readonly string[] = [],
): Verdict[] => {
  const rule = rules.find((candidate) => candidate.failureMode === failureMode);
  if (!rule) throw new RangeError(`no rule ${failureMode}`);
  const look = (id: string): Indicator | undefined => (table[id] ? { ...table[id], id } : undefined);
  return rule.judge(look, settings, (mode, component) => open.includes(`${mode} ${component}`));
};
const out = (verdicts: readonly Verdict[]): string[] =>
  verdicts.filter(({ step }) => step > 0).map(({ component }) => component);

describe('rules', () => {
  it('are there once for each failure mode of the catalogue but the generic one, and read tracked features', () => {
    expect(rules.map(({ failureMode }) => failureMode).sort()).toEqual(
      [...failureModes.keys()].filter((id) => id !== 'FM-GEN').sort(),
    );
    for (const rule of rules)
      expect(rule.inputs.some((input) => settings.tracks.some(({ id }) => id === input))).toBe(true);
  });

  it('take slow locking at one corner for the twistlock, slow both ways for its actuator', () => {
    const stiff = { 'tl[3].lockRatio': seen(2, 1.4), 'tl[3].unlockRatio': seen(0, 1.05) };
    expect([out(judge('FM-02', stiff)), out(judge('FM-04', stiff))]).toEqual([['TL[3]'], []]);
    const leak = { 'tl[3].lockRatio': seen(2, 1.4), 'tl[3].unlockRatio': seen(1, 1.3) };
    expect([out(judge('FM-02', leak)), out(judge('FM-04', leak))]).toEqual([[], ['TL[3].ACT']]);
    // Unlocking less slow than half of locking, but out of its normal: the share wavers, the fault does not.
    const wavers = { 'tl[3].lockRatio': seen(2, 1.6), 'tl[3].unlockRatio': seen(1, 1.25) };
    expect([out(judge('FM-02', wavers)), out(judge('FM-04', wavers))]).toEqual([[], ['TL[3].ACT']]);
    // In doubt the explanation that stands is kept.
    const doubt = { 'tl[3].lockRatio': seen(2, 1.4), 'tl[3].unlockRatio': seen(0, 1.19) };
    const both = (open: string[]): string[] => ['FM-02', 'FM-04'].flatMap((mode) => out(judge(mode, doubt, open)));
    expect(both([])).toEqual(['TL[3]']);
    expect(both(['FM-02 TL[3]'])).toEqual(['TL[3]']);
    expect(both(['FM-04 TL[3].ACT'])).toEqual(['TL[3].ACT']);
    const creep = {
      'tl[3].lockRatio': seen(0, 1),
      'tl[3].unlockRatio': seen(0, 1),
      'tl[3].creep': seen(2, 3, { baseline: null }),
    };
    expect(out(judge('FM-04', creep))).toEqual(['TL[3].ACT']);
  });

  it.each([
    ['slow both ways', 1.9],
    ['slow to lock', 1.05],
  ])('a corner that is %s is no less urgent when it begins to lose "locked" as well', (_, unlocking) => {
    const slow = { 'tl[3].lockRatio': seen(3, 2), 'tl[3].unlockRatio': seen(unlocking > 1.1 ? 2 : 0, unlocking) };
    const creeps = { ...slow, 'tl[3].creep': seen(1, 2, { baseline: null }) };
    const worst = (table: typeof slow): number =>
      Math.max(...['FM-02', 'FM-04'].flatMap((mode) => judge(mode, table).map(({ step }) => step)));
    expect([worst(slow), worst(creeps)]).toEqual([3, 3]);
    expect(out(judge('FM-04', creeps))).toEqual(['TL[3].ACT']);
    expect(judge('FM-04', creeps).find(({ step }) => step > 0)?.evidence).toHaveLength(unlocking > 1.1 ? 3 : 2);
  });

  it('blame a sensor when one corner is wrong, not when all are', () => {
    const fault = (step: Step): Omit<Indicator, 'id'> => seen(step, step * 2, { baseline: null });
    expect(
      out(
        judge('FM-01', {
          'tl[1].sensorFault': fault(0),
          'tl[2].sensorFault': fault(2),
          'tl[3].sensorFault': fault(0),
          'tl[4].sensorFault': fault(0),
        }),
      ),
    ).toEqual(['TL[2].SL']);
    expect(
      out(judge('FM-01', Object.fromEntries([1, 2, 3, 4].map((n) => [`tl[${n}].sensorFault`, fault(2)])))),
    ).toEqual([]);
  });

  it('explain hot oil by the pump when pressure is low', () => {
    const hot = { 'hyd.tempRise': seen(2, 40) };
    expect(out(judge('FM-20', { ...hot, 'hyd.press': seen(0, 1), 'hyd.pumpDuty': seen(0, 1) }))).toEqual(['HYD.C']);
    expect(out(judge('FM-20', { ...hot, 'hyd.press': seen(2, 0.85) }))).toEqual([]);
  });

  it('explain slow movements by low pressure, and many slow flippers by the hydraulics', () => {
    const slow = { 'tele.time': seen(2, 1.3), 'flp[2].time': seen(2, 1.6) };
    expect([out(judge('FM-10', slow)), out(judge('FM-23', slow))]).toEqual([['TEL.DRV'], ['FLP[2]']]);
    const valve = { 'flp[2].time': seen(2, 1.6), 'flp.groupSlow': seen(1, 4, { baseline: null }) };
    expect([out(judge('FM-16', valve)), out(judge('FM-23', valve))]).toEqual([['HYD.V'], []]);
    const weak = { ...slow, 'hyd.press': seen(1, 0.9) };
    expect([out(judge('FM-10', weak)), out(judge('FM-23', weak))]).toEqual([[], []]);
    expect(out(judge('FM-23', Object.fromEntries([1, 2, 3, 4].map((n) => [`flp[${n}].time`, seen(2, 1.6)]))))).toEqual(
      [],
    );
  });

  it('take a repeated command for one corner alone for its sensor, unless that corner is slow', () => {
    const missed = {
      'tl[2].sensorFault': seen(0, 0, { baseline: null }),
      'tl[2].missed': seen(2, 5, { baseline: null }),
    };
    expect(out(judge('FM-01', { ...missed, 'tl[2].lockRatio': seen(0, 1) }))).toEqual(['TL[2].SL']);
    expect(out(judge('FM-01', { ...missed, 'tl[2].lockRatio': seen(2, 1.5) }))).toEqual([]);
  });

  it('are surer with more evidence', () => {
    const alone = judge('FM-10', { 'tele.time': seen(2, 1.3) })[0]?.confidence ?? 0;
    const both = judge('FM-10', { 'tele.time': seen(2, 1.3), 'tele.current': seen(2, 1.3) })[0]?.confidence ?? 0;
    expect(both).toBeGreaterThan(alone);
    expect(both).toBeLessThanOrEqual(0.95);
  });

  it('give no verdict on what cannot be judged', () => {
    expect(judge('FM-24', { 'load.zero': seen(2, 0.9, { judged: false }) })).toEqual([]);
    expect(judge('FM-24', {})).toEqual([]);
  });
});
