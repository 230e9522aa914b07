import { expect, it } from '@jest/globals';
import { adviceKpis, type AdviceOutcome } from './advice-kpis';
import { kpiDefinitions } from './definitions';

const hour = 3_600_000;
const day = 24 * hour;
const one = (more: Partial<AdviceOutcome>): AdviceOutcome => ({
  source: 'spr_1 FM-02 TL[1]',
  raisedAt: 0,
  closedAt: null,
  reopened: 0,
  firstStepAt: null,
  lastStep: null,
  repaired: false,
  verdict: null,
  ...more,
});

it('says nothing without findings, and defines every figure', () => {
  for (const kpi of adviceKpis([])) {
    expect(kpi).toMatchObject({ value: null, low: null, high: null, n: 0 });
    expect(kpiDefinitions[kpi.id]?.definition).toBeDefined();
  }
});

it('counts precision, acceptance, first fix, recurrence and time to action', () => {
  const all = [
    one({ verdict: 'confirmed', lastStep: 'repaired', repaired: true, firstStepAt: 2 * hour, closedAt: day }),
    one({ raisedAt: 5 * day, verdict: 'not_found', lastStep: 'rejected', firstStepAt: 5 * day + 6 * hour }),
    one({ source: 'b', verdict: 'other_cause', lastStep: 'planned', firstStepAt: 4 * hour }),
    one({ source: 'c', repaired: true, lastStep: 'repaired', firstStepAt: hour, closedAt: 2 * day, reopened: 1 }),
    one({ source: 'd', raisedAt: day, closedAt: 2 * day }),
    one({ source: 'd', raisedAt: 60 * day }),
  ];
  const of = Object.fromEntries(adviceKpis(all).map((kpi) => [kpi.id, kpi]));
  expect(of['precision']).toMatchObject({ value: expect.closeTo(33.33, 1), n: 3, of: 6, parts: { not_found: 1 } });
  expect(of['precision']?.low).toBeGreaterThan(0);
  expect(of['acceptance']).toMatchObject({ value: 75, n: 4 });
  expect(of['first_fix']).toMatchObject({ value: 50, n: 2 });
  expect(of['recurrence']).toMatchObject({ value: expect.closeTo(66.67, 1), n: 3 });
  expect(of['action_time']).toMatchObject({ value: 4, n: 4, parts: { p90: 6 } });
});
