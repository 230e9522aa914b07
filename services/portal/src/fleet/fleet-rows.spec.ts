import { describe, expect, it } from '@jest/globals';
import { makeFinding, makeSpreader } from '../../test/make';
import { compareValues, filterFleet, orderSignature, sortValue } from './fleet-rows';

const now = Date.parse('2026-11-23T12:00:00.000Z');
const rows = [
  makeSpreader({ id: 'a', number: 'SPR-0001', crane: { id: 'c1', number: 'STS-18' }, condition: 'act_now', top_finding: makeFinding() }),
  makeSpreader({ id: 'b', number: 'SPR-0002', terminal: { id: 'ter_val', name: 'Valparaíso', time_zone: 'America/Santiago' } }),
  makeSpreader({ id: 'c', number: 'SPR-0003', crane: null, last_seen_at: null }),
];
const ids = (found: readonly { id: string }[]): string => found.map(({ id }) => id).join('');

describe('filterFleet', () => {
  it.each([
    [{}, 'abc'],
    [{ find: 'sts-18' }, 'a'],
    [{ find: 'valparaiso' }, 'b'],
    [{ find: 'twistlock slow' }, 'a'],
    [{ find: 'twistlock valpa' }, ''],
    [{ condition: 'act_now' as const }, 'a'],
    [{ condition: 'no_data' as const }, 'c'],
    [{ condition: 'ok' as const }, 'b'],
    [{ terminal: 'ter_val' }, 'b'],
    [{ find: '  ' }, 'abc'],
  ])('%j', (filter, expected) => expect(ids(filterFleet(rows, filter, now))).toBe(expected));
});

describe('sorting', () => {
  it('has worst first by condition, and no data above OK', () => {
    expect(rows.map((row) => sortValue(row, 'condition', now))).toEqual([0, 4, 3]);
  });

  it('has no value where nothing is known, so that it goes last', () => {
    const [, , spare] = rows;
    expect(spare && [sortValue(spare, 'crane', now), sortValue(spare, 'risk', now), sortValue(spare, 'seen', now)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('counts numbers in texts', () => {
    expect(compareValues('STS-9', 'STS-18')).toBeLessThan(0);
    expect(compareValues(10, 9)).toBeGreaterThan(0);
  });
});

describe('orderSignature', () => {
  it('stands still when only age and lifts change, moves when the condition does', () => {
    const before = orderSignature(rows, now);
    expect(orderSignature(rows.map((row) => ({ ...row, lifts_24h: row.lifts_24h + 1 })), now + 1000)).toBe(before);
    expect(orderSignature(rows.map((row) => ({ ...row, condition: 'plan' as const })), now)).not.toBe(before);
  });
});
