import { describe, expect, it } from '@jest/globals';
import { OrganisationRates } from './organisation-rates';

/** Packets, to the next ten, that are let through within ten seconds by somebody who always has more. */
function through(rates: OrganisationRates, org: string): number {
  const limit = rates.of(org, 0);
  let count = 0;
  for (let now = 0; now <= 10_000; now++) while (limit.wait(now) === 0 && ++count > 0) limit.take();
  return Math.round(count / 10) * 10;
}
const counts = (org1: number, org2 = 0): Map<string, number> =>
  new Map([
    ['org_1', org1],
    ['org_2', org2],
  ]);

describe('OrganisationRates', () => {
  it('gives one process alone the whole rate, and the bucket of two seconds', () => {
    const rates = new OrganisationRates(100);
    rates.of('org_1', 0);
    rates.divide(counts(5), new Map());
    expect(through(rates, 'org_1')).toBe(1200);
  });

  it('gives each of several what it serves of the devices: together never more than the rate', () => {
    const served = [counts(1, 4), counts(2, 0), counts(7, 1)];
    const processes = served.map(() => new OrganisationRates(100));
    processes.forEach((rates, i) => {
      for (const org of ['org_1', 'org_2']) rates.of(org, 0);
      const others = counts(0);
      served.forEach((here, j) => {
        if (i !== j) for (const [org, count] of here) others.set(org, (others.get(org) ?? 0) + count);
      });
      rates.divide(served[i] as Map<string, number>, others);
    });
    expect(processes.map((rates) => through(rates, 'org_1'))).toEqual([120, 240, 840]);
    expect(through(processes[0] as OrganisationRates, 'org_2')).toBe(960);
  });

  it('takes the share up and down while a device is being served', () => {
    const rates = new OrganisationRates(100);
    const limit = rates.of('org_1', 0);
    rates.divide(counts(1), counts(3));
    expect(rates.of('org_1', 0)).toBe(limit);
    expect(through(rates, 'org_1')).toBe(300);
    rates.divide(counts(1), counts(0));
    expect(limit.wait(11_000)).toBe(0);
  });

  it('a share of less than a packet a second still lets packets through', () => {
    const rates = new OrganisationRates(1);
    rates.of('org_1', 0);
    rates.divide(counts(1), counts(3));
    const limit = rates.of('org_1', 0);
    expect(limit.wait(0)).toBe(0);
    limit.take();
    expect([limit.wait(1000), limit.wait(4000)]).toEqual([3000, 0]);
  });
});
