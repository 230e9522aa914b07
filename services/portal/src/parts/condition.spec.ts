import { describe, expect, it } from '@jest/globals';
import { makeSpreader } from '../../test/make';
import { shownCondition } from './condition';

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

  it.each(['act_now', 'plan', 'watch', 'no_data'] as const)('keeps %s of a silent spreader: its finding still stands', (condition) => {
    expect(shownCondition(makeSpreader({ condition, last_seen_at: null }), now)).toBe(condition);
  });
});
