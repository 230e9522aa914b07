import { describe, expect, it } from '@jest/globals';
import { makeSpreader } from '../../test/make';
import { caughtUpTo, shownCondition } from './condition';

const now = Date.parse('2026-11-23T12:00:00.000Z');

describe('shownCondition: silence is never shown as health', () => {
  it('is OK only when the spreader was heard within ten minutes', () => {
    expect(shownCondition(makeSpreader({ last_seen_at: '2026-11-23T11:50:00.000Z' }), now)).toBe('ok');
    expect(shownCondition(makeSpreader({ last_seen_at: '2026-11-23T11:49:59.000Z' }), now)).toBe('no_data');
  });

  it('is no data when it never sent anything', () => {
    expect(shownCondition(makeSpreader({ last_seen_at: null }), now)).toBe('no_data');
    expect(shownCondition(makeSpreader({ connection: 'never' }), now)).toBe('no_data');
  });

  it.each(['act_now', 'plan', 'watch', 'no_data'] as const)(
    'keeps %s of a silent spreader: its finding still stands',
    (condition) => {
      expect(shownCondition(makeSpreader({ condition, last_seen_at: null }), now)).toBe(condition);
    },
  );
});

describe('caughtUpTo: a unit that sends what it stored is not silent', () => {
  const behind = makeSpreader({ condition: 'no_data', last_seen_at: '2026-11-23T11:59:50.000Z' });
  const known = Date.parse(behind.health.computed_at ?? '');

  it('is how far its data have been worked through', () => expect(caughtUpTo(behind, now)).toBe(known));

  it.each([
    ['a condition that is known', { condition: 'ok' as const }],
    ['a silent spreader', { last_seen_at: '2026-11-23T11:49:59.000Z' }],
    ['a spreader that never sent anything', { last_seen_at: null }],
    ['a spreader nothing was computed for', { health: { ...behind.health, computed_at: null } }],
  ])('is null for %s', (_, over) => expect(caughtUpTo({ ...behind, ...over }, now)).toBeNull());
});
